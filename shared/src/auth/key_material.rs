//! The numbers and points of a JWK. [`DecodingKey`] accepts any bytes, so each is checked here.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, EcdsaVerificationAlgorithm, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;

use super::{key_problem::KeyProblem, small_order::is_of_small_order};
use crate::json::Members;

/// The smallest RSA modulus, in bits (RFC 7518 section 3.3).
const MIN_RSA_BITS: usize = 2048;
/// The largest RSA modulus that the verifier accepts, in bits.
const MAX_RSA_BITS: usize = 8192;
/// The longest RSA exponent, in bytes. The verifier accepts up to 33 bits.
const MAX_RSA_EXPONENT_BYTES: usize = 4;
/// The length of an Ed25519 key.
const ED25519_BYTES: usize = 32;
/// The length of a coordinate on P-256.
const P256_BYTES: usize = 32;
const P384_BYTES: usize = 48;

/// An RSA key (RFC 7518 section 6.3.1).
pub(super) fn rsa(jwk: &Members<'_>) -> Result<DecodingKey, KeyProblem> {
    let (modulus, exponent) = (number(jwk, "n")?, number(jwk, "e")?);
    let bits = bit_length(&modulus);
    if bits < MIN_RSA_BITS {
        return Err(KeyProblem::ShortModulus);
    }
    if bits > MAX_RSA_BITS {
        return Err(KeyProblem::LongModulus);
    }
    if !is_odd(&modulus) || !is_odd(&exponent) || exponent == [1] || exponent.len() > MAX_RSA_EXPONENT_BYTES {
        return Err(KeyProblem::WeakRsa);
    }
    let components = RsaPublicKeyComponents { n: &modulus, e: &exponent };
    components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).map_err(|_| KeyProblem::Inconsistent)?;
    Ok(DecodingKey::from_rsa_raw_components(&modulus, &exponent))
}

/// A point on P-256.
pub(super) fn p256(jwk: &Members<'_>) -> Result<DecodingKey, KeyProblem> {
    ecdsa(jwk, &ECDSA_P256_SHA256_FIXED, P256_BYTES)
}

/// A point on P-384.
pub(super) fn p384(jwk: &Members<'_>) -> Result<DecodingKey, KeyProblem> {
    ecdsa(jwk, &ECDSA_P384_SHA384_FIXED, P384_BYTES)
}

/// A point on a curve, in the uncompressed form (RFC 7518 section 6.2.1, SEC 1 section 2.3.3).
fn ecdsa(
    jwk: &Members<'_>,
    algorithm: &'static EcdsaVerificationAlgorithm,
    bytes: usize,
) -> Result<DecodingKey, KeyProblem> {
    let (x, y) = (coordinate(jwk, "x", bytes)?, coordinate(jwk, "y", bytes)?);
    let uncompressed = [&[0x04], x.as_slice(), y.as_slice()].concat();
    ParsedPublicKey::new(algorithm, &uncompressed).map_err(|_| KeyProblem::Inconsistent)?;
    Ok(DecodingKey::from_ec_der(&uncompressed))
}

/// An Ed25519 key (RFC 8037 section 2): octets, not a number, so leading zeros count.
///
/// The verifier does not check the point, and anybody can sign for a point of small order.
pub(super) fn ed25519(jwk: &Members<'_>) -> Result<DecodingKey, KeyProblem> {
    let point = Some(octets(jwk, "x")?).filter(|point| point.len() == ED25519_BYTES);
    let point = point.ok_or(KeyProblem::BadParameter("x"))?;
    if is_of_small_order(&point) {
        return Err(KeyProblem::SmallOrder);
    }
    ParsedPublicKey::new(&ED25519, &point).map_err(|_| KeyProblem::Inconsistent)?;
    Ok(DecodingKey::from_ed_der(&point))
}

/// A number of at most this many bytes, with zeros in front up to that length.
fn coordinate(jwk: &Members<'_>, name: &'static str, bytes: usize) -> Result<Vec<u8>, KeyProblem> {
    let number = number(jwk, name)?;
    let zeros = bytes.checked_sub(number.len()).ok_or(KeyProblem::BadParameter(name))?;
    Ok([vec![0; zeros], number].concat())
}

/// A big-endian number without leading zeros. Some libraries write one zero too many, others drop
/// the zeros of a coordinate; both are accepted.
fn number(jwk: &Members<'_>, name: &'static str) -> Result<Vec<u8>, KeyProblem> {
    Ok(octets(jwk, name)?.into_iter().skip_while(|octet| *octet == 0).collect())
}

/// Base64url (RFC 7515 section 2). Padding, line breaks and the standard alphabet are accepted too.
fn octets(jwk: &Members<'_>, name: &'static str) -> Result<Vec<u8>, KeyProblem> {
    let text = jwk.one_text(name).ok().flatten().unwrap_or_default();
    let text: String = text.split_ascii_whitespace().collect();
    let text = text.replace('+', "-").replace('/', "_");
    let octets = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
    octets.filter(|octets| !octets.is_empty()).ok_or(KeyProblem::BadParameter(name))
}

/// The length of a number without leading zeros, in bits.
fn bit_length(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|byte| byte % 2 == 1)
}

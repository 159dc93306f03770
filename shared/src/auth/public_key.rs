use std::{borrow::Cow, fmt};

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, EcdsaVerificationAlgorithm, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, crypto::aws_lc::DEFAULT_PROVIDER};

use super::{
    algorithm::Algorithm,
    json::{Members, Mistyped},
    small_order::is_of_small_order,
    texts::Texts,
};

/// The fewest bits of an RSA modulus (RFC 7518 section 3.3).
const MIN_RSA_BITS: usize = 2048;
/// The most bits that the verifier takes; more would only be slow.
const MAX_RSA_BITS: usize = 8192;
/// The longest RSA exponent, in bytes. The verifier takes up to 33 bits.
const MAX_RSA_EXPONENT_BYTES: usize = 4;
/// The length of an Ed25519 key.
const ED25519_BYTES: usize = 32;
/// The lengths of coordinates.
const P256_BYTES: usize = 32;
const P384_BYTES: usize = 48;

/// The curves of keys by their names (RFC 7518 section 6.2.1.1, RFC 8037 section 2), and those of P-256 and P-384 elsewhere
/// (RFC 5480 section 2.1.1.1, and OpenSSL).
const CURVES: [(&str, &[&str], Algorithm); 3] = [
    ("EC", &["P-256", "secp256r1", "prime256v1"], Algorithm::Es256),
    ("EC", &["P-384", "secp384r1"], Algorithm::Es384),
    ("OKP", &["Ed25519"], Algorithm::EdDsa),
];

/// Members that only private and symmetric keys have (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1, RFC 8037 section 2).
const SECRET_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A key that verifies signatures, by the one algorithm that it allows.
///
/// A [`DecodingKey`] holds bytes that nobody has looked at. Each is checked once, when it is made.
pub struct PublicKey {
    algorithm: Algorithm,
    key: DecodingKey,
}

/// Why a key is refused. The texts are for the operator and hold nothing of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant has its text")]
pub enum KeyProblem {
    #[error("it is not a JSON object with distinct names")]
    NotAnObject,
    #[error("`kid` is missing, or not a string of at least one character")]
    NoKid,
    #[error("an earlier key has the same `kid`")]
    RepeatedKid,
    #[error("it is symmetric; only public keys belong here")]
    Symmetric,
    #[error("it holds private parts; only public keys belong here, and this one is to be replaced")]
    Private,
    #[error("`kty` is none of RSA, EC, OKP")]
    UnknownKeyType,
    #[error("`crv` must be P-256 or P-384 for EC and Ed25519 for OKP")]
    UnknownCurve,
    #[error("`alg` must be RS256 for RSA, ES256 for P-256, ES384 for P-384 and EdDSA for Ed25519")]
    WrongAlgorithm,
    #[error("`use` or `key_ops` says that it does not verify signatures")]
    NotForSignatures,
    #[error("`{0}` is missing, not base64url, or of the wrong length")]
    BadParameter(&'static str),
    #[error("its modulus has under 2048 bits")]
    ShortModulus,
    #[error("its modulus has over 8192 bits")]
    LongModulus,
    #[error("its modulus or exponent is even, or its exponent is 1 or over 32 bits")]
    WeakRsa,
    #[error("it is no point on its curve, or its numbers do not fit together")]
    Inconsistent,
    #[error("its point has a small order: anybody could sign for it")]
    SmallOrder,
    #[error("its algorithm is not among the issuer's `algorithms`")]
    NotAllowed,
}

impl PublicKey {
    /// Parses one JWK (RFC 7517 section 4). Members that say nothing about signatures are ignored.
    pub fn from_jwk(jwk: &str) -> Result<Self, KeyProblem> {
        Self::from_members(&Members::parse(jwk).ok_or(KeyProblem::NotAnObject)?)
    }

    pub(super) fn from_members(jwk: &Members<'_>) -> Result<Self, KeyProblem> {
        let key_type = text(jwk, "kty").ok_or(KeyProblem::UnknownKeyType)?.to_ascii_uppercase();
        if key_type == "OCT" {
            return Err(KeyProblem::Symmetric);
        }
        if SECRET_MEMBERS.iter().any(|name| says(jwk, name)) {
            return Err(KeyProblem::Private);
        }
        let algorithm = match key_type.as_str() {
            "RSA" => Algorithm::Rs256,
            "EC" | "OKP" => of_curve(jwk, &key_type).ok_or(KeyProblem::UnknownCurve)?,
            _ => return Err(KeyProblem::UnknownKeyType),
        };
        if says(jwk, "alg") && text(jwk, "alg").and_then(|name| Algorithm::from_name(&name)) != Some(algorithm) {
            return Err(KeyProblem::WrongAlgorithm);
        }
        if !is_for_signatures(jwk) {
            return Err(KeyProblem::NotForSignatures);
        }
        let key = match algorithm {
            Algorithm::Rs256 => rsa_key(jwk),
            Algorithm::Es256 => ecdsa_key(jwk, &ECDSA_P256_SHA256_FIXED, P256_BYTES),
            Algorithm::Es384 => ecdsa_key(jwk, &ECDSA_P384_SHA384_FIXED, P384_BYTES),
            Algorithm::EdDsa => ed25519_key(jwk),
        }?;
        Ok(Self { algorithm, key })
    }

    /// The one algorithm of this key.
    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether a token's `alg` is a name of this key's algorithm. The key decides: RFC 8725 section 3.1.
    pub(super) fn allows(&self, alg: &str) -> bool {
        Algorithm::from_name(alg) == Some(self.algorithm)
    }

    /// Whether this key signed the message. The one place where signatures are verified: a function of its own in the binary,
    /// so that counts of instructions can leave it out.
    #[inline(never)]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        #[cfg(test)]
        super::testing::VERIFICATIONS.set(super::testing::VERIFICATIONS.get() + 1);
        let verifier = (DEFAULT_PROVIDER.verifier_factory)(&self.algorithm.into(), &self.key);
        verifier.is_ok_and(|verifier| verifier.verify(message, &signature.to_vec()).is_ok())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// The algorithm of a curve, by a name of it in any case.
fn of_curve(jwk: &Members<'_>, key_type: &str) -> Option<Algorithm> {
    let curve = text(jwk, "crv")?;
    let is_named = |names: &[&str]| names.iter().any(|name| curve.eq_ignore_ascii_case(name));
    CURVES.iter().find(|(of, names, _)| *of == key_type && is_named(names)).map(|(_, _, algorithm)| *algorithm)
}

fn is_for_signatures(jwk: &Members<'_>) -> bool {
    let has = |name, wanted: &str| {
        let texts = jwk.read::<Texts>(name).ok().flatten().map(Texts::into_vec);
        texts.is_some_and(|texts| texts.iter().any(|text| text.eq_ignore_ascii_case(wanted)))
    };
    (!says(jwk, "use") || has("use", "sig")) && (!says(jwk, "key_ops") || has("key_ops", "verify"))
}

/// RFC 7518 section 6.3.1.
fn rsa_key(jwk: &Members<'_>) -> Result<DecodingKey, KeyProblem> {
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

/// RFC 7518 section 6.2.1. The point is written without compression (SEC 1 section 2.3.3).
fn ecdsa_key(
    jwk: &Members<'_>,
    algorithm: &'static EcdsaVerificationAlgorithm,
    bytes: usize,
) -> Result<DecodingKey, KeyProblem> {
    let (x, y) = (coordinate(jwk, "x", bytes)?, coordinate(jwk, "y", bytes)?);
    let uncompressed = [&[0x04], x.as_slice(), y.as_slice()].concat();
    ParsedPublicKey::new(algorithm, &uncompressed).map_err(|_| KeyProblem::Inconsistent)?;
    Ok(DecodingKey::from_ec_der(&uncompressed))
}

/// RFC 8037 section 2: octets, not a number, and so each of them counts.
///
/// The verifier does not look at the point, and one of small order verifies signatures that need no private key.
fn ed25519_key(jwk: &Members<'_>) -> Result<DecodingKey, KeyProblem> {
    let point = Some(octets(jwk, "x")?).filter(|point| point.len() == ED25519_BYTES);
    let point = point.ok_or(KeyProblem::BadParameter("x"))?;
    if is_of_small_order(&point) {
        return Err(KeyProblem::SmallOrder);
    }
    ParsedPublicKey::new(&ED25519, &point).map_err(|_| KeyProblem::Inconsistent)?;
    Ok(DecodingKey::from_ed_der(&point))
}

/// A number of at most so many bytes, and zeros before it.
fn coordinate(jwk: &Members<'_>, name: &'static str, bytes: usize) -> Result<Vec<u8>, KeyProblem> {
    let number = number(jwk, name)?;
    let zeros = bytes.checked_sub(number.len()).ok_or(KeyProblem::BadParameter(name))?;
    Ok([vec![0; zeros], number].concat())
}

/// A big-endian number without leading zeros. Java writes one more where the first bit would be a sign, and others leave out
/// those of a coordinate.
fn number(jwk: &Members<'_>, name: &'static str) -> Result<Vec<u8>, KeyProblem> {
    Ok(octets(jwk, name)?.into_iter().skip_while(|octet| *octet == 0).collect())
}

/// Base64url (RFC 7515 section 2). Padding, line breaks and the standard alphabet stand for the same octets.
fn octets(jwk: &Members<'_>, name: &'static str) -> Result<Vec<u8>, KeyProblem> {
    let text: String = text(jwk, name).unwrap_or_default().split_ascii_whitespace().collect();
    let text = text.replace('+', "-").replace('/', "_");
    let octets = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
    octets.filter(|octets| !octets.is_empty()).ok_or(KeyProblem::BadParameter(name))
}

/// Whether a member is there and says something. Publishers that write every member of a class leave `null`, an empty text or
/// an empty list in those that the key does not have.
fn says(jwk: &Members<'_>, name: &str) -> bool {
    match jwk.read::<Option<String>>(name) {
        Ok(text) => text.flatten().is_some_and(|text| !text.is_empty()),
        Err(Mistyped) => jwk.read::<[(); 0]>(name).is_err(),
    }
}

fn text(jwk: &Members<'_>, name: &str) -> Option<String> {
    jwk.one_text(name).ok().flatten().map(Cow::into_owned)
}

/// The bits of a number without leading zeros.
fn bit_length(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|byte| byte % 2 == 1)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::auth::testing::TestKey;

    /// The refusal of a good key with these changes; `null` removes a member.
    fn refusal(key: &TestKey, changes: &Value) -> Option<KeyProblem> {
        let mut jwk = key.jwk();
        let members = jwk.as_object_mut().unwrap();
        members.extend(changes.as_object().unwrap().clone());
        members.retain(|_, value| !value.is_null());
        PublicKey::from_jwk(&jwk.to_string()).err()
    }

    fn encoded(bytes: &[u8]) -> Value {
        json!(URL_SAFE_NO_PAD.encode(bytes))
    }

    #[test]
    fn a_key_verifies_what_it_signed_and_nothing_else() {
        for key in TestKey::all() {
            let public = PublicKey::from_jwk(&key.jwk().to_string()).unwrap();
            let signature = key.sign(b"message");
            assert!(public.verifies(b"message", &signature), "{}", key.alg);
            assert!(!public.verifies(b"massage", &signature), "{}", key.alg);
            assert!(!public.verifies(b"message", &signature[1..]), "{}", key.alg);
            assert!(!public.verifies(b"message", &vec![0; signature.len()]), "{}", key.alg);
            assert!(!public.verifies(b"message", &[]), "{}", key.alg);
        }
    }

    #[test]
    fn optional_members_may_be_absent_or_right_or_unknown() {
        for key in TestKey::all() {
            assert_eq!(refusal(key, &json!({ "alg": null, "use": null })), None);
            assert_eq!(refusal(key, &json!({ "key_ops": ["sign", "verify"], "x5t": "AAAA", "note": 1 })), None);
        }
    }

    #[test]
    fn an_object_with_repeated_names_is_no_key() {
        for jwk in ["", "1", r#"{"kty":"RSA","kty":"EC"}"#] {
            assert_eq!(PublicKey::from_jwk(jwk).unwrap_err(), KeyProblem::NotAnObject);
        }
    }

    #[test]
    fn symmetric_and_private_keys_are_refused() {
        assert_eq!(refusal(TestKey::p256(), &json!({ "kty": "oct", "k": "AAAA" })), Some(KeyProblem::Symmetric));
        for key in TestKey::all() {
            assert_eq!(refusal(key, &json!({ "d": "AAAA" })), Some(KeyProblem::Private));
        }
    }

    #[test]
    fn a_member_that_says_nothing_is_as_absent() {
        for nothing in ["null", r#""""#, "[]", "[ ]"] {
            for key in TestKey::all() {
                let mut jwk = key.jwk();
                let members = jwk.as_object_mut().unwrap();
                for name in ["alg", "use", "key_ops", "d", "p", "oth", "k"] {
                    members.insert(name.into(), json!("nothing"));
                }
                let jwk = jwk.to_string().replace(r#""nothing""#, nothing);
                assert!(PublicKey::from_jwk(&jwk).is_ok(), "{jwk}");
            }
        }
        for something in [json!(0), json!(false), json!({}), json!([null]), json!(" ")] {
            assert_eq!(refusal(TestKey::rsa(), &json!({ "oth": something })), Some(KeyProblem::Private));
        }
    }

    #[test]
    fn key_type_and_curve_are_ones_that_we_know() {
        for key_type in [json!(null), json!("ECDSA"), json!("AKP"), json!(1), json!(["EC", "RSA"])] {
            assert_eq!(refusal(TestKey::p256(), &json!({ "kty": key_type })), Some(KeyProblem::UnknownKeyType));
        }
        for curve in [json!(null), json!("P-521"), json!("secp256k1"), json!("Ed448"), json!("X25519")] {
            assert_eq!(refusal(TestKey::p256(), &json!({ "crv": curve })), Some(KeyProblem::UnknownCurve));
            assert_eq!(refusal(TestKey::ed25519(), &json!({ "crv": curve })), Some(KeyProblem::UnknownCurve));
        }
    }

    #[test]
    fn the_algorithm_fits_the_key_type() {
        for key in TestKey::all() {
            for alg in ["RS256", "ES256", "ES384", "EdDSA", "RS512", "PS256", "HS256", "none", " "] {
                let expected = (alg != key.alg).then_some(KeyProblem::WrongAlgorithm);
                assert_eq!(refusal(key, &json!({ "alg": alg })), expected, "{alg} for {}", key.alg);
            }
            assert_eq!(refusal(key, &json!({ "alg": 1 })), Some(KeyProblem::WrongAlgorithm));
        }
    }

    #[test]
    fn keys_for_other_purposes_are_refused() {
        for changes in [json!({ "use": "enc" }), json!({ "use": 1 }), json!({ "key_ops": ["sign"] })] {
            assert_eq!(refusal(TestKey::rsa(), &changes), Some(KeyProblem::NotForSignatures));
        }
    }

    #[test]
    fn types_and_algorithms_are_read_in_every_spelling() {
        for (key, changes) in [
            (TestKey::rsa(), json!({ "kty": "rsa", "alg": "rs256", "use": "SIG" })),
            (TestKey::rsa(), json!({ "kty": ["RSA"], "alg": ["RS256"], "use": ["sig"], "key_ops": "verify" })),
            (TestKey::p256(), json!({ "kty": "ec", "crv": "p-256", "alg": "es256" })),
            (TestKey::p256(), json!({ "crv": "secp256r1" })),
            (TestKey::p256(), json!({ "crv": "prime256v1" })),
            (TestKey::p384(), json!({ "crv": "p-384", "alg": "es384" })),
            (TestKey::p384(), json!({ "crv": "secp384r1" })),
            (TestKey::ed25519(), json!({ "kty": "okp", "crv": "ed25519", "alg": "Ed25519" })),
        ] {
            assert_eq!(refusal(key, &changes), None, "{changes}");
        }
    }

    #[test]
    fn parameters_are_base64_of_a_length_that_fits() {
        for (key, names) in
            [(TestKey::p256(), &["x", "y"][..]), (TestKey::ed25519(), &["x"]), (TestKey::rsa(), &["n", "e"])]
        {
            let values = [json!(null), json!(1), json!(""), json!("="), json!("A="), json!("AA=A"), json!("A*AA")];
            for (name, value) in names.iter().flat_map(|name| values.iter().map(|value| (*name, value.clone()))) {
                assert_eq!(refusal(key, &json!({ name: value })), Some(KeyProblem::BadParameter(name)), "{value}");
            }
        }
        for name in ["x", "y"] {
            let refused = refusal(TestKey::p256(), &json!({ name: encoded(&[1; 33]) }));
            assert_eq!(refused, Some(KeyProblem::BadParameter(name)));
        }
        for octets in [vec![1; 31], vec![1; 33], [&[0][..], &[1; 32]].concat()] {
            let refused = refusal(TestKey::ed25519(), &json!({ "x": encoded(&octets) }));
            assert_eq!(refused, Some(KeyProblem::BadParameter("x")));
        }
    }

    #[test]
    fn zeros_before_a_number_change_nothing() {
        for (key, names) in [(TestKey::p256(), ["x", "y"]), (TestKey::rsa(), ["n", "e"])] {
            let jwk = key.jwk();
            let with_zeros = |name: &str| {
                let octets = URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
                encoded(&[&[0, 0], &octets[..]].concat())
            };
            assert_eq!(refusal(key, &json!({ names[0]: with_zeros(names[0]), names[1]: with_zeros(names[1]) })), None);
        }
    }

    #[test]
    fn an_rsa_modulus_has_2048_to_8192_bits() {
        for (bytes, first, expected) in [
            (128, 0xff, Some(KeyProblem::ShortModulus)),
            (256, 0x7f, Some(KeyProblem::ShortModulus)),
            (256, 0x80, None),
            (1024, 0xff, None),
            (256, 0, Some(KeyProblem::ShortModulus)),
            (257, 0, None),
            (1025, 0, None),
            (1025, 0x01, Some(KeyProblem::LongModulus)),
        ] {
            let mut modulus = vec![0xff; bytes];
            modulus[0] = first;
            assert_eq!(refusal(TestKey::rsa(), &json!({ "n": encoded(&modulus) })), expected);
        }
    }

    #[test]
    fn rsa_parameters_that_make_forgery_easy_are_refused() {
        assert_eq!(refusal(TestKey::rsa(), &json!({ "n": encoded(&[0xfe; 256]) })), Some(KeyProblem::WeakRsa));
        for exponent in [&[0][..], &[1], &[0, 1], &[2], &[1, 0, 0], &[1, 0, 0, 0, 1]] {
            assert_eq!(refusal(TestKey::rsa(), &json!({ "e": encoded(exponent) })), Some(KeyProblem::WeakRsa));
        }
    }

    #[test]
    fn a_point_off_the_curve_is_refused() {
        for point in [json!({ "y": encoded(&[7; 32]) }), json!({ "x": encoded(&[0; 32]), "y": encoded(&[0; 32]) })] {
            assert_eq!(refusal(TestKey::p256(), &point), Some(KeyProblem::Inconsistent));
        }
    }
}

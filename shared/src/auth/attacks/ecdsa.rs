//! ES256 signatures: two numbers of 32 bytes each (RFC 7518 section 3.4), both from 1 to the order
//! less 1.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256K1_SHA256_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    },
};

use super::{Case, Verdict, numbers};
use crate::auth::testing::{self, Pair, TestKey, encoded};

/// The order of P-256's group (FIPS 186, "Curve P-256").
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

pub(super) fn cases() -> Vec<Case> {
    let message = message();
    let signature = TestKey::p256().sign(message.as_bytes());
    let (r, s) = signature.split_at(32);
    numbers_out_of_range(r, s)
        .into_iter()
        .chain(other_forms(&message, r, s))
        .map(|(name, signature, verdict)| {
            Case::new(format!("ES256: {name}"), format!("{message}.{}", encoded(signature)), verdict)
        })
        .collect()
}

fn message() -> String {
    format!("{}.{}", encoded(TestKey::p256().header().to_string()), encoded(testing::claims().to_string()))
}

fn numbers_out_of_range(r: &[u8], s: &[u8]) -> Vec<(&'static str, Vec<u8>, Verdict)> {
    let zero = [0; 32];
    let one = numbers::sum(&zero, &[1]);
    let over = numbers::sum(&ORDER, &[1]);
    let under = numbers::difference(&ORDER, &[1]);
    let most = [0xff; 32];
    let refused: [(_, &[u8], &[u8]); 18] = [
        ("r = s = 0", &zero, &zero),
        ("r = 0", &zero, s),
        ("s = 0", r, &zero),
        ("r = s = 1", &one, &one),
        ("r = 1", &one, s),
        ("s = 1", r, &one),
        ("r = the order", &ORDER, s),
        ("s = the order", r, &ORDER),
        ("r = s = the order", &ORDER, &ORDER),
        ("r = 0 and s = the order", &zero, &ORDER),
        ("r over the order", &over, s),
        ("s over the order", r, &over),
        ("r = the order less 1", &under, s),
        ("s = the order less 1", r, &under),
        ("r the most that fits", &most, s),
        ("s the most that fits", r, &most),
        ("r and s the most that fits", &most, &most),
        ("s and r exchanged", s, r),
    ];
    // Both values of `s` are accepted: RFC 7518 does not forbid the larger one.
    let other_half = [r, &numbers::difference(&ORDER, s)].concat();
    let negative_r = [&numbers::difference(&ORDER, r), s].concat();
    let mut rows: Vec<_> = refused.map(|(name, r, s)| (name, [r, s].concat(), Verdict::SIGNATURE)).into();
    rows.extend([
        ("r = the order less r", negative_r, Verdict::SIGNATURE),
        ("s as it was signed", [r, s].concat(), Verdict::ACCEPTED),
        ("s = the order less s, so that both a low and a high one are here", other_half, Verdict::ACCEPTED),
    ]);
    rows
}

fn other_forms(message: &str, r: &[u8], s: &[u8]) -> Vec<(&'static str, Vec<u8>, Verdict)> {
    let message = message.as_bytes();
    let whole = [r, s].concat();
    let Pair::Ecdsa(pair) = &TestKey::p256().pair else { unreachable!("an ECDSA key") };
    let same_key = pair.to_pkcs8v1().unwrap();
    let der = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, same_key.as_ref()).unwrap();
    let claims = testing::claims().to_string();
    let rows = [
        ("DER", signed(&der, message)),
        ("nothing", vec![]),
        ("63 bytes", whole[..63].to_vec()),
        ("without its first byte", whole[1..].to_vec()),
        ("r alone", r.to_vec()),
        ("65 bytes, as with a recovery id", [&whole[..], &[0]].concat()),
        ("65 bytes, as with a recovery id before", [&[27], &whole[..]].concat()),
        ("a zero before each number", [&[0], r, &[0], s].concat()),
        ("numbers of 48 bytes, as P-384 has", [&[0; 16], r, &[0; 16], s].concat()),
        ("zeros before it", [&[0; 16], &whole[..]].concat()),
        ("zeros behind it", [&whole[..], &[0; 16]].concat()),
        ("twice", [&whole[..], &whole].concat()),
        ("hexadecimal", hexadecimal(&whole).into()),
        ("base64url of it", encoded(&whole).into()),
        ("little-endian", whole.chunks(32).flat_map(|number| number.iter().rev().copied()).collect()),
        ("by a key of secp256k1", signed(&generated(&ECDSA_P256K1_SHA256_FIXED_SIGNING), message)),
        ("by another key", TestKey::new_p256("p256").sign(message)),
        ("over the claims alone", TestKey::p256().sign(claims.as_bytes())),
        ("over the hash, hashed once more", TestKey::p256().sign(digest(&SHA256, message).as_ref())),
        ("over a dot more", TestKey::p256().sign(&[message, b"."].concat())),
        ("over nothing", TestKey::p256().sign(b"")),
    ];
    rows.map(|(name, signature)| (name, signature, Verdict::SIGNATURE)).into()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn generated(algorithm: &'static EcdsaSigningAlgorithm) -> EcdsaKeyPair {
    EcdsaKeyPair::generate(algorithm).unwrap()
}

fn signed(pair: &EcdsaKeyPair, message: &[u8]) -> Vec<u8> {
    pair.sign(&SystemRandom::new(), message).unwrap().as_ref().into()
}

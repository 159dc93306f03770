//! `EdDSA` signatures with Ed25519: a point, and a number below the group's order (RFC 8032 section
//! 5.1.7).

use aws_lc_rs::digest::{SHA512, digest};
use serde_json::json;

use super::{Case, Verdict, numbers, trusting};
use crate::auth::testing::{self, TestKey, encoded};

/// The order of the group (RFC 8032 section 5.1), big-endian.
const ORDER: [u8; 32] = [
    0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x14, 0xde, 0xf9,
    0xde, 0xa2, 0xf7, 0x9c, 0xd6, 0x58, 0x12, 0x63, 0x1a, 0x5c, 0xf5, 0xd3, 0xed,
];

pub(super) fn cases() -> Vec<Case> {
    let message = message();
    let signature = TestKey::ed25519().sign(message.as_bytes());
    let (point, number) = signature.split_at(32);
    let mut cases: Vec<_> = bent(point, number)
        .into_iter()
        .chain(over_other_bytes(&message))
        .map(|(name, signature)| case(name, &message, &signature, Verdict::SIGNATURE))
        .collect();
    cases.push(case("as it was signed", &message, &signature, Verdict::ACCEPTED));
    cases.push(off_the_curve());
    cases
}

fn case(name: &str, message: &str, signature: &[u8], verdict: Verdict) -> Case {
    Case::new(format!("EdDSA: {name}"), format!("{message}.{}", encoded(signature)), verdict)
}

fn message() -> String {
    format!("{}.{}", encoded(TestKey::ed25519().header().to_string()), encoded(testing::claims().to_string()))
}

fn bent(point: &[u8], number: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let whole = [point, number].concat();
    let neutral = little_endian(&[1]);
    let most = [0xff; 32];
    vec![
        // The verification equation holds for this number too; only a check of its range refuses
        // it.
        ("the number and the order", [point, &plus_order(number, 1)].concat()),
        ("the number and eight times the order", [point, &plus_order(number, 8)].concat()),
        ("the number and fourteen times the order", [point, &plus_order(number, 14)].concat()),
        ("the order as number", [point, &little_endian(&ORDER)].concat()),
        ("zero as number", [point, &[0; 32]].concat()),
        ("the most that fits as number", [point, &most].concat()),
        ("a high bit in the number", [point, &number[..31], &[number[31] | 0x80]].concat()),
        ("the neutral point and zero", [&neutral[..], &[0; 32]].concat()),
        ("zeros", vec![0; 64]),
        ("no point", [&most, number].concat()),
        ("the mirrored point", [&point[..31], &[point[31] ^ 0x80], number].concat()),
        ("number and point exchanged", [number, point].concat()),
        ("big-endian", whole.iter().rev().copied().collect()),
        ("nothing", vec![]),
        ("63 bytes", whole[..63].to_vec()),
        ("65 bytes", [&whole[..], &[0]].concat()),
        ("114 bytes, as Ed448 has", [&whole[..], &[0; 50]].concat()),
        ("twice", [&whole[..], &whole].concat()),
        ("the point alone", point.to_vec()),
    ]
}

fn over_other_bytes(message: &str) -> Vec<(&'static str, Vec<u8>)> {
    let key = TestKey::ed25519();
    let (header, claims) = message.split_once('.').unwrap();
    vec![
        ("over the claims alone", key.sign(claims.as_bytes())),
        ("over the header alone", key.sign(header.as_bytes())),
        ("over the decoded claims", key.sign(testing::claims().to_string().as_bytes())),
        ("over a space in the place of the dot", key.sign(format!("{header} {claims}").as_bytes())),
        ("over the hash", key.sign(digest(&SHA512, message.as_bytes()).as_ref())),
        ("over nothing", key.sign(b"")),
        ("by another key", TestKey::new_ed25519("ed25519").sign(message.as_bytes())),
    ]
}

/// AWS-LC accepts such a key, and then refuses every signature by it.
fn off_the_curve() -> Case {
    let key = little_endian(&[2]);
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": encoded(key), "kid": TestKey::ed25519().kid });
    let token = TestKey::ed25519().token(&testing::claims());
    Case::new("EdDSA: a key that is no point on the curve", token, Verdict::SIGNATURE).to(&trusting(&[jwk]))
}

/// A little-endian number, increased by a multiple of the group's order.
fn plus_order(number: &[u8], times: usize) -> Vec<u8> {
    let number: Vec<_> = number.iter().rev().copied().collect();
    little_endian(&(0..times).fold(number, |number, _| numbers::sum(&number, &ORDER)))
}

/// A big-endian number of 32 bytes in little-endian order.
fn little_endian(number: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<_> = number.iter().rev().copied().collect();
    bytes.resize(32, 0);
    bytes
}

//! RS256 signatures: the padded block must be byte for byte the one of the message (RFC 8017
//! section 8.2.2).

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
use serde_json::{Value, json};

use super::{Case, Verdict, numbers, trusting};
use crate::auth::testing::{self, encoded};

/// The length of a 2048-bit modulus and of its signatures, in bytes.
const BYTES: usize = 256;

/// The DER prefix of the hash (RFC 8017 section 9.2, note 1).
const SHA256_INFO: &[u8] =
    &[0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];
const SHA384_INFO: &[u8] =
    &[0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30];
const SHA512_INFO: &[u8] =
    &[0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40];
const SHA1_INFO: &[u8] = &[0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];
/// The object identifier of SHA-256 with its tag and length, as it is in the prefix.
const SHA256_NAME: &[u8] = &[0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

pub(super) fn cases() -> Vec<Case> {
    let message = format!("{}.{}", encoded(r#"{"alg":"RS256","kid":"made"}"#), encoded(testing::claims().to_string()));
    blocks(message.as_bytes()).into_iter().chain(forms(message.as_bytes())).map(|row| row.case(&message)).collect()
}

struct Row {
    name: &'static str,
    modulus: Vec<u8>,
    signature: Vec<u8>,
    verdict: Verdict,
}

impl Row {
    fn case(&self, message: &str) -> Case {
        let Self { name, modulus, signature, verdict } = self;
        Case::new(format!("RS256: {name}"), format!("{message}.{}", encoded(signature)), *verdict)
            .to(&trusting(&[jwk(modulus)]))
    }
}

fn jwk(modulus: &[u8]) -> Value {
    json!({ "kty": "RSA", "kid": "made", "n": encoded(modulus), "e": encoded([3]) })
}

/// A modulus and a signature whose cube is this block.
///
/// No private key signs a malformed block. Here the modulus is made to fit: n = cube - block, so
/// the cube modulo n is the block. Verifying does not need the factors of n.
fn made_for(block: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut root = [0; 86];
    root[0] = 6;
    // The modulus must be odd.
    root[85] = 1 - block[BYTES - 1] % 2;
    let cube = numbers::product(&numbers::product(&root, &root), &root);
    let modulus = numbers::difference(&cube[cube.len() - BYTES..], block);
    (modulus, [vec![0; BYTES - root.len()], root.to_vec()].concat())
}

/// Correct padding, followed by these bytes.
fn padded(end: &[u8]) -> Vec<u8> {
    [&[0, 1][..], &vec![0xff; BYTES - 3 - end.len()], &[0], end].concat()
}

fn blocks(message: &[u8]) -> Vec<Row> {
    let hash = hash(&SHA256, message);
    let info = [SHA256_INFO, &hash].concat();
    let right = padded(&info);
    let with = |at: usize, byte: u8| {
        let mut block = right.clone();
        block[at] = byte;
        block
    };
    let separator = BYTES - info.len() - 1;
    let cut_short = |padding: usize| {
        let start = [&[0, 1][..], &vec![0xff; padding], &[0], &info].concat();
        let rest = vec![0x5a; BYTES - start.len()];
        [start, rest].concat()
    };
    let rows = [
        ("the block of another message", padded(&[SHA256_INFO, &self::hash(&SHA256, b"")].concat())),
        ("the block of the hash, hashed once more", padded(&[SHA256_INFO, &self::hash(&SHA256, &hash)].concat())),
        ("SHA-1 in its name", padded(&[SHA1_INFO, &self::hash(&SHA1_FOR_LEGACY_USE_ONLY, message)].concat())),
        ("SHA-384 in its name", padded(&[SHA384_INFO, &self::hash(&SHA384, message)].concat())),
        ("SHA-512 in its name", padded(&[SHA512_INFO, &self::hash(&SHA512, message)].concat())),
        ("SHA-512 under the name of SHA-256", padded(&[SHA256_INFO, &self::hash(&SHA512, message)[..32]].concat())),
        ("SHA-256 under the name of SHA-512", padded(&[SHA512_INFO, &hash, &hash].concat())),
        ("the hash without a name", padded(&hash)),
        ("a name without a hash", padded(SHA256_INFO)),
        ("the message in the place of its hash", padded(&message[..100])),
        ("no parameters", padded(&[&[0x30, 0x2f, 0x30, 0x0b], SHA256_NAME, &[0x04, 0x20], &hash].concat())),
        (
            "bytes in the parameters",
            padded(&[&[0x30, 0x35, 0x30, 0x11], SHA256_NAME, &[0x05, 0x04, 1, 2, 3, 4, 0x04, 0x20], &hash].concat()),
        ),
        (
            "a length in its long form",
            padded(&[&[0x30, 0x81, 0x31, 0x30, 0x0d], SHA256_NAME, &[0x05, 0x00, 0x04, 0x20], &hash].concat()),
        ),
        (
            "no length, and an end in its place",
            padded(&[&[0x30, 0x80, 0x30, 0x0d], SHA256_NAME, &[0x05, 0x00, 0x04, 0x20], &hash, &[0, 0]].concat()),
        ),
        ("the hash without its last byte", padded(&info[..info.len() - 1])),
        ("a byte behind the hash", padded(&[&info[..], &[0]].concat())),
        // Bleichenbacher 2006: with the exponent 3, a root of such a block can be found without the
        // private key.
        ("eight bytes of padding, and rubbish behind the hash", cut_short(8)),
        ("no padding, and rubbish behind the hash", cut_short(0)),
        ("a block that begins with 1", with(0, 1)),
        ("a block of type 0", with(1, 0)),
        ("a block of type 2", with(1, 2)),
        ("a zero in the padding", with(100, 0)),
        ("another byte in the padding", with(100, 0xfe)),
        ("another byte before the name", with(separator, 0xff)),
        ("a block that is shifted by a byte", [&[0], &right[..separator - 1], &right[separator..]].concat()),
        ("no padding at all", [vec![0; separator + 1], info.clone()].concat()),
    ];
    let rows = rows.into_iter().map(|(name, block)| (name, block, Verdict::SIGNATURE));
    rows.chain([("the block as it should be", right.clone(), Verdict::ACCEPTED)])
        .map(|(name, block, verdict)| {
            let (modulus, signature) = made_for(&block);
            Row { name, modulus, signature, verdict }
        })
        .collect()
}

/// Other encodings of a valid signature, and values that are not signatures.
fn forms(message: &[u8]) -> Vec<Row> {
    let (modulus, good) = made_for(&padded(&[SHA256_INFO, &hash(&SHA256, message)].concat()));
    let zeros = good.iter().take_while(|byte| **byte == 0).count();
    let number = |last: u8| [vec![0; BYTES - 1], vec![last]].concat();
    let forms = [
        ("without its leading zeros", good[zeros..].to_vec()),
        ("without its first zero", good[1..].to_vec()),
        ("a zero before it", [&[0], &good[..]].concat()),
        ("a zero behind it", [&good[..], &[0]].concat()),
        ("without its last byte", good[..BYTES - 1].to_vec()),
        ("nothing", vec![]),
        ("twice", [&good[..], &good].concat()),
        ("the modulus more", numbers::sum(&good, &modulus)),
        ("the modulus less it", numbers::difference(&modulus, &good)),
        ("zero", number(0)),
        ("one", number(1)),
        ("the modulus", modulus.clone()),
        ("the modulus less one", numbers::difference(&modulus, &[1])),
        ("the most that fits", vec![0xff; BYTES]),
        ("little-endian", good.iter().rev().copied().collect()),
        ("base64url of it", encoded(&good).into()),
    ];
    let row = |(name, signature): (_, Vec<u8>)| Row {
        name,
        modulus: modulus.clone(),
        signature,
        verdict: Verdict::SIGNATURE,
    };
    forms.into_iter().map(row).collect()
}

fn hash(algorithm: &'static digest::Algorithm, message: &[u8]) -> Vec<u8> {
    digest::digest(algorithm, message).as_ref().to_vec()
}

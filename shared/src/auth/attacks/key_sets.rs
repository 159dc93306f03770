//! Keys that must never be trusted. In the configuration they stop the start; in a published key
//! set they are skipped.

use aws_lc_rs::signature::{
    ECDSA_P256K1_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{numbers, trusting};
use crate::auth::{
    AuthSettings, Authenticator,
    algorithm::Algorithm,
    key_set::KeySet,
    testing::{TestKey, encoded},
};

/// A JWK, and a part of the error that the operator reads. `None` if the key must be accepted.
struct Row(String, Value, Option<&'static str>);

const MODULUS_TOO_SHORT: Option<&str> = Some("shorter than 2048 bits");
const WEAK: Option<&str> = Some("even, or its exponent is 1");
const NOT_ON_CURVE: Option<&str> = Some("not a point on its curve");
const UNKNOWN_CURVE: Option<&str> = Some("`crv` must be");
const BAD_X: Option<&str> = Some("`x` is missing");
const BAD_Y: Option<&str> = Some("`y` is missing");
const SMALL_ORDER: Option<&str> = Some("small order");

/// A valid key with these members added or replaced. `null` removes a member.
fn changed(key: &TestKey, name: &str, changes: Value, problem: Option<&'static str>) -> Row {
    let mut jwk = key.jwk();
    let Value::Object(changes) = changes else { unreachable!("an object") };
    let members = super::members(&mut jwk);
    members.insert("kid".into(), json!("tried"));
    members.extend(changes);
    members.retain(|_, value| !value.is_null());
    Row(format!("{}: {name}", key.alg), jwk, problem)
}

fn rows() -> Vec<Row> {
    [curves(), points(), small_orders(), rsa(), purposes(), names()].into_iter().flatten().collect()
}

/// Keys of another curve, under that curve's name and under the expected one.
fn curves() -> Vec<Row> {
    let row = |name, changes, problem| changed(TestKey::p256(), name, changes, problem);
    let of = |algorithm, bytes| {
        let (x, y) = point(algorithm, bytes);
        json!({ "x": encoded(x), "y": encoded(y) })
    };
    let on = |mut point: Value, curve: &str| {
        point["crv"] = json!(curve);
        point
    };
    let (p384, k256) = (of(&ECDSA_P384_SHA384_FIXED_SIGNING, 48), of(&ECDSA_P256K1_SHA256_FIXED_SIGNING, 32));
    vec![
        row("a key of P-384 for ES256", on(p384.clone(), "P-384"), Some("`alg` must be")),
        row("a key of P-256 that says P-384", json!({ "crv": "P-384", "alg": "ES384" }), NOT_ON_CURVE),
        changed(TestKey::p384(), "a key of P-384 that says P-521", json!({ "crv": "P-521" }), UNKNOWN_CURVE),
        changed(TestKey::p384(), "a key of P-384 under another name of it", json!({ "crv": "secp384r1" }), None),
        row("a key of P-384 that says P-256", on(p384, "P-256"), BAD_X),
        row("a key of secp256k1", on(k256.clone(), "secp256k1"), UNKNOWN_CURVE),
        row("a key of secp256k1 that says P-256", on(k256, "P-256"), NOT_ON_CURVE),
        row("P-521", json!({ "crv": "P-521" }), UNKNOWN_CURVE),
        row("the curve in lower case", json!({ "crv": "p-256" }), None),
        row("the curve by another name", json!({ "crv": "prime256v1" }), None),
        row("the curve of the other kind", json!({ "crv": "Ed25519" }), UNKNOWN_CURVE),
        row("no curve", json!({ "crv": null }), UNKNOWN_CURVE),
        changed(TestKey::ed25519(), "Ed448", json!({ "crv": "Ed448" }), UNKNOWN_CURVE),
        changed(TestKey::ed25519(), "X25519, which signs nothing", json!({ "crv": "X25519" }), UNKNOWN_CURVE),
        changed(TestKey::ed25519(), "the curve of the other kind", json!({ "crv": "P-256" }), UNKNOWN_CURVE),
    ]
}

fn point(algorithm: &'static EcdsaSigningAlgorithm, bytes: usize) -> (Vec<u8>, Vec<u8>) {
    let pair = EcdsaKeyPair::generate(algorithm).unwrap();
    let (x, y) = pair.public_key().as_ref()[1..].split_at(bytes);
    (x.to_vec(), y.to_vec())
}

fn points() -> Vec<Row> {
    /// The prime of P-256's field (FIPS 186, "Curve P-256").
    const PRIME: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    ];
    let own = |name: &str| URL_SAFE_NO_PAD.decode(TestKey::p256().jwk()[name].as_str().unwrap()).unwrap();
    let (x, y) = (own("x"), own("y"));
    let with = |x: &[u8], y: &[u8]| json!({ "x": encoded(x), "y": encoded(y) });
    let row = |name, changes, problem| changed(TestKey::p256(), name, changes, problem);
    let zero = [0; 32];
    vec![
        row("a point beside the curve", with(&x, &numbers::sum(&zero, &[1])), NOT_ON_CURVE),
        row("x and y exchanged", with(&y, &x), NOT_ON_CURVE),
        row("the point at infinity", with(&zero, &zero), NOT_ON_CURVE),
        row("x of the field's prime", with(&PRIME, &y), NOT_ON_CURVE),
        row("y of the field's prime", with(&x, &PRIME), NOT_ON_CURVE),
        row("the most that fits", with(&[0xff; 32], &[0xff; 32]), NOT_ON_CURVE),
        row("a compressed point", json!({ "x": encoded([&[2], &x[..]].concat()), "y": null }), BAD_X),
        row("x without y", json!({ "y": null }), BAD_Y),
        row("y without x", json!({ "x": null }), BAD_X),
        row("the whole point as x", json!({ "x": encoded([&[4], &x[..], &y].concat()) }), BAD_X),
        row("x with a leading zero more", with(&[&[0], &x[..]].concat(), &y), None),
        row("x with a leading one", with(&[&[1], &x[..]].concat(), &y), BAD_X),
        row("y with a byte less", with(&x, &y[..31]), NOT_ON_CURVE),
        row("x with padding", json!({ "x": format!("{}=", encoded(&x)) }), None),
        row("x as an array", json!({ "x": [1, 2] }), BAD_X),
        row("the mirrored point, which is another good key", with(&x, &numbers::difference(&PRIME, &y)), None),
        changed(TestKey::ed25519(), "31 bytes", json!({ "x": encoded([1; 31]) }), BAD_X),
        changed(TestKey::ed25519(), "33 bytes", json!({ "x": encoded([1; 33]) }), BAD_X),
        changed(
            TestKey::ed25519(),
            "a zero and 32 bytes",
            json!({ "x": encoded([&[0][..], &[1; 32]].concat()) }),
            BAD_X,
        ),
        changed(TestKey::ed25519(), "64 bytes", json!({ "x": encoded([1; 64]) }), BAD_X),
    ]
}

/// With a point of small order anybody can forge a signature: zero as the number, and one of eight
/// points as the first half.
fn small_orders() -> Vec<Row> {
    const OF_ORDER_8: [[u8; 32]; 2] = [
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
            0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
            0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ];
    let ends = |first: u8, middle: u8, last: u8| {
        let mut bytes = [middle; 32];
        (bytes[0], bytes[31]) = (first, last);
        bytes
    };
    let points = [
        ("1", ends(1, 0, 0)),
        ("2", ends(0xec, 0xff, 0x7f)),
        ("4", ends(0, 0, 0)),
        ("8", OF_ORDER_8[0]),
        ("8, another one", OF_ORDER_8[1]),
        ("1, spelled with the field's prime", ends(0xee, 0xff, 0x7f)),
        ("4, spelled with the field's prime", ends(0xed, 0xff, 0x7f)),
    ];
    let signs = points.into_iter().flat_map(|(name, point)| {
        let mut mirrored = point;
        mirrored[31] |= 0x80;
        [(format!("small order {name}"), point), (format!("small order {name}, mirrored"), mirrored)]
    });
    signs.map(|(name, point)| changed(TestKey::ed25519(), &name, json!({ "x": encoded(point) }), SMALL_ORDER)).collect()
}

fn rsa() -> Vec<Row> {
    let modulus = |bytes: usize, first: u8, last: u8| {
        let mut modulus = vec![0x5b; bytes];
        (modulus[0], modulus[bytes - 1]) = (first, last);
        encoded(modulus)
    };
    let row = |name, changes, problem| changed(TestKey::rsa(), name, changes, problem);
    vec![
        row("512 bits", json!({ "n": modulus(64, 0xc1, 1) }), MODULUS_TOO_SHORT),
        row("1024 bits", json!({ "n": modulus(128, 0xc1, 1) }), MODULUS_TOO_SHORT),
        row("2047 bits", json!({ "n": modulus(256, 0x7f, 1) }), MODULUS_TOO_SHORT),
        row("1 as modulus", json!({ "n": encoded([1]) }), MODULUS_TOO_SHORT),
        row("16384 bits", json!({ "n": modulus(2048, 0xc1, 1) }), Some("longer than 8192 bits")),
        row("an even modulus", json!({ "n": modulus(256, 0xc1, 2) }), WEAK),
        row("1024 bits and zeros before them", json!({ "n": modulus(256, 0, 1) }), MODULUS_TOO_SHORT),
        row("no modulus", json!({ "n": null }), Some("`n` is missing")),
        row("an empty modulus", json!({ "n": "" }), Some("`n` is missing")),
        row("the exponent 1", json!({ "e": encoded([1]) }), WEAK),
        row("the exponent 2", json!({ "e": encoded([2]) }), WEAK),
        row("the exponent 65536", json!({ "e": encoded([1, 0, 0]) }), WEAK),
        row("the exponent 2^32 + 1", json!({ "e": encoded([1, 0, 0, 0, 1]) }), WEAK),
        row("an exponent as long as the modulus", json!({ "e": modulus(256, 0xc1, 1) }), WEAK),
        row("the exponent 0", json!({ "e": encoded([0]) }), WEAK),
        row("the exponent 1 with a zero before it", json!({ "e": encoded([0, 1]) }), WEAK),
        row("no exponent", json!({ "e": null }), Some("`e` is missing")),
        row("an exponent as a number", json!({ "e": 65537 }), Some("`e` is missing")),
        row(
            "a certificate in the place of numbers",
            json!({ "n": null, "e": null, "x5c": ["AAAA"] }),
            Some("`n` is missing"),
        ),
        row("8192 bits", json!({ "n": modulus(1024, 0xc1, 1) }), None),
        row("the exponent 3", json!({ "e": encoded([3]) }), None),
        row("the exponent 3 with zeros before it", json!({ "e": encoded([0, 0, 0, 0, 3]) }), None),
        row("8192 bits and a zero before them", json!({ "n": encoded([&[0][..], &[0xc1; 1024]].concat()) }), None),
    ]
}

fn purposes() -> Vec<Row> {
    let purpose = Some("does not verify signatures");
    let algorithm = Some("`alg` must be");
    let row = |name, changes, problem| changed(TestKey::rsa(), name, changes, problem);
    vec![
        row("for encryption", json!({ "use": "enc" }), purpose),
        row("to sign, not to verify", json!({ "key_ops": ["sign"] }), purpose),
        row("to wrap keys", json!({ "use": null, "key_ops": ["wrapKey"] }), purpose),
        row("for RS512", json!({ "alg": "RS512" }), algorithm),
        row("for PS256", json!({ "alg": "PS256" }), algorithm),
        row("for HS256", json!({ "alg": "HS256" }), algorithm),
        row("for none", json!({ "alg": "none" }), algorithm),
        row("for ES256", json!({ "alg": "ES256" }), algorithm),
        row("a shared secret", json!({ "kty": "oct", "k": "AAAA" }), Some("symmetric")),
        row("a shared secret in a public key", json!({ "k": "AAAA" }), Some("private parts")),
        row("with its private half", json!({ "d": "AAAA" }), Some("private parts")),
        row("with one of its primes", json!({ "p": "AAAA" }), Some("private parts")),
        row("of an unknown kind", json!({ "kty": "AKP" }), Some("`kty` is not RSA")),
        row("of no kind", json!({ "kty": null }), Some("`kty` is not RSA")),
        row("with nothing said of its purpose", json!({ "use": null, "alg": null }), None),
        row("with an empty purpose", json!({ "use": "", "alg": "", "key_ops": [] }), None),
        row("with empty private parts", json!({ "d": "", "p": "", "oth": [] }), None),
    ]
}

/// Each key is tried after a valid one.
fn names() -> Vec<Row> {
    let kid = TestKey::ed25519().kid;
    let row = |name, changes, problem| changed(TestKey::p256(), name, changes, problem);
    vec![
        row("a name that another key has", json!({ "kid": kid }), Some("the same `kid`")),
        changed(TestKey::ed25519(), "the same key twice", json!({ "kid": kid }), Some("the same `kid`")),
        row("no name", json!({ "kid": null }), Some("`kid` is missing")),
        row("an empty name", json!({ "kid": "" }), Some("`kid` is missing")),
        row("a number as name", json!({ "kid": 1 }), Some("`kid` is missing")),
        Row("no object".into(), json!([]), Some("not a JSON object")),
        row("a name that differs in case", json!({ "kid": kid.to_uppercase() }), None),
    ]
}

/// The error for a set with a valid key and this one.
fn refused_at_start(jwk: &Value) -> Option<String> {
    let key_set = json!({ "keys": [TestKey::ed25519().jwk(), jwk] }).to_string();
    Authenticator::new(&AuthSettings::short(key_set, "", "")).err().map(|(_, problem)| problem.to_string())
}

#[test]
fn a_bad_key_at_hand_is_refused_at_start() {
    for Row(name, jwk, problem) in rows() {
        let refused = refused_at_start(&jwk);
        let is_right = match (&refused, problem) {
            (Some(refused), Some(problem)) => refused.starts_with("keys[1]") && refused.contains(problem),
            (refused, problem) => refused.is_none() && problem.is_none(),
        };
        assert!(is_right, "{name}: {refused:?}, and must be {problem:?}");
    }
}

#[test]
fn a_bad_key_that_is_published_is_passed_over() {
    for Row(name, jwk, problem) in rows() {
        let key_set = json!({ "keys": [TestKey::ed25519().jwk(), jwk] }).to_string();
        let (keys, _) = KeySet::parse_published(&key_set, Algorithm::ALL).unwrap();
        assert_eq!(keys.len(), if problem.is_some() { 1 } else { 2 }, "{name}");
        assert_eq!(keys.find(Some(TestKey::ed25519().kid)).unwrap().algorithm(), Algorithm::EdDsa, "{name}");
    }
}

#[test]
fn a_text_that_is_no_key_set_is_refused() {
    let key = TestKey::ed25519().jwk().to_string();
    let sets = [
        ("nothing", String::new()),
        ("null", "null".into()),
        ("a key alone", key.clone()),
        ("an array of keys", format!("[{key}]")),
        ("keys as an object", format!(r#"{{"keys":{{"a":{key}}}}}"#)),
        ("keys as a text", r#"{"keys":"x"}"#.into()),
        ("keys twice", format!(r#"{{"keys":[{key}],"keys":[{key}]}}"#)),
        ("no keys", r#"{"keys":[]}"#.into()),
        ("two sets", format!(r#"{{"keys":[{key}]}}{{"keys":[{key}]}}"#)),
        ("a name twice in a key", format!(r#"{{"keys":[{}]}}"#, key.replacen('{', r#"{"kid":"x","#, 1))),
    ];
    for (name, set) in sets {
        assert!(Authenticator::new(&AuthSettings::short(set, "", "")).is_err(), "{name}");
    }
    let good = trusting(&[TestKey::ed25519().jwk()]);
    assert!(super::Case::new("a good set", super::good(), super::Verdict::ACCEPTED).to(&good).failure().is_none());
}

#[test]
fn each_row_has_a_name_of_its_own() {
    let rows = rows();
    let names: std::collections::BTreeSet<_> = rows.iter().map(|Row(name, ..)| name).collect();
    assert_eq!(names.len(), rows.len());
    let refused = rows.iter().filter(|Row(_, _, problem)| problem.is_some()).count();
    println!("{refused} keys to refuse, {} to take", rows.len() - refused);
    assert!(refused >= 60 && refused + 5 <= rows.len());
}

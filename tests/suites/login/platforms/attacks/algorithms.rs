//! Algorithms and signatures.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use tests::{
    keys::Key,
    platforms::{Kind, USER, another_rsa, ec, rsa},
};

use super::{Accepted, Case, Expected, Invalid, Scene, Unreadable};

pub(super) fn cases(kind: &'static Kind) -> Vec<Case> {
    let mut cases = vec![Case::new("good", Accepted, |scene| kind.proof(USER, scene.now()))];
    cases.extend(unsigned(kind));
    cases.extend(by_secret(kind));
    cases.extend(by_other_algorithms(kind));
    cases.extend(by_others(kind));
    cases
}

fn chosen(name: impl std::fmt::Display, proof: impl Fn(&Scene) -> String + 'static) -> Case {
    Case::new(format!("the algorithm of the token's choice: {name}"), Invalid, proof)
}

/// A token with this `alg` and signature.
fn with_signature(kind: &Kind, now: i64, alg: &Value, signature: &str) -> String {
    let header = json!({ "alg": alg, "typ": "JWT", "kid": kind.key().kid() });
    let parts = [header, kind.claims(USER, now)].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    format!("{}.{signature}", parts.join("."))
}

fn unsigned(kind: &'static Kind) -> Vec<Case> {
    let texts = ["none", "None", "nOnE", ""].map(|alg| (json!(alg), Invalid));
    let others = [json!(null), json!(256), json!(["none"])].map(|alg| (alg, Unreadable));
    let mut cases = Vec::new();
    for (alg, expected) in texts.into_iter().chain(others) {
        let (empty, kept) = (alg.clone(), alg.clone());
        let name = format!("the algorithm of the token's choice: {alg} and no signature");
        cases.push(Case::new(name, expected, move |scene| with_signature(kind, scene.now(), &empty, "")));
        let name = format!("the algorithm of the token's choice: {alg} and the signature of a good proof");
        cases.push(Case::new(name, expected, move |scene| {
            let good = kind.proof(USER, scene.now());
            with_signature(kind, scene.now(), &kept, good.rsplit('.').next().unwrap())
        }));
    }
    cases
}

/// Makes a secret of a public key.
type ToSecret = fn(&Key) -> Vec<u8>;

/// The public key is the secret, in each form in which a library may have it.
fn by_secret(kind: &'static Kind) -> Vec<Case> {
    let forms: [(&str, ToSecret); 4] = [
        ("the public key as JWK", |key| key.jwk().to_string().into_bytes()),
        ("the modulus or point", |key| {
            let jwk = key.jwk();
            let part = jwk["n"].as_str().or_else(|| jwk["x"].as_str()).unwrap();
            URL_SAFE_NO_PAD.decode(part).unwrap()
        }),
        ("the public key as PEM", |key| key.pem().into_bytes()),
        ("the kid", |key| format!("{:-<32}", key.kid()).into_bytes()),
    ];
    let by = |(form, secret): (&str, ToSecret)| {
        chosen(format!("HS256 by {form}"), move |scene| {
            let key = kind.key();
            kind.signed_by(&Key::hs256(key.kid(), &secret(&key)), json!({}), kind.claims(USER, scene.now()))
        })
    };
    forms.into_iter().map(by).collect()
}

fn by_other_algorithms(kind: &'static Kind) -> Vec<Case> {
    let by = |name: &str, key: fn(&'static Kind) -> Key| {
        chosen(name, move |scene| kind.signed_by(&key(kind), json!({}), kind.claims(USER, scene.now())))
    };
    let mut cases = vec![
        by("EdDSA by a key of the caller", |kind| Key::ed_dsa(kind.key().kid())),
        by("ES384 by a key of the caller", |kind| Key::es384(kind.key().kid())),
    ];
    if kind.is_custom() {
        cases.push(by("RS256 by a key of the caller", |kind| another_rsa().named(kind.key().kid())));
        cases.push(by("RS256 by a key in the set that is not for it", |_| rsa().named("other")));
    } else {
        cases.push(by("RS384 by the platform's key", |kind| kind.key().with(Algorithm::RS384)));
        cases.push(by("RS512 by the platform's key", |kind| kind.key().with(Algorithm::RS512)));
        cases.push(by("PS256 by the platform's key", |kind| kind.key().with(Algorithm::PS256)));
        cases.push(by("ES256 by a key of the caller", |kind| Key::es256(kind.key().kid())));
        cases.push(by("ES256 by a key in the set that is not for it", |_| ec().named("other")));
    }
    cases
}

/// The right algorithm, and a signature that does not fit.
fn by_others(kind: &'static Kind) -> Vec<Case> {
    let of = |name: &str, change: fn(&str, &'static Kind, i64) -> String| {
        Case::new(name, Invalid, move |scene| {
            let good = kind.proof(USER, scene.now());
            let (message, signature) = good.rsplit_once('.').unwrap();
            format!("{message}.{}", change(signature, kind, scene.now()))
        })
    };
    let by_another = |name: &str, expected: Expected, header: fn(&Key) -> Value| {
        Case::new(name, expected, move |scene| {
            let key = kind.another_key(kind.key().kid());
            kind.signed_by(&key, header(&key), kind.claims(USER, scene.now()))
        })
    };
    vec![
        by_another("signed by another key", Invalid, |_| json!({})),
        by_another("signed by another key, which is in the header", Invalid, |key| json!({ "jwk": key.jwk() })),
        of("no signature", |_, _, _| String::new()),
        of("a signature with another first character", |signature, _, _| {
            format!("{}{}", if signature.starts_with('A') { "B" } else { "A" }, &signature[1..])
        }),
        of("half a signature", |signature, _, _| signature[..signature.len() / 8 * 4].to_owned()),
        of("the signature of another user's proof", |_, kind, now| {
            kind.proof("ffa1b2c3d4e5f607", now).rsplit('.').next().unwrap().to_owned()
        }),
    ]
}

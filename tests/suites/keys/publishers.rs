//! Keys in the spellings of publishers on many platforms. Only the number counts, not its spelling.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use tests::{keys::Key, site::Response};

use crate::server::{AUDIENCE, ISSUER, KeyServer, known, unknown_key, verdict, world};

/// A key with the name of a spelling, and the published form.
struct Published {
    key: Key,
    jwk: Value,
}

/// Changes members of the key. `null` is kept, since some publishers write it.
fn spelled(key: &Key, spelling: &str, changes: &Value) -> Published {
    let key = key.named(spelling);
    let mut jwk = key.jwk();
    jwk.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    Published { key, jwk }
}

fn octets(key: &Key, name: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(key.jwk()[name].as_str().unwrap()).unwrap()
}

/// These members of the key, with these bytes before each.
fn after(zeros: &[u8], key: &Key, names: &[&str]) -> Value {
    let member =
        |name: &&str| ((*name).to_owned(), json!(URL_SAFE_NO_PAD.encode([zeros, &octets(key, name)].concat())));
    names.iter().map(member).collect::<serde_json::Map<_, _>>().into()
}

/// These members of the key, with their texts changed.
fn written(key: &Key, names: &[&str], write: impl Fn(&str, &[u8]) -> String) -> Value {
    let member = |name: &&str| {
        let text = write(key.jwk()[*name].as_str().unwrap(), &octets(key, name));
        ((*name).to_owned(), json!(text))
    };
    names.iter().map(member).collect::<serde_json::Map<_, _>>().into()
}

fn padded(text: &str, _: &[u8]) -> String {
    format!("{text}{}", "=".repeat((4 - text.len() % 4) % 4))
}

/// Lines of 76 letters (RFC 2045 section 6.8).
fn wrapped(_: &str, octets: &[u8]) -> String {
    let text = STANDARD.encode(octets).into_bytes();
    text.chunks(76).map(|line| format!("{}\r\n", str::from_utf8(line).unwrap())).collect()
}

fn rsa() -> Vec<Published> {
    let key = Key::rs256("rsa");
    let numbers = ["n", "e"];
    let silent = json!({ "alg": null, "use": null });
    // Serializers write these for members of a class that other kinds of keys use.
    let nulls = ["crv", "d", "dp", "dq", "k", "p", "q", "qi", "x", "y", "x5u", "key_ops", "oth"];
    let nulls: Value =
        nulls.iter().map(|name| ((*name).to_owned(), Value::Null)).collect::<serde_json::Map<_, _>>().into();
    let lists = json!({ "key_ops": [], "oth": [], "x5c": [], "x5t": "GvnPApfWMdLRi8PDmisFn7bprKg" });
    let texts = json!({ "alg": "", "use": "", "crv": "", "d": "", "x": "", "y": "" });
    vec![
        spelled(&key, "RSA, as RFC 7518 has it", &json!({})),
        spelled(&key, "RSA, a sign byte", &after(&[0], &key, &["n"])),
        spelled(&key, "RSA, zeros before both numbers", &after(&[0, 0, 0], &key, &numbers)),
        spelled(&key, "RSA, padding", &written(&key, &numbers, padded)),
        spelled(&key, "RSA, the standard alphabet", &written(&key, &numbers, |_, octets| STANDARD.encode(octets))),
        spelled(&key, "RSA, lines", &written(&key, &numbers, wrapped)),
        spelled(&key, "RSA, nothing said of its purpose", &silent),
        spelled(&key, "RSA, nulls", &nulls),
        spelled(&key, "RSA, empty lists", &lists),
        spelled(&key, "RSA, empty texts", &texts),
        spelled(&key, "RSA, of Web Crypto", &json!({ "ext": true, "key_ops": ["verify"] })),
        spelled(&key, "RSA, several operations", &json!({ "key_ops": ["encrypt", "verify", "wrapKey"], "use": null })),
        spelled(&key, "RSA, a certificate beside it", &json!({ "x5c": ["MIIC"], "x5t": "AA", "x5t#S256": "AA" })),
    ]
}

fn p256() -> Vec<Published> {
    // One of 128 keys has a coordinate with a leading zero.
    let key = std::iter::repeat_with(|| Key::es256("p256"));
    let key = key.into_iter().find(|key| octets(key, "x")[0] == 0 || octets(key, "y")[0] == 0).unwrap();
    let point = ["x", "y"];
    let shortest = |_: &str, octets: &[u8]| {
        URL_SAFE_NO_PAD.encode(&octets[octets.iter().take_while(|octet| **octet == 0).count()..])
    };
    vec![
        spelled(&key, "P-256, as RFC 7518 has it", &json!({})),
        spelled(&key, "P-256, without leading zeros", &written(&key, &point, shortest)),
        spelled(&key, "P-256, a sign byte", &after(&[0], &key, &point)),
        spelled(&key, "P-256, padding", &written(&key, &point, padded)),
        spelled(&key, "P-256, the standard alphabet", &written(&key, &point, |_, octets| STANDARD.encode(octets))),
    ]
}

fn ed25519() -> Vec<Published> {
    let key = Key::ed_dsa("ed25519");
    vec![
        spelled(&key, "Ed25519, as RFC 8037 has it", &json!({})),
        spelled(&key, "Ed25519, padding", &written(&key, &["x"], padded)),
    ]
}

/// A document with these keys.
fn document(keys: &[Published]) -> String {
    json!({ "keys": keys.iter().map(|published| &published.jwk).collect::<Vec<_>>() }).to_string()
}

async fn refusals(world: &tests::World, keys: &[Published]) -> Vec<String> {
    let mut refused = Vec::new();
    for Published { key, .. } in keys {
        let exp = world.now() + 60;
        let claims = json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "s", "exp": exp, "permissions": ["user:*"] });
        if verdict(world, &key.token(&claims)).await != known() {
            refused.push(key.kid().to_owned());
        }
    }
    refused
}

fn spellings() -> Vec<Published> {
    [rsa(), p256(), ed25519()].into_iter().flatten().collect()
}

#[tokio::test]
async fn a_published_key_counts_however_its_publisher_spells_it() {
    let keys = spellings();
    for mark in ["", "\u{feff}"] {
        let server = KeyServer::start(Response::Json(format!("{mark}{}", document(&keys)))).await;
        assert_eq!(refusals(&server.world().await, &keys).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_configured_key_counts_however_it_is_spelled() {
    let keys = spellings();
    let jwks: Value = serde_json::from_str(&document(&keys)).unwrap();
    let world = world(&json!([{ "issuer": ISSUER, "audience": AUDIENCE, "jwks": jwks }])).await;
    assert_eq!(refusals(&world, &keys).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_key_with_its_private_half_is_never_used() {
    let (good, leaked) = (Key::ed_dsa("good"), Key::ed_dsa("leaked"));
    let keys = [spelled(&good, "good", &json!({})), spelled(&leaked, "leaked", &json!({ "d": "AAAA" }))];
    let server = KeyServer::start(Response::Json(document(&keys))).await;
    let world = server.world().await;
    assert_eq!(refusals(&world, &keys).await, ["leaked"]);
    let token = keys[1].key.token(&json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "s", "exp": world.now() + 60 }));
    assert_eq!(verdict(&world, &token).await, unknown_key());
}

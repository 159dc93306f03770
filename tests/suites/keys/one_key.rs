//! Tokens without `kid`, of an issuer that has one key or several.

use serde_json::{Value, json};
use tests::{World, keys::Key, site::Response};

use crate::server::{AUDIENCE, ISSUER, KeyServer, known, unknown_key, verdict, world};

/// A token whose header has these members beside `typ` and `alg`.
fn token(world: &World, key: &Key, header: &Value) -> String {
    let claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "s", "exp": world.now() + 3600, "permissions": ["user:*"],
    });
    let mut members = key.header();
    members.as_object_mut().unwrap().remove("kid");
    members.as_object_mut().unwrap().extend(header.as_object().unwrap().clone());
    key.sign(members.to_string().as_bytes(), claims.to_string().as_bytes())
}

/// Two bundles with these keys: one has them in its settings, the other fetches them.
async fn worlds(keys: &[Value]) -> [(World, Option<KeyServer>); 2] {
    let set = json!({ "keys": keys });
    let at_hand = world(&json!([{ "issuer": ISSUER, "audience": AUDIENCE, "jwks": set }])).await;
    let server = KeyServer::start(Response::Json(set.to_string())).await;
    [(at_hand, None), (server.world().await, Some(server))]
}

fn without_kid(key: &Key) -> Value {
    let mut jwk = key.jwk();
    jwk.as_object_mut().unwrap().remove("kid");
    jwk
}

#[tokio::test]
async fn a_token_without_kid_is_judged_by_the_only_key_of_its_issuer() {
    let (key, other) = (Key::es384("key"), Key::es384("key"));
    for (world, _server) in worlds(&[key.jwk()]).await {
        for header in [json!({}), json!({ "kid": null }), json!({ "kid": "" }), json!({ "kid": "key" })] {
            assert_eq!(verdict(&world, &token(&world, &key, &header)).await, known(), "{header}");
        }
        let refusal = verdict(&world, &token(&world, &other, &json!({}))).await;
        assert_eq!(refusal, (403, "auth_token_sig_invalid".into()));
        for kid in [json!("another"), json!(1), json!(["key"])] {
            let refusal = verdict(&world, &token(&world, &key, &json!({ "kid": kid }))).await;
            assert_eq!(refusal, unknown_key(), "{kid}");
        }
    }
}

#[tokio::test]
async fn a_token_without_kid_is_refused_where_its_issuer_has_several_keys() {
    let key = Key::es256("key");
    for (world, _server) in worlds(&[key.jwk(), Key::ed_dsa("other").jwk()]).await {
        assert_eq!(verdict(&world, &token(&world, &key, &json!({}))).await, unknown_key());
        assert_eq!(verdict(&world, &token(&world, &key, &json!({ "kid": "key" }))).await, known());
    }
}

#[tokio::test]
async fn the_only_key_of_an_issuer_needs_no_name() {
    let key = Key::rs256("key");
    for (world, _server) in worlds(&[without_kid(&key)]).await {
        assert_eq!(verdict(&world, &token(&world, &key, &json!({}))).await, known());
        assert_eq!(verdict(&world, &token(&world, &key, &json!({ "kid": "key" }))).await, unknown_key());
    }
}

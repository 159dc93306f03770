//! Spellings that differ from the RFCs' examples are read if they have only one meaning.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tests::{World, keys::Key, site::Response};

use crate::{
    provider::{allowed, forbidden, refused, with, wrong_claim},
    server::{AUDIENCE, ISSUER, KeyServer, unknown_key, verdict, world},
};

/// A bundle that trusts these keys, with these settings.
async fn trusting(keys: &[&Key], settings: Value) -> World {
    let keys: Vec<_> = keys.iter().map(|key| key.jwk()).collect();
    let issuer = json!({ "issuer": ISSUER, "audience": AUDIENCE, "jwks": { "keys": keys } });
    world(&json!([with(&issuer, &settings)])).await
}

fn claims(world: &World) -> Value {
    json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "s", "exp": world.now() + 60, "permissions": ["user:*"] })
}

/// The answer to a token with these claims, in addition to or instead of the usual ones.
async fn judged(world: &World, key: &Key, changes: Value) -> (u16, String) {
    verdict(world, &key.token(&with(&claims(world), &changes))).await
}

/// The answer to a token with these members in its header.
async fn judged_header(world: &World, key: &Key, changes: Value) -> (u16, String) {
    let header = with(&key.header(), &changes).to_string();
    verdict(world, &key.sign(header.as_bytes(), claims(world).to_string().as_bytes())).await
}

#[tokio::test]
async fn one_text_in_an_array_is_that_text_and_a_text_is_an_array_of_one() {
    let key = Key::ed_dsa("key");
    let world = trusting(&[&key], json!({})).await;
    for claims in [
        json!({ "aud": [AUDIENCE] }),
        json!({ "permissions": "user:*" }),
        json!({ "token_type": ["access"] }),
        json!({ "platform": ["Steam"], "platform_user_id": ["42"] }),
    ] {
        assert_eq!(judged(&world, &key, claims.clone()).await, allowed(), "{claims}");
    }
    for claims in [
        json!({ "aud": ["other"] }),
        json!({ "permissions": "user:* purge:*:*" }),
        json!({ "permissions": "user:*,purge:*:*" }),
        json!({ "platform": ["Steam", "Epic"] }),
        json!({ "platform": [], "platform_user_id": ["42"] }),
        json!({ "platform_user_id": ["42", "43"] }),
        json!({ "sub": ["s"] }),
    ] {
        assert_eq!(judged(&world, &key, claims.clone()).await, wrong_claim(), "{claims}");
    }
    let arrays = json!({ "platform": ["Steam"], "platform_user_id": ["42"], "permissions": [] });
    let user = world.create("Steam", "42").await;
    let path = format!("/users/v2/player/{}/links", user.player_uuid);
    let token = key.token(&with(&claims(&world), &arrays));
    assert_eq!(world.get(&path, &token).await.status, 200, "the player of the arrays");
}

#[tokio::test]
async fn scopes_may_be_words_commas_or_an_array() {
    let key = Key::ed_dsa("key");
    for (form, values) in [
        ("words", [json!("openid user:platform:read"), json!(["openid", "user:platform:read"])]),
        ("commas", [json!("openid, user:platform:read"), json!(["openid,user:platform:read"])]),
    ] {
        let world = trusting(&[&key], json!({ "permissions": { "claim": "scope", "form": form } })).await;
        for scope in values {
            assert_eq!(judged(&world, &key, json!({ "scope": scope })).await, allowed(), "{form} {scope}");
        }
        for scope in [json!("openid"), json!([]), json!("")] {
            assert_eq!(judged(&world, &key, json!({ "scope": scope })).await, forbidden(), "{form} {scope}");
        }
        for scope in [json!({ "user:*": 1 }), json!(["user:*", 1]), json!(7)] {
            assert_eq!(judged(&world, &key, json!({ "scope": scope })).await, wrong_claim(), "{form} {scope}");
        }
    }
}

/// Templates of claims write `null` for a value that a user does not have.
#[tokio::test]
async fn null_stands_for_no_permissions_and_no_player() {
    let key = Key::ed_dsa("key");
    let world = trusting(&[&key], json!({})).await;
    for (name, expected) in [
        ("permissions", forbidden()),
        ("platform", allowed()),
        ("platform_user_id", allowed()),
        ("sub", wrong_claim()),
        ("aud", wrong_claim()),
        ("token_type", refused("auth_token_invalid_type")),
    ] {
        let mut claims = with(&claims(&world), &json!({ "platform": "Steam", "platform_user_id": "42" }));
        // `with` would remove the claim.
        claims[name] = Value::Null;
        assert_eq!(verdict(&world, &key.token(&claims)).await, expected, "{name}");
    }
}

#[tokio::test]
async fn a_token_for_somebody_else_is_refused_whatever_another_claim_says() {
    let key = Key::ed_dsa("key");
    let world = trusting(&[&key], json!({ "audience_claim": "azp" })).await;
    for (claims, expected) in [
        (json!({ "azp": AUDIENCE, "aud": null }), allowed()),
        (json!({ "azp": AUDIENCE }), allowed()),
        (json!({ "azp": AUDIENCE, "aud": ["other", AUDIENCE] }), allowed()),
        (json!({ "azp": AUDIENCE, "aud": "https://other-api.example.com" }), wrong_claim()),
        (json!({ "azp": ["other", AUDIENCE] }), wrong_claim()),
    ] {
        assert_eq!(judged(&world, &key, claims.clone()).await, expected, "{claims}");
    }
}

#[tokio::test]
async fn algorithms_and_types_are_read_in_every_spelling() {
    let keys = [Key::rs256("r"), Key::es256("e"), Key::es384("e3"), Key::ed_dsa("o")];
    let world = trusting(&keys.each_ref(), json!({})).await;
    for (key, alg) in keys.iter().zip(["rs256", "es256", "es384", "eddsa"]) {
        assert_eq!(judged_header(&world, key, json!({ "alg": alg })).await, allowed(), "{alg}");
    }
    let [rsa, .., ed25519] = &keys;
    assert_eq!(judged_header(&world, ed25519, json!({ "alg": "Ed25519" })).await, allowed());
    for alg in ["none", "NONE", "HS256", "RS512", "PS256", "ES384", ""] {
        assert_eq!(judged_header(&world, rsa, json!({ "alg": alg })).await, refused("auth_token_sig_invalid"), "{alg}");
    }
    for typ in [json!("AT+JWT"), json!("application/at+jwt"), json!(["JWT"]), json!("jwt")] {
        assert_eq!(judged_header(&world, rsa, json!({ "typ": typ })).await, allowed(), "{typ}");
    }
    for name in ["token_type", "token_use", "typ"] {
        for kind in ["Bearer", "bearer", "ACCESS", "access_token", "at+jwt"] {
            assert_eq!(judged(&world, rsa, json!({ name: kind })).await, allowed(), "{name} {kind}");
        }
        for kind in ["refresh", "id", "ID", "id_token", "Offline", "DPoP", ""] {
            let refusal = judged(&world, rsa, json!({ name: kind })).await;
            assert_eq!(refusal, refused("auth_token_invalid_type"), "{name} {kind}");
        }
    }
}

#[tokio::test]
async fn keys_are_published_in_every_spelling() {
    let keys = [
        (Key::rs256("r"), json!({ "kty": "rsa", "alg": "rs256", "use": ["sig"], "key_ops": "verify" })),
        (Key::es256("e"), json!({ "kty": "ec", "crv": "p-256", "alg": "es256", "use": "SIG" })),
        (Key::es384("e3"), json!({ "crv": "secp384r1", "alg": ["ES384"] })),
        (Key::ed_dsa("o"), json!({ "crv": "ed25519", "alg": "Ed25519" })),
    ];
    let jwks: Vec<_> = keys.iter().map(|(key, spelling)| with(&key.jwk(), spelling)).collect();
    let server = KeyServer::start(Response::Json(json!({ "keys": jwks }).to_string())).await;
    let world = server.world().await;
    for (key, spelling) in &keys {
        assert_eq!(judged(&world, key, json!({})).await, allowed(), "{spelling}");
    }
}

#[tokio::test]
async fn at_hash_marks_an_id_token_unless_the_issuer_writes_it_into_access_tokens() {
    let key = Key::ed_dsa("key");
    let id_token = refused("auth_token_invalid_type");
    for (settings, expected) in [
        (json!({}), &id_token),
        (json!({ "accept_at_hash": false }), &id_token),
        (json!({ "accept_at_hash": true }), &allowed()),
    ] {
        let world = trusting(&[&key], settings.clone()).await;
        assert_eq!(judged(&world, &key, json!({ "at_hash": "a" })).await, *expected, "{settings}");
        assert_eq!(judged(&world, &key, json!({ "c_hash": "a" })).await, id_token, "{settings}");
        assert_eq!(judged(&world, &key, json!({ "events": {} })).await, id_token, "{settings}");
    }
}

/// Supabase's older projects use a shared secret. Everybody who can verify with it can also sign.
#[tokio::test]
async fn an_issuer_that_signs_with_a_shared_secret_is_refused_and_the_log_says_why() {
    tests::logs::take_lines();
    let server = KeyServer::start(Response::Json(r#"{"keys":[]}"#.into())).await;
    let world = server.world().await;
    let secret = hmac::Key::new(hmac::HMAC_SHA256, b"super-secret-jwt-token-with-at-least-32-characters-long");
    for header in [json!({ "alg": "HS256", "typ": "JWT" }), json!({ "alg": "HS256", "typ": "JWT", "kid": "k" })] {
        let parts = [header.to_string(), claims(&world).to_string()].map(|part| URL_SAFE_NO_PAD.encode(part));
        let message = parts.join(".");
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&secret, message.as_bytes()));
        assert_eq!(verdict(&world, &format!("{message}.{signature}")).await, unknown_key());
    }
    let lines = tests::logs::take_lines();
    let says_why = |line: &String| line.contains("\"WARN\"") && line.contains("HS256") && line.contains("key pair");
    assert!(lines.iter().any(says_why), "{lines:?}");
}

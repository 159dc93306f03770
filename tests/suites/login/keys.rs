//! The documents about keys and addresses.

use std::{collections::BTreeSet, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use roster_local::login_keys;
use serde_json::{Value, json};
use shared::auth::PublicKey;
use tests::{Answer, Fault, World};

use super::world_with;

const KEYS: &str = "/users/v1/publickeys";
const SERVER: &str = "/.well-known/oauth-authorization-server";
const PROVIDER: &str = "/.well-known/openid-configuration";
const NOT_FOUND: &str = r#"{"auth_success":true,"error_code":"not_found","desc":"Not Found"}"#;
const FAILED_ATTEMPTS: usize = 6;

async fn show(world: &World, path: &str) -> Answer {
    world.send("GET", path, &[], "").await
}

/// The published keys.
async fn keys(world: &World) -> Vec<Value> {
    let answer = show(world, KEYS).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    answer.json()["keys"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn a_published_key_is_an_rsa_key_of_2048_bits_named_by_its_thumbprint() {
    let world = World::start().await;
    let keys = keys(&world).await;
    assert_eq!(keys.len(), 1, "{keys:?}");
    for key in keys {
        let members: BTreeSet<_> = key.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(members, ["e", "kid", "kty", "n"].into());
        assert_eq!(key["kty"], "RSA");
        let [n, e, kid] = ["n", "e", "kid"].map(|name| key[name].as_str().expect("a text"));
        let modulus = URL_SAFE_NO_PAD.decode(n).expect("base64url");
        assert!(modulus.len() == 256 && modulus[0] >= 0x80, "{n}");
        // RFC 7638, section 3.
        let hashed = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
        let thumbprint = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, hashed.as_bytes());
        assert_eq!(kid, URL_SAFE_NO_PAD.encode(thumbprint));
        assert!(PublicKey::from_jwk(&key.to_string()).is_ok(), "a verifier can use it");
    }
}

#[tokio::test]
async fn every_key_of_the_setting_is_published_in_its_order() {
    let [first, second] = login_keys();
    let one = keys(&world_with(&[("LOGIN_KEYS", &second)]).await).await;
    let both = keys(&world_with(&[("LOGIN_KEYS", &format!("{first},{second}"))]).await).await;
    // Each bundle in memory has its own keys, so only their number can be compared.
    assert_eq!((one.len(), both.len()), (1, 2));
    assert_ne!(both[0]["kid"], both[1]["kid"]);
}

#[tokio::test]
async fn one_key_is_shown_by_its_name_and_an_unknown_name_is_not_found() {
    let world = World::start().await;
    let key = keys(&world).await.remove(0);
    let kid = key["kid"].as_str().unwrap();
    let shown = show(&world, &format!("{KEYS}/{kid}")).await;
    assert_eq!((shown.status, shown.json()), (200, key.clone()));
    for unknown in [&kid[1..], &kid.to_uppercase(), "x", "%20", &"a".repeat(2000)] {
        let answer = show(&world, &format!("{KEYS}/{unknown}")).await;
        assert_eq!((answer.status, answer.text.as_str()), (404, NOT_FOUND), "{unknown}");
    }
}

#[tokio::test]
async fn the_documents_name_the_issuer_and_its_addresses() {
    let world = World::start().await;
    let url = world.bundle.url().to_owned();
    let basic = json!(["client_secret_basic"]);
    let mut expected = json!({
        "issuer": url, "jwks_uri": format!("{url}{KEYS}"),
        "token_endpoint": format!("{url}/users/v2/oauth/token"),
        "revocation_endpoint": format!("{url}/users/v2/oauth/revoke"),
        "introspection_endpoint": format!("{url}/users/v2/oauth/introspect"),
        "token_endpoint_auth_methods_supported": basic,
        "revocation_endpoint_auth_methods_supported": basic,
        "introspection_endpoint_auth_methods_supported": basic,
        "grant_types_supported": ["client_credentials"], "response_types_supported": [],
    });
    assert_eq!(show(&world, SERVER).await.json(), expected);
    expected["subject_types_supported"] = json!(["public"]);
    expected["id_token_signing_alg_values_supported"] = json!(["RS256"]);
    assert_eq!(show(&world, PROVIDER).await.json(), expected);
}

#[tokio::test]
async fn what_is_found_may_be_kept_for_five_minutes_and_what_is_not_found_not_at_all() {
    let world = World::start().await;
    let kid = keys(&world).await[0]["kid"].as_str().unwrap().to_owned();
    for path in [KEYS, &format!("{KEYS}/{kid}"), SERVER, PROVIDER] {
        assert_eq!(show(&world, path).await.header("cache-control"), Some("public, max-age=300"), "{path}");
    }
    assert_eq!(show(&world, &format!("{KEYS}/x")).await.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn without_login_there_are_no_keys_and_no_addresses() {
    let world = world_with(&[("LOGIN_ISSUER", ""), ("LOGIN_AUDIENCE", ""), ("LOGIN_KEYS", "")]).await;
    for path in [KEYS, &format!("{KEYS}/x"), SERVER, PROVIDER] {
        let answer = show(&world, path).await;
        assert_eq!((answer.status, answer.text.as_str()), (404, NOT_FOUND), "{path}");
    }
}

#[tokio::test]
async fn keys_are_read_once_in_ten_minutes_and_addresses_without_a_call() {
    let world = World::start().await;
    let read = || world.operations("get-public-keys");
    for path in [SERVER, PROVIDER] {
        assert_eq!(show(&world, path).await.status, 200);
    }
    assert_eq!(read(), Vec::<String>::new());
    for _ in 0..3 {
        keys(&world).await;
    }
    show(&world, &format!("{KEYS}/x")).await;
    assert_eq!(read(), ["GetPublicKey"]);
    world.advance(Duration::from_secs(599));
    keys(&world).await;
    assert_eq!(read(), Vec::<String>::new());
    world.advance(Duration::from_secs(2));
    keys(&world).await;
    assert_eq!(read(), ["GetPublicKey"]);
}

#[tokio::test]
async fn while_kms_is_away_keys_are_unavailable_and_addresses_are_not() {
    let world = World::start().await;
    for path in [KEYS, &format!("{KEYS}/x")] {
        (0..FAILED_ATTEMPTS).for_each(|_| world.fault("get-public-keys", "GetPublicKey", Fault::Throttled));
        let answer = show(&world, path).await;
        assert_eq!(answer.verdict(), (503, "unavailable".to_owned()), "{path}");
        let headers = (answer.header("retry-after"), answer.header("cache-control"));
        assert_eq!(headers, (Some("1"), Some("no-store")), "{path}");
    }
    world.fault("get-public-keys", "GetPublicKey", Fault::Throttled);
    assert_eq!(show(&world, SERVER).await.status, 200);
    assert_eq!(keys(&world).await.len(), 1, "one failed attempt is repeated");
}

#[tokio::test]
async fn a_key_that_the_role_may_not_read_is_an_error_of_ours() {
    let world = World::start().await;
    world.calls.deny("get-public-keys");
    assert_eq!(show(&world, KEYS).await.verdict(), (500, "internal_error".to_owned()));
}

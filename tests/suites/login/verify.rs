//! The verification of tokens.

use std::time::Duration;

use roster_local::TokenRequest;
use serde_json::json;
use shared::{
    identity::ClientId,
    lambda::Setup,
    login::{AccessTokens, Bearer},
};
use tests::{Fault, World, keys::Key, logs};

const VERIFY: &str = "/users/v1/verify";
const FAILED_ATTEMPTS: usize = 6;

/// A token that the deployment issues to its client, signed by its KMS.
async fn own_token(world: &World) -> String {
    let variables = world.bundle.environment("verify-token").expect("its variables").clone();
    let setup = Setup::new(variables.into_iter().collect(), world.ambient().clone(), Vec::new());
    let issuer = setup.login_issuer().expect("variables of login").expect("login is on");
    let keys = setup.login_keys(&issuer).expect("keys");
    let tokens = AccessTokens::new(issuer, Duration::from_hours(1), keys, world.ambient().clone());
    let client = ClientId::new("local".to_owned()).expect("an id");
    tokens.issue(&client, &[], Bearer::Client, world.ambient().now()).await.expect("a token").text
}

#[tokio::test]
async fn a_good_token_is_answered_with_null_whatever_it_permits_and_whatever_the_body_is() {
    let world = World::start().await;
    let player = world.token(TokenRequest::new::<&str>([]).platform_user("Steam", "42"));
    for token in [world.admin(), world.service(&[]), player] {
        for body in ["", "{}", "{", "\u{0}", r#"{"token":"x"}"#] {
            let authorization = format!("Bearer {token}");
            let headers = [("authorization", &*authorization), ("content-type", "text/plain")];
            let answer = world.send("POST", VERIFY, &headers, body).await;
            assert_eq!((answer.status, answer.text.as_str()), (200, "null"), "{body}");
            assert_eq!(answer.header("content-type"), Some("application/json"));
        }
    }
    assert_eq!(world.operations("verify-token"), Vec::<String>::new(), "it calls nobody");
}

#[tokio::test]
async fn a_bad_token_is_refused_by_its_code() {
    let world = World::start().await;
    let expired = world.token(TokenRequest::new(["*"]).expires_in(Duration::from_secs(1)));
    world.advance(Duration::from_secs(60));
    for (token, code) in
        [(expired.as_str(), "auth_token_expired"), ("x", "auth_not_jwt"), ("e30.e30.e30", "auth_malformed_access")]
    {
        let answer = world.post(VERIFY, token, json!({})).await;
        assert_eq!(answer.verdict(), (403, code.to_owned()));
        assert_eq!(answer.json()["auth_success"], false);
    }
}

#[tokio::test]
async fn a_token_of_the_deployments_own_issuer_is_good_after_one_look_at_its_key() {
    let world = World::start().await;
    let token = own_token(&world).await;
    for calls in [&["GetPublicKey"][..], &[]] {
        let answer = world.post(VERIFY, &token, json!({})).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "null"));
        assert_eq!(world.operations("verify-token"), calls);
    }
    let (message, signature) = token.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { "B" } else { "A" };
    let forged = world.post(VERIFY, &format!("{message}.{other}{}", &signature[1..]), json!({})).await;
    assert_eq!(forged.verdict(), (403, "auth_token_sig_invalid".to_owned()));
}

#[tokio::test]
async fn while_the_keys_are_unavailable_a_token_is_neither_good_nor_bad() {
    let world = World::start().await;
    let token = own_token(&world).await;
    (0..FAILED_ATTEMPTS).for_each(|_| world.fault("verify-token", "GetPublicKey", Fault::Throttled));
    let answer = world.post(VERIFY, &token, json!({})).await;
    assert_eq!(answer.verdict(), (503, "unavailable".to_owned()));
    assert_eq!(world.post(VERIFY, &world.service(&[]), json!({})).await.status, 200, "another issuer is not affected");
}

#[tokio::test]
async fn a_token_of_the_own_name_with_a_shared_secret_is_called_forged_in_the_log() {
    let world = World::start().await;
    let issuer = world.bundle.environment("verify-token").expect("its variables")["LOGIN_ISSUER"].clone();
    let claims = json!({ "iss": issuer, "aud": "roster", "sub": "x", "exp": world.now() + 60 });
    let token = Key::hs256("k", b"a secret that everybody knows").token(&claims);
    logs::take_lines();
    for _ in 0..2 {
        let answer = world.post(VERIFY, &token, json!({})).await;
        assert_eq!(answer.status, 403, "{}", answer.text);
    }
    let warned: Vec<_> = logs::take_lines().into_iter().filter(|line| line.contains("shared secret")).collect();
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert!(warned[0].contains("so it is forged: this deployment signs with a key pair only"), "{warned:?}");
}

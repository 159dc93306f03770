//! The change of the key that signs tokens, step by step: publish the new key, sign with it, retire
//! the old one.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::decode_header;
use roster_local::login_keys;
use serde_json::{Value, json};
use tests::World;

use crate::{
    scene::{LOGIN, TOKEN, ask},
    world_with,
};

/// Every deployment has the same name and the same two keys in KMS. Only the order of the setting
/// differs.
async fn deployed(keys: &[&str]) -> World {
    world_with(&[("LOGIN_ISSUER", "https://login.example.com"), ("LOGIN_KEYS", &keys.join(","))]).await
}

async fn token(world: &World, path: &str) -> String {
    let answer = ask(world, path, "local", json!({ "grant_type": "client_credentials" })).await.json();
    answer["access_token"].as_str().expect("a token").to_owned()
}

fn kid(token: &str) -> String {
    decode_header(token).expect("a header").kid.expect("a key id")
}

async fn published(world: &World) -> Vec<String> {
    let keys = world.send("GET", "/users/v1/publickeys", &[], "").await.json();
    keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// The code with which a token is refused, if it is.
async fn refused(world: &World, token: &str) -> Option<String> {
    let answer = world.post("/users/v1/verify", token, json!({})).await;
    (answer.status != 200).then(|| answer.code())
}

#[tokio::test]
async fn no_token_is_refused_while_the_key_that_signs_is_changed() {
    let [first, second] = login_keys();
    let (first, second) = (first.as_str(), second.as_str());
    let steps = [&[first][..], &[first, second], &[second, first], &[second]];
    let mut worlds = Vec::new();
    for keys in steps {
        worlds.push(deployed(keys).await);
    }
    let kids = published(&worlds[1]).await;
    let mut tokens = Vec::new();
    for (world, signs) in worlds.iter().zip([0, 0, 1, 1]) {
        let own = [token(world, LOGIN).await, token(world, TOKEN).await];
        assert_eq!(own.each_ref().map(|token| kid(token)), [kids[signs].clone(), kids[signs].clone()]);
        tokens.push(own);
    }
    let expected = [vec![0], vec![0, 1], vec![1, 0], vec![1]];
    for (world, expected) in worlds.iter().zip(expected) {
        let expected: Vec<_> = expected.into_iter().map(|index: usize| kids[index].clone()).collect();
        assert_eq!(published(world).await, expected);
    }
    // Instances of a step and of the one before run side by side, and tokens of both are in use.
    for (step, world) in worlds.iter().enumerate() {
        for token in tokens[step.saturating_sub(1)..(step + 2).min(tokens.len())].iter().flatten() {
            assert_eq!(refused(world, token).await, None, "step {step}");
        }
    }
    // A token of the first key, after that key is gone.
    assert_eq!(refused(&worlds[3], &tokens[0][0]).await, Some("auth_invalid_key_id".to_owned()));
}

#[tokio::test]
async fn a_token_that_names_one_published_key_and_is_signed_by_the_other_is_refused() {
    let [first, second] = login_keys();
    let world = deployed(&[&first, &second]).await;
    let kids = published(&world).await;
    let token = token(&world, TOKEN).await;
    let parts: Vec<_> = token.split('.').collect();
    let mut header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[0]).unwrap()).unwrap();
    assert_eq!(header["kid"], kids[0]);
    header["kid"] = json!(kids[1]);
    let forged = format!("{}.{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), parts[1], parts[2]);
    assert_eq!(refused(&world, &forged).await, Some("auth_token_sig_invalid".to_owned()));
}

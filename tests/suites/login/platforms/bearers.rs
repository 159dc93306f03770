//! A proof is no bearer token, no refresh token, and proves no client.

use roster_local::{Bundle, Options};
use serde_json::{Value, json};
use tests::{
    World,
    platforms::{CUSTOM, GOOGLE, KINDS, Platforms, USER, steam::TICKET},
};

use super::{Scene, verdict};
use crate::scene::{INTROSPECT, Login, basic, refresh, send_form};

/// Every kind of proof, with claims that would permit everything if it were a bearer token of
/// this player.
fn proofs(scene: &Scene, login: &Login) -> Vec<String> {
    let claims = json!({
        "permissions": ["*", "user:*"], "scope": "user:*", "player_uuid": login.player(), "client_id": "phone",
        "person_id": login.text("person_id"), "active_player_uuid": login.player(), "ver": 1,
        "platform": "Google", "platform_user_id": USER,
    });
    let of_kinds = KINDS.iter().flat_map(|kind| {
        let everything = kind.changed(USER, scene.now(), claims.clone());
        [kind.proof(USER, scene.now()), everything]
    });
    of_kinds.chain([TICKET.to_owned()]).collect()
}

#[tokio::test]
async fn a_proof_is_refused_wherever_a_bearer_token_is_needed() {
    let scene = Scene::start().await;
    let login = scene.enter(&GOOGLE, USER).await;
    let player = login.player();
    let paths = [
        format!("/users/v1/platform-user?platform=Google&platform_user_id={USER}"),
        format!("/users/v2/player/{player}/links"),
        format!("/users/v1/player/{player}/sessions"),
    ];
    for proof in proofs(&scene, &login) {
        let mut answers = vec![scene.world.post("/users/v1/verify", &proof, Value::Null).await];
        for path in &paths {
            answers.push(scene.world.get(path, &proof).await);
        }
        for answer in answers {
            let code = verdict(&answer);
            assert!(code.starts_with("auth_"), "{}", answer.text);
        }
        // A refused token of a leader counts as none.
        let leader = json!({ "scheme": "Bearer", "credentials": proof });
        let linked = scene.world.post("/users/v1/link", login.access(), leader).await;
        assert_eq!(linked.verdict(), (400, "invalid_token_claims".to_owned()));
        let of_user = scene.world.get(&format!("/v2/users/{player}"), &proof).await;
        assert_eq!(of_user.status, 401, "{}", of_user.text);
    }
    for path in &paths {
        assert_eq!(scene.world.get(path, &scene.world.admin()).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_proof_is_no_refresh_token_and_is_not_active_at_introspection() {
    let clients = json!([crate::scene::client("phone", shared::login::Grant::NAMES, &["token:introspect"], true)]);
    let platforms = Platforms::start().await;
    let members = json!({ "clients": clients, "platforms": platforms.settings() });
    let scene = Scene { world: crate::scene::world_of(members).await, platforms };
    let login = scene.enter(&GOOGLE, USER).await;
    for proof in proofs(&scene, &login) {
        let refused = refresh(&scene.world, "phone", &proof).await;
        assert_eq!(verdict(&refused), "refresh_token_not_found");
        let answer = send_form(&scene.world, INTROSPECT, "phone", &format!("token={proof}")).await;
        assert_eq!((answer.status, answer.json()), (200, json!({ "active": false })), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_proof_is_no_secret_of_a_client_and_a_client_needs_one_of_its_own_beside_it() {
    let scene = Scene::start().await;
    let proof = CUSTOM.proof(USER, scene.now());
    let body = json!({ "grant_type": CUSTOM.grant, "portal_access_token": proof }).to_string();
    let bearer = format!("Bearer {proof}");
    for authorization in [Some(bearer.as_str()), Some(&basic("nobody")), None] {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(authorization.map(|value| ("authorization", value)));
        let answer = scene.world.send("POST", crate::scene::LOGIN, &headers, body.clone()).await;
        assert_eq!(verdict(&answer), "client_credentials_invalid");
    }
    assert_eq!(scene.platforms.keys(&CUSTOM).requests(), 0, "a stranger makes nobody ask a platform");
}

/// A bundle that trusts Google's tokens for this audience as bearer tokens, beside its proofs.
fn trusting_google(platforms: &Platforms, audience: &str) -> Options {
    let issuer =
        json!({ "issuer": GOOGLE.iss, "audience": audience, "jwks_url": platforms.keys(&GOOGLE).url("/keys") });
    Options {
        environment: [("AUTH_ISSUERS".to_owned(), json!([issuer]).to_string())].into(),
        login_settings: Some(platforms.document().to_string()),
        ..Options::default()
    }
}

#[tokio::test]
async fn a_trusted_issuer_may_be_a_platform_too_but_not_for_the_same_audience() {
    let platforms = Platforms::start().await;
    for audience in GOOGLE.audiences {
        let refused = Bundle::start(trusting_google(&platforms, audience)).await.expect_err("a shared audience");
        let said = format!("{refused:?}");
        assert!(said.contains("LOGIN_SECRET") && said.contains("grant google"), "{said}");
        assert!(!said.contains(audience), "{said}");
    }
    let world = World::start_with(trusting_google(&platforms, "console")).await;
    let path = format!("/users/v1/platform-user?platform=Google&platform_user_id={USER}");
    let of = |aud: Value| GOOGLE.changed(USER, world.now(), json!({ "aud": aud, "permissions": ["user:*"] }));
    let log_in = async |proof: &str| {
        let answer = world.log_in(json!({ "grant_type": "google", "portal_access_token": proof })).await;
        verdict(&answer)
    };
    let (proof, bearer) = (of(json!(GOOGLE.audiences[0])), of(json!("console")));
    assert_eq!(log_in(&proof).await, "accepted");
    assert_eq!(world.get(&path, &bearer).await.status, 200);
    for not_proof in [&bearer, &of(json!([GOOGLE.audiences[0], "console"]))] {
        assert_eq!(log_in(not_proof).await, GOOGLE.invalid);
    }
    assert_eq!(verdict(&world.get(&path, &proof).await), "auth_token_invalid_claim");
}

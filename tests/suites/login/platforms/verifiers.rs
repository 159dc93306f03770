//! The studio's own verifier.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    Answer, logs,
    platforms::{
        Platforms,
        verifier::{self, GRANTS, Verified, good, is_signed, opened, signature, signatures, whsec},
    },
    site::Response,
};

use super::{Scene, is_unavailable, naming_another, verdict};
use crate::scene::Login;

async fn start() -> Scene {
    Scene::with(Platforms::settings_of_verifier).await
}

/// The answer to a login while the verifier answers like this, and the number of its requests.
async fn log_in(scene: &Scene, of: &Verified, answers: impl IntoIterator<Item = Response>) -> (Answer, usize) {
    let before = scene.platforms.verifier.requests();
    scene.platforms.verifier.answer_next(answers);
    let answer = scene.ask_with(of.grant, "proof", json!({ "portal_display_name": "Client" })).await;
    scene.platforms.verifier.answer(good("42"));
    (answer, scene.platforms.verifier.requests() - before)
}

#[tokio::test]
async fn each_grant_is_proven_by_its_own_url_and_secret() {
    let scene = start().await;
    for (number, of) in GRANTS.iter().enumerate() {
        let (answer, calls) = log_in(&scene, of, [good(&format!("{}-7", of.grant))]).await;
        let login = Login::of(&scene.world, answer).await;
        let shown = ["platform", "portal_user_id", "display_name"].map(|name| login.text(name));
        assert_eq!((shown, calls), ([of.platform, &format!("{}-7", of.grant), "Client"], 1));
        let heard = &scene.platforms.verifier.heard()[number];
        let mut message = opened(heard, of.grant, scene.now());
        let request_id = message["request_id"].take();
        assert!(request_id.as_str().is_some_and(|id| !id.is_empty()), "{request_id}");
        let expected = json!({
            "platform": of.platform, "grant_type": of.grant, "proof": "proof", "client_id": "phone", "request_id": null,
        });
        assert_eq!(message, expected);
    }
}

#[tokio::test]
async fn another_secret_makes_another_signature() {
    let scene = start().await;
    scene.ask("ps5_v3", "proof").await;
    let heard = scene.platforms.verifier.heard().remove(0);
    let right: Vec<_> = GRANTS.iter().map(|of| of.grant).filter(|grant| is_signed(&heard, grant)).collect();
    assert_eq!(right, ["ps5_v3"]);
}

/// While a secret is replaced, the verifier knows the old one or the new one.
#[tokio::test]
async fn two_secrets_make_a_signature_each() {
    for secrets in [vec!["new", "old"], vec!["new"]] {
        let settings = |platforms: &Platforms| {
            let mut entries = verifier::entries(&platforms.verifier, &GRANTS[3..4]);
            entries[0]["secret"] = secrets.iter().map(|name| whsec(name)).collect();
            json!({ "http": entries })
        };
        let scene = Scene::with(settings).await;
        assert_eq!(verdict(&scene.ask("ps5_v3", "proof").await), "accepted");
        let heard = scene.platforms.verifier.heard().remove(0);
        let expected: Vec<_> = secrets.iter().map(|name| signature(&heard, name)).collect();
        assert_eq!(signatures(&heard), expected);
    }
}

#[tokio::test]
async fn the_user_is_the_verifiers_and_not_of_the_requests_choice() {
    let scene = start().await;
    for of in &GRANTS {
        scene.platforms.verifier.answer(good("42"));
        let login = Login::of(&scene.world, scene.ask_with(of.grant, "proof", naming_another()).await).await;
        assert_eq!((login.text("platform"), login.text("portal_user_id")), (of.platform, "42"));
        let heard = scene.platforms.verifier.heard().pop().unwrap();
        assert!(!heard.json().to_string().contains(super::OTHER), "{heard:?}");
    }
}

#[tokio::test]
async fn a_parents_proof_is_handed_on_if_there_is_one() {
    let scene = start().await;
    let more = json!({ "portal_parent_access_token": "parent", "portal_parent_display_name": "P" });
    let answer = scene.ask_with("xboxlive", "proof", more).await;
    assert_eq!(answer.json().get("portal_parent_auth_result"), None, "{}", answer.text);
    let message = opened(&scene.platforms.verifier.heard()[0], "xboxlive", scene.now());
    assert_eq!((&message["proof"], &message["parent_proof"]), (&json!("proof"), &json!("parent")));
}

#[tokio::test]
async fn a_proof_is_handed_on_as_it_is() {
    let scene = start().await;
    let long = "x".repeat(60 * 1024);
    for proof in ["XBL3.0 x=123;ey.\u{1F3AE} \"\\\n\0", &long, &scene.world.admin()] {
        let login = scene.ask("xboxlive", proof).await;
        assert_eq!(login.status, 200, "{}", login.text);
        let heard = scene.platforms.verifier.heard();
        assert_eq!(opened(heard.last().unwrap(), "xboxlive", scene.now())["proof"], proof);
    }
    assert_eq!(verdict(&scene.ask("xboxlive", &"x".repeat(64 * 1024)).await), "request_too_large");
    assert_eq!(scene.platforms.verifier.requests(), 3);
}

#[tokio::test]
async fn a_refused_or_empty_proof_has_the_code_of_its_grant() {
    let scene = start().await;
    for of in &GRANTS {
        let (answer, calls) = log_in(&scene, of, [Response::Status("403 Forbidden")]).await;
        assert_eq!((&*verdict(&answer), calls), (of.invalid, 1));
        assert_eq!(verdict(&scene.ask(of.grant, "").await), of.empty);
    }
    assert_eq!(scene.platforms.verifier.requests(), GRANTS.len());
    assert_eq!(scene.world.items("UsersTable").await.len(), 0);
}

#[tokio::test]
async fn every_other_answer_is_503() {
    let scene = start().await;
    let of = |value: Value| Response::of(&value);
    for answer in [
        Response::Status("400 Bad Request"),
        Response::Status("404 Not Found"),
        Response::Status("429 Too Many Requests"),
        Response::Status("204 No Content"),
        Response::Status("201 Created"),
        Response::Json("{".to_owned()),
        Response::Json(String::new()),
        of(json!({})),
        of(json!([])),
        of(json!("42")),
        of(json!({ "platform_user_id": null })),
        of(json!({ "platform_user_id": "" })),
        of(json!({ "platform_user_id": 42 })),
        of(json!({ "platform_user_id": "4".repeat(2049) })),
        of(json!({ "platform_user_id": ["42"] })),
        Response::Json(r#"{"platform_user_id":"42","platform_user_id":"43"}"#.to_owned()),
    ] {
        let said = format!("{answer:?}");
        let (answer, calls) = log_in(&scene, &GRANTS[0], [answer]).await;
        assert!(is_unavailable(&answer), "{said}: {}", answer.text);
        assert_eq!(calls, 1, "{said}");
    }
    assert_eq!(scene.world.items("UsersTable").await.len(), 0);
}

#[tokio::test]
async fn a_signature_that_the_verifier_refuses_is_the_operators_to_mend() {
    let scene = start().await;
    for of in &GRANTS {
        logs::take_lines();
        let (answer, calls) = log_in(&scene, of, [Response::Status("401 Unauthorized")]).await;
        assert!(is_unavailable(&answer), "{}: {}", of.grant, answer.text);
        assert_eq!(calls, 1, "{}", of.grant);
        let lines = logs::take_lines();
        let audit = lines.iter().find(|line| line.contains(r#""action":"log-in""#)).expect("an audit line");
        let audit: Value = serde_json::from_str(audit).expect("JSON");
        assert_eq!(audit["cause"], format!("{}: the verifier refuses the signature", of.grant), "{audit}");
        let metric = |name: &str| lines.iter().any(|line| line.contains(name));
        assert!(metric("PlatformCredentialsRefused") && !metric("LoginFailures"), "{lines:#?}");
    }
    assert_eq!(scene.world.items("UsersTable").await.len(), 0);
}

/// A second wait would take the time in which the caller still listens.
#[tokio::test]
async fn a_verifier_is_not_asked_again_when_it_takes_too_long() {
    let scene = start().await;
    for late in [Response::Silence, good("42").after(Duration::from_secs(3)), Response::Drips(" ".repeat(100))] {
        let said = format!("{late:?}");
        let (answer, calls) = log_in(&scene, &GRANTS[3], [late, good("42")]).await;
        assert!(is_unavailable(&answer), "{said}: {}", answer.text);
        assert_eq!(calls, 1, "{said}");
    }
}

#[tokio::test]
async fn a_retry_is_the_same_message() {
    let scene = start().await;
    let down = || Response::Status("500 Internal Server Error");
    for (answers, expected) in
        [(vec![down(), good("42")], "accepted"), (vec![down(), down(), good("42")], "unavailable")]
    {
        let (answer, calls) = log_in(&scene, &GRANTS[3], answers).await;
        assert_eq!((&*verdict(&answer), calls), (expected, 2));
        let heard = scene.platforms.verifier.heard();
        let [first, second] = &heard[heard.len() - 2..] else { panic!("two requests") };
        assert_eq!(first.headers["webhook-id"], second.headers["webhook-id"]);
        assert_eq!(first.body, second.body);
        assert_eq!(opened(first, "ps5_v3", scene.now()), opened(second, "ps5_v3", scene.now()));
    }
    let ids: std::collections::BTreeSet<_> =
        scene.platforms.verifier.heard().iter().map(|heard| heard.headers["webhook-id"].clone()).collect();
    assert_eq!(ids.len(), 2, "each login is a message of its own");
}

/// The name after a login by an answer with these members, with a name by the client's word.
async fn named(scene: &Scene, user: &str, more: Value) -> Option<String> {
    let mut answer = json!({ "platform_user_id": user, "more": [1] });
    answer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let login = Login::of(&scene.world, log_in(scene, &GRANTS[4], [Response::of(&answer)]).await.0).await;
    login.body["display_name"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn the_clients_word_counts_only_where_the_verifier_names_nobody() {
    let scene = start().await;
    let long = "é".repeat(300);
    for (answer, expected) in [
        (json!({}), Some("Client")),
        (json!({ "display_name": "Verified" }), Some("Verified")),
        (json!({ "display_name": "" }), Some("Verified")),
        (json!({ "display_name": long }), Some(&long[..512])),
        (json!({ "display_name": null }), Some("Client")),
    ] {
        assert_eq!(named(&scene, "42", answer.clone()).await.as_deref(), expected, "{answer}");
    }
    assert_eq!(named(&scene, "43", json!({ "display_name": "" })).await, None, "a new user");
}

//! The studio's own verifier.

use serde_json::{Value, json};
use tests::{
    Answer,
    platforms::{
        Platforms,
        verifier::{GRANTS, Verified, good, is_signed, opened},
    },
    site::Response,
};

use super::{Scene, is_unavailable, verdict};
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
        Response::Status("401 Unauthorized"),
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

#[tokio::test]
async fn the_verifiers_name_wins_over_the_clients() {
    let scene = start().await;
    let of = |name: Value| Response::of(&json!({ "platform_user_id": "42", "display_name": name, "more": [1] }));
    for (name, expected) in [
        (json!("Verified"), "Verified"),
        (json!(""), "Client"),
        (json!(null), "Client"),
        (json!("é".repeat(300)), &*"é".repeat(256)),
    ] {
        let login = Login::of(&scene.world, log_in(&scene, &GRANTS[4], [of(name)]).await.0).await;
        assert_eq!(login.text("display_name"), expected);
    }
}

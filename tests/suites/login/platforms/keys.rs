//! The keys of platforms: when they are fetched, and how long they serve.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{
    platforms::{APPLE, CUSTOM, EPIC_CONNECT, GOOGLE, KINDS, Kind, NINTENDO_ACCOUNT, Platforms, USER},
    site::{Response, Site},
};

use super::{Scene, is_unavailable, verdict};

const MINUTE: Duration = Duration::from_mins(1);

/// The verdict on a good proof by this key.
async fn by_key(scene: &Scene, kind: &Kind, key: &tests::keys::Key) -> String {
    let proof = kind.signed_by(key, json!({}), kind.claims(USER, scene.now()));
    verdict(&scene.present(kind, &proof).await)
}

#[tokio::test]
async fn nobody_is_asked_before_the_first_proof_and_then_once_for_all() {
    let scene = Scene::start().await;
    assert!(scene.platforms.sites().all(|site| site.requests() == 0), "a start asks nobody");
    scene.platforms.keys(&GOOGLE).answer(GOOGLE.key_set().after(Duration::from_millis(100)));
    join_all((0..4).map(|number| scene.enter(&GOOGLE, ["1", "2", "3", "4"][number]))).await;
    scene.enter(&GOOGLE, USER).await;
    assert_eq!(scene.platforms.keys(&GOOGLE).requests(), 1);
    let heard = &scene.platforms.keys(&GOOGLE).heard()[0];
    assert_eq!((&*heard.method, &*heard.target, heard.body.len()), ("GET", "/keys", 0));
    let asked: usize = scene.platforms.sites().map(Site::requests).sum();
    assert_eq!(asked, 1, "another platform was asked");
}

#[tokio::test]
async fn what_no_key_can_have_signed_costs_no_fetch() {
    let scene = Scene::start().await;
    let claims = || GOOGLE.claims(USER, scene.now());
    let header = |changes| GOOGLE.signed(changes, claims());
    for proof in [
        "x".to_owned(),
        "x".repeat(60 * 1024),
        header(json!({ "kid": null })),
        header(json!({ "alg": "none" })),
        header(json!({ "alg": "HS256" })),
        header(json!({ "typ": "at+jwt" })),
        header(json!({ "crit": ["x"], "x": 1 })),
        GOOGLE.signed(json!({}), json!([])).replacen('.', "..", 1),
        scene.world.admin(),
    ] {
        assert_eq!(verdict(&scene.present(&GOOGLE, &proof).await), GOOGLE.invalid, "{proof:.60}");
    }
    assert!(scene.platforms.sites().all(|site| site.requests() == 0));
}

#[tokio::test]
async fn places_that_a_header_names_are_not_asked() {
    let scene = Scene::start().await;
    let key = GOOGLE.another_key("theirs");
    let theirs = Site::start(Response::of(&json!({ "keys": [key.jwk()] }))).await;
    for kid in ["theirs", GOOGLE.key().kid()] {
        for member in ["jku", "x5u", "jwks_uri", "iss"] {
            let header = json!({ member: theirs.url("/keys"), "kid": kid });
            let proof = GOOGLE.signed_by(&key, header, GOOGLE.claims(USER, scene.now()));
            assert_eq!(verdict(&scene.present(&GOOGLE, &proof).await), GOOGLE.invalid);
        }
    }
    let proof = GOOGLE.changed(USER, scene.now(), json!({ "iss": theirs.url(""), "jku": theirs.url("/keys") }));
    assert_eq!(verdict(&scene.present(&GOOGLE, &proof).await), GOOGLE.invalid);
    assert_eq!(theirs.requests(), 0);
}

#[tokio::test]
async fn keys_are_fetched_again_after_ten_minutes() {
    let scene = Scene::start().await;
    for (pause, expected) in [(Duration::ZERO, 1), (9 * MINUTE, 1), (MINUTE, 2), (9 * MINUTE, 2), (MINUTE, 3)] {
        scene.world.advance(pause);
        scene.enter(&APPLE, USER).await;
        assert_eq!(scene.platforms.keys(&APPLE).requests(), expected);
    }
}

#[tokio::test]
async fn unknown_keys_are_asked_for_once_a_minute() {
    let scene = Scene::start().await;
    let sites = scene.platforms.keys(&APPLE);
    for expected in 1..=3 {
        for kid in ["a", "b", "c"] {
            assert_eq!(by_key(&scene, &APPLE, &APPLE.another_key(kid)).await, "apple_token_key_not_valid");
        }
        assert_eq!(sites.requests(), expected);
        scene.enter(&APPLE, USER).await;
        assert_eq!(sites.requests(), expected, "a known key needs no fetch");
        scene.world.advance(MINUTE);
    }
}

/// Rotates the keys of these kinds.
async fn rotate(settings: fn(&Platforms) -> Value, kinds: &[&Kind]) {
    let scene = Scene::with(settings).await;
    let kinds: Vec<_> = kinds.iter().map(|kind| (kind, kind.key(), kind.another_key("rotated"))).collect();
    for (kind, old, new) in &kinds {
        assert_eq!(by_key(&scene, kind, new).await, kind.unknown_key, "{}", kind.name);
        scene.platforms.publish(kind, &[old.jwk(), new.jwk()]);
        assert_eq!(by_key(&scene, kind, new).await, kind.unknown_key, "{}", kind.name);
        assert_eq!(by_key(&scene, kind, old).await, "accepted", "{}", kind.name);
    }
    scene.world.advance(MINUTE);
    for (kind, old, new) in &kinds {
        assert_eq!(by_key(&scene, kind, new).await, "accepted", "{}", kind.name);
        scene.platforms.publish(kind, &[new.jwk()]);
        assert_eq!(by_key(&scene, kind, old).await, "accepted", "{}", kind.name);
    }
    scene.world.advance(10 * MINUTE);
    for (kind, old, new) in &kinds {
        assert_eq!(by_key(&scene, kind, new).await, "accepted", "{}", kind.name);
        assert_eq!(by_key(&scene, kind, old).await, kind.unknown_key, "{}", kind.name);
    }
}

#[tokio::test]
async fn a_new_key_of_any_kind_is_good_a_minute_later_at_the_latest_and_the_old_one_for_ten_at_most() {
    // The parent's proofs go along with one by the old key of the service accounts.
    let (alone, special): (Vec<_>, Vec<_>) =
        KINDS.into_iter().partition(|kind| !kind.is_parent() && kind.name != EPIC_CONNECT.name);
    assert_eq!((alone.len(), special.len()), (8, 2));
    rotate(Platforms::settings, &alone).await;
    rotate(Platforms::settings, &[&NINTENDO_ACCOUNT]).await;
    rotate(Platforms::settings_of_connect, &[&EPIC_CONNECT]).await;
}

#[tokio::test]
async fn keys_serve_for_a_day_while_the_platform_is_down_and_come_back_with_it() {
    let scene = Scene::start().await;
    scene.enter(&GOOGLE, USER).await;
    scene.platforms.keys(&GOOGLE).answer(Response::Status("500 Internal Server Error"));
    for hours in [1, 12, 10] {
        scene.world.advance(Duration::from_hours(hours));
        scene.enter(&GOOGLE, USER).await;
    }
    // An unknown key may be a new one, which cannot be asked for.
    let proof = GOOGLE.signed_by(&GOOGLE.another_key("new"), json!({}), GOOGLE.claims(USER, scene.now()));
    assert!(is_unavailable(&scene.present(&GOOGLE, &proof).await));
    scene.world.advance(Duration::from_hours(1));
    assert!(is_unavailable(&scene.present(&GOOGLE, &GOOGLE.proof(USER, scene.now())).await));
    scene.platforms.keys(&GOOGLE).answer(GOOGLE.key_set());
    scene.world.advance(Duration::from_secs(5));
    scene.enter(&GOOGLE, USER).await;
}

#[tokio::test]
async fn without_a_usable_key_nobody_can_be_judged() {
    let secret = json!({ "kty": "oct", "kid": GOOGLE.key().kid(), "k": "AAAA" });
    for keys in [vec![], vec![secret], vec![CUSTOM.key().jwk()]] {
        let scene = Scene::start().await;
        scene.platforms.publish(&GOOGLE, &keys);
        for _ in 0..2 {
            assert!(is_unavailable(&scene.present(&GOOGLE, &GOOGLE.proof(USER, scene.now())).await), "{keys:?}");
        }
        assert_eq!(scene.platforms.keys(&GOOGLE).requests(), 1, "the pause is 5 s");
        scene.platforms.keys(&GOOGLE).answer(GOOGLE.key_set());
        scene.world.advance(Duration::from_secs(5));
        scene.enter(&GOOGLE, USER).await;
    }
}

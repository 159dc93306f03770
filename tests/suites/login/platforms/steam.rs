//! Steam's web API.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    Answer,
    platforms::steam::{APP, KEY, TICKET, error, forbidden, good, params},
    site::Response,
};

use super::{Scene, is_unavailable, naming_another, verdict};
use crate::scene::Login;

/// The largest answer, in bytes.
const SIZE_LIMIT: usize = 128 * 1024;

/// The answer to a good ticket while Steam answers like this, and the number of calls.
async fn log_in(scene: &Scene, answers: impl IntoIterator<Item = Response>) -> (Answer, usize) {
    let before = scene.platforms.steam.requests();
    scene.platforms.steam.answer_next(answers);
    let answer = scene.ask("steam", TICKET).await;
    // What is left of the answers is not for the next login.
    scene.platforms.steam.answer(good("42"));
    (answer, scene.platforms.steam.requests() - before)
}

#[tokio::test]
async fn a_good_ticket_is_the_user_that_steam_names() {
    let scene = Scene::start().await;
    let id = "76561197960287930";
    let (answer, calls) = log_in(&scene, [good(id)]).await;
    let login = Login::of(&scene.world, answer).await;
    assert_eq!((login.text("platform"), login.text("portal_user_id"), calls), ("Steam", id, 1));
    assert_eq!(login.body["portal_id"], 5);
    let heard = &scene.platforms.steam.heard()[0];
    assert_eq!((&*heard.method, heard.body.len()), ("GET", 0));
    let mut query = heard.query();
    query.sort_unstable();
    assert_eq!(query, [("appid", &*APP.to_string()), ("key", KEY), ("ticket", TICKET)]);
}

#[tokio::test]
async fn an_identity_is_sent_if_it_is_configured() {
    let scene = Scene::changed("steam", json!({ "identity": "my-game_1.~" })).await;
    scene.ask("steam", TICKET).await;
    let heard = &scene.platforms.steam.heard()[0];
    assert!(heard.query().contains(&("identity", "my-game_1.~")), "{}", heard.target);
}

#[tokio::test]
async fn the_user_is_steams_and_not_of_the_requests_choice() {
    let scene = Scene::start().await;
    scene.platforms.steam.answer(good("42"));
    let login = Login::of(&scene.world, scene.ask_with("steam", TICKET, naming_another()).await).await;
    assert_eq!((login.text("platform"), login.text("portal_user_id")), ("Steam", "42"));
    assert!(!scene.platforms.steam.heard()[0].target.contains(super::OTHER));
}

#[tokio::test]
async fn an_error_inside_a_200_is_a_refusal_and_only_an_unknown_ticket_is_asked_again_once() {
    let scene = Scene::start().await;
    for (answers, expected, calls) in [
        (vec![error(101), good("42")], "accepted", 2),
        (vec![error(101), error(101)], "steam_token_invalid", 2),
        (vec![error(101), error(102)], "steam_token_for_wrong_app", 2),
        (vec![error(3)], "steam_token_invalid", 1),
        (vec![error(102)], "steam_token_for_wrong_app", 1),
        (vec![error(100)], "steam_token_exchange_failed", 1),
        (vec![error(-1)], "steam_token_exchange_failed", 1),
        (vec![forbidden()], "steam_token_exchange_failed", 1),
        (vec![Response::Status("401 Unauthorized")], "steam_token_exchange_failed", 1),
    ] {
        let said = format!("{answers:?}");
        let (answer, made) = log_in(&scene, answers).await;
        assert_eq!((&*verdict(&answer), made), (expected, calls), "{said}");
    }
}

/// These say that Steam itself fails.
#[tokio::test]
async fn an_error_that_tells_of_steam_and_not_of_the_ticket_is_503_after_one_retry() {
    let scene = Scene::start().await;
    for code in [10, 16, 20, 84] {
        for (answers, expected) in [
            (vec![error(code), error(code), good("42")], "unavailable"),
            (vec![error(code), good("42")], "accepted"),
            (vec![error(code), error(102)], "steam_token_for_wrong_app"),
            (vec![error(101), error(code), good("42")], "unavailable"),
        ] {
            let said = format!("{answers:?}");
            let (answer, calls) = log_in(&scene, answers).await;
            assert_eq!((&*verdict(&answer), calls), (expected, 2), "{said}");
            assert!(expected != "unavailable" || is_unavailable(&answer), "{said}");
        }
    }
}

/// A second wait would take the time in which the caller still listens.
#[tokio::test]
async fn steam_is_not_asked_again_when_it_takes_too_long() {
    let scene = Scene::start().await;
    for late in [Response::Silence, good("42").after(Duration::from_secs(3)), Response::Drips(" ".repeat(100))] {
        let said = format!("{late:?}");
        let (answer, calls) = log_in(&scene, [late, good("42")]).await;
        assert!(is_unavailable(&answer), "{said}: {}", answer.text);
        assert_eq!(calls, 1, "{said}");
    }
}

/// There is one retry in all: Steam that fails and then does not know the ticket is not asked a
/// third time.
#[tokio::test]
async fn no_ticket_costs_three_calls() {
    let scene = Scene::start().await;
    let down = || Response::Status("502 Bad Gateway");
    for (answers, expected) in [
        (vec![down(), good("42")], "accepted"),
        (vec![Response::Half("{}".to_owned()), good("42")], "accepted"),
        (vec![down(), error(101), good("42")], "steam_token_invalid"),
        (vec![down(), down(), good("42")], "unavailable"),
        (vec![error(101), down(), good("42")], "unavailable"),
    ] {
        let said = format!("{answers:?}");
        let (answer, calls) = log_in(&scene, answers).await;
        assert_eq!((&*verdict(&answer), calls), (expected, 2), "{said}");
    }
}

#[tokio::test]
async fn what_steam_should_not_answer_lets_nobody_in_and_is_not_asked_again() {
    let scene = Scene::start().await;
    let of = |value: Value| Response::of(&value);
    for answer in [
        params(json!({ "result": "FAILED" })),
        params(json!({ "result": null })),
        params(json!({ "steamid": null })),
        params(json!({ "steamid": "" })),
        params(json!({ "steamid": 42 })),
        params(json!({ "steamid": "4 2" })),
        params(json!({ "steamid": "-42" })),
        params(json!({ "steamid": "4".repeat(21) })),
        params(json!({ "steamid": "٤٢" })),
        of(json!({})),
        of(json!([])),
        of(json!({ "response": {} })),
        of(json!({ "response": { "params": [] } })),
        of(json!({ "response": { "error": { "errorcode": "101" } } })),
        Response::Json("{".to_owned()),
        Response::Json(String::new()),
        Response::Status("204 No Content"),
        Response::Status("400 Bad Request"),
        Response::Status("404 Not Found"),
        Response::Status("429 Too Many Requests"),
    ] {
        let said = format!("{answer:?}");
        let (answer, calls) = log_in(&scene, [answer]).await;
        assert!(is_unavailable(&answer), "{said}: {}", answer.text);
        assert_eq!(calls, 1, "{said}");
    }
    assert_eq!(scene.world.items("UsersTable").await.len(), 0);
}

#[tokio::test]
async fn a_steam_id_has_up_to_twenty_digits_and_an_answer_a_limited_size() {
    let scene = Scene::start().await;
    for id in ["1", &"9".repeat(20)] {
        let login = Login::of(&scene.world, log_in(&scene, [good(id)]).await.0).await;
        assert_eq!(login.text("portal_user_id"), id);
    }
    let Response::Json(json) = good("42") else { unreachable!() };
    let of_size = |size: usize| Response::Json(format!("{json}{}", " ".repeat(size - json.len())));
    assert_eq!(verdict(&log_in(&scene, [of_size(SIZE_LIMIT)]).await.0), "accepted");
    assert_eq!(verdict(&log_in(&scene, [of_size(SIZE_LIMIT + 1)]).await.0), "unavailable");
}

/// The codes for a user that is banned by VAC, one that the publisher banned, and one that borrows
/// the game.
async fn marked(scene: &Scene) -> [String; 3] {
    let mut verdicts = Vec::new();
    for mark in [json!({ "vacbanned": true }), json!({ "publisherbanned": true }), json!({ "ownersteamid": "43" })] {
        verdicts.push(verdict(&log_in(scene, [params(mark)]).await.0));
    }
    verdicts.try_into().expect("three")
}

#[tokio::test]
async fn bans_and_borrowed_games_are_refused_as_the_settings_say() {
    let (vac, publisher, borrowed) =
        ("steam_user_vacbanned", "steam_user_publisherbanned", "does_not_meet_ownership_reqs");
    assert_eq!(marked(&Scene::start().await).await, ["accepted", publisher, "accepted"]);
    let set = async |all: bool| {
        let settings =
            json!({ "refuse_vac_banned": all, "refuse_publisher_banned": all, "refuse_family_sharing": all });
        marked(&Scene::changed("steam", settings).await).await
    };
    assert_eq!(set(true).await, [vac, publisher, borrowed]);
    assert_eq!(set(false).await, ["accepted"; 3]);
}

/// The user is the borrower, not the owner.
#[tokio::test]
async fn a_borrowed_game_is_played_by_its_borrower() {
    let scene = Scene::start().await;
    let (answer, _) = log_in(&scene, [params(json!({ "steamid": "42", "ownersteamid": "43" }))]).await;
    assert_eq!(Login::of(&scene.world, answer).await.text("portal_user_id"), "42");
}

#[tokio::test]
async fn a_text_that_is_no_ticket_is_refused_without_a_call() {
    let scene = Scene::start().await;
    let spaced = format!("{TICKET} ");
    let long = "A".repeat(5122);
    for (ticket, code) in [
        ("", "steam_token_empty"),
        ("A", "steam_token_invalid"),
        ("ABC", "steam_token_invalid"),
        ("XYZW", "steam_token_invalid"),
        ("0xAB", "steam_token_invalid"),
        ("ÄÄ", "steam_token_invalid"),
        ("AB&appid=1", "steam_token_invalid"),
        ("AB%20", "steam_token_invalid"),
        (&spaced, "steam_token_invalid"),
        (&long, "steam_token_invalid"),
        (&"A".repeat(60 * 1024), "steam_token_invalid"),
        (&scene.world.admin(), "steam_token_invalid"),
    ] {
        scene.world.calls.forget();
        let shown: String = ticket.chars().take(40).collect();
        assert_eq!(verdict(&scene.ask("steam", ticket).await), code, "{shown}");
        assert_eq!(scene.world.operations("log-in"), Vec::<String>::new(), "{shown}");
    }
    assert_eq!(verdict(&scene.ask("steam", &"A".repeat(64 * 1024)).await), "request_too_large");
    assert_eq!(scene.platforms.steam.requests(), 0);
    for ticket in [&"a0".repeat(2560), "ab", "AB"] {
        assert_eq!(verdict(&scene.ask("steam", ticket).await), "accepted");
    }
}

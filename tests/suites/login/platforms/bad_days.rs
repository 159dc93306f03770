//! Days on which a platform answers badly: nobody can log in by it, and nobody is locked out.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{
    logs,
    platforms::{
        APPLE, CUSTOM, DISCORD, EPIC, EPIC_V1, GOOGLE, Kind, NINTENDO, NINTENDO_ACCOUNT, TWITCH, USER,
        days::bad_answers,
        steam::{self, TICKET},
        verifier,
    },
    site::{Response, Site},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Scene, is_unavailable};

/// The longest that a function may take, with what a busy machine adds.
const LIMIT: Duration = Duration::from_secs(8);

/// The kinds of proofs whose keys come from a server of their own.
const SIGNED: [&Kind; 8] = [&GOOGLE, &APPLE, &EPIC, &EPIC_V1, &NINTENDO, &DISCORD, &TWITCH, &CUSTOM];

/// The name of the day on which nobody listens.
const CLOSED: &str = "refused";

/// A way to log in, its server, and the server's answer on a good day.
struct Way<'a> {
    grant: &'static str,
    site: &'a Site,
    good: Response,
    proof: Box<dyn Fn(i64) -> String>,
}

fn ways(scene: &Scene) -> Vec<Way<'_>> {
    let signed = SIGNED.map(|kind| Way {
        grant: kind.grant,
        site: scene.platforms.keys(kind),
        good: kind.key_set(),
        proof: Box::new(|now| kind.proof(USER, now)),
    });
    let asked = [
        Way {
            grant: "steam",
            site: &scene.platforms.steam,
            good: steam::good("42"),
            proof: Box::new(|_| TICKET.to_owned()),
        },
        Way {
            grant: "ps5_v3",
            site: &scene.platforms.verifier,
            good: verifier::good("42"),
            proof: Box::new(|_| "proof-of-a-bad-day".to_owned()),
        },
    ];
    signed.into_iter().chain(asked).collect()
}

/// Lets every server have this day, and then a good one.
async fn pass(day: usize) {
    let scene = Scene::start().await;
    let elsewhere = Site::start(Response::Status("404 Not Found")).await;
    let ways = ways(&scene);
    let mut name = CLOSED;
    for way in &ways {
        let Response::Json(good) = &way.good else { panic!("JSON is good") };
        elsewhere.answer(way.good.clone());
        match bad_answers(good, &elsewhere).into_iter().nth(day) {
            Some((bad, answer)) => {
                name = bad;
                way.site.answer(answer);
            }
            None => way.site.close().await,
        }
    }
    let asked = ways.iter().map(async |way| {
        let started = Instant::now();
        let answer = scene.ask(way.grant, &(way.proof)(scene.now())).await;
        (answer, started.elapsed())
    });
    for ((answer, took), way) in join_all(asked).await.into_iter().zip(&ways) {
        assert!(is_unavailable(&answer), "{name} of {}: {} {}", way.grant, answer.status, answer.text);
        assert!(took < LIMIT, "{name} of {}: {took:?}", way.grant);
    }
    assert_eq!(elsewhere.requests(), 0, "a redirect was followed");
    assert_eq!(scene.world.items("UsersTable").await.len(), 0, "{name}");
    for way in &ways {
        way.site.answer(way.good.clone());
        way.site.open();
    }
    // Keys are not fetched more often while there are none.
    scene.world.advance(Duration::from_secs(5));
    for way in &ways {
        let answer = scene.ask(way.grant, &(way.proof)(scene.now())).await;
        assert_eq!(answer.status, 200, "after {name} of {}: {}", way.grant, answer.text);
    }
}

/// The audit lines of logins that a platform's day prevented.
fn prevented(lines: &[String]) -> Vec<Value> {
    let lines = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["action"] == "log-in" && line["status"] == 503).collect()
}

/// Whether a line warns that the server with this set of keys refuses connections.
fn is_refused_connection(lines: &[String], set: &str) -> bool {
    let lines = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut lines = lines.filter(|line| line["level"] == "WARN" && line["issuer"] == set);
    lines.any(|line| line["problem"] == "no connection (refused)")
}

#[tokio::test]
async fn a_bad_day_of_a_platform_is_503_within_eight_seconds_and_the_next_good_day_works() {
    logs::capture();
    logs::take_lines();
    let scene = Site::start(Response::Silence).await;
    let days = bad_answers("{}", &scene).len() + 1;
    join_all((0..days).map(pass)).await;
    let lines = logs::take_lines();
    let prevented = prevented(&lines);
    for way in SIGNED.iter().map(|kind| kind.grant).chain(["steam", "ps5_v3"]) {
        let of_way = |line: &&Value| line["cause"].as_str().is_some_and(|cause| cause.starts_with(way));
        let count = prevented.iter().filter(of_way).count();
        let versions = if way == "epic" { 2 } else { 1 };
        assert_eq!(count, days * versions, "{way}: {prevented:#?}");
    }
    for line in &prevented {
        assert_eq!((&line["kind"], &line["level"]), (&json!("platform"), &json!("WARN")), "{line}");
    }
    assert!(!lines.iter().any(|line| line.contains("LoginFailures")), "the deployment did not fail");
    for way in ["steam", "ps5_v3"] {
        let cause = format!("{way}: no connection (refused)");
        assert!(prevented.iter().any(|line| line["cause"] == *cause), "{cause}: {prevented:#?}");
    }
    for kind in SIGNED {
        let set = if kind.name == EPIC_V1.name { kind.name } else { kind.grant };
        assert!(is_refused_connection(&lines, set), "{set}: {lines:#?}");
    }
    let told = lines.iter().filter(|line| line.contains("WARN") || line.contains("ERROR"));
    for line in told {
        let hidden = ["://", "127.0.0.1", "localhost", steam::KEY, TICKET, "proof-of-a-bad-day", "eyJ", "whsec", USER];
        for text in hidden {
            assert!(!line.contains(text), "{text} is in {line}");
        }
    }
}

#[tokio::test]
async fn a_bad_day_of_one_platform_is_none_of_the_others() {
    let scene = Scene::start().await;
    scene.platforms.keys(&GOOGLE).close().await;
    scene.platforms.steam.close().await;
    for kind in [&APPLE, &EPIC, &NINTENDO, &DISCORD, &TWITCH, &CUSTOM] {
        scene.enter(kind, USER).await;
    }
    assert_eq!(scene.ask("rallyhere", "proof").await.status, 200);
    for (grant, proof) in [("google", GOOGLE.proof(USER, scene.now())), ("steam", TICKET.to_owned())] {
        assert!(is_unavailable(&scene.ask(grant, &proof).await), "{grant}");
    }
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_named_as_such_and_gets_no_credentials() {
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", server.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&heard);
    let serving = tokio::spawn(async move {
        while let Ok((mut connection, _)) = server.accept().await {
            let _ = connection.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n").await;
            let mut bytes = Vec::new();
            let _ = connection.read_to_end(&mut bytes).await;
            noted.lock().unwrap().extend(bytes);
        }
    });
    let scene = Scene::changed("steam", json!({ "url": url })).await;
    logs::take_lines();
    assert!(is_unavailable(&scene.ask("steam", TICKET).await));
    let prevented = prevented(&logs::take_lines());
    assert_eq!(prevented.len(), 1, "{prevented:#?}");
    assert_eq!(prevented[0]["cause"], "steam: no connection (TLS)", "{prevented:#?}");
    serving.abort();
    let heard = String::from_utf8_lossy(&heard.lock().unwrap()).into_owned();
    assert!(!heard.is_empty() && !heard.contains(steam::KEY) && !heard.contains(TICKET), "{heard}");
}

#[tokio::test]
async fn the_keys_of_parents_are_named_apart_from_those_of_the_game() {
    let scene = Scene::start().await;
    scene.platforms.keys(&NINTENDO_ACCOUNT).close().await;
    logs::take_lines();
    assert!(is_unavailable(&scene.present(&NINTENDO_ACCOUNT, &NINTENDO_ACCOUNT.proof(USER, scene.now())).await));
    let lines = logs::take_lines();
    assert!(is_refused_connection(&lines, "nintendo_account"), "{lines:#?}");
}

#[tokio::test]
async fn credentials_that_steam_refuses_are_the_operators_to_mend() {
    let scene = Scene::start().await;
    logs::take_lines();
    for answer in [steam::forbidden(), Response::Status("401 Unauthorized")] {
        scene.platforms.steam.answer(answer);
        let answer = scene.ask("steam", TICKET).await;
        assert_eq!(super::verdict(&answer), "steam_token_exchange_failed");
        let lines = logs::take_lines();
        let audit = lines.iter().find(|line| line.contains(r#""action":"log-in""#)).expect("an audit line");
        let audit: Value = serde_json::from_str(audit).expect("JSON");
        assert!(audit["cause"].as_str().is_some_and(|cause| cause.starts_with("steam")), "{audit}");
        assert_eq!(audit["level"], "WARN", "{audit}");
        let metric = |name: &str| lines.iter().any(|line| line.contains(name));
        assert!(metric("PlatformCredentialsRefused") && !metric("LoginFailures"), "{lines:#?}");
    }
}

//! Logins by platforms, with a canary in each proof, name, id, key and secret, and in each place
//! where a platform could put one.

use roster_local::Options;
use serde_json::{Value, json};
use tests::{
    World, logs,
    openapi::CLIENT,
    platforms::{
        CUSTOM, EPIC_CONNECT, GOOGLE, KINDS, Kind, NINTENDO, NINTENDO_ACCOUNT, Platforms, USER,
        steam::{self, TICKET},
        verifier,
    },
    site::{Response, Site},
    targets::{ACCOUNT, NAME},
    ways::Call,
};

use super::cage::{BODY, Cage, HEADER, Seen};

/// The proof that the verifier gets.
const PROOF: &str = "zqproof9t4n7cw2k";

/// A world with platforms, and with everything of theirs among the canaries.
async fn start() -> (World, Platforms, Cage) {
    logs::capture_all();
    let platforms = Platforms::start().await;
    let login_settings = Some(platforms.document().to_string());
    let world = World::start_with(Options { login_settings, ..Options::default() }).await;
    let mut cage = Cage::new(&world);
    for (what, text) in [("an id", USER), ("a ticket", TICKET), ("a proof", PROOF), ("Steam's key", steam::KEY)] {
        cage.finder.watch(what, text);
    }
    cage.finder.watch_account(USER);
    for of in &verifier::GRANTS {
        cage.finder.watch("a verifier's secret", &verifier::whsec(of.grant));
        cage.finder.watch_bytes("the bytes of a verifier's secret", &verifier::secret(of.grant));
    }
    for site in platforms.sites() {
        cage.finder.watch("the address of a platform", &site.host());
    }
    (world, platforms, cage)
}

/// The status of the answer to this login by the bundle's client.
async fn log_in(world: &World, cage: &Cage, grant: &str, proof: &str, parent: &str) -> u16 {
    let authorization = format!("Basic {CLIENT}");
    let body = json!({
        "grant_type": grant, "portal_access_token": proof, "portal_display_name": NAME, "include_refresh": true,
        "portal_parent_access_token": parent, "portal_parent_display_name": NAME, BODY: BODY,
    });
    let call = Call {
        method: "POST".to_owned(),
        path: "/users/v1/login".to_owned(),
        content_type: "application/json",
        body: body.to_string().into_bytes(),
    };
    let headers = [("authorization", &*authorization), ("content-type", call.content_type), ("user-agent", HEADER)];
    cage.send(world, &call, &headers).await.status
}

/// A proof of this kind with these claims, which is a canary too.
fn proof(cage: &mut Cage, kind: &Kind, now: i64, changes: Value) -> String {
    let proof = kind.changed(USER, now, changes);
    cage.finder.watch_token(&proof);
    proof
}

#[tokio::test]
async fn a_login_by_a_platform_shows_nothing_of_the_proof() {
    let (world, platforms, mut cage) = start().await;
    let mut seen = Seen::default();
    let names = json!({ "name": NAME, "dn": NAME, "preferred_username": NAME, "gamertag": NAME, "email": BODY });
    let parent = proof(&mut cage, &NINTENDO_ACCOUNT, world.now(), json!({ "nickname": NAME }));
    for kind in KINDS.into_iter().filter(|kind| !kind.is_parent() && kind.name != EPIC_CONNECT.name) {
        let now = world.now();
        let good = proof(&mut cage, kind, now, names.clone());
        assert_eq!(log_in(&world, &cage, kind.grant, &good, &parent).await, 200, "{}", kind.name);
        let refused = proof(&mut cage, kind, now, json!({ "aud": BODY }));
        seen.0.insert(log_in(&world, &cage, kind.grant, &refused, &parent).await);
        for changes in [
            json!({ "aud": [BODY, { BODY: BODY }] }),
            json!({ "iss": BODY }),
            json!({ "exp": 1 }),
            json!({ "exp": BODY }),
            json!({ "typ": BODY }),
            json!({ kind.user_id: [BODY] }),
            json!({ "nintendo": { "ai": BODY } }),
        ] {
            let wrong = kind.changed(USER, now, changes);
            seen.0.insert(log_in(&world, &cage, kind.grant, &wrong, &parent).await);
        }
        let unknown = kind.signed(json!({ "kid": BODY, "jku": BODY }), kind.claims(USER, now));
        let forged = format!("{good}{PROOF}");
        for wrong in [&unknown, &forged, BODY, &format!("{BODY}.{BODY}.{BODY}")] {
            seen.0.insert(log_in(&world, &cage, kind.grant, wrong, &parent).await);
        }
    }
    let nsa = NINTENDO.proof(USER, world.now());
    seen.0.insert(log_in(&world, &cage, "nintendo_switch", &nsa, BODY).await);
    platforms.steam.answer(steam::params(json!({ "steamid": "76561197960287930", BODY: BODY, "personaname": NAME })));
    assert_eq!(log_in(&world, &cage, "steam", TICKET, BODY).await, 200);
    let named = json!({ "platform_user_id": ACCOUNT, "display_name": NAME, BODY: BODY });
    platforms.verifier.answer(Response::of(&named));
    for of in &verifier::GRANTS[1..] {
        assert_eq!(log_in(&world, &cage, of.grant, PROOF, BODY).await, 200, "{}", of.grant);
    }
    seen.assert_has(&[200, 403]);
    cage.assert_silent(&world);
}

#[tokio::test]
async fn a_platform_that_fails_shows_nothing_of_what_it_was_asked_or_answered() {
    let (world, platforms, mut cage) = start().await;
    let mut seen = Seen::default();
    let [google, custom] = [&GOOGLE, &CUSTOM].map(|kind| proof(&mut cage, kind, world.now(), json!({})));
    let elsewhere = Site::start(Response::Status("404 Not Found")).await;
    cage.finder.watch("the address behind a redirect", &elsewhere.host());
    let page = |status| Response::Page(status, "text/html", format!("<html>{BODY} {}</html>", steam::KEY));
    let code = json!({ "response": { "error": { "errorcode": BODY, "errordesc": BODY } } });
    let answers = [
        page("500 Internal Server Error"),
        page("403 Forbidden"),
        page("401 Unauthorized"),
        page("429 Too Many Requests"),
        page("200 OK"),
        Response::Redirect(format!("{}{BODY}", elsewhere.url("/"))),
        Response::Half(format!("{{\"{BODY}\":\"{BODY}\"}}")),
        Response::of(&json!({ "keys": [{ "kid": "k", "kty": BODY, "n": BODY }], BODY: BODY })),
        Response::of(&json!({ "platform_user_id": [BODY], "response": { "params": { "result": BODY } } })),
        Response::of(&code),
        Response::Json(format!("{{\"{BODY}")),
    ];
    for answer in answers.into_iter().map(Some).chain([None]) {
        for site in platforms.sites() {
            match &answer {
                Some(answer) => site.answer(answer.clone()),
                None => site.close().await,
            }
        }
        // Otherwise one fetch of keys would be for all answers.
        world.advance(std::time::Duration::from_secs(5));
        let nintendo = NINTENDO.proof(USER, world.now());
        let proofs = [("google", &*google), ("xboxlive", &custom), ("nintendo_switch", &nintendo)];
        for (grant, proof) in proofs.into_iter().chain([("steam", TICKET), ("ps5_v3", PROOF)]) {
            seen.0.insert(log_in(&world, &cage, grant, proof, BODY).await);
        }
    }
    seen.assert_has(&[403, 503]);
    assert!(!seen.0.contains(&200), "{seen:?}");
    let logged = logs::text();
    assert!(logged.contains("\"cause\":\"steam") && logged.contains("\"cause\":\"google"), "the causes are logged");
    cage.assert_silent(&world);
}

//! Logins, with a canary in each place where a client could put something personal.

use serde_json::{Value, json};
use tests::{
    Answer, Fault, World, logs,
    openapi::{CLIENT, Document},
    targets::{ACCOUNT, NAME, Target},
    ways::{Call, ways},
};

use super::cage::{BODY, Cage, Seen};

/// The failed attempts after which a call is given up (`shared::aws`).
const FAILED_ATTEMPTS: usize = 6;

/// Sends a login by the bundle's client.
async fn log_in(world: &World, cage: &Cage, body: &Value) -> Answer {
    let authorization = format!("Basic {CLIENT}");
    let call = Call {
        method: "POST".to_owned(),
        path: "/users/v1/login".to_owned(),
        content_type: "application/json",
        body: body.to_string().into_bytes(),
    };
    let headers = [("authorization", &*authorization), ("content-type", call.content_type), ("user-agent", BODY)];
    cage.send(world, &call, &headers).await
}

/// The login of an account by its id.
fn anon(id: &str) -> Value {
    json!({
        "grant_type": "anon", "portal_access_token": id, "portal_display_name": NAME, "include_refresh": true,
        "portal_parent_access_token": BODY, "portal_parent_display_name": BODY, BODY: BODY,
    })
}

fn refresh(token: &str) -> Value {
    json!({ "grant_type": "refresh", "portal_access_token": token, "portal_display_name": BODY })
}

fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["refresh_token"].as_str().expect("a refresh token").to_owned()
}

#[tokio::test]
async fn a_login_shows_no_token_id_or_name_from_its_first_session_to_its_last() {
    logs::capture_all();
    let world = World::start().await;
    let (cage, mut seen) = (Cage::new(&world), Seen::default());
    let id = format!("{ACCOUNT} logs in");
    let first = token(&log_in(&world, &cage, &anon(&id)).await);
    let second = token(&log_in(&world, &cage, &refresh(&first)).await);
    assert_eq!(token(&log_in(&world, &cage, &refresh(&first)).await), second, "an answer that was lost");
    token(&log_in(&world, &cage, &refresh(&second)).await);
    world.advance(std::time::Duration::from_mins(6));
    // Reuse ends the session, and notes a cause in the audit line.
    assert_eq!(log_in(&world, &cage, &refresh(&first)).await.status, 403);
    assert!(logs::text().contains("a refresh token was used again"), "reuse is logged");
    for _ in 0..9 {
        token(&log_in(&world, &cage, &anon(&id)).await);
    }
    let last = log_in(&world, &cage, &anon(&id)).await;
    let player = last.json()["active_player_uuid"].as_str().expect("a player").to_owned();
    let (last, admin) = (token(&last), world.admin());
    for (change, status) in [("deactivate", 403), ("reactivate", 403), ("lock", 403), ("unlock", 200)] {
        assert_eq!(world.post(&format!("/v2/users/{player}/{change}"), &admin, json!({})).await.status, 200);
        assert_eq!(log_in(&world, &cage, &refresh(&last)).await.status, 403);
        if status == 200 {
            token(&log_in(&world, &cage, &anon(&id)).await);
        }
    }
    for wrong in [anon(""), refresh(""), refresh(BODY), refresh(&first[1..]), json!({ "grant_type": BODY })] {
        seen.note(&log_in(&world, &cage, &wrong).await);
    }
    seen.assert_has(&[403, 422]);
    cage.assert_silent(&world);
}

#[tokio::test]
async fn a_login_that_fails_shows_no_token_id_or_name() {
    logs::capture_all();
    let (world, document) = (World::start().await, Document::load());
    let cage = Cage::new(&world);
    let id = format!("{ACCOUNT} fails");
    let mut current = token(&log_in(&world, &cage, &anon(&id)).await);
    for operation in ["GetItem", "UpdateItem", "Sign"] {
        for fault in [Fault::ServerErrorAfter, Fault::LostAnswer, Fault::Throttled] {
            for body in [anon(&id), refresh(&current)] {
                (0..FAILED_ATTEMPTS).for_each(|_| world.fault("log-in", operation, fault));
                let answer = log_in(&world, &cage, &body).await;
                assert_eq!(answer.status, 503, "{operation} {fault:?}: {}", answer.text);
                world.calls.forget_faults("log-in");
            }
            current = token(&log_in(&world, &cage, &refresh(&current)).await);
        }
    }
    for function in ["log-out", "introspect-token"] {
        for operation in document.catalogued().iter().filter(|operation| operation.function() == function) {
            let target = Target::ready(&world, operation.id).await;
            let made = if function == "log-out" { "UpdateItem" } else { "GetItem" };
            for call in ways(operation, &target) {
                (0..FAILED_ATTEMPTS).for_each(|_| world.fault(function, made, Fault::LostAnswer));
                let best = cage.best(operation);
                let authorization = best.as_deref().map(|value| ("authorization", value));
                let headers: Vec<_> = [("content-type", call.content_type)].into_iter().chain(authorization).collect();
                let answer = cage.send(&world, &call, &headers).await;
                assert_eq!(answer.status, 503, "{}: {}", operation.id, answer.text);
            }
        }
    }
    cage.assert_silent(&world);
}

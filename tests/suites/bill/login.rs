//! The table of logins in docs/costs.md: round trips, calls to KMS, units and log bytes by
//! measurement, and dollars by the formula.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{
    Answer, World,
    docs::{code, page, rows},
    openapi::{CLIENT, Document},
};

use crate::{
    endpoints::assert_one_line,
    prices::{Listed, billed, check, dollars},
    scene::{Seen, world},
};

const LOGIN: &str = "/users/v1/login";
const ID: &str = "zqaccount7k2v9xw3-anon";
const FORM: &str = "application/x-www-form-urlencoded";

/// Every row of the page, with the calls of its request.
const CASES: [(&str, &str); 16] = [
    ("`log-in`: a known user", "GetItem UpdateItem GetItem Sign"),
    ("`log-in`: a known user, without a refresh token", "GetItem UpdateItem GetItem Sign"),
    ("`log-in`: a known user, another user's player is active", "GetItem UpdateItem GetItem GetItem Sign"),
    ("`log-in`: a known user, another name", "GetItem UpdateItem! GetItem UpdateItem Sign"),
    ("`log-in`: a known user, the ninth session", "GetItem UpdateItem! GetItem UpdateItem Sign"),
    ("`log-in`: a first login, with a lease of ids, once in 8 to 256", "GetItem UpdateItem TransactWriteItems Sign"),
    ("`log-in`: a first login", "GetItem TransactWriteItems Sign"),
    ("`log-in`: a refresh", "GetItem UpdateItem GetItem Sign"),
    ("`log-in`: a refresh, another user's player is active", "GetItem UpdateItem GetItem GetItem Sign"),
    ("`log-in`: a refused account", "GetItem UpdateItem! GetItem"),
    ("`log-out`", "UpdateItem"),
    ("`log-out-revoke`: an access token", "UpdateItem"),
    ("`issue-client-token`", "Sign"),
    ("`introspect-token`: of a player", "GetItem"),
    ("`verify-token`", ""),
    ("`get-public-keys`", ""),
];

/// Whether an operation has rows here.
pub(crate) fn has_rows(operation: &str) -> bool {
    CASES.iter().any(|(name, _)| code(name).iter().any(|id| id == operation))
}

/// A row of the page. `kms` is the number of calls to KMS.
struct Row {
    listed: Listed,
    kms: f64,
}

fn section() -> String {
    page("costs").section("A million logins")
}

fn listed() -> Vec<Row> {
    let number = |cell: &str| cell.parse().unwrap_or_else(|_| panic!("{cell} is no number"));
    let rows = rows(&section()).into_iter().filter(|cells| cells.len() == 7);
    let row = |cells: Vec<String>| Row {
        listed: Listed {
            name: cells[0].clone(),
            trips: number(&cells[1]),
            writes: number(&cells[3]),
            reads: number(&cells[4]),
            log_bytes: number(&cells[5]),
            dollars: number(&cells[6]),
        },
        kms: number(&cells[2]),
    };
    rows.map(row).collect()
}

/// A request that is not sent yet.
#[derive(Clone)]
struct Prepared {
    path: &'static str,
    authorization: Option<String>,
    content_type: &'static str,
    body: String,
}

impl Prepared {
    fn client(path: &'static str, body: &Value) -> Self {
        let authorization = Some(format!("Basic {CLIENT}"));
        Self { path, authorization, content_type: "application/json", body: body.to_string() }
    }

    fn form(path: &'static str, token: &str) -> Self {
        Self { content_type: FORM, body: format!("token={token}"), ..Self::client(path, &Value::Null) }
    }

    async fn send(&self, world: &World) -> Answer {
        let authorization = self.authorization.as_deref().map(|value| ("authorization", value));
        let headers: Vec<_> = [("content-type", self.content_type)].into_iter().chain(authorization).collect();
        let method = if self.path.ends_with("keys") { "GET" } else { "POST" };
        world.send(method, self.path, &headers, self.body.clone()).await
    }
}

/// A login of an anonymous account that wants a refresh token.
fn login(id: &str, name: &str) -> Prepared {
    let body = json!({
        "grant_type": "anon", "portal_access_token": id, "portal_display_name": name, "include_refresh": true,
    });
    Prepared::client(LOGIN, &body)
}

/// Sends a request that must succeed.
async fn done(world: &World, request: &Prepared) -> Value {
    let answer = request.send(world).await;
    assert!(answer.status < 300, "{}", answer.text);
    answer.json()
}

/// Links the account to the person of another user, whose player is the active one.
async fn follow(world: &World) {
    let leader = world.create("Steam", "zqaccount7k2v9xw3-steam").await;
    let account = |platform: &str, id: &str| json!({ "platform": platform, "platform_user_id": id });
    let link = json!({
        "leader_person_id": leader.person_id, "follower_platform": "Anon", "follower_platform_user_id": ID,
    });
    let enable = account("Steam", &leader.platform_user_id);
    for (path, body) in [("/users/v1/link", link), ("/users/v1/cross-progression/enable", enable)] {
        let answer = world.post(path, &world.admin(), body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

/// Makes the scene of a row. Returns its request.
async fn prepared(world: &World, name: &str) -> Prepared {
    let case = name.split_once(": ").map_or("", |(_, case)| case);
    let plain = login(ID, "Ada");
    if name.starts_with("`log-in`: a first login") {
        if !case.contains("lease") {
            done(world, &login("another", "Bo")).await;
        }
        return plain;
    }
    let before = done(world, &plain).await;
    let (access, refresh) = (&before["access_token"], &before["refresh_token"]);
    let text = |token: &Value| token.as_str().expect("a token").to_owned();
    if case.contains("another user's player") {
        follow(world).await;
    }
    match name.split(": ").next().unwrap() {
        "`log-in`" if case.starts_with("a refresh") => {
            Prepared::client(LOGIN, &json!({ "grant_type": "refresh", "portal_access_token": refresh }))
        }
        "`log-in`" => match case {
            "a known user, another name" => login(ID, "Bo"),
            "a known user, without a refresh token" => {
                Prepared::client(LOGIN, &json!({ "grant_type": "anon", "portal_access_token": ID }))
            }
            "a known user, the ninth session" => {
                for _ in 1..8 {
                    done(world, &plain).await;
                }
                plain
            }
            "a refused account" => {
                let user = before["active_player_uuid"].as_str().unwrap();
                let path = format!("/v2/users/{user}/deactivate");
                assert_eq!(world.post(&path, &world.admin(), json!({})).await.status, 200);
                plain
            }
            _ => plain,
        },
        "`log-out`" => Prepared {
            authorization: None,
            ..Prepared::client("/users/v1/logout", &json!({ "refresh_token": refresh }))
        },
        "`log-out-revoke`" => kept(world, Prepared::form("/users/v2/oauth/revoke", &text(access))).await,
        "`introspect-token`" => kept(world, Prepared::form("/users/v2/oauth/introspect", &text(access))).await,
        "`issue-client-token`" => {
            Prepared::client("/users/v2/oauth/token", &json!({ "grant_type": "client_credentials" }))
        }
        "`verify-token`" => {
            let authorization = Some(format!("Bearer {}", text(access)));
            kept(world, Prepared { authorization, ..Prepared::client("/users/v1/verify", &Value::Null) }).await
        }
        "`get-public-keys`" => {
            kept(world, Prepared { authorization: None, ..Prepared::form("/users/v1/publickeys", "") }).await
        }
        other => panic!("{other} has no scene"),
    }
}

/// The same request, after the function has read the public keys. A function keeps them for ten
/// minutes.
async fn kept(world: &World, request: Prepared) -> Prepared {
    let other = done(world, &login("another", "Bo")).await;
    let first = if request.content_type == FORM && !request.body.ends_with('=') {
        Prepared::form(request.path, other["access_token"].as_str().expect("a token"))
    } else {
        request.clone()
    };
    assert!(first.send(world).await.status < 300);
    request
}

#[tokio::test]
async fn a_login_costs_the_trips_calls_units_and_log_bytes_of_the_page() {
    let document = Document::load();
    let mut wrong = Vec::new();
    let page = listed();
    let names: Vec<_> = page.iter().map(|row| row.listed.name.as_str()).collect();
    assert_eq!(names, CASES.map(|(name, _)| name));
    for (Row { listed, kms }, (name, calls)) in page.iter().zip(CASES) {
        let world = world().await;
        let request = prepared(&world, name).await;
        let operation = document.operation(&code(name)[0]);
        Seen::begin(&world);
        let answer = request.send(&world).await;
        let seen = Seen::end(&world, operation.function()).await;
        let expected = if name.contains("refused") { 403 } else { 200 };
        assert_eq!(answer.status, expected, "{name}: {}", answer.text);
        assert_eq!(seen.calls, calls, "{name}");
        let of_kms = u32::try_from(calls.matches("Sign").count()).unwrap();
        assert_eq!(*kms, f64::from(of_kms), "{name}: one call to KMS for each token");
        assert_one_line(name, &seen.lines);
        let bytes = billed(&seen.lines, Some(&format!("{} {}", operation.method, operation.path)));
        check(listed, &seen, bytes, &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The formula of a request, and the price of the calls to KMS.
#[test]
fn the_dollars_of_a_login_are_those_of_the_formula_and_of_kms() {
    let text = page("costs").text.replace('\n', " ");
    assert!(text.contains("KMS 0.03 for 10,000 calls with an RSA_2048 key"), "the price of a signature");
    let signature = 0.03 / 10_000.0 * 1_000_000.0;
    let wrong: Vec<_> = listed()
        .iter()
        .map(|Row { listed, kms }| (dollars(listed, true) + kms * signature, listed))
        .filter(|(sum, listed)| (sum - listed.dollars).abs() > 0.0051)
        .map(|(sum, listed)| format!("{}: {sum:.2}, not {:.2}", listed.name, listed.dollars))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A function that keeps public keys reads them once in ten minutes, one call for each key.
#[tokio::test]
async fn public_keys_are_read_once_in_ten_minutes() {
    let world = world().await;
    for (minutes, calls) in [(0, "GetPublicKey"), (9, ""), (2, "GetPublicKey")] {
        world.advance(std::time::Duration::from_mins(minutes));
        Seen::begin(&world);
        assert_eq!(world.send("GET", "/users/v1/publickeys", &[], "").await.status, 200);
        assert_eq!(Seen::end(&world, "get-public-keys").await.calls, calls, "after {minutes} minutes");
    }
}

/// The signing key's name is read at the start, so that already the first token is one call.
#[tokio::test]
async fn the_first_token_is_one_call_to_kms() {
    let world = world().await;
    let client_token = json!({ "grant_type": "client_credentials" });
    for (function, request) in
        [("log-in", login(ID, "Ada")), ("issue-client-token", Prepared::client("/users/v2/oauth/token", &client_token))]
    {
        done(&world, &request).await;
        let calls = world.made().into_iter().filter(|call| call.function == function);
        let calls: Vec<_> = calls.map(|call| call.operation).collect();
        let (at_start, of_first) = calls.split_at(2);
        let at_start: BTreeSet<_> = at_start.iter().map(String::as_str).collect();
        assert_eq!(at_start, BTreeSet::from(["GetPublicKey", "GetSecretValue"]), "{function}");
        assert_eq!(of_first.last().unwrap(), "Sign", "{function}");
        assert!(!of_first.iter().any(|call| call == "GetPublicKey"), "{function}");
    }
}

//! Statements of docs/api.md and docs/tokens.md about endpoints: routes, permissions, resends,
//! errors and claims.

use std::collections::BTreeSet;

use roster_local::TokenRequest;
use serde_json::{Value, json};
use tests::{
    Answer, User, World,
    docs::{code, fences, page, rows},
    openapi::{Document, Operation},
    targets::Target,
    ways::{Call, ways},
};

/// The column "permission".
#[derive(Debug, PartialEq)]
enum Asks {
    Permission,
    AnyToken,
    NoToken,
    Client,
}

struct Row {
    endpoint: String,
    asks: Asks,
    permissions: Vec<String>,
    own: String,
}

fn endpoints() -> Vec<Row> {
    let rows = rows(&page("api").section("Endpoints")).into_iter();
    let row = |cells: Vec<String>| Row {
        endpoint: code(&cells[0]).remove(0),
        asks: match cells[2].as_str() {
            "any token" => Asks::AnyToken,
            "no token" => Asks::NoToken,
            text if text.starts_with("a client") => Asks::Client,
            _ => Asks::Permission,
        },
        permissions: code(&cells[2]),
        own: cells[3].clone(),
    };
    rows.map(row).collect()
}

#[tokio::test]
async fn the_endpoint_table_lists_the_routes_of_the_template() {
    let world = World::start().await;
    let functions = world.bundle.template().functions.values();
    let routes: BTreeSet<_> =
        functions.flat_map(|function| function.routes.values()).map(ToString::to_string).collect();
    let mut listed: BTreeSet<_> = endpoints().into_iter().map(|row| row.endpoint).collect();
    listed.extend(calls().into_iter().map(|(call, _)| call));
    listed.insert("$default".to_owned());
    assert_eq!(listed, routes);
}

/// Each documented call over Connect and gRPC-Web, with its documented endpoint.
fn calls() -> Vec<(String, String)> {
    let rows = rows(&page("api").section("Calls over Connect and gRPC-Web")).into_iter();
    rows.map(|cells| (code(&cells[0]).remove(0), code(&cells[1]).remove(0))).collect()
}

#[tokio::test]
async fn a_call_is_the_endpoint_that_the_table_says() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let (listed, named) = (calls(), json!({ "userId": user.player_uuid }));
    assert_eq!(listed.len(), 5);
    let endpoints = endpoints();
    for (procedure, endpoint) in listed {
        let (_, path) = procedure.split_once(' ').unwrap();
        let row = endpoints.iter().find(|row| row.endpoint == endpoint).expect("an endpoint of the other table");
        for permission in &row.permissions {
            let answer = world.post(path, &world.service(&[permission]), named.clone()).await;
            assert!(!is_refused(&answer), "{procedure} with {permission}: {}", answer.text);
        }
        // Both names show the same user, and a change that was made by one name cannot be made
        // again by the other.
        let again = call(&world, &endpoint, &user, &world.admin(), &json!({})).await;
        let again_called = world.post(path, &world.admin(), named.clone()).await;
        let status = if endpoint.starts_with("GET ") { 200 } else { 400 };
        assert_eq!((again.status, again_called.status), (status, status), "{procedure}: {}", again.text);
        for field in ["message", "details", "user"].into_iter().filter(|field| status == 200 || *field == "message") {
            assert_eq!(again.json()[field], again_called.json()[field], "{procedure}");
        }
    }
}

/// Sends a request to an endpoint of the table, about this user and its current person.
async fn call(world: &World, endpoint: &str, user: &User, token: &str, body: &Value) -> Answer {
    let person_id = match world.find(user).await {
        Ok(found) => found["person_id"].as_str().unwrap().to_owned(),
        Err(_) => user.person_id.clone(),
    };
    let (method, path) = endpoint.split_once(' ').unwrap();
    let mut path = path.replace("{person_id}", &person_id);
    for name in ["{player_uuid}", "{userId}"] {
        path = path.replace(name, &user.player_uuid);
    }
    if path.ends_with("/platform-user") {
        path += &format!("?platform={}&platform_user_id={}&display_name=a", user.platform, user.platform_user_id);
    }
    let headers = [("authorization", &*format!("Bearer {token}")), ("content-type", "application/json")];
    let body = if method == "POST" { body.to_string() } else { String::new() };
    world.send(method, &path, &headers, body).await
}

/// A body that names this user in every possible way, and another one as the leader of a link.
fn naming(user: &User, leader: &User) -> Value {
    json!({
        "platform": user.platform, "platform_user_id": user.platform_user_id,
        "follower_platform": user.platform, "follower_platform_user_id": user.platform_user_id,
        "leader_platform": leader.platform, "leader_platform_user_id": leader.platform_user_id,
    })
}

fn is_refused(answer: &Answer) -> bool {
    matches!(answer.status, 401 | 403) || answer.code() == "cannot_modify_person"
}

#[tokio::test]
async fn each_listed_permission_is_enough_and_without_one_the_caller_is_refused() {
    let world = World::start().await;
    let (user, leader) = (world.create("Steam", "42").await, world.create("Epic", "7").await);
    let body = naming(&user, &leader);
    for row in endpoints() {
        if row.asks == Asks::Client {
            assert_eq!(row.permissions, operation(&row.endpoint).permissions(), "{}", row.endpoint);
            continue;
        }
        if row.asks != Asks::Permission {
            assert!(row.permissions.is_empty(), "{}", row.endpoint);
            continue;
        }
        assert!(!row.permissions.is_empty(), "{}", row.endpoint);
        let without = call(&world, &row.endpoint, &user, &world.service(&[]), &body).await;
        assert!(is_refused(&without), "{}: {}", row.endpoint, without.text);
        for permission in &row.permissions {
            let answer = call(&world, &row.endpoint, &user, &world.service(&[permission]), &body).await;
            assert!(!is_refused(&answer), "{} with {permission}: {}", row.endpoint, answer.text);
        }
    }
}

#[tokio::test]
async fn an_endpoint_that_asks_for_no_permission_asks_for_the_token_that_the_table_says() {
    let world = World::start().await;
    let (user, mut operations) = (world.create("Steam", "42").await, 0);
    let body = json!({ "refresh_token": "x" });
    for row in endpoints().into_iter().filter(|row| [Asks::AnyToken, Asks::NoToken].contains(&row.asks)) {
        let bad = call(&world, &row.endpoint, &user, "bad", &body).await;
        assert_eq!(is_refused(&bad), row.asks == Asks::AnyToken, "{}: {}", row.endpoint, bad.text);
        let any = call(&world, &row.endpoint, &user, &world.service(&[]), &body).await;
        assert!([200, 404].contains(&any.status), "{}: {}", row.endpoint, any.text);
        operations += 1;
    }
    assert!(operations > 0);
}

#[tokio::test]
async fn an_endpoint_for_clients_takes_no_token() {
    let world = World::start().await;
    let rows: Vec<_> = endpoints().into_iter().filter(|row| row.asks == Asks::Client).collect();
    for row in &rows {
        let (call, authorization) = ready(&world, &row.endpoint).await;
        let answer = call.send(&world, authorization.as_deref()).await;
        assert_eq!(answer.status, 200, "{}: {}", row.endpoint, answer.text);
        let bearer = format!("Bearer {}", world.admin());
        for authorization in [None, Some(bearer.as_str()), Some("Basic bG9jYWw6eA==")] {
            let answer = call.send(&world, authorization).await;
            assert_eq!(answer.verdict(), (403, "client_credentials_invalid".to_owned()), "{}", row.endpoint);
        }
    }
    assert!(!rows.is_empty());
}

/// The operation of an endpoint of the table.
fn operation(endpoint: &str) -> &'static Operation<'static> {
    let operations = Document::built_in().operations();
    let named = operations.iter().find(|operation| format!("{} {}", operation.method, operation.path) == endpoint);
    Operation::built_in(named.expect("an operation").id)
}

/// The plain request of an endpoint that takes no token, on a target on which it succeeds.
async fn ready(world: &World, endpoint: &str) -> (Call, Option<String>) {
    let operation = operation(endpoint);
    let target = Target::ready(world, operation.id).await;
    (ways(operation, &target).remove(0), operation.authorization(&world.admin()))
}

#[tokio::test]
async fn a_player_may_do_to_itself_what_the_table_says() {
    let world = World::start().await;
    let (user, leader) = (world.create("Steam", "42").await, world.create("Epic", "7").await);
    let body = json!({ "scheme": "Bearer", "credentials": world.player(&leader) });
    for row in endpoints() {
        let body = if row.endpoint.ends_with("platform-user") { naming(&user, &leader) } else { body.clone() };
        let permissions: Vec<_> = code(&row.own).into_iter().filter(|text| text.contains(':')).collect();
        let request = |permissions: &[String]| TokenRequest::new(permissions.iter().cloned());
        let token =
            |permissions| world.token(request(permissions).platform_user(&user.platform, &user.platform_user_id));
        if row.asks == Asks::Permission && (!permissions.is_empty() || row.own == "no") {
            let answer = call(&world, &row.endpoint, &user, &token(&[]), &body).await;
            assert!(is_refused(&answer), "{}: {}", row.endpoint, answer.text);
        }
        if row.own != "no" {
            let answer = call(&world, &row.endpoint, &user, &token(&permissions), &body).await;
            assert!((200..300).contains(&answer.status), "{}: {} {}", row.endpoint, answer.status, answer.text);
        }
    }
}

#[tokio::test]
async fn a_second_request_gets_what_the_table_says() {
    let world = World::start().await;
    let (user, leader) = (world.create("Steam", "42").await, world.create("Epic", "7").await);
    let (new, token) = (User { platform: "GooglePlay".into(), ..user.clone() }, world.admin());
    let rows = rows(&page("api").section("Sending a request twice"));
    let mut listed: BTreeSet<_> = rows.iter().map(|cells| code(&cells[0]).remove(0)).collect();
    assert!(listed.remove("GET"), "the table says nothing of GET");
    let writes = endpoints().into_iter().map(|row| row.endpoint).filter(|endpoint| !endpoint.starts_with("GET "));
    assert_eq!(listed, writes.collect());
    for cells in rows.iter().filter(|cells| !cells[0].contains("any `GET`")) {
        let (endpoint, said) = (code(&cells[0]).remove(0), &cells[1]);
        let body = naming(if endpoint.ends_with("platform-user") { &new } else { &user }, &leader);
        let [first, second] = if operation(&endpoint).takes_token() {
            let again = || call(&world, &endpoint, &user, &token, &body);
            [again().await, again().await]
        } else {
            let (call, authorization) = ready(&world, &endpoint).await;
            let again = || call.send(&world, authorization.as_deref());
            [again().await, again().await]
        };
        assert!((200..300).contains(&first.status), "{endpoint}: {} {}", first.status, first.text);
        let verdict = match (second.json()["details"][0]["id"].as_str(), second.code()) {
            (Some(id), _) => format!("{} `{id}`", second.status),
            (None, code) if code.is_empty() && first.text == second.text => format!("{}, the same", second.status),
            (None, code) if code.is_empty() => format!("{}, with another token", second.status),
            (None, code) => format!("{} `{code}`", second.status),
        };
        assert!(said.starts_with(&verdict), "{endpoint} is answered {verdict}, and docs/api.md says {said}");
    }
}

#[tokio::test]
async fn the_errors_that_are_shown_are_answered_so() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let admin = world.admin();
    let deactivate = format!("/v2/users/{}/deactivate", user.player_uuid);
    assert_eq!(world.post(&deactivate, &admin, json!({})).await.status, 200);
    let call = "/zitadel.user.v2.UserService/DeactivateUser";
    let answered = [
        world.post("/users/v1/platform-user", &admin, json!({ "platform": "Steam", "platform_user_id": "42" })).await,
        world.post("/users/v1/platform-user", &admin, json!({ "platform_user_id": "42" })).await,
        world.post(&deactivate, &admin, json!({})).await,
        world.post(call, &admin, json!({ "userId": user.player_uuid })).await,
    ];
    let (_, shown) = fences(&page("api").section("Errors")).remove(0);
    let shown = serde_json::Deserializer::from_str(&shown).into_iter::<Value>().map(Result::unwrap);
    assert_eq!(shown.collect::<Vec<_>>(), answered.map(|answer| answer.json()));
}

#[tokio::test]
async fn a_token_needs_the_claims_that_are_listed_as_required_and_no_others() {
    let world = World::start().await;
    let mut claims = json!({
        "iss": "roster-local", "aud": "roster", "sub": "me", "exp": world.now() + 60, "nbf": world.now(), "iat": world.now(), "ver": 1,
        "token_type": "access", "token_use": "access", "typ": "Bearer", "permissions": ["user:*"], "platform": "Steam", "platform_user_id": "42",
    });
    let path = "/users/v1/platform-user?platform=Steam&platform_user_id=42";
    let rows = rows(&page("tokens").section("Claims"));
    let listed: BTreeSet<_> = rows.iter().flat_map(|cells| code(&cells[0])).collect();
    assert_eq!(listed, claims.as_object().unwrap().keys().cloned().collect());
    for cells in rows {
        for claim in code(&cells[0]) {
            let value = claims.as_object_mut().unwrap().remove(&claim).unwrap();
            let token = world.bundle.signing_key().sign(&claims).unwrap();
            let answer = world.get(path, &token).await;
            let is_bad = answer.code().starts_with("auth_");
            assert_eq!(is_bad, cells[1].starts_with("required"), "without {claim}: {}", answer.text);
            claims[claim] = value;
        }
    }
}

//! Each role allows exactly the calls of its function.

use std::collections::{BTreeMap, BTreeSet};

use roster_local::{ALL_PERMISSIONS, Options, TokenRequest, template::Template};
use serde_json::{Value, json};
use tests::{
    User, World,
    endpoints::Ready,
    openapi::{CLIENT, Document},
    roles::{Allowance, needed, of_template},
    targets::Target,
    ways::{own_ways, ways},
    world::{PlayerToken, link_body, purge_path},
};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// The actions of Lambda itself under the role of every function.
const LOGGING: [(&str, &str); 2] = [("logs:CreateLogStream", "FunctionLogs"), ("logs:PutLogEvents", "FunctionLogs")];
/// The actions of the event source mapping under the role of the worker.
const WORKERS_OWN: [(&str, &str); 3] = [
    ("sqs:DeleteMessage", "PurgeQueue"),
    ("sqs:GetQueueAttributes", "PurgeQueue"),
    ("sqs:ReceiveMessage", "PurgeQueue"),
];

async fn expect(world: &World, request: (&str, String, Value), token: &str, status: u16) -> Value {
    let (method, path, body) = request;
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", &*bearer), ("content-type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = world.send(method, &path, &headers, body).await;
    assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
    answer.json()
}

fn post(path: impl Into<String>, body: Value) -> (&'static str, String, Value) {
    ("POST", path.into(), body)
}

fn get(path: impl Into<String>) -> (&'static str, String, Value) {
    ("GET", path.into(), Value::Null)
}

fn delete(path: impl Into<String>) -> (&'static str, String, Value) {
    ("DELETE", path.into(), Value::Null)
}

fn named(user: &User) -> Value {
    json!({ "platform": user.platform, "platform_user_id": user.platform_user_id })
}

/// Sends requests that reach every branch that calls AWS.
async fn everything(world: &World) {
    let admin = world.admin();
    catalogue(world, &admin).await;
    own_issuer(world).await;
    let (steam, epic) = (world.create("Steam", "1").await, world.create("Epic", "1").await);
    people(world, &admin, &steam, &epic).await;
    states(world, &admin, &steam).await;
    refresh(world).await;
    purges(world, &admin, &steam).await;
    logins(world).await;
    sessions(world, &admin, &steam, &epic).await;
    worker(world, &admin, &epic).await;
    let unrouted = world.send("PUT", "/users/v1/link", &[], "").await;
    assert_eq!(unrouted.status, 405);
}

/// Calls every endpoint about a missing user and on a ready target. The worker does not run here.
async fn catalogue(world: &World, admin: &str) {
    for operation in Document::load().catalogued() {
        let authorization = operation.authorization(admin);
        for call in ways(&operation, &Target::missing()) {
            call.send(world, authorization.as_deref()).await;
        }
        if operation.endpoint().ready != Ready::Purged {
            let target = Target::ready(world, operation.id).await;
            for call in ways(&operation, &target) {
                call.send(world, authorization.as_deref()).await;
            }
        }
    }
}

/// Calls every endpoint with tokens of the deployment's own issuer: with every permission, and as a
/// player for its own person.
async fn own_issuer(world: &World) {
    let every = world.own_token(json!({ "permissions": ALL_PERMISSIONS }));
    catalogue(world, &every).await;
    for operation in Document::load().catalogued().iter().filter(|operation| operation.own_permissions().is_some()) {
        let own = operation.own_permissions().unwrap_or_default();
        for way in 0..own_ways(world, operation, &Target::missing(), PlayerToken::OfOwn).len() {
            let target = Target::ready(world, operation.id).await;
            let token = world.own_player_with(&target.user, &own);
            let call = &own_ways(world, operation, &target, PlayerToken::OfOwn)[way];
            call.send(world, Some(&format!("Bearer {token}"))).await;
        }
    }
}

/// Sends requests with permission, as the user itself, and as another user of the same person.
async fn people(world: &World, admin: &str, steam: &User, epic: &User) {
    let (player, friend) = (world.player(steam), world.player(epic));
    world.create("PSN", "2").await;
    world.find(steam).await.unwrap();
    let by_person = json!({
        "leader_person_id": steam.person_id,
        "follower_platform": "PSN",
        "follower_platform_user_id": "2",
    });
    expect(world, post("/users/v1/link", by_person), admin, 200).await;
    let by_credentials = json!({ "scheme": "Bearer", "credentials": player });
    expect(world, post("/users/v1/link", by_credentials.clone()), &friend, 200).await;
    // If both users are in one person, the function must read whether both tokens prove their user.
    expect(world, post("/users/v1/link", by_credentials), &friend, 400).await;
    let links = format!("/users/v2/player/{}/links", steam.player_uuid);
    expect(world, get(&links), admin, 200).await;
    expect(world, get(&links), &friend, 200).await;
    let sessions = format!("/users/v1/player/{}/sessions", steam.player_uuid);
    // By the account of the token, and by its player.
    for token in [&friend, &world.own_player(epic)] {
        expect(world, get(&sessions), token, 200).await;
        expect(world, delete(&sessions), token, 204).await;
    }
    let (enable, disable) = ("/users/v1/cross-progression/enable", "/users/v1/cross-progression/disable");
    for (token, body) in [(admin, named(epic)), (&friend, Value::Null), (&friend, named(steam))] {
        expect(world, post(enable, body.clone()), token, 200).await;
        expect(world, post(disable, body), token, 200).await;
    }
    for token in [admin, &player] {
        expect(world, post(enable, named(epic)), admin, 200).await;
        expect(world, post(disable, json!({ "person_id": steam.person_id })), token, 200).await;
    }
    for token in [admin, &friend, &player] {
        expect(world, post("/users/v1/unlink", named(epic)), token, 200).await;
        expect(world, post("/users/v1/link", link_body(steam, epic)), admin, 200).await;
    }
    // The function may have to read the reason of the failure.
    expect(world, post("/users/v1/link", link_body(epic, steam)), admin, 400).await;
    expect(world, post("/users/v1/unlink", named(epic)), admin, 200).await;
}

/// Refreshes a login. The catalogue has no request that does.
async fn refresh(world: &World) {
    let Target { tokens, .. } = Target::ready(world, "introspect-token").await;
    let refreshed = world.log_in(json!({ "grant_type": "refresh", "portal_access_token": tokens.refresh })).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.text);
}

async fn states(world: &World, admin: &str, user: &User) {
    let player = world.player(user);
    let user = format!("/v2/users/{}", user.player_uuid);
    expect(world, get(&user), admin, 200).await;
    expect(world, get(&user), &player, 200).await;
    expect(world, post(format!("{user}/deactivate"), Value::Null), admin, 200).await;
    expect(world, post(format!("{user}/deactivate"), Value::Null), admin, 400).await;
    expect(world, post(format!("{user}/reactivate"), Value::Null), admin, 200).await;
    expect(world, post(format!("{user}/lock"), Value::Null), admin, 200).await;
    expect(world, post(format!("{user}/unlock"), Value::Null), admin, 200).await;
}

/// Sends requests with permission, as the person itself, and about a missing person.
async fn purges(world: &World, admin: &str, user: &User) {
    let purge = purge_path(&user.person_id);
    let own = TokenRequest::new(["purge:person:self"]).platform_user(&user.platform, &user.platform_user_id);
    let own = world.token(own);
    for token in [admin, &own] {
        expect(world, post(&purge, json!({})), token, 202).await;
        expect(world, post(&purge, json!({})), token, 202).await;
        expect(world, get(&purge), token, 200).await;
        expect(world, delete(&purge), token, 204).await;
    }
    let receipt = format!("{purge}/receipt");
    expect(world, get(&receipt), admin, 404).await;
    let nobody = purge_path(NOBODY);
    expect(world, post(&nobody, json!({})), admin, 404).await;
    expect(world, get(&nobody), admin, 404).await;
    expect(world, delete(&nobody), admin, 404).await;
}

/// Logs a player in for the first time and again, refreshes, introspects, revokes and logs out, and
/// gets tokens for a client.
async fn logins(world: &World) {
    let login = |body: Value| client(world, "/users/v1/login", "application/json", body.to_string());
    let anon = || json!({ "grant_type": "anon", "portal_access_token": "ada", "include_refresh": true });
    login(anon()).await;
    let tokens = login(anon()).await;
    let (access, refresh) = (tokens["access_token"].as_str().unwrap(), &tokens["refresh_token"]);
    login(json!({ "grant_type": "refresh", "portal_access_token": refresh })).await;
    let body = json!({ "grant_type": "client_credentials" }).to_string();
    client(world, "/users/v2/oauth/token", "application/json", body).await;
    for path in ["/users/v2/oauth/introspect", "/users/v2/oauth/revoke"] {
        client(world, path, "application/x-www-form-urlencoded", format!("token={access}")).await;
    }
    expect(world, post("/users/v1/logout", json!({ "refresh_token": refresh })), "", 200).await;
}

/// Lists and ends the sessions of a user as another user of the same person, which must be read.
async fn sessions(world: &World, admin: &str, user: &User, friend: &User) {
    expect(world, post("/users/v1/link", link_body(user, friend)), admin, 200).await;
    let sessions = format!("/users/v1/player/{}/sessions", user.player_uuid);
    expect(world, get(&sessions), &world.player(friend), 200).await;
    expect(world, delete(&sessions), &world.player(friend), 204).await;
    expect(world, post("/users/v1/unlink", named(friend)), admin, 200).await;
}

/// Sends a request of the client of the bundle's login.
async fn client(world: &World, path: &str, content_type: &str, body: String) -> Value {
    let basic = format!("Basic {CLIENT}");
    let headers = [("authorization", &*basic), ("content-type", content_type)];
    let answer = world.send("POST", path, &headers, body).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    serde_json::from_str(&answer.text).unwrap_or_default()
}

/// Runs the worker with a message that is too early and one that is in time, and the dispatcher
/// with a purge that only it finds.
async fn worker(world: &World, admin: &str, user: &User) {
    let person_id = world.find(user).await.unwrap()["person_id"].as_str().unwrap().to_owned();
    let purge = purge_path(&person_id);
    expect(world, post(&purge, json!({ "suggested_purge_time": world.now() + 3600 })), admin, 202).await;
    let items = world.items("PersonsTable").await;
    let item = items.iter().find(|item| item["person_id"].as_s().unwrap() == &person_id).unwrap();
    let body = json!({ "person_id": person_id, "purge_id": item["purge_id"].as_s().unwrap() }).to_string();
    let event = json!({ "Records": [{ "messageId": "m", "body": body, "eventSource": "aws:sqs" }] });
    let answer = world.bundle.invoke("purge-person", event.clone()).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    assert_eq!(world.purge_status(&person_id).await, "queued");
    world.advance(std::time::Duration::from_secs(3700));
    world.tick().await;
    world.bundle.invoke("purge-person", event).await.unwrap();
    assert_eq!(world.purge_status(&person_id).await, "complete");
    let receipt = format!("{purge}/receipt");
    expect(world, get(&receipt), &world.admin(), 200).await;
    // This purge is due now, so the request that queues it also sends the message.
    let other = world.create("GooglePlay", "3").await;
    let answer = world.purge_now(&other.person_id).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    // If the hour is sealed, its receipts are read for the proof.
    world.advance(std::time::Duration::from_secs(2 * 3600));
    world.tick().await;
    expect(world, get(&receipt), &world.admin(), 200).await;
}

/// The permissions that the calls of each function needed.
fn used(world: &World) -> BTreeMap<String, BTreeSet<Allowance>> {
    let mut used: BTreeMap<String, BTreeSet<Allowance>> = BTreeMap::new();
    for call in world.made() {
        used.entry(call.function).or_default().extend(needed(&call.operation, &call.body));
    }
    used
}

#[tokio::test]
async fn every_role_allows_exactly_what_its_function_does() {
    let world = World::start_with(Options { worker: false, ..Options::default() }).await;
    everything(&world).await;
    let used = used(&world);
    let mut differences = Vec::new();
    for (function, mut allowed) in of_template(world.bundle.template()) {
        let of_worker = WORKERS_OWN.iter().filter(|_| function == "purge-person");
        for (action, resource) in LOGGING.iter().chain(of_worker) {
            let allowance = ((*action).to_owned(), (*resource).to_owned());
            assert!(allowed.remove(&allowance), "{function} may not {action} on {resource}");
        }
        let used = used.get(&function).cloned().unwrap_or_default();
        let line = |what: &str, (action, resource): &Allowance| format!("{function} {what} {action} on {resource}");
        differences.extend(allowed.difference(&used).map(|unused| line("never uses", unused)));
        differences.extend(used.difference(&allowed).map(|missing| line("may not", missing)));
    }
    assert!(differences.is_empty(), "\n{}\n", differences.join("\n"));
}

#[tokio::test]
async fn what_is_done_only_in_transactions_is_allowed_only_there() {
    let world = World::start_with(Options { worker: false, ..Options::default() }).await;
    everything(&world).await;
    let (mut inside, mut alone) = (BTreeSet::new(), BTreeSet::new());
    for call in world.made() {
        let of_call =
            needed(&call.operation, &call.body).into_iter().map(|allowance| (call.function.clone(), allowance));
        if call.operation == "TransactWriteItems" { inside.extend(of_call) } else { alone.extend(of_call) }
    }
    let mut expected: BTreeSet<_> = inside.difference(&alone).cloned().collect();
    // A condition check only exists inside a transaction.
    expected.retain(|(_, (action, _))| action != "dynamodb:ConditionCheckItem");
    assert!(expected.len() > 10, "{expected:?}");
    let conditioned = conditioned(&world);
    let line = |what: &str, (function, (action, resource)): &(String, Allowance)| {
        format!("{function}: {action} on {resource} {what}")
    };
    let wide = expected.difference(&conditioned).map(|right| line("is allowed outside of a transaction too", right));
    let narrow = conditioned.difference(&expected).map(|right| line("is done outside of a transaction too", right));
    let differences: Vec<_> = wide.chain(narrow).collect();
    assert!(differences.is_empty(), "\n{}\n", differences.join("\n"));
}

/// The permissions of each function's role that only hold inside a transaction.
fn conditioned(world: &World) -> BTreeSet<(String, Allowance)> {
    let mut document = world.bundle.template().document().clone();
    for resource in document["Resources"].as_object_mut().unwrap().values_mut() {
        let mut policies = resource.pointer_mut("/Properties/Policies").and_then(Value::as_array_mut);
        // A policy that is there with login only has no condition on operations.
        policies.iter_mut().for_each(|policies| policies.retain(|policy| policy.get("Fn::If").is_none()));
        for policy in policies.into_iter().flatten() {
            let inner = if policy.get("PolicyDocument").is_some() { &mut policy["PolicyDocument"] } else { policy };
            let statements = inner["Statement"].as_array_mut().into_iter();
            statements.for_each(|list| list.retain(|statement| statement.get("Condition").is_some()));
        }
    }
    let narrowed = Template::parse(&document.to_string()).unwrap();
    let roles = of_template(&narrowed).into_iter();
    let rights = roles.flat_map(|(function, rights)| rights.into_iter().map(move |right| (function.clone(), right)));
    // The permissions that SAM attaches have no condition.
    rights.filter(|(_, (action, _))| !action.starts_with("logs:")).collect()
}

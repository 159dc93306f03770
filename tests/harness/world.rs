//! A bundle, with short methods for the requests of tests.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use aws_sdk_dynamodb::types::AttributeValue;
use roster_local::{ALL_PERMISSIONS, Bundle, Options, TokenRequest, operate::Target, template::Template};
use serde_json::{Value, json};
use shared::{ambient::Ambient, identity::Timestamp};

use crate::{
    calls::{Call, Calls},
    client::{Answer, Http},
    engines,
    faults::Fault,
    logs,
    meter::Meter,
    openapi::CLIENT,
    roles,
};

/// The tables, by their logical ids.
pub const TABLES: [&str; 6] =
    ["PersonsTable", "UsersTable", "IdentitiesTable", "ReceiptsTable", "SealsTable", "SequencesTable"];

/// Every platform, as the API spells it, in the order of the API.
pub const PLATFORMS: [&str; 19] = [
    "Anon",
    "Basic",
    "XboxLive",
    "PSN",
    "NintendoNAID",
    "NintendoSwitch",
    "NintendoPPID",
    "Google",
    "GooglePlay",
    "Apple",
    "Epic",
    "Steam",
    "Amazon",
    "Twitch",
    "RallyHere",
    "LegacyName",
    "AndroidDevice",
    "iosDevice",
    "Discord",
];

/// A running bundle whose functions have exactly the rights of their roles.
pub struct World {
    /// The bundle.
    pub bundle: Bundle,
    /// Every call to AWS, and the planned faults.
    pub calls: Arc<Calls>,
    /// The units that the calls consume.
    pub meter: Arc<Meter>,
    http: Http,
    ahead: Arc<AtomicI64>,
    ambient: Ambient,
}

/// The kinds of tokens that prove an own person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlayerToken {
    /// Of another issuer, by the account.
    OfAnother,
    /// Of the deployment's own issuer, by the player.
    OfOwn,
}

impl PlayerToken {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::OfAnother, Self::OfOwn];

    /// The token of a user with these permissions.
    pub fn make(self, world: &World, user: &User, permissions: &[&str]) -> String {
        match self {
            Self::OfAnother => world.player_with(user, permissions),
            Self::OfOwn => world.own_player_with(user, permissions),
        }
    }
}

/// A platform user that a test has created.
#[derive(Debug, Clone)]
pub struct User {
    /// The platform.
    pub platform: String,
    /// The id on the platform.
    pub platform_user_id: String,
    /// The uuid of its player.
    pub player_uuid: String,
    /// The integer id of its player.
    pub player_id: u64,
    /// The person to which it belonged when it was created.
    pub person_id: String,
}

impl World {
    /// Starts a bundle in memory, or on the [`engines`] that the environment names. Purges are
    /// dispatched when a test calls [`World::tick`]. The worker waits for messages.
    pub async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    /// Starts a bundle with these options, and with the clock and the interceptors of this world.
    pub async fn start_with(options: Options) -> Self {
        logs::capture();
        let template = Template::built_in().expect("the template");
        let calls = Calls::under(roles::of_template(&template));
        let meter = Arc::<Meter>::default();
        let (watched, metered) = (Arc::clone(&calls), Arc::clone(&meter));
        let ahead = Arc::new(AtomicI64::new(0));
        let offset = Arc::clone(&ahead);
        let system = Ambient::system();
        let ambient = Ambient::system()
            .with_clock(move || Timestamp::from_millis(system.now().as_millis() + offset.load(Ordering::SeqCst)));
        let interceptors: roster_local::Interceptors =
            Arc::new(move |function| vec![watched.of(function), metered.of(function)]);
        let mut environment = engines::environment();
        environment.extend(options.environment);
        let options = Options { ambient: ambient.clone(), interceptors: Some(interceptors), environment, ..options };
        let bundle = Bundle::start(options).await.expect("the bundle starts");
        Self { bundle, calls, meter, http: Http::default(), ahead, ambient }
    }

    /// Moves the functions' clock ahead.
    pub fn advance(&self, duration: Duration) {
        self.ahead.fetch_add(i64::try_from(duration.as_millis()).expect("a short while"), Ordering::SeqCst);
    }

    /// The deployment for an operator's commands, with the functions' clock. It is made from
    /// variables, as on AWS, whichever engine is in use.
    pub fn target(&self) -> Target {
        let mut variables = self.bundle.environment("seal-receipts").expect("its variables").clone();
        variables.insert("PURGE_DEAD_LETTER_QUEUE_URL".to_owned(), self.bundle.addresses().dead_letter_queue);
        Target::aws(&variables.into_iter().collect(), self.ambient.clone()).expect("a target")
    }

    /// The functions' clock and random numbers.
    pub fn ambient(&self) -> &Ambient {
        &self.ambient
    }

    /// The time of the functions' clock, in seconds since the Unix epoch.
    pub fn now(&self) -> i64 {
        let system = Ambient::system().now().as_millis();
        (system + self.ahead.load(Ordering::SeqCst)).div_euclid(1000)
    }

    /// A token with every permission and no platform user.
    pub fn admin(&self) -> String {
        self.token(TokenRequest::new(ALL_PERMISSIONS))
    }

    /// A token with these permissions and no platform user.
    pub fn service(&self, permissions: &[&str]) -> String {
        self.token(TokenRequest::new(permissions.iter().copied()))
    }

    /// A player's token, with one platform user and no permission.
    pub fn player(&self, user: &User) -> String {
        self.player_with(user, &[])
    }

    /// A player's token, with one platform user and these permissions.
    pub fn player_with(&self, user: &User, permissions: &[&str]) -> String {
        let request = TokenRequest::new(permissions.iter().copied());
        self.token(request.platform_user(&user.platform, &user.platform_user_id))
    }

    /// The token that a login gives this user, without a permission: it names the player and no
    /// platform user.
    pub fn own_player(&self, user: &User) -> String {
        self.own_player_with(user, &[])
    }

    /// The token that a login gives this user, with these permissions.
    pub fn own_player_with(&self, user: &User, permissions: &[&str]) -> String {
        self.own_token(json!({
            "sub": user.player_uuid, "player_uuid": user.player_uuid, "person_id": user.person_id,
            "active_player_uuid": user.player_uuid, "client_id": "local", "ver": 1, "token_type": "access",
            "permissions": permissions,
        }))
    }

    /// Makes a token of the deployment's own issuer with these claims.
    pub fn own_token(&self, claims: Value) -> String {
        self.bundle.own_token(claims).expect("a token")
    }

    /// Makes a token.
    pub fn token(&self, request: TokenRequest) -> String {
        self.bundle.token(&request).expect("a token")
    }

    /// Sends any request.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<bytes::Bytes>,
    ) -> Answer {
        self.http.send(method, &format!("{}{path}", self.bundle.url()), headers, body).await
    }

    /// Sends a GET with a token.
    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.send("GET", path, &[("authorization", &format!("Bearer {token}"))], "").await
    }

    /// Sends a DELETE with a token.
    pub async fn delete(&self, path: &str, token: &str) -> Answer {
        self.send("DELETE", path, &[("authorization", &format!("Bearer {token}"))], "").await
    }

    /// Sends a POST of JSON with a token.
    pub async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        let headers = [("authorization", &*format!("Bearer {token}")), ("content-type", "application/json")];
        self.send("POST", path, &headers, body.to_string()).await
    }

    /// Sends a login by the bundle's client.
    pub async fn log_in(&self, body: Value) -> Answer {
        let headers = [("authorization", &*format!("Basic {CLIENT}")), ("content-type", "application/json")];
        self.send("POST", "/users/v1/login", &headers, body.to_string()).await
    }

    /// Creates a platform user. Fails if the creation does.
    pub async fn create(&self, platform: &str, platform_user_id: &str) -> User {
        let body = json!({ "platform": platform, "platform_user_id": platform_user_id });
        let answer = self.post("/users/v1/platform-user", &self.admin(), body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let user = answer.json();
        let text = |name: &str| user[name].as_str().expect(name).to_owned();
        User {
            platform: platform.to_owned(),
            platform_user_id: platform_user_id.to_owned(),
            player_uuid: text("player_uuid"),
            player_id: user["player_id"].as_u64().expect("player_id"),
            person_id: text("person_id"),
        }
    }

    /// The answer of find-platform-user, or its status if it is not a 200.
    pub async fn find(&self, user: &User) -> Result<Value, u16> {
        let id = percent(&user.platform_user_id);
        let path = format!("/users/v1/platform-user?platform={}&platform_user_id={id}", user.platform);
        let answer = self.get(&path, &self.admin()).await;
        if answer.status == 200 { Ok(answer.json()) } else { Err(answer.status) }
    }

    /// Links the follower to the leader's person, as an admin. Fails if the link does.
    pub async fn link(&self, leader: &User, follower: &User) {
        let answer = self.post("/users/v1/link", &self.admin(), link_body(leader, follower)).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    }

    /// Queues a purge for now, as an admin.
    pub async fn purge_now(&self, person_id: &str) -> Answer {
        self.queue_purge(person_id, Some(self.now())).await
    }

    /// Queues a purge, as an admin.
    pub async fn queue_purge(&self, person_id: &str, suggested_purge_time: Option<i64>) -> Answer {
        let body = suggested_purge_time.map_or_else(|| json!({}), |time| json!({ "suggested_purge_time": time }));
        self.post(&purge_path(person_id), &self.admin(), body).await
    }

    /// The status of a person's purge, or the answer's `error_code`.
    pub async fn purge_status(&self, person_id: &str) -> String {
        let answer = self.get(&purge_path(person_id), &self.admin()).await;
        answer.json()["status"].as_str().map_or_else(|| answer.code(), str::to_owned)
    }

    /// Waits until the purge of a person is complete.
    pub async fn purged(&self, person_id: &str) {
        for _ in 0..300 {
            if self.purge_status(person_id).await == "complete" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the purge of {person_id} is {} after 30 s", self.purge_status(person_id).await);
    }

    /// Runs the dispatcher once.
    pub async fn tick(&self) {
        self.bundle.tick().await.expect("the dispatcher runs");
    }

    /// Plans a fault for the next call of this operation by this function.
    pub fn fault(&self, function: &str, operation: &str, fault: Fault) {
        self.calls.plan(function, operation, fault);
    }

    /// The operations that a function called since the last time, in order.
    pub fn operations(&self, function: &str) -> Vec<String> {
        let calls = self.calls.made();
        self.calls.forget();
        calls.into_iter().filter(|call| call.function == function).map(|call| call.operation).collect()
    }

    /// All calls since the start, or since [`World::operations`].
    pub fn made(&self) -> Vec<Call> {
        self.calls.made()
    }

    /// The items of every table, as text.
    pub async fn dump(&self) -> BTreeMap<&'static str, Vec<String>> {
        let mut dump = BTreeMap::new();
        for table in TABLES {
            dump.insert(table, self.items(table).await.iter().map(|item| format!("{item:?}")).collect());
        }
        dump
    }

    /// Every item of a table.
    pub async fn items(&self, table: &str) -> Vec<std::collections::HashMap<String, AttributeValue>> {
        let pages = self.bundle.dynamodb().scan().table_name(table).into_paginator().items().send();
        pages.collect::<Result<_, _>>().await.expect("a scan")
    }
}

/// The body of a link by two platform users.
pub fn link_body(leader: &User, follower: &User) -> Value {
    json!({
        "leader_platform": leader.platform,
        "leader_platform_user_id": leader.platform_user_id,
        "follower_platform": follower.platform,
        "follower_platform_user_id": follower.platform_user_id,
    })
}

/// The path of a person's purge.
pub fn purge_path(person_id: &str) -> String {
    format!("/users/v1/person/{person_id}/purge")
}

/// Percent-encodes everything but letters and digits.
pub fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric();
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

//! The mixed load: each connection repeats the requests about two accounts.
//!
//! One round has 46 requests, and one more for each endpoint that they leave out. An unknown path
//! is among them. Half of them are reads, since players log in more often than they change
//! anything. Each write occurs once or twice. Four requests are refused, since refusals have a cost
//! too.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::LazyLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use serde_json::{Value, json};
use tests::{
    endpoints::{Ready, Words},
    openapi::{Auth, CLIENT, Document, Operation},
    ways::{self, Call},
};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::{
    Failure,
    caller::{Ask, Caller, JSON},
    tokens::Tokens,
};

/// The time limit of the purge before the measurement.
const PURGE_PATIENCE: Duration = Duration::from_mins(1);

const USER: &str = "/users/v1/platform-user";

/// The operations by their ids, with their names in the report.
static OPERATIONS: LazyLock<BTreeMap<&str, (String, Operation<'static>)>> = LazyLock::new(|| {
    let named = |operation: Operation<'static>| {
        let encoding = if operation.is_call() { " (Connect)" } else { "" };
        (operation.id, (format!("{}{encoding}", operation.name()), operation))
    };
    Document::built_in().catalogued().into_iter().map(named).collect()
});

/// One round of requests.
struct Story<'a> {
    caller: &'a mut Caller,
    tokens: &'a Tokens,
    ids: [String; 2],
    /// The names of the operations that were called.
    asked: BTreeSet<&'static str>,
}

/// The answer to a creation.
#[derive(Default)]
struct Account {
    player: String,
    person: String,
}

impl Account {
    /// The same player with another person.
    fn of_person(&self, person: &str) -> Self {
        Self { player: self.player.clone(), person: person.to_owned() }
    }
}

const PLATFORMS: [&str; 2] = ["Steam", "Epic"];

/// Sends one round of requests. `purged` is a person with a receipt.
pub(crate) async fn tell(caller: &mut Caller, tokens: &Tokens, purged: &str) -> Result<(), Failure> {
    let ids = [Uuid::new_v4().to_string(), Uuid::new_v4().to_string()];
    let mut story = Story { caller, tokens, ids, asked: BTreeSet::new() };
    let (leader, follower) = (story.create(0).await?, story.create(1).await?);
    story.log_in(&leader).await?;
    story.play_as_one(&leader).await?;
    story.change_states(&follower).await?;
    story.purge(&leader, purged).await?;
    story.ask_the_rest(&leader, purged).await?;
    story.be_refused().await
}

/// Creates and purges a person, and waits for the receipt. Returns the person's id.
pub(crate) async fn purged_person(address: SocketAddr, tokens: &Tokens) -> Result<String, Failure> {
    let never = Instant::now().into_std();
    let mut caller = Caller::connect(address, (never, never)).await?;
    let ids = [Uuid::new_v4().to_string(), Uuid::new_v4().to_string()];
    let mut story = Story { caller: &mut caller, tokens, ids, asked: BTreeSet::new() };
    let person = story.create(0).await?.person;
    let path = format!("/users/v1/person/{person}/purge");
    let now = json!({ "suggested_purge_time": SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() });
    story.post("queue-person-purge", &path, &now, 202).await?;
    let end = Instant::now() + PURGE_PATIENCE;
    loop {
        let asked = Ask { name: "", method: "GET", path: &path, authorization: &tokens.admin, body: None, status: 200 };
        if story.caller.call_for_json(asked).await?.get("status") == Some(&json!("complete")) {
            return Ok(person);
        }
        if Instant::now() > end {
            return Err("the purge was not carried out".into());
        }
        sleep(Duration::from_millis(200)).await;
    }
}

impl Story<'_> {
    /// The requests of a game when its player logs in.
    async fn log_in(&mut self, leader: &Account) -> Result<(), Failure> {
        for which in [0, 1, 0, 1, 0, 1] {
            self.ask("find-platform-user", &self.words(which, leader)).await?;
        }
        for _ in 0..4 {
            self.ask("get-user", &self.words(0, leader)).await?;
        }
        for _ in 0..2 {
            self.ask("get-player-links", &self.words(0, leader)).await?;
        }
        Ok(())
    }

    /// Links two accounts, switches cross progression on and off, and unlinks them. Half of the
    /// requests use the player's token.
    async fn play_as_one(&mut self, leader: &Account) -> Result<(), Failure> {
        let words = self.words(0, leader);
        self.ask_so("link-platform-user", 1, &words).await?;
        self.ask("get-player-links", &words).await?;
        self.ask("enable-cross-progression", &words).await?;
        for which in [1, 0, 1, 0] {
            self.ask("find-platform-user", &self.words(which, leader)).await?;
        }
        self.ask_so("disable-cross-progression", 1, &words).await?;
        let own = self.tokens.player(PLATFORMS[0], &self.ids[0])?;
        for name in ["enable-cross-progression", "disable-cross-progression"] {
            let Call { method, path, .. } = call(name, 0, &words)?;
            self.send(Ask { name, method: &method, path: &path, authorization: &own, body: None, status: 200 }).await?;
        }
        self.ask("get-player-links", &words).await?;
        self.ask("unlink-platform-user", &self.words(1, leader)).await
    }

    /// Sends each change of state over REST and over Connect.
    async fn change_states(&mut self, follower: &Account) -> Result<(), Failure> {
        let words = self.words(1, follower);
        for id in ["deactivate-user", "reactivate-user", "lock-user", "unlock-user"] {
            self.ask(id, &words).await?;
        }
        for id in ["deactivate-user-rpc", "reactivate-user-rpc", "lock-user-rpc", "unlock-user-rpc"] {
            self.ask(id, &words).await?;
        }
        Ok(())
    }

    /// Queues, re-times, reads and cancels a purge, and reads another person's receipt.
    async fn purge(&mut self, leader: &Account, purged: &str) -> Result<(), Failure> {
        let words = self.words(0, leader);
        let tomorrow = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() + 24 * 60 * 60;
        let Call { path, .. } = call("queue-person-purge", 0, &words)?;
        for body in [json!({}), json!({ "suggested_purge_time": tomorrow })] {
            self.post("queue-person-purge", &path, &body, 202).await?;
            self.ask("get-person-purge", &words).await?;
        }
        self.ask("cancel-person-purge", &words).await?;
        let (name, authorization) = ("get-person-purge", &self.tokens.admin);
        self.send(Ask { name, method: "GET", path: &path, authorization, body: None, status: 404 }).await?;
        for _ in 0..2 {
            self.ask("get-purge-receipt", &self.words(0, &leader.of_person(purged))).await?;
        }
        Ok(())
    }

    /// Calls once each endpoint that the other requests leave out.
    async fn ask_the_rest(&mut self, leader: &Account, purged: &str) -> Result<(), Failure> {
        for (id, (_, operation)) in OPERATIONS.iter() {
            if self.asked.contains(operation.name()) {
                continue;
            }
            let mut words = self.words(0, leader);
            match operation.endpoint().ready {
                Ready::Plain => {}
                Ready::Key => words = words.with("key_id", self.key_id().await?),
                Ready::LoggedIn => {
                    let login: Value = serde_json::from_slice(&self.answer("log-in", 0, &words).await?)?;
                    for name in ["access_token", "refresh_token"] {
                        words = words.with(name, login.get(name).and_then(Value::as_str).ok_or("no token")?);
                    }
                }
                Ready::Nobody => {
                    let ids = [Uuid::new_v4().to_string(), Uuid::new_v4().to_string()];
                    words = Story { caller: &mut *self.caller, tokens: self.tokens, ids, asked: BTreeSet::new() }
                        .words(0, leader);
                }
                Ready::After(before) => self.ask(before, &words).await?,
                Ready::Follower => {
                    self.ask_so("link-platform-user", 1, &words).await?;
                    words = self.words(1, leader);
                }
                Ready::Purged => words = self.words(0, &leader.of_person(purged)),
            }
            self.ask(id, &words).await?;
        }
        Ok(())
    }

    /// The `kid` of a key of login.
    async fn key_id(&mut self) -> Result<String, Failure> {
        let keys: Value = serde_json::from_slice(&self.answer("get-public-keys", 0, &Words::new([])).await?)?;
        Ok(keys.pointer("/keys/0/kid").and_then(Value::as_str).ok_or("no key")?.to_owned())
    }

    /// Sends requests that are refused: for a taken account, invalid input, a missing permission,
    /// and an unknown user.
    async fn be_refused(&mut self) -> Result<(), Failure> {
        let name = "create-platform-user (refused)";
        let (platform, platform_user_id) = self.pair(0);
        let taken = json!({ "platform": platform, "platform_user_id": platform_user_id });
        self.post(name, USER, &taken, 409).await?;
        self.post(name, USER, &json!({ "platform": platform }), 422).await?;
        let (authorization, body) = (&self.tokens.nobody, Some((JSON, taken.to_string())));
        self.send(Ask { name, method: "POST", path: USER, authorization, body, status: 403 }).await?;
        let (name, authorization) = ("answer-unrouted", &self.tokens.admin);
        let path = "/users/v1/nothing";
        self.send(Ask { name, method: "GET", path, authorization, body: None, status: 404 }).await
    }

    async fn create(&mut self, which: usize) -> Result<Account, Failure> {
        let created = self.answer("create-platform-user", 0, &self.words(which, &Account::default())).await?;
        let created: Value = serde_json::from_slice(&created)?;
        let text = |name: &str| created.get(name).and_then(Value::as_str).map(str::to_owned).ok_or("no ids");
        Ok(Account { player: text("player_uuid")?, person: text("person_id")? })
    }

    /// Sends the plain request of an operation, with every permission.
    async fn ask(&mut self, id: &'static str, words: &Words) -> Result<(), Failure> {
        self.ask_so(id, 0, words).await
    }

    /// Sends the request of an operation in this way of the catalogue.
    async fn ask_so(&mut self, id: &'static str, way: usize, words: &Words) -> Result<(), Failure> {
        self.answer(id, way, words).await.map(drop)
    }

    async fn answer(&mut self, id: &'static str, way: usize, words: &Words) -> Result<Bytes, Failure> {
        let (name, operation) = OPERATIONS.get(id).ok_or("no such operation")?;
        self.asked.insert(operation.name());
        let Call { method, path, content_type, body } = call(id, way, words)?;
        let body = if body.is_empty() { None } else { Some((content_type, String::from_utf8(body)?)) };
        // An operation that asks for no proof ignores it.
        let client = format!("Basic {CLIENT}");
        let authorization = if operation.auth() == Auth::Client { &client } else { &self.tokens.admin };
        let status = operation.success().0;
        self.caller.call(Ask { name, method: &method, path: &path, authorization, body, status }).await
    }

    async fn post(&mut self, name: &'static str, path: &str, body: &Value, status: u16) -> Result<(), Failure> {
        self.asked.insert(name);
        let (authorization, body) = (&self.tokens.admin, Some((JSON, body.to_string())));
        self.send(Ask { name, method: "POST", path, authorization, body, status }).await
    }

    async fn send(&mut self, ask: Ask<'_>) -> Result<(), Failure> {
        self.caller.call(ask).await.map(drop)
    }

    /// The words for one of the two accounts. The other one is the follower.
    fn words(&self, which: usize, account: &Account) -> Words {
        let ((platform, id), (other_platform, other_id)) = (self.pair(which), self.pair(1 - which));
        Words::new([
            ("platform", platform),
            ("platform_user_id", id),
            ("display_name", "Ada"),
            ("person_id", &account.person),
            ("player_uuid", &account.player),
            ("userId", &account.player),
            ("other_platform", other_platform),
            ("other_platform_user_id", other_id),
        ])
    }

    fn pair(&self, which: usize) -> (&'static str, &str) {
        let at = usize::from(which == 1);
        let id = self.ids.get(at).map_or("", String::as_str);
        (PLATFORMS.get(at).copied().unwrap_or_default(), id)
    }
}

/// One way of an operation in the catalogue.
fn call(id: &str, way: usize, words: &Words) -> Result<Call, Failure> {
    let (_, operation) = OPERATIONS.get(id).ok_or("no such operation")?;
    Ok(ways::way(operation, way, words))
}

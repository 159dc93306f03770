//! The mixed load: the life of two accounts, told over and over by each connection.
//!
//! 46 requests, all 20 operations and the unrouted path among them: half of them reads, as players log in more often than they
//! change anything; each write once or twice; and four refusals, which cost as well.

use std::{
    net::SocketAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::{
    Failure,
    caller::{Ask, Caller},
    tokens::Tokens,
};

/// How long the purge that comes before the measurement may take.
const PURGE_PATIENCE: Duration = Duration::from_mins(1);

const USER: &str = "/users/v1/platform-user";

/// One telling.
struct Story<'a> {
    caller: &'a mut Caller,
    tokens: &'a Tokens,
    ids: [String; 2],
}

/// What a creation answered.
struct Account {
    player: String,
    person: String,
}

const PLATFORMS: [&str; 2] = ["Steam", "Epic"];

/// Tells it once. `purged` is a person with a receipt.
pub(crate) async fn tell(caller: &mut Caller, tokens: &Tokens, purged: &str) -> Result<(), Failure> {
    let ids = [Uuid::new_v4().to_string(), Uuid::new_v4().to_string()];
    let mut story = Story { caller, tokens, ids };
    let (leader, follower) = (story.create(0).await?, story.create(1).await?);
    story.log_in(&leader).await?;
    story.play_as_one(&leader).await?;
    story.change_states(&follower.player).await?;
    story.purge(&leader.person, purged).await?;
    story.be_refused().await
}

/// Creates and purges somebody, and waits for the receipt: its person.
pub(crate) async fn purged_person(address: SocketAddr, tokens: &Tokens) -> Result<String, Failure> {
    let never = Instant::now().into_std();
    let mut caller = Caller::connect(address, (never, never)).await?;
    let ids = [Uuid::new_v4().to_string(), Uuid::new_v4().to_string()];
    let mut story = Story { caller: &mut caller, tokens, ids };
    let person = story.create(0).await?.person;
    let path = format!("/users/v1/person/{person}/purge");
    let now = json!({ "suggested_purge_time": SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() });
    story.ask("queue-person-purge", "POST", &path, Some(&now), 202).await?;
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
    /// What a game asks when its player comes.
    async fn log_in(&mut self, leader: &Account) -> Result<(), Failure> {
        for which in [0, 1, 0, 1, 0, 1] {
            self.find(which).await?;
        }
        for _ in 0..4 {
            self.ask("get-user", "GET", &format!("/v2/users/{}", leader.player), None, 200).await?;
        }
        for _ in 0..2 {
            self.links(&leader.player).await?;
        }
        Ok(())
    }

    /// Linked, played as one, and apart again: half of it by the player's own token.
    async fn play_as_one(&mut self, leader: &Account) -> Result<(), Failure> {
        let body = json!({
            "leader_platform": PLATFORMS[0], "leader_platform_user_id": self.ids[0],
            "follower_platform": PLATFORMS[1], "follower_platform_user_id": self.ids[1],
        });
        self.ask("link-platform-user", "POST", "/users/v1/link", Some(&body), 200).await?;
        self.links(&leader.player).await?;
        let enable = ("enable-cross-progression", "/users/v1/cross-progression/enable");
        let disable = ("disable-cross-progression", "/users/v1/cross-progression/disable");
        self.ask(enable.0, "POST", enable.1, Some(&self.account(0)), 200).await?;
        for which in [1, 0, 1, 0] {
            self.find(which).await?;
        }
        self.ask(disable.0, "POST", disable.1, Some(&json!({ "person_id": leader.person })), 200).await?;
        let own = self.tokens.player(PLATFORMS[0], &self.ids[0])?;
        for (name, path) in [enable, disable] {
            self.send(Ask { name, method: "POST", path, authorization: &own, body: None, status: 200 }).await?;
        }
        self.links(&leader.player).await?;
        self.ask("unlink-platform-user", "POST", "/users/v1/unlink", Some(&self.account(1)), 200).await.map(drop)
    }

    /// Each change over REST and over Connect.
    async fn change_states(&mut self, player: &str) -> Result<(), Failure> {
        for (name, change) in [
            ("deactivate-user", "deactivate"),
            ("reactivate-user", "reactivate"),
            ("lock-user", "lock"),
            ("unlock-user", "unlock"),
        ] {
            self.ask(name, "POST", &format!("/v2/users/{player}/{change}"), None, 200).await?;
        }
        let message = json!({ "userId": player });
        for (name, procedure) in [
            ("deactivate-user (Connect)", "DeactivateUser"),
            ("reactivate-user (Connect)", "ReactivateUser"),
            ("lock-user (Connect)", "LockUser"),
            ("unlock-user (Connect)", "UnlockUser"),
        ] {
            let path = format!("/zitadel.user.v2.UserService/{procedure}");
            self.ask(name, "POST", &path, Some(&message), 200).await?;
        }
        Ok(())
    }

    /// Queued, re-timed, looked at and cancelled; and another's receipt.
    async fn purge(&mut self, person: &str, purged: &str) -> Result<(), Failure> {
        let path = format!("/users/v1/person/{person}/purge");
        let tomorrow = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() + 24 * 60 * 60;
        let later = json!({ "suggested_purge_time": tomorrow });
        for body in [&json!({}), &later] {
            self.ask("queue-person-purge", "POST", &path, Some(body), 202).await?;
            self.ask("get-person-purge", "GET", &path, None, 200).await?;
        }
        self.ask("cancel-person-purge", "DELETE", &path, None, 204).await?;
        self.ask("get-person-purge", "GET", &path, None, 404).await?;
        let receipt = format!("/users/v1/person/{purged}/purge/receipt");
        for _ in 0..2 {
            self.ask("get-purge-receipt", "GET", &receipt, None, 200).await?;
        }
        Ok(())
    }

    /// Taken, not valid, not permitted, and unknown.
    async fn be_refused(&mut self) -> Result<(), Failure> {
        let name = "create-platform-user (refused)";
        self.ask(name, "POST", USER, Some(&self.account(0)), 409).await?;
        self.ask(name, "POST", USER, Some(&json!({ "platform": PLATFORMS[0] })), 422).await?;
        let (authorization, body) = (&self.tokens.nobody, Some(self.account(0).to_string()));
        self.send(Ask { name, method: "POST", path: USER, authorization, body, status: 403 }).await?;
        self.ask("answer-unrouted", "GET", "/users/v1/nothing", None, 404).await.map(drop)
    }

    async fn create(&mut self, which: usize) -> Result<Account, Failure> {
        let (platform, platform_user_id) = self.pair(which);
        let body = json!({ "platform": platform, "platform_user_id": platform_user_id, "display_name": "Ada" });
        let ask = Ask {
            name: "create-platform-user",
            method: "POST",
            path: USER,
            authorization: &self.tokens.admin,
            body: Some(body.to_string()),
            status: 201,
        };
        let created = self.caller.call_for_json(ask).await?;
        let text = |name: &str| created.get(name).and_then(Value::as_str).map(str::to_owned).ok_or("no ids");
        Ok(Account { player: text("player_uuid")?, person: text("person_id")? })
    }

    async fn find(&mut self, which: usize) -> Result<(), Failure> {
        let (platform, id) = self.pair(which);
        let path = format!("{USER}?platform={platform}&platform_user_id={id}");
        self.ask("find-platform-user", "GET", &path, None, 200).await
    }

    async fn links(&mut self, player: &str) -> Result<(), Failure> {
        self.ask("get-player-links", "GET", &format!("/users/v2/player/{player}/links"), None, 200).await
    }

    async fn ask(
        &mut self,
        name: &'static str,
        method: &'static str,
        path: &str,
        body: Option<&Value>,
        status: u16,
    ) -> Result<(), Failure> {
        let (authorization, body) = (&self.tokens.admin, body.map(Value::to_string));
        self.caller.call(Ask { name, method, path, authorization, body, status }).await.map(drop)
    }

    async fn send(&mut self, ask: Ask<'_>) -> Result<(), Failure> {
        self.caller.call(ask).await.map(drop)
    }

    fn account(&self, which: usize) -> Value {
        let (platform, platform_user_id) = self.pair(which);
        json!({ "platform": platform, "platform_user_id": platform_user_id })
    }

    fn pair(&self, which: usize) -> (&'static str, &str) {
        let at = usize::from(which == 1);
        let id = self.ids.get(at).map_or("", String::as_str);
        (PLATFORMS.get(at).copied().unwrap_or_default(), id)
    }
}

//! Accounts in a state in which an operation succeeds on them.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use uuid::Uuid;

use crate::{
    User, World,
    endpoints::{Ready, Words},
    openapi::Operation,
    ways::ways,
};

/// The beginning of every `platform_user_id` of a target, and of no other text.
pub const ACCOUNT: &str = "zqaccount7k2v9xw3";

/// The `display_name` of every target that exists, and of nothing else.
pub const NAME: &str = "zqname4h8m1bt6y";

/// A platform user, and a second one that a link adds to its person.
#[derive(Debug, Clone)]
pub struct Target {
    /// The user that an operation is about.
    pub user: User,
    /// The follower of a link.
    pub other: User,
    /// The `kid` of a key.
    pub key_id: String,
    /// The tokens of a login.
    pub tokens: Tokens,
}

/// The tokens of a login. They are no tokens if nobody has logged in.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

impl Target {
    /// A target that does not exist. Every id is valid.
    pub fn missing() -> Self {
        let tokens = Tokens { access: "none".to_owned(), refresh: "none".to_owned() };
        Self { user: nobody("Steam"), other: nobody("Epic"), key_id: "none".to_owned(), tokens }
    }

    /// Two platform users that were only created.
    pub async fn plain(world: &World) -> Self {
        let (user, other) = (nobody("Steam"), nobody("Epic"));
        Self { user: named(world, user).await, other: named(world, other).await, ..Self::missing() }
    }

    /// A target on which this operation succeeds.
    pub async fn ready(world: &World, operation: &str) -> Self {
        let ready = Operation::built_in(operation).endpoint().ready;
        if ready == Ready::Nobody {
            return Self::missing();
        }
        if ready == Ready::Key {
            let keys = world.send("GET", "/users/v1/publickeys", &[], "").await.json();
            return Self { key_id: keys["keys"][0]["kid"].as_str().expect("a key").to_owned(), ..Self::missing() };
        }
        if ready == Ready::LoggedIn {
            return Self::logged_in(world).await;
        }
        let target = Self::plain(world).await;
        let Self { user, other, .. } = &target;
        match ready {
            Ready::Nobody | Ready::Plain | Ready::Key | Ready::LoggedIn => {}
            Ready::Follower => world.link(other, user).await,
            Ready::After(before) => {
                let call = ways(Operation::built_in(before), &target).remove(0);
                let authorization = Operation::built_in(before).authorization(&world.admin());
                let answer = call.send(world, authorization.as_deref()).await;
                assert!(answer.status < 300, "{operation}: {}", answer.text);
            }
            Ready::Purged => {
                let queued = world.purge_now(&user.person_id).await;
                assert!(queued.status < 300, "{operation}: {}", queued.text);
                world.purged(&user.person_id).await;
            }
        }
        target
    }

    /// A user that has logged in with a session.
    async fn logged_in(world: &World) -> Self {
        let user = nobody("Anon");
        let login = world
            .log_in(json!({
                "grant_type": "anon", "portal_access_token": user.platform_user_id, "portal_display_name": NAME,
                "include_refresh": true,
            }))
            .await;
        assert_eq!(login.status, 200, "{}", login.text);
        let login = login.json();
        let text = |name: &str| login[name].as_str().expect(name).to_owned();
        let (player_uuid, person_id) = (text("active_player_uuid"), text("person_id"));
        let player_id = login["active_player_id"].as_u64().expect("a number");
        let tokens = Tokens { access: text("access_token"), refresh: text("refresh_token") };
        Self { user: User { player_uuid, person_id, player_id, ..user }, tokens, ..Self::missing() }
    }

    /// The values of the catalogue's words.
    pub fn words(&self) -> Words {
        let Self { user, other, key_id, tokens } = self;
        Words::new([
            ("key_id", key_id),
            ("access_token", &tokens.access),
            ("refresh_token", &tokens.refresh),
            ("platform", &user.platform),
            ("platform_user_id", &user.platform_user_id),
            ("display_name", NAME),
            ("person_id", &user.person_id),
            ("player_uuid", &user.player_uuid),
            ("userId", &user.player_uuid),
            ("other_platform", &other.platform),
            ("other_platform_user_id", &other.platform_user_id),
        ])
    }
}

/// Creates a user with a name.
async fn named(world: &World, user: User) -> User {
    let body = json!({ "platform": user.platform, "platform_user_id": user.platform_user_id, "display_name": NAME });
    let answer = world.post("/users/v1/platform-user", &world.admin(), body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let created = answer.json();
    let text = |name: &str| created[name].as_str().expect(name).to_owned();
    let (player_uuid, person_id) = (text("player_uuid"), text("person_id"));
    User { player_uuid, person_id, player_id: created["player_id"].as_u64().expect("player_id"), ..user }
}

/// A platform user that was never created.
pub fn nobody(platform: &str) -> User {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    User {
        platform: platform.to_owned(),
        // All ids have the same length, so that no answer differs because of it.
        platform_user_id: format!("{ACCOUNT}-{:06}", COUNT.fetch_add(1, Ordering::Relaxed)),
        player_uuid: Uuid::new_v4().to_string(),
        player_id: 0,
        person_id: Uuid::new_v4().to_string(),
    }
}

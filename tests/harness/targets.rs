//! Whom an operation is about, in a state in which it succeeds.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use uuid::Uuid;

use crate::{User, World};

/// What every `platform_user_id` of a target begins with, and nothing else does.
pub const ACCOUNT: &str = "zqaccount7k2v9xw3";

/// The `display_name` of every target that is there, and of nothing else.
pub const NAME: &str = "zqname4h8m1bt6y";

/// A platform user, and for a link the one that is to follow it.
#[derive(Debug, Clone)]
pub struct Target {
    /// Whom an operation is about.
    pub user: User,
    /// Who is to follow.
    pub other: User,
}

impl Target {
    /// Nobody: every id is one that could be.
    pub fn missing() -> Self {
        Self { user: nobody("Steam"), other: nobody("Epic") }
    }

    /// Two platform users that nothing has happened to.
    pub async fn plain(world: &World) -> Self {
        let (user, other) = (nobody("Steam"), nobody("Epic"));
        Self { user: named(world, user).await, other: named(world, other).await }
    }

    /// Somebody on whom this function succeeds.
    pub async fn ready(world: &World, function: &str) -> Self {
        let target = Self::plain(world).await;
        let Self { user, other } = &target;
        let state = |change: &str| format!("/v2/users/{}/{change}", user.player_uuid);
        let account = json!({ "platform": user.platform, "platform_user_id": user.platform_user_id });
        let done = match function {
            "create-platform-user" => return Self::missing(),
            "find-platform-user"
            | "get-player-links"
            | "get-user"
            | "queue-person-purge"
            | "deactivate-user"
            | "lock-user"
            | "link-platform-user"
            | "enable-cross-progression" => return target,
            "disable-cross-progression" => {
                world.post("/users/v1/cross-progression/enable", &world.admin(), account).await
            }
            "unlink-platform-user" => {
                world.link(other, user).await;
                return target;
            }
            "get-purge-receipt" => {
                let queued = world.purge_now(&user.person_id).await;
                world.purged(&user.person_id).await;
                queued
            }
            "get-person-purge" | "cancel-person-purge" => world.queue_purge(&user.person_id, None).await,
            "reactivate-user" => world.post(&state("deactivate"), &world.admin(), json!({})).await,
            "unlock-user" => world.post(&state("lock"), &world.admin(), json!({})).await,
            unknown => panic!("teach this suite when {unknown} succeeds"),
        };
        assert!(done.status < 300, "{function}: {}", done.text);
        target
    }
}

/// Creates it with a name.
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
        // As long as any other, so that no answer can differ by it.
        platform_user_id: format!("{ACCOUNT}-{:06}", COUNT.fetch_add(1, Ordering::Relaxed)),
        player_uuid: Uuid::new_v4().to_string(),
        player_id: 0,
        person_id: Uuid::new_v4().to_string(),
    }
}

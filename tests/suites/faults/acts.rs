//! Every write of the HTTP endpoints, as an act that a test performs and then inspects.

use serde_json::json;
use tests::{
    Answer, User, World,
    world::{link_body, percent, purge_path},
};

const YEAR_2100: i64 = 4_102_444_800;

/// A write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    Create,
    Upsert,
    Enable,
    EnableOwn,
    Disable,
    DisableOwn,
    Link,
    Unlink,
    UnlinkOwn,
    Queue,
    Retime,
    QueueOwn,
    Cancel,
    CancelOwn,
    Deactivate,
    Reactivate,
    Lock,
    Unlock,
    DeactivateCall,
    ReactivateCall,
    LockCall,
    UnlockCall,
    /// A purge that is due now. A worker carries it out at once if there is one.
    QueueNow,
}

/// All acts but `QueueNow`, which is over before a test can inspect it.
pub const ACTS: [Act; 22] = [
    Act::Create,
    Act::Upsert,
    Act::Enable,
    Act::EnableOwn,
    Act::Disable,
    Act::DisableOwn,
    Act::Link,
    Act::Unlink,
    Act::UnlinkOwn,
    Act::Queue,
    Act::Retime,
    Act::QueueOwn,
    Act::Cancel,
    Act::CancelOwn,
    Act::Deactivate,
    Act::Reactivate,
    Act::Lock,
    Act::Unlock,
    Act::DeactivateCall,
    Act::ReactivateCall,
    Act::LockCall,
    Act::UnlockCall,
];

/// The users that an act is about. They are linked if the act needs it.
pub struct Stage {
    /// A number that no other stage of the world has.
    pub label: usize,
    pub leader: User,
    pub follower: User,
}

impl Act {
    /// The function that performs it.
    pub fn function(self) -> &'static str {
        match self {
            Self::Create => "create-platform-user",
            Self::Upsert => "upsert-platform-user",
            Self::Enable | Self::EnableOwn => "enable-cross-progression",
            Self::Disable | Self::DisableOwn => "disable-cross-progression",
            Self::Link => "link-platform-user",
            Self::Unlink | Self::UnlinkOwn => "unlink-platform-user",
            Self::Queue | Self::QueueNow | Self::Retime | Self::QueueOwn => "queue-person-purge",
            Self::Cancel | Self::CancelOwn => "cancel-person-purge",
            Self::Deactivate | Self::DeactivateCall => "deactivate-user",
            Self::Reactivate | Self::ReactivateCall => "reactivate-user",
            Self::Lock | Self::LockCall => "lock-user",
            Self::Unlock | Self::UnlockCall => "unlock-user",
        }
    }

    /// The `operationId` of the act in the OpenAPI document.
    pub fn operation(self) -> String {
        let is_call = matches!(self, Self::DeactivateCall | Self::ReactivateCall | Self::LockCall | Self::UnlockCall);
        format!("{}{}", self.function(), if is_call { "-rpc" } else { "" })
    }

    /// The call by which it writes.
    pub fn write(self) -> &'static str {
        match self {
            Self::Create | Self::Link | Self::Unlink | Self::UnlinkOwn => "TransactWriteItems",
            Self::Enable | Self::EnableOwn | Self::DisableOwn => "TransactWriteItems",
            Self::QueueOwn | Self::CancelOwn => "TransactWriteItems",
            _ => "UpdateItem",
        }
    }

    /// The status of its success.
    pub fn success(self) -> u16 {
        match self {
            Self::Create => 201,
            Self::Queue | Self::QueueNow | Self::Retime | Self::QueueOwn => 202,
            Self::Cancel | Self::CancelOwn => 204,
            _ => 200,
        }
    }

    /// Creates the users that it needs.
    pub async fn prepare(self, world: &World, label: usize) -> Stage {
        let leader = world.create("Steam", &format!("leader {label}")).await;
        let follower = world.create("Epic", &format!("follower {label}")).await;
        let stage = Stage { label, leader, follower };
        let before: &[Self] = match self {
            Self::Disable | Self::DisableOwn => &[Self::Enable],
            Self::Unlink | Self::UnlinkOwn => &[Self::Link],
            Self::Retime | Self::Cancel | Self::CancelOwn => &[Self::Queue],
            Self::Reactivate | Self::ReactivateCall => &[Self::Deactivate],
            Self::Unlock | Self::UnlockCall => &[Self::Lock],
            _ => &[],
        };
        for act in before {
            let answer = act.perform(world, &stage).await;
            assert_eq!(answer.status, act.success(), "{act:?} for {self:?}: {}", answer.text);
        }
        stage
    }

    /// Performs it.
    pub async fn perform(self, world: &World, stage: &Stage) -> Answer {
        let Stage { label, leader, follower } = stage;
        let admin = world.admin();
        let named = json!({ "platform": follower.platform, "platform_user_id": follower.platform_user_id });
        let (enable, disable) = ("/users/v1/cross-progression/enable", "/users/v1/cross-progression/disable");
        let own_purge = roster_local::TokenRequest::new(["purge:person:self"]);
        let own_purge = world.token(own_purge.platform_user(&leader.platform, &leader.platform_user_id));
        let purge = purge_path(&leader.person_id);
        let state = |change: &str| format!("/v2/users/{}/{change}", leader.player_uuid);
        let call = async |procedure: &str| {
            let path = format!("/zitadel.user.v2.UserService/{procedure}");
            world.post(&path, &admin, json!({ "userId": leader.player_uuid })).await
        };
        let later = |days: i64| json!({ "suggested_purge_time": world.now() + days * 86_400 });
        match self {
            Self::Create => {
                let new = json!({ "platform": "Apple", "platform_user_id": format!("new {label}") });
                world.post("/users/v1/platform-user", &admin, new).await
            }
            Self::Upsert => {
                let (platform, id) = (&leader.platform, percent(&leader.platform_user_id));
                let query = format!("platform={platform}&platform_user_id={id}&display_name=Ada");
                let headers = [("authorization", &*format!("Bearer {admin}"))];
                world.send("PUT", &format!("/users/v1/platform-user?{query}"), &headers, "").await
            }
            Self::Enable => world.post(enable, &admin, leader_account(leader)).await,
            Self::EnableOwn => world.post(enable, &world.player(leader), json!({})).await,
            Self::Disable => world.post(disable, &admin, leader_account(leader)).await,
            Self::DisableOwn => world.post(disable, &world.player(leader), json!({})).await,
            Self::Link => world.post("/users/v1/link", &admin, link_body(leader, follower)).await,
            Self::Unlink => world.post("/users/v1/unlink", &admin, named).await,
            Self::UnlinkOwn => world.post("/users/v1/unlink", &world.player(follower), json!({})).await,
            Self::Queue => world.post(&purge, &admin, later(3)).await,
            Self::QueueNow => world.post(&purge, &admin, json!({ "suggested_purge_time": world.now() })).await,
            Self::Retime => world.post(&purge, &admin, later(5)).await,
            Self::QueueOwn => world.post(&purge, &own_purge, json!({ "suggested_purge_time": YEAR_2100 })).await,
            Self::Cancel => world.delete(&purge, &admin).await,
            Self::CancelOwn => world.delete(&purge, &own_purge).await,
            Self::Deactivate => world.post(&state("deactivate"), &admin, json!({})).await,
            Self::Reactivate => world.post(&state("reactivate"), &admin, json!({})).await,
            Self::Lock => world.post(&state("lock"), &admin, json!({})).await,
            Self::Unlock => world.post(&state("unlock"), &admin, json!({})).await,
            Self::DeactivateCall => call("DeactivateUser").await,
            Self::ReactivateCall => call("ReactivateUser").await,
            Self::LockCall => call("LockUser").await,
            Self::UnlockCall => call("UnlockUser").await,
        }
    }
}

fn leader_account(leader: &User) -> serde_json::Value {
    json!({ "platform": leader.platform, "platform_user_id": leader.platform_user_id })
}

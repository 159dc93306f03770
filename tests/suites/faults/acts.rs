//! Every write of the HTTP endpoints, as an act that a test performs and then inspects.

use serde_json::json;
use tests::{
    Answer, User, World,
    openapi::Document,
    targets::{Target, Tokens},
    ways::ways,
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
    /// The login of an account without a user.
    FirstLogin,
    LogIn,
    Refresh,
    LogOut,
    Revoke,
    EndSessions,
    /// A purge that is due now. A worker carries it out at once if there is one.
    QueueNow,
    /// A POST that writes nothing, as the following two.
    Verify,
    ClientToken,
    Introspect,
}

/// All acts that write but `QueueNow`, which is over before a test can inspect it.
pub const ACTS: [Act; 28] = [
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
    Act::FirstLogin,
    Act::LogIn,
    Act::Refresh,
    Act::LogOut,
    Act::Revoke,
    Act::EndSessions,
];

/// The acts that write nothing, although a `GET` would not do.
pub const READS: [Act; 3] = [Act::Verify, Act::ClientToken, Act::Introspect];

/// The users that an act is about. They are linked if the act needs it.
pub struct Stage {
    /// A number that no other stage of the world has.
    pub label: usize,
    pub leader: User,
    pub follower: User,
    /// The tokens of the leader's login, if it has logged in.
    pub tokens: Tokens,
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
            Self::FirstLogin | Self::LogIn | Self::Refresh => "log-in",
            Self::LogOut | Self::Revoke => "log-out",
            Self::EndSessions => "end-sessions",
            Self::Verify => "verify-token",
            Self::ClientToken => "issue-client-token",
            Self::Introspect => "introspect-token",
        }
    }

    /// The `operationId` of the act in the OpenAPI document.
    pub fn operation(self) -> String {
        let route = match self {
            Self::DeactivateCall | Self::ReactivateCall | Self::LockCall | Self::UnlockCall => "-rpc",
            Self::Revoke => "-revoke",
            _ => "",
        };
        format!("{}{route}", self.function())
    }

    /// The call by which it writes.
    pub fn write(self) -> &'static str {
        match self {
            Self::Create | Self::Link | Self::Unlink | Self::UnlinkOwn => "TransactWriteItems",
            Self::Enable | Self::EnableOwn | Self::DisableOwn => "TransactWriteItems",
            Self::QueueOwn | Self::CancelOwn | Self::FirstLogin => "TransactWriteItems",
            _ => "UpdateItem",
        }
    }

    /// The status of its success.
    pub fn success(self) -> u16 {
        match self {
            Self::Create => 201,
            Self::Queue | Self::QueueNow | Self::Retime | Self::QueueOwn => 202,
            Self::Cancel | Self::CancelOwn | Self::EndSessions => 204,
            _ => 200,
        }
    }

    /// Creates the users that it needs.
    pub async fn prepare(self, world: &World, label: usize) -> Stage {
        let platform = if self.needs_login() { "Anon" } else { "Steam" };
        let leader = world.create(platform, &format!("leader {label}")).await;
        let follower = world.create("Epic", &format!("follower {label}")).await;
        let mut stage = Stage { label, leader, follower, tokens: Target::missing().tokens };
        if self.needs_login() {
            let login = Self::LogIn.perform(world, &stage).await.json();
            let text = |name: &str| login[name].as_str().expect(name).to_owned();
            stage.tokens = Tokens { access: text("access_token"), refresh: text("refresh_token") };
        }
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

    /// Whether its leader has logged in before.
    fn needs_login(self) -> bool {
        let logins = [Self::LogIn, Self::Refresh, Self::LogOut, Self::Revoke, Self::EndSessions, Self::Introspect];
        logins.contains(&self)
    }

    /// Whether it creates a user, for which a new process leases player ids.
    pub fn creates(self) -> bool {
        matches!(self, Self::Create | Self::FirstLogin)
    }

    /// Performs it.
    pub async fn perform(self, world: &World, stage: &Stage) -> Answer {
        let Stage { label, leader, follower, tokens } = stage;
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
        let login = |id: &str| json!({ "grant_type": "anon", "portal_access_token": id, "include_refresh": true });
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
            Self::FirstLogin => world.log_in(login(&format!("new {label}"))).await,
            Self::LogIn => world.log_in(login(&leader.platform_user_id)).await,
            Self::Refresh => {
                world.log_in(json!({ "grant_type": "refresh", "portal_access_token": tokens.refresh })).await
            }
            Self::LogOut | Self::Revoke | Self::ClientToken | Self::Introspect => {
                let document = Document::load();
                let operation = document.operation(&self.operation());
                let target = Target { tokens: tokens.clone(), ..Target::missing() };
                let authorization = operation.authorization(&admin);
                ways(&operation, &target).remove(0).send(world, authorization.as_deref()).await
            }
            Self::EndSessions => {
                world.delete(&format!("/users/v1/player/{}/sessions", leader.player_uuid), &admin).await
            }
            Self::Verify => world.post("/users/v1/verify", &admin, json!({})).await,
        }
    }
}

fn leader_account(leader: &User) -> serde_json::Value {
    json!({ "platform": leader.platform, "platform_user_id": leader.platform_user_id })
}

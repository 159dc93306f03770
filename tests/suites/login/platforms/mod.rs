//! Logins with the accounts of platforms.

mod attacks;
mod bad_days;
mod bearers;
mod epic;
mod keys;
mod nintendo;
mod steam;
mod users;
mod verifiers;

use serde_json::{Value, json};
use shared::login::Grant;
use tests::{
    Answer, World,
    platforms::{Kind, NINTENDO, Platforms},
};

use crate::scene::{LOGIN, Login, ask, client, world_of};

/// The service account that goes along with a Nintendo Account.
const CHILD: &str = "0f1e2d3c4b5a6978";
/// A user that no proof names, unless a test says so.
const OTHER: &str = "ffa1b2c3d4e5f607";

/// A world whose settings name the platforms of the test. The client `phone` may use every grant,
/// and `visitor` too, which creates no users.
struct Scene {
    world: World,
    platforms: Platforms,
}

impl Scene {
    /// A world in which every grant is configured.
    async fn start() -> Self {
        Self::with(Platforms::settings).await
    }

    /// A world with these settings of platforms.
    async fn with(settings: impl FnOnce(&Platforms) -> Value) -> Self {
        let platforms = Platforms::start().await;
        let clients = [client("phone", Grant::NAMES, &[], true), client("visitor", Grant::NAMES, &[], false)];
        let world = world_of(json!({ "clients": clients, "platforms": settings(&platforms) })).await;
        Self { world, platforms }
    }

    /// The same settings with these changes of the members of a platform.
    async fn changed(platform: &str, changes: Value) -> Self {
        let change = |platforms: &Platforms| {
            let mut settings = platforms.settings();
            let members = settings[platform].as_object_mut().expect("a platform");
            members.extend(changes.as_object().expect("members").clone());
            settings
        };
        Self::with(change).await
    }

    fn now(&self) -> i64 {
        self.world.now()
    }

    /// The answer to a login by this proof.
    async fn ask(&self, grant: &str, proof: &str) -> Answer {
        self.ask_with(grant, proof, json!({})).await
    }

    /// The answer to a login by this proof, with more members in the request.
    async fn ask_with(&self, grant: &str, proof: &str, more: Value) -> Answer {
        let mut body = json!({ "grant_type": grant, "portal_access_token": proof });
        body.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
        ask(&self.world, LOGIN, "phone", body).await
    }

    /// The answer to a proof of this kind. A Nintendo Account goes along with the service account
    /// of [`CHILD`].
    async fn present(&self, kind: &Kind, proof: &str) -> Answer {
        self.present_with(kind, proof, json!({})).await
    }

    /// The same with more members in the request.
    async fn present_with(&self, kind: &Kind, proof: &str, mut more: Value) -> Answer {
        if !kind.is_parent() {
            return self.ask_with(kind.grant, proof, more).await;
        }
        more["portal_parent_access_token"] = json!(proof);
        self.ask_with(kind.grant, &NINTENDO.proof(CHILD, self.now()), more).await
    }

    /// A login by a good proof of this kind, which must succeed.
    async fn enter(&self, kind: &Kind, user: &str) -> Login {
        self.enter_with(kind, user, json!({})).await
    }

    /// The same with more members in the request.
    async fn enter_with(&self, kind: &Kind, user: &str, more: Value) -> Login {
        let answer = self.ask_with(kind.grant, &kind.proof(user, self.now()), more).await;
        Login::of(&self.world, answer).await
    }
}

/// Every member in which a client could try to name another user than the proof's.
fn naming_another() -> Value {
    let members = [
        "portal_user_id",
        "portal_parent_user_id",
        "platform_user_id",
        "player_uuid",
        "person_id",
        "sub",
        "steamid",
        "user_id",
        "portal_display_name",
        "portal_parent_display_name",
    ];
    let members = members.map(|name| (name.to_owned(), json!(OTHER)));
    members.into_iter().chain([("platform".to_owned(), json!("Steam"))]).collect()
}

/// `accepted`, or the code of the answer. Fails unless code and status agree.
fn verdict(answer: &Answer) -> String {
    let code = if answer.status == 200 { "accepted".to_owned() } else { answer.code() };
    let status = match &*code {
        "accepted" => 200,
        "request_too_large" => 413,
        "unavailable" => 503,
        _ => 403,
    };
    assert_eq!(answer.status, status, "{}", answer.text);
    code
}

/// Fails unless the answer says that a platform cannot be asked now.
fn is_unavailable(answer: &Answer) -> bool {
    answer.verdict() == (503, "unavailable".to_owned()) && answer.header("retry-after") == Some("2")
}

//! The real functions, and the requests that callers send to them.

use std::{sync::LazyLock, time::Duration};

use roster_local::SigningKey;
use serde_json::{Value, json};
use shared::{
    auth::{AuthSettings, Authenticator, SubjectKey},
    http::{
        App, Reply, Request, RequestParts, Rule, Served,
        rallyhere::{self, Guarded},
        respond,
    },
    identity::{Platform, PurgePolicy, StateChange},
};

use super::{
    actor::Actor,
    history::{Entry, Leader, Op, Response},
    invariants::Violation,
    sim::{BEGINNING, Sim},
};

/// How many platform accounts a world has; the first and the last are on the same platform.
pub const ACCOUNTS: usize = 4;

/// As in the template, but for the delay without a suggestion.
pub const POLICY: PurgePolicy = PurgePolicy {
    default_delay: Duration::from_mins(2),
    max_delay: Duration::from_hours(24),
    min_delay_self: Duration::ZERO,
    head_start: Duration::from_mins(1),
};

const PLATFORMS: [Platform; 3] = [Platform::Steam, Platform::Epic, Platform::Psn];

static KEYS: LazyLock<Keys> = LazyLock::new(Keys::new);

/// One key, and the tokens that it signed: none of them ends within a schedule.
struct Keys {
    authenticator: Authenticator,
    service: String,
    players: Vec<String>,
}

impl Keys {
    fn new() -> Self {
        let (pkcs8, _) = SigningKey::generate().expect("a key");
        let key = SigningKey::from_pkcs8(&pkcs8).expect("a key");
        let settings = AuthSettings::short(key.public_jwks(), "issuer", "roster");
        let sign = |permissions: &[&str], account: Option<usize>| {
            let (now, expiry) = (BEGINNING / 1000 - 3600, BEGINNING / 1000 + 3_000_000);
            let mut claims = json!({
                "iss": "issuer", "aud": "roster", "sub": "caller", "iat": now, "exp": expiry, "permissions": permissions,
            });
            if let Some(account) = account {
                claims["platform"] = json!(platform_of(account).as_str());
                claims["platform_user_id"] = json!(id_of(account));
            }
            format!("Bearer {}", key.sign(&claims).expect("a token"))
        };
        Self {
            authenticator: Authenticator::new(&settings).expect("an authenticator"),
            service: sign(&["user:*", "purge:*:*"], None),
            players: (0..ACCOUNTS).map(|account| sign(&["purge:person:self"], Some(account))).collect(),
        }
    }
}

pub fn platform_of(account: usize) -> Platform {
    PLATFORMS[account % PLATFORMS.len()]
}

pub fn id_of(account: usize) -> String {
    format!("account-{account}")
}

pub fn account_of(platform_user_id: &str) -> usize {
    platform_user_id.rsplit('-').next().and_then(|number| number.parse().ok()).expect("one of our accounts")
}

/// Sends a request and notes what came of it.
pub async fn call(sim: Sim, op: Op, caller: Option<usize>, skew: i64) {
    let called = sim.state().tick();
    sim.state().trace(|_| format!("-> {op:?} by {caller:?}"));
    let request = request(op, caller);
    let (reply, note) = sim.invoke(answer(&sim, op, skew, &request)).await;
    let mut state = sim.state();
    let returned = state.tick();
    let status = reply.as_ref().map(|reply| reply.status);
    state.trace(|_| format!("<- {op:?} {status:?}"));
    if let Some(status) = status.filter(|status| *status >= 500 && *status != 503) {
        state.violate(Violation::new("no-internal-error", format!("{op:?} by {caller:?} was answered {status}")));
    }
    let answer = reply.filter(|reply| reply.status < 500).map(|reply| {
        let body = reply.text().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
        Response { status: reply.status, body }
    });
    let concurrent = false;
    state.history.push(Entry { op, caller, called, returned, answer, note, concurrent });
}

fn request(op: Op, caller: Option<usize>) -> Request {
    let account =
        |account: usize| json!({ "platform": platform_of(account).as_str(), "platform_user_id": id_of(account) });
    let purge = |person: &dyn ToString| {
        (format!("/users/v1/person/{}/purge", person.to_string()), Some(("person_id", person.to_string())))
    };
    let users = |player: &dyn ToString, action: &str| {
        (format!("/v2/users/{}{action}", player.to_string()), Some(("userId", player.to_string())))
    };
    let plain = |path: &str| (path.to_owned(), None);
    let (method, (path, parameter), body) = match op {
        Op::Create(of) => ("POST", plain("/users/v1/platform-user"), account(of)),
        Op::State(player, change) => ("POST", users(&player, action_of(change)), json!({})),
        Op::GetUser(player) => ("GET", users(&player, ""), Value::Null),
        Op::Enable(of) => ("POST", plain("/users/v1/cross-progression/enable"), account(of)),
        Op::Disable(of) => ("POST", plain("/users/v1/cross-progression/disable"), account(of)),
        Op::DisablePerson(person) => {
            ("POST", plain("/users/v1/cross-progression/disable"), json!({ "person_id": person.to_string() }))
        }
        Op::Link { leader, follower } => ("POST", plain("/users/v1/link"), link_body(leader, follower)),
        Op::Unlink(of) => ("POST", plain("/users/v1/unlink"), account(of)),
        Op::Queue(person, None) => ("POST", purge(&person), json!({})),
        Op::Queue(person, Some(time)) => ("POST", purge(&person), json!({ "suggested_purge_time": time })),
        Op::Cancel(person) => ("DELETE", purge(&person), Value::Null),
        Op::GetPurge(person) | Op::Purge(person, ..) => ("GET", purge(&person), Value::Null),
        Op::Find(_) => ("GET", plain("/users/v1/platform-user"), Value::Null),
    };
    let query = match op {
        Op::Find(of) => format!("platform={}&platform_user_id={}", platform_of(of).as_str(), id_of(of)),
        _ => String::new(),
    };
    let authorization = caller.map_or_else(|| KEYS.service.clone(), |account| KEYS.players[account].clone());
    Request::new(RequestParts {
        request_id: "simulated".to_owned(),
        method: method.to_owned(),
        path,
        path_parameters: parameter.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        query,
        authorization: Some(authorization),
        content_type: Some("application/json".to_owned()),
        encoding: None,
        body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
    })
}

fn link_body(leader: Leader, follower: usize) -> Value {
    let mut body = json!({
        "follower_platform": platform_of(follower).as_str(), "follower_platform_user_id": id_of(follower),
    });
    match leader {
        Leader::Person(person) => body["leader_person_id"] = json!(person.to_string()),
        Leader::Account(account) => {
            body["leader_platform"] = json!(platform_of(account).as_str());
            body["leader_platform_user_id"] = json!(id_of(account));
        }
    }
    body
}

fn action_of(change: StateChange) -> &'static str {
    match change {
        StateChange::Deactivate => "/deactivate",
        StateChange::Reactivate => "/reactivate",
        StateChange::Lock => "/lock",
        StateChange::Unlock => "/unlock",
    }
}

/// The answer of the function that has this route.
async fn answer(sim: &Sim, op: Op, skew: i64, request: &Request) -> Reply {
    let actor = Actor(sim.clone());
    let queue = actor.clone();
    let app = App::new(KEYS.authenticator.clone(), sim.ambient(skew), actor);
    match op {
        Op::Create(_) => guarded(create_platform_user::CreatePlatformUser, app, request).await,
        Op::State(_, StateChange::Deactivate) => run(deactivate_user::DeactivateUser::default(), app, request).await,
        Op::State(_, StateChange::Reactivate) => run(reactivate_user::ReactivateUser::default(), app, request).await,
        Op::State(_, StateChange::Lock) => run(lock_user::LockUser::default(), app, request).await,
        Op::State(_, StateChange::Unlock) => run(unlock_user::UnlockUser::default(), app, request).await,
        Op::GetUser(_) => run(get_user::GetUser, app, request).await,
        Op::Enable(_) => guarded(enable_cross_progression::EnableCrossProgression, app, request).await,
        Op::Disable(_) | Op::DisablePerson(_) => {
            guarded(disable_cross_progression::DisableCrossProgression, app, request).await
        }
        Op::Link { .. } => guarded(link_platform_user::LinkPlatformUser, app, request).await,
        Op::Unlink(_) => guarded(unlink_platform_user::UnlinkPlatformUser, app, request).await,
        Op::Queue(..) => {
            let subject_key = SubjectKey::new(&[7; 32]).expect("a key");
            let rule = queue_person_purge::QueuePersonPurge { queue, policy: POLICY, subject_key };
            guarded(rule, app, request).await
        }
        Op::Cancel(_) => guarded(cancel_person_purge::CancelPersonPurge, app, request).await,
        Op::GetPurge(_) | Op::Purge(..) => guarded(get_person_purge::GetPersonPurge, app, request).await,
        Op::Find(_) => guarded(find_platform_user::FindPlatformUser, app, request).await,
    }
}

type Running<'r> = std::pin::Pin<Box<dyn Future<Output = Reply> + Send + 'r>>;

fn guarded<R: rallyhere::Rule<Actor>>(rule: R, app: App<Actor>, request: &Request) -> Running<'_> {
    run(Guarded(rule), app, request)
}

/// Boxed, since the largest function would make every task as large.
fn run<R: Rule<Actor>>(rule: R, app: App<Actor>, request: &Request) -> Running<'_> {
    let endpoint = Served::new(rule, app);
    Box::pin(async move { respond(&endpoint, request).await })
}

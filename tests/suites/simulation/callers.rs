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
use tests::{endpoints::Words, openapi::Operation};

use super::{
    actor::Actor,
    history::{Entry, Leader, Op, Response},
    invariants::{self, Violation},
    logins,
    sim::{BEGINNING, Sim},
};

/// The number of accounts of a world. The first and the last are on the same platform.
pub const ACCOUNTS: usize = 4;

/// The policy of the template, except for the delay without a suggestion.
pub const POLICY: PurgePolicy = PurgePolicy {
    default_delay: Duration::from_mins(2),
    max_delay: Duration::from_hours(24),
    min_delay_self: Duration::ZERO,
    head_start: Duration::from_mins(1),
};

/// Callers log in on the first one.
const PLATFORMS: [Platform; 3] = [Platform::Anon, Platform::Epic, Platform::Psn];

static KEYS: LazyLock<Keys> = LazyLock::new(Keys::new);

/// One key, and tokens that it signed. None of them expires within a schedule.
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

/// Sends a request and notes its answer.
pub async fn call(sim: Sim, op: Op, caller: Option<usize>, skew: i64) {
    let called = sim.state().tick();
    sim.state().trace(|_| format!("-> {op:?} by {caller:?}"));
    let request = request(op, caller);
    let clock = logins::clock(&sim, op, skew);
    let now = sim.state().now + clock;
    let (reply, note) = sim.invoke(answer(&sim, op, clock, &request)).await;
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
    let entry = Entry { op, caller, now, called, returned, answer, note, concurrent };
    state.refresh_tokens.extend(entry.answer.as_ref().and_then(logins::refresh_token));
    invariants::logins::answered(&mut state, &entry, skew);
    state.history.push(entry);
}

fn request(op: Op, caller: Option<usize>) -> Request {
    if op.is_of_login() {
        let (path, authorization, body) = logins::request(op);
        return Request::new(RequestParts {
            request_id: "simulated".to_owned(),
            path: path.to_owned(),
            path_parameters: Vec::new(),
            query: String::new(),
            method: "POST".to_owned(),
            authorization,
            content_type: Some("application/json".to_owned()),
            encoding: None,
            body: body.to_string().into_bytes(),
        });
    }
    let (function, way, words) = asked(op);
    let operation = Operation::built_in(function);
    let mut call = tests::ways::way(operation, way, &words);
    if let Op::Queue(_, Some(time)) = op {
        call.body = json!({ "suggested_purge_time": time }).to_string().into_bytes();
    }
    let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
    let parameter = operation.path.split(['{', '}']).nth(1);
    let authorization = caller.map_or_else(|| KEYS.service.clone(), |account| KEYS.players[account].clone());
    Request::new(RequestParts {
        request_id: "simulated".to_owned(),
        path: path.to_owned(),
        path_parameters: parameter.map(|name| (name.to_owned(), words.word(name).to_owned())).into_iter().collect(),
        query: query.to_owned(),
        method: call.method,
        authorization: Some(authorization),
        content_type: Some(call.content_type.to_owned()),
        encoding: None,
        body: call.body,
    })
}

/// The function of a request, the index of its way in the catalogue, and its words.
fn asked(op: Op) -> (&'static str, usize, Words) {
    let account = |of: usize| {
        let (platform, id) = (platform_of(of), id_of(of));
        Words::new([("platform", platform.as_str()), ("platform_user_id", &id), ("display_name", "Ada")])
    };
    let person = |of: &dyn ToString| Words::new([("person_id", &of.to_string())]);
    let user = |of: &dyn ToString| Words::new([("userId", &of.to_string())]);
    match op {
        Op::Create(of) => ("create-platform-user", 0, account(of)),
        Op::State(player, change) => (function_of(change), 0, user(&player)),
        Op::GetUser(player) => ("get-user", 0, user(&player)),
        Op::Enable(of) => ("enable-cross-progression", 0, account(of)),
        Op::Disable(of) => ("disable-cross-progression", 0, account(of)),
        Op::DisablePerson(of) => ("disable-cross-progression", 1, person(&of)),
        Op::Link { leader, follower } => {
            let (way, words) = match leader {
                Leader::Person(of) => (0, person(&of)),
                Leader::Account(of) => (1, account(of)),
            };
            let words = words.with("other_platform", platform_of(follower).as_str());
            ("link-platform-user", way, words.with("other_platform_user_id", id_of(follower)))
        }
        Op::Unlink(of) => ("unlink-platform-user", 0, account(of)),
        Op::Queue(of, _) => ("queue-person-purge", 0, person(&of)),
        Op::Cancel(of) => ("cancel-person-purge", 0, person(&of)),
        Op::GetPurge(of) | Op::Purge(of, ..) => ("get-person-purge", 0, person(&of)),
        Op::Find(of) => ("find-platform-user", 0, account(of)),
        Op::LogIn { .. } | Op::Refresh { .. } | Op::LogOut(_) => panic!("{op:?} is asked otherwise"),
    }
}

fn function_of(change: StateChange) -> &'static str {
    match change {
        StateChange::Deactivate => "deactivate-user",
        StateChange::Reactivate => "reactivate-user",
        StateChange::Lock => "lock-user",
        StateChange::Unlock => "unlock-user",
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
        Op::LogIn { .. } | Op::Refresh { .. } => {
            run(log_in::LogIn { login: Some(logins::login(sim, skew)) }, app, request).await
        }
        Op::LogOut(_) => run(log_out::LogOut { login: Some(logins::login(sim, skew)) }, app, request).await,
    }
}

type Running<'r> = std::pin::Pin<Box<dyn Future<Output = Reply> + Send + 'r>>;

fn guarded<R: rallyhere::Rule<Actor>>(rule: R, app: App<Actor>, request: &Request) -> Running<'_> {
    run(Guarded(rule), app, request)
}

/// The future is boxed. Otherwise every task would be as large as the largest function's.
fn run<R: Rule<Actor>>(rule: R, app: App<Actor>, request: &Request) -> Running<'_> {
    let endpoint = Served::new(rule, app);
    Box::pin(async move { respond(&endpoint, request).await })
}

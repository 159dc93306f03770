//! The functions, started as on AWS except for the wire, and helpers to call one.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    sync::{LazyLock, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use lambda_runtime::Context;
use serde_json::{Value, json, value::to_raw_value};
use shared::{
    ambient::Ambient,
    config::Environment,
    lambda::{InvocationProblem, Invoke, Setup},
};
use tokio::runtime::{Builder, Runtime};

use super::{
    keys::{self, AUDIENCE, NOW, NOW_SECONDS},
    wire,
};

/// Stands for the token of a caller with every permission.
pub const ADMIN: &str = "@admin";
/// Stands for the token of a player: no permission, one platform user.
pub const PLAYER: &str = "@player";

const ISSUER: &str = "https://issuer.test";

thread_local! {
    static RUNTIME: RefCell<Runtime> = RefCell::new(Builder::new_current_thread().enable_all().build().unwrap());
}

/// Calls the function with this binary. `None` if there is no such function.
pub fn invoke(function: &str, event: Value) -> Option<Result<Value, InvocationProblem>> {
    let invoke = started(function)?;
    let deadline = SystemTime::now() + Duration::from_secs(10);
    let mut context = Context::default();
    context.deadline = u64::try_from(deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let event = to_raw_value(&event).expect("an event");
    let answer = RUNTIME.with_borrow(|runtime| runtime.block_on(invoke(event, context)));
    Some(answer.map(|answer| serde_json::from_str(answer.get()).expect("an answer is JSON")))
}

/// Replaces the names of tokens in a text by real tokens, so that no corpus holds a token.
pub fn with_tokens(text: &str) -> String {
    static TOKENS: LazyLock<[(&str, String); 2]> = LazyLock::new(|| {
        let player = claims(&json!({ "platform": "Steam", "platform_user_id": "42" }));
        let admin = claims(&json!({ "permissions": ["user:*", "purge:*:*", "user.*"] }));
        [(ADMIN, keys::fixed().token(&admin)), (PLAYER, keys::fixed().token(&player))]
    });
    TOKENS.iter().fold(text.to_owned(), |text, (name, token)| text.replace(name, token))
}

/// The variables in the short form for one issuer, for tokens with [`claims`].
pub fn environment() -> Environment {
    let variables = [
        ("AUTH_JWKS", keys::jwks().to_string()),
        ("AUTH_ISSUER", ISSUER.to_owned()),
        ("AUTH_AUDIENCE", AUDIENCE.to_owned()),
        ("AWS_REGION", "eu-west-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "fuzz".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "fuzz".to_owned()),
        ("SUBJECT_HASH_SECRET", "arn:aws:secretsmanager:eu-west-1:000000000000:secret:subject-hash-key".to_owned()),
        ("LOGIN_ISSUER", "https://api.test".to_owned()),
        ("LOGIN_AUDIENCE", AUDIENCE.to_owned()),
        ("LOGIN_KEYS", "arn:aws:kms:eu-west-1:000000000000:key/login-key-1".to_owned()),
        ("LOGIN_SECRET", "arn:aws:secretsmanager:eu-west-1:000000000000:secret:login".to_owned()),
        ("SEAL_KEY_ID", "arn:aws:kms:eu-west-1:000000000000:key/seal-key".to_owned()),
        ("PURGE_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/000000000000/purges".to_owned()),
    ];
    let tables = ["persons", "users", "identities", "receipts", "seals", "sequences"];
    let tables = tables.map(|table| (format!("{}_TABLE", table.to_uppercase()), table.to_owned()));
    variables.map(|(name, value)| (name.to_owned(), value)).into_iter().chain(tables).collect()
}

/// Claims that are valid now, with these added.
pub fn claims(more: &Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "sub": "fuzz", "aud": AUDIENCE, "iat": NOW_SECONDS, "exp": NOW_SECONDS + 600,
    });
    let more = more.as_object().cloned().unwrap_or_default();
    claims.as_object_mut().expect("an object").extend(more);
    claims
}

fn started(function: &str) -> Option<Invoke> {
    static STARTED: Mutex<BTreeMap<String, Invoke>> = Mutex::new(BTreeMap::new());
    let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(invoke) = started.get(function) {
        return Some(invoke.clone());
    }
    let setup = Setup::new(environment(), Ambient::system().with_clock(|| NOW), Vec::new());
    let starting = crate::starter(function)?(setup.with_http_client(wire::client()));
    let invoke = RUNTIME.with_borrow(|runtime| runtime.block_on(starting)).expect("it starts");
    started.insert(function.to_owned(), invoke.clone());
    Some(invoke)
}

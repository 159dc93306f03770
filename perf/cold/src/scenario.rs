//! The event of each function, the items of the tables, and the expected answer.

use roster_local::template::BUILT_IN;
use serde_json::{Value, json};
use tests::{
    endpoints::{self, Ready, Words},
    openapi::Operation,
    ways::{Call, way},
};

use crate::{
    answers::Answers,
    event::{self, ApiRequest},
    failure::Failure,
    login,
    records::{ANON, EPIC, PERSON, PLAYER, Records, STEAM},
    results::COMPARED,
    token::Tokens,
};

/// One event on which one function succeeds.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The event.
    pub event: Value,
    /// The items of the tables.
    pub answers: Answers,
    expected: Expected,
}

#[derive(Debug, Clone, Copy)]
enum Expected {
    Status(u16),
    NoFailures,
    Nothing,
}

/// Every function, in the template's order.
pub fn functions() -> Vec<&'static str> {
    let mut functions: Vec<_> = roster_local::functions::names().collect();
    functions.sort_by_key(|function| BUILT_IN.find(&format!("Binary: {function} ")));
    functions
}

/// The name of the no-op, which is the lower bound.
pub const NOOP: &str = "noop";

/// The name of `get-user` with a token of the deployment's own login. The first request must read
/// the public key.
pub(crate) const OWN_TOKEN: &str = "get-user-own-token";

/// The function of [`OWN_TOKEN`].
pub(crate) const OF_OWN_TOKEN: &str = "get-user";

/// The name of the bare function, which makes the call of `create-platform-user` with fixed values
/// and nothing else.
pub const BARE: &str = "bare";

impl Scenario {
    /// The scenario of a function, with these tokens.
    pub fn of(function: &str, tokens: &Tokens) -> Result<Self, Failure> {
        if let Some(task) = task(function) {
            return Ok(task);
        }
        let (request, status, answers) = request(function, tokens)
            .ok_or_else(|| Failure::new(format!("{function} is no function: {}", functions().join(", "))))?;
        let bearer = if function == OWN_TOKEN { &tokens.own.token } else { &tokens.bearer };
        let answers = answers.with_login_key(&tokens.own.public_key);
        Ok(Self { event: event::gateway(&request, bearer), answers, expected: Expected::Status(status) })
    }

    /// Refuses an answer that is not the expected success.
    pub fn check(&self, answer: &Value) -> Result<(), Failure> {
        let right = match self.expected {
            Expected::Status(status) => answer.get("statusCode") == Some(&json!(status)),
            Expected::NoFailures => answer.get("batchItemFailures") == Some(&json!([])),
            Expected::Nothing => answer.is_null(),
        };
        if right { Ok(()) } else { Err(Failure::new(format!("expected {:?}, got {answer}", self.expected))) }
    }
}

fn task(function: &str) -> Option<Scenario> {
    let records = Records::now();
    Some(match function {
        "dispatch-due-purges" => {
            Scenario { event: event::schedule(), answers: records.due_purge(), expected: Expected::Nothing }
        }
        "seal-receipts" => {
            Scenario { event: event::schedule(), answers: records.unsealed_hour(), expected: Expected::Nothing }
        }
        "purge-person" => Scenario {
            event: event::queue(&Records::message()),
            answers: records.due_purge(),
            expected: Expected::NoFailures,
        },
        _ => return None,
    })
}

type Case = (ApiRequest, u16, Answers);

fn request(function: &str, tokens: &Tokens) -> Option<Case> {
    match function {
        // These functions get the same event and do nothing with it.
        NOOP => return Some((request(COMPARED, tokens)?.0, 200, Answers::default())),
        BARE => return Some((request(COMPARED, tokens)?.0, 201, Answers::default())),
        OWN_TOKEN => return request(OF_OWN_TOKEN, tokens),
        "answer-unrouted" => return Some((ApiRequest::unrouted("/users/v1/nothing"), 404, Answers::default())),
        _ => {}
    }
    if let Some(call) = of_login(function, tokens) {
        return Some((ApiRequest::of(Operation::built_in(function), &call), 200, Records::now().logged_in()));
    }
    let endpoint = endpoints::find(function)?;
    let operation = Operation::built_in(function);
    // A link names two accounts, so that it reads both. All others use the plain way.
    let index = usize::from(function == "link-platform-user");
    let call = way(operation, index, &words(endpoint.ready));
    Some((ApiRequest::of(operation, &call), operation.success().0, answers(function)))
}

/// The call of a function of login. A login is that of a known user.
fn of_login(function: &str, tokens: &Tokens) -> Option<Call> {
    let json = |body: Value| ("application/json", body.to_string());
    let (content_type, body) = match function {
        "log-in" => json(json!({
            "grant_type": "anon", "portal_access_token": ANON.1, "portal_display_name": "Ada", "include_refresh": true,
            "accept_eula": true, "accept_tos": true, "accept_privacy_policy": true,
        })),
        "log-out" => json(json!({ "refresh_token": login::refresh_token() })),
        "issue-client-token" => json(json!({ "grant_type": "client_credentials" })),
        "introspect-token" => ("application/x-www-form-urlencoded", format!("token={}", tokens.own.token)),
        _ => return None,
    };
    let path = Operation::built_in(function).path.to_owned();
    Some(Call { method: "POST".to_owned(), path, content_type, body: body.into_bytes() })
}

/// The words of a request. Of two accounts the second is the follower.
fn words(ready: Ready) -> Words {
    let (user, other) = if ready == Ready::Follower { (EPIC, STEAM) } else { (STEAM, EPIC) };
    Words::new([
        ("platform", user.0),
        ("platform_user_id", user.1),
        ("display_name", "Ada"),
        ("person_id", PERSON),
        ("player_uuid", PLAYER),
        ("userId", PLAYER),
        ("other_platform", other.0),
        ("other_platform_user_id", other.1),
    ])
}

/// The items of the tables: one person with both accounts, unless the function needs other items to
/// succeed.
fn answers(function: &str) -> Answers {
    let records = Records::now();
    match function {
        "create-platform-user" => Records::sequence(),
        "link-platform-user" => Records::two_persons(),
        "queue-person-purge" | "get-person-purge" => records.queued_purge(),
        "get-purge-receipt" => records.sealed_receipt(),
        "deactivate-user" => records.user_in_state("inactive"),
        "lock-user" => records.user_in_state("locked"),
        "reactivate-user" | "unlock-user" | "get-user" => records.user_in_state("active"),
        _ => records.two_users(),
    }
}

//! What each function is asked, what the tables hold then, and what it must answer.

use serde_json::{Value, json};

use crate::{
    answers::Answers,
    event::{self, ApiRequest},
    failure::Failure,
    records::{EPIC, PERSON, PLAYER, Records, STEAM},
};

/// One event on which one function succeeds.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The event.
    pub event: Value,
    /// What the tables hold.
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
pub const FUNCTIONS: [&str; 20] = [
    "create-platform-user",
    "find-platform-user",
    "get-player-links",
    "enable-cross-progression",
    "disable-cross-progression",
    "link-platform-user",
    "unlink-platform-user",
    "queue-person-purge",
    "get-person-purge",
    "get-purge-receipt",
    "cancel-person-purge",
    "deactivate-user",
    "reactivate-user",
    "lock-user",
    "unlock-user",
    "get-user",
    "answer-unrouted",
    "dispatch-due-purges",
    "purge-person",
    "seal-receipts",
];

/// What does nothing: the floor.
pub const NOOP: &str = "noop";

/// What makes the call of `create-platform-user` with fixed values, and nothing else.
pub const BARE: &str = "bare";

impl Scenario {
    /// The event of a function, sent with this token.
    pub fn of(function: &str, token: &str) -> Result<Self, Failure> {
        if let Some(task) = task(function) {
            return Ok(task);
        }
        let (request, status, answers) = request(function)
            .ok_or_else(|| Failure::new(format!("{function} is no function: {}", FUNCTIONS.join(", "))))?;
        Ok(Self { event: event::gateway(&request, token), answers, expected: Expected::Status(status) })
    }

    /// Refuses an answer that is not the success that was measured.
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

fn request(function: &str) -> Option<Case> {
    let records = Records::now();
    let purge =
        |method: &str| api(&format!("{method} /users/v1/person/{{person_id}}/purge")).parameter("person_id", PERSON);
    Some(match function {
        "create-platform-user" => {
            let body = account(STEAM, &[("display_name", "Ada")]);
            (api("POST /users/v1/platform-user").body(&body), 201, Records::sequence())
        }
        // The same event, for functions that do nothing with it.
        NOOP => (request("create-platform-user")?.0, 200, Answers::default()),
        BARE => (request("create-platform-user")?.0, 201, Answers::default()),
        "find-platform-user" => {
            let request = api("GET /users/v1/platform-user").query("platform", STEAM.0);
            (request.query("platform_user_id", STEAM.1), 200, records.two_users())
        }
        "get-player-links" => {
            let request = api("GET /users/v2/player/{player_uuid}/links").parameter("player_uuid", PLAYER);
            (request, 200, records.two_users())
        }
        "enable-cross-progression" | "disable-cross-progression" => {
            let change = function.split('-').next()?;
            let request = api(&format!("POST /users/v1/cross-progression/{change}"));
            (request.body(&account(STEAM, &[])), 200, records.two_users())
        }
        "link-platform-user" => {
            let body = json!({
                "leader_platform": STEAM.0, "leader_platform_user_id": STEAM.1,
                "follower_platform": EPIC.0, "follower_platform_user_id": EPIC.1,
            });
            (api("POST /users/v1/link").body(&body), 200, Records::two_persons())
        }
        "unlink-platform-user" => (api("POST /users/v1/unlink").body(&account(EPIC, &[])), 200, records.two_users()),
        "queue-person-purge" => (purge("POST").body(&json!({})), 202, records.queued_purge()),
        "get-person-purge" => (purge("GET"), 200, records.queued_purge()),
        "cancel-person-purge" => (purge("DELETE"), 204, records.two_users()),
        "get-purge-receipt" => {
            let request = api("GET /users/v1/person/{person_id}/purge/receipt").parameter("person_id", PERSON);
            (request, 200, records.sealed_receipt())
        }
        "answer-unrouted" => (api("$default /users/v1/nothing"), 404, Answers::default()),
        _ => return state_request(function, records),
    })
}

fn state_request(function: &str, records: Records) -> Option<Case> {
    let (change, state) = match function {
        "deactivate-user" => ("deactivate", "inactive"),
        "reactivate-user" => ("reactivate", "active"),
        "lock-user" => ("lock", "locked"),
        "unlock-user" => ("unlock", "active"),
        "get-user" => {
            let request = api("GET /v2/users/{userId}").parameter("userId", PLAYER);
            return Some((request, 200, records.user_in_state("active")));
        }
        _ => return None,
    };
    let request = api(&format!("POST /v2/users/{{userId}}/{change}")).parameter("userId", PLAYER);
    Some((request.body(&json!({})), 200, records.user_in_state(state)))
}

fn api(route: &str) -> ApiRequest {
    ApiRequest::to(route)
}

fn account((platform, id): (&str, &str), more: &[(&str, &str)]) -> Value {
    let mut body = json!({ "platform": platform, "platform_user_id": id });
    if let Some(members) = body.as_object_mut() {
        members.extend(more.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
    }
    body
}

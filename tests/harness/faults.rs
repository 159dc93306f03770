//! The faults of a call to AWS, in the forms in which AWS sends them.
//!
//! Codes, statuses and headers are those of the services' models. An error of SQS has the code of
//! the older protocol in the header `x-amzn-query-error` (SQS developer guide, "Interpreting
//! responses"), and the SDK reads that code.

use aws_smithy_types::config_bag::{Storable, StoreReplace};
use serde_json::{Value, json};

use crate::random::Random;

/// The fault of one call. Each variant says whether the call is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// The call is carried out, and the connection breaks before the answer.
    LostAnswer,
    /// The call is carried out, and the connection breaks within the answer.
    CutAnswer,
    /// The call is carried out, and the answer never ends.
    LateAnswer,
    /// The call is carried out, and the answer is a 500.
    ServerErrorAfter,
    /// The call is not carried out: nobody accepts the connection.
    Unreachable,
    /// The call is not carried out, and no answer ever comes.
    Silent,
    /// The call is not carried out: 500.
    ServerError,
    /// The call is not carried out: 503 from something in front of the service, without a body.
    EmptyServerError,
    /// The call is not carried out: the service is not available, and says so.
    Unavailable,
    /// The call is not carried out: the request did not arrive in time.
    RequestTimeout,
    /// The call is not carried out: throttled.
    Throttled,
    /// The call is not carried out: the table's throughput is used up.
    Overused,
    /// The call is not carried out: the account's throughput is used up.
    AccountOverused,
    /// The call is not carried out: another transaction holds the item.
    Conflict,
    /// The call is not carried out: the throughput for one item of a transaction is used up.
    MemberOverused,
    /// The call is not carried out: one item of a transaction is throttled.
    MemberThrottled,
    /// The call is not carried out: the same token is being worked on.
    InProgress,
    /// The call is not carried out: a batch of reads comes back with every key unprocessed.
    Unprocessed,
    /// A batch of reads is carried out but for its last key.
    PartlyUnprocessed,
    /// A batch of messages is accepted but for its last one.
    PartlyRefused,
    /// The call is not carried out: the queue is throttled.
    QueueThrottled,
    /// The call is not carried out: the key of the queue is throttled.
    QueueKeyThrottled,
    /// The call is not carried out: the queue has too much in flight.
    QueueOverLimit,
}

/// The changes to the request and the response of a call.
#[derive(Debug)]
pub struct Disturbance {
    pub(crate) request: Request,
    pub(crate) answer: Response,
}

impl Disturbance {
    /// The call is carried out, and the connection breaks before the answer.
    pub fn lost_answer() -> Self {
        Self { request: Request::Whole, answer: Response::Lost }
    }

    /// The call is not carried out: nobody accepts the connection.
    pub fn unreachable() -> Self {
        Self { request: Request::Nowhere, answer: Response::Lost }
    }
}

/// The request that the service gets.
#[derive(Debug)]
pub(crate) enum Request {
    Whole,
    Nothing,
    /// A request to a port on which nobody listens.
    Nowhere,
    /// A request with another body.
    Part(Value),
}

/// The response that the function gets.
#[derive(Debug, Clone)]
pub(crate) enum Response {
    /// An error: status, code of the older protocol, and body. `null` stands for no body.
    Error(u16, Option<&'static str>, Value),
    /// A success instead of the real response.
    Instead(Value),
    /// The real response with these members added.
    With(Value),
    /// No response: the connection breaks before it.
    Lost,
    /// A part of the response: the connection breaks within it.
    Cut,
    /// A response that never ends.
    Endless,
}

/// The SDK keeps this with the call from the first hook to the last, at which the request no longer
/// exists.
impl Storable for Disturbance {
    type Storer = StoreReplace<Self>;
}

impl Fault {
    /// All faults.
    pub const ALL: [Self; 23] = [
        Self::LostAnswer,
        Self::CutAnswer,
        Self::LateAnswer,
        Self::ServerErrorAfter,
        Self::Unreachable,
        Self::Silent,
        Self::ServerError,
        Self::EmptyServerError,
        Self::Unavailable,
        Self::RequestTimeout,
        Self::Throttled,
        Self::Overused,
        Self::AccountOverused,
        Self::Conflict,
        Self::MemberOverused,
        Self::MemberThrottled,
        Self::InProgress,
        Self::Unprocessed,
        Self::PartlyUnprocessed,
        Self::PartlyRefused,
        Self::QueueThrottled,
        Self::QueueKeyThrottled,
        Self::QueueOverLimit,
    ];

    /// Whether the caller waits until its time limit.
    pub fn is_slow(self) -> bool {
        matches!(self, Self::LateAnswer | Self::Silent)
    }

    /// Whether it can happen to some operations only.
    pub fn is_special(self) -> bool {
        !self.may_meet("any other operation")
    }

    /// Whether the service can answer this operation in this way.
    pub fn may_meet(self, operation: &str) -> bool {
        match self {
            Self::Overused | Self::AccountOverused => !is_of_queue(operation) && operation != "Sign",
            Self::Conflict => matches!(operation, "PutItem" | "UpdateItem" | "TransactWriteItems"),
            Self::MemberOverused | Self::MemberThrottled | Self::InProgress => operation == "TransactWriteItems",
            Self::Unprocessed | Self::PartlyUnprocessed => operation == "BatchGetItem",
            Self::PartlyRefused => operation == "SendMessageBatch",
            Self::QueueThrottled | Self::QueueOverLimit => is_of_queue(operation),
            Self::QueueKeyThrottled => matches!(operation, "SendMessage" | "SendMessageBatch"),
            _ => true,
        }
    }

    /// The changes that it makes to this call. If it affects one of several members, the random
    /// numbers choose the member.
    pub fn disturbance(self, operation: &str, body: &Value, dice: &mut Random) -> Disturbance {
        let request = match self {
            Self::LostAnswer | Self::CutAnswer | Self::LateAnswer | Self::ServerErrorAfter => Request::Whole,
            Self::Unreachable => Request::Nowhere,
            Self::PartlyUnprocessed => return partly_unprocessed(body),
            Self::PartlyRefused => return partly_refused(body),
            _ => Request::Nothing,
        };
        let answer = match self {
            Self::CutAnswer => Response::Cut,
            Self::LateAnswer | Self::Silent => Response::Endless,
            Self::Unprocessed => unprocessed(&body["RequestItems"]),
            Self::Conflict | Self::MemberOverused | Self::MemberThrottled => {
                cancelled(self, body, dice).unwrap_or_else(|| self.error(operation))
            }
            Self::LostAnswer | Self::Unreachable => Response::Lost,
            _ => self.error(operation),
        };
        Disturbance { request, answer }
    }

    fn error(self, operation: &str) -> Response {
        const TABLES: &str = "com.amazonaws.dynamodb.v20120810";
        const QUEUE: &str = "com.amazonaws.sqs";
        const COMMON: &str = "com.amazon.coral.availability";
        let (status, space, name, of_query, message) = match self {
            Self::EmptyServerError => return Response::Error(503, None, Value::Null),
            Self::ServerError | Self::ServerErrorAfter if is_of_queue(operation) => {
                (500, "com.amazon.coral.service", "InternalFailure", Some("InternalFailure;Receiver"), "")
            }
            Self::Unavailable => (503, COMMON, "ServiceUnavailableException", None, "Service unavailable"),
            Self::RequestTimeout => (408, COMMON, "RequestTimeoutException", None, "The request timed out"),
            Self::Throttled => (400, COMMON, "ThrottlingException", None, "Rate exceeded"),
            Self::Overused => {
                let message = "The level of configured provisioned throughput for the table was exceeded.";
                (400, TABLES, "ProvisionedThroughputExceededException", None, message)
            }
            Self::AccountOverused => {
                (400, TABLES, "RequestLimitExceeded", None, "Throughput exceeds the current limit for your account.")
            }
            Self::Conflict => (400, TABLES, "TransactionConflictException", None, ONGOING),
            Self::InProgress => (400, TABLES, "TransactionInProgressException", None, "In progress"),
            Self::QueueThrottled => {
                (403, QUEUE, "RequestThrottled", Some("RequestThrottled;Sender"), "Request is throttled")
            }
            Self::QueueKeyThrottled => {
                (400, QUEUE, "KmsThrottled", Some("KMS.ThrottlingException;Sender"), "Rate exceeded")
            }
            Self::QueueOverLimit => (403, QUEUE, "OverLimit", Some("OverLimit;Sender"), "Too many messages in flight"),
            _ => (500, TABLES, "InternalServerError", None, "Internal server error"),
        };
        Response::Error(status, of_query, json!({ "__type": format!("{space}#{name}"), "message": message }))
    }
}

const ONGOING: &str = "Transaction is ongoing for the item";

fn is_of_queue(operation: &str) -> bool {
    matches!(operation, "SendMessage" | "SendMessageBatch" | "GetQueueAttributes")
}

/// A transaction names the reason of each member. A plain write has none.
fn cancelled(fault: Fault, body: &Value, dice: &mut Random) -> Option<Response> {
    let members = body["TransactItems"].as_array()?;
    let (code, message) = match fault {
        Fault::MemberOverused => (
            "ProvisionedThroughputExceeded",
            "The level of configured provisioned throughput for the table was exceeded.",
        ),
        Fault::MemberThrottled => {
            ("ThrottlingError", "Throughput exceeds the current capacity of your table or index.")
        }
        _ => ("TransactionConflict", ONGOING),
    };
    let mut reasons = vec![json!({ "Code": "None" }); members.len()];
    let hit = dice.below(members.len());
    reasons[hit] = json!({ "Code": code, "Message": message });
    let codes: Vec<_> = reasons.iter().map(|reason| reason["Code"].as_str().unwrap_or_default()).collect();
    let message =
        format!("Transaction cancelled, please refer cancellation reasons for specific reasons [{}]", codes.join(", "));
    let error = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": message,
        "CancellationReasons": reasons,
    });
    Some(Response::Error(400, None, error))
}

fn unprocessed(items: &Value) -> Response {
    Response::Instead(json!({ "Responses": {}, "UnprocessedKeys": items }))
}

/// Leaves the last key of the last table unprocessed.
fn partly_unprocessed(body: &Value) -> Disturbance {
    let mut asked = body.clone();
    let tables = asked["RequestItems"].as_object_mut().expect("tables");
    let (table, wanted) = tables.iter_mut().next_back().expect("a table");
    let (table, mut left) = (table.clone(), wanted.clone());
    let last = wanted["Keys"].as_array_mut().and_then(Vec::pop);
    if wanted["Keys"].as_array().is_none_or(Vec::is_empty) {
        tables.remove(&table);
    }
    if tables.is_empty() {
        return Disturbance { request: Request::Nothing, answer: unprocessed(&body["RequestItems"]) };
    }
    left["Keys"] = json!([last]);
    Disturbance { request: Request::Part(asked), answer: Response::With(json!({ "UnprocessedKeys": { table: left } })) }
}

/// Refuses the last message of a batch, as an error of the service.
fn partly_refused(body: &Value) -> Disturbance {
    let mut sent = body.clone();
    let entries = sent["Entries"].as_array_mut().expect("messages");
    let refused = entries.pop().expect("a message");
    let nothing_left = entries.is_empty();
    let failed = json!([{
        "Id": refused["Id"],
        "SenderFault": false,
        "Code": "InternalError",
        "Message": "The request processing has failed because of an unknown error.",
    }]);
    if nothing_left {
        let answer = Response::Instead(json!({ "Successful": [], "Failed": failed }));
        return Disturbance { request: Request::Nothing, answer };
    }
    Disturbance { request: Request::Part(sent), answer: Response::With(json!({ "Failed": failed })) }
}

/// Refuses a call that the role does not allow.
pub(crate) fn denied(function: &str, action: &str, resource: &str) -> Disturbance {
    let message = format!("{function} may not {action} on {resource}");
    let error = json!({ "__type": "com.amazon.coral.service#AccessDeniedException", "Message": message });
    Disturbance { request: Request::Nothing, answer: Response::Error(400, None, error) }
}

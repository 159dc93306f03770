//! The one loop that repeats: calls that did not succeed, and steps that others overtook between a read and a write.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};

use super::CallError;
use crate::ambient::Ambient;

/// How often a call fails at most: throttled, lost, or answered by a fault of the service.
pub(crate) const TRIES: u32 = 6;

/// Attempts in total while others change or hold the same records: of a call, and of a read with its write. Then 503.
pub const CONTENDED_ATTEMPTS: u32 = 32;

/// The longest first pause. It doubles, and each pause is a random part of it.
const FIRST_PAUSE: Duration = Duration::from_millis(25);

/// How often the pause between attempts doubles: contention passes sooner than throttling.
const DOUBLINGS: u32 = 3;

/// Error codes after which the same call may succeed (DynamoDB, SQS and KMS API references, "Error retries").
const PASSING: &[&str] = &[
    "InternalFailure",
    "InternalError",
    "InternalServerError",
    "ItemCollectionSizeLimitExceededException",
    "DependencyTimeoutException",
    "KMSInternalException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "TransactionInProgressException",
];

/// Error codes of a service that has too much to do.
const THROTTLED: &[&str] = &[
    // The SDK goes by the older protocol's name where SQS gives one; the shape is called `KmsThrottled`.
    "KMS.ThrottlingException",
    "KmsThrottled",
    "OverLimit",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "Throttling",
    "ThrottlingException",
];

/// A write by itself met a transaction on the same item.
const CONFLICT: &str = "TransactionConflictException";

tokio::task_local! {
    /// When the last attempt of the running request begins at the latest.
    static LAST_ATTEMPT: Instant;
}

/// Runs a request, all of whose attempts begin before then: its own deadline seldom cuts one that others delayed.
pub(crate) async fn attempts_until<F: Future>(last_attempt: Instant, request: F) -> F::Output {
    LAST_ATTEMPT.scope(last_attempt, request).await
}

/// Attempts at what others may be in the way of, with full jitter between them.
#[derive(Debug)]
pub struct Attempts<'a> {
    ambient: &'a Ambient,
    made: u32,
}

impl<'a> Attempts<'a> {
    /// None so far.
    pub fn new(ambient: &'a Ambient) -> Self {
        Self { ambient, made: 0 }
    }

    /// Whether there is another one, at once or after a pause.
    pub async fn next(&mut self) -> bool {
        if let Some(pauses) = self.made.checked_sub(1) {
            if self.made == CONTENDED_ATTEMPTS {
                return false;
            }
            self.ambient.pause(FIRST_PAUSE * 2_u32.pow(pauses.min(DOUBLINGS))).await;
            if LAST_ATTEMPT.try_with(|last| Instant::now() > *last).unwrap_or(false) {
                return false;
            }
        }
        self.made += 1;
        true
    }
}

/// What an error of a call means.
pub(crate) enum Verdict {
    /// A condition failed: that is an answer.
    Answer,
    /// Another transaction holds an item.
    Conflict,
    /// The service throttled a member of a transaction.
    Throttled,
    /// See the error's code.
    ByCode,
    /// A mistake of ours, by these codes.
    Broken(String),
}

/// Makes a call until it is answered, with full jitter: it may fail six times, and be in conflict as often as a step.
///
/// The call repeats the same operation id and token, so that a write whose first answer was lost is not done twice.
pub(crate) async fn attempt<T, E, F>(
    ambient: &Ambient,
    verdict: impl Fn(&E) -> Verdict,
    call: impl Fn() -> F,
) -> Result<Result<T, E>, CallError>
where
    E: ProvideErrorMetadata,
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
{
    let (mut failures, mut only_throttled) = (0, true);
    let mut attempts = Attempts::new(ambient);
    while attempts.next().await {
        loop {
            let (throttled, error) = match call().await {
                Ok(answer) => return Ok(Ok(answer)),
                Err(SdkError::ServiceError(error)) => {
                    let status = error.raw().status().as_u16();
                    let error = error.into_err();
                    let code = error.code().unwrap_or_default();
                    let throttled = match verdict(&error) {
                        Verdict::Answer => return Ok(Err(error)),
                        Verdict::Conflict => break,
                        Verdict::ByCode if code == CONFLICT => break,
                        Verdict::Throttled => true,
                        Verdict::ByCode if status == 429 || THROTTLED.contains(&code) => true,
                        // A front of the service may answer without a code of its own.
                        Verdict::ByCode if status >= 500 || PASSING.contains(&code) => false,
                        Verdict::ByCode => return Err(CallError::Broken(code.to_owned())),
                        Verdict::Broken(codes) => return Err(CallError::Broken(codes)),
                    };
                    (throttled, format!("{status} {code}"))
                }
                Err(SdkError::ConstructionFailure(_)) => return Err(CallError::Broken("request not built".into())),
                Err(SdkError::TimeoutError(_)) => (false, "timeout".to_owned()),
                // The connection failed, or what came back was no answer: the call may have been carried out.
                Err(_) => (false, "no answer".to_owned()),
            };
            failures += 1;
            only_throttled &= throttled;
            tracing::debug!(failures, error, "a call did not succeed");
            if failures == TRIES {
                return Err(if only_throttled { CallError::Throttled(error) } else { CallError::NotAnswered(error) });
            }
            ambient.pause(FIRST_PAUSE * 2_u32.pow(failures - 1)).await;
        }
    }
    Err(CallError::Contended)
}

//! The one loop that retries: failed calls, and steps whose records others changed between the read
//! and the write.

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

/// The number of failed attempts after which a call is given up. An attempt fails if it is
/// throttled, lost, or answered with an error of the service.
pub(crate) const FAILED_ATTEMPTS: u32 = 6;

/// Attempts in total while others change or hold the same records; then the answer is 503. It
/// bounds both a single call that a transaction blocks, and a step that reads and then writes.
pub const CONTENDED_ATTEMPTS: u32 = 32;

/// The longest first pause. Later pauses double it, and each actual pause is a random part of that.
const FIRST_PAUSE: Duration = Duration::from_millis(25);

/// The number of times that the pause between attempts doubles. Contention ends sooner than
/// throttling, so these pauses stay short.
const DOUBLINGS: u32 = 3;

/// Error codes after which the same call may succeed (DynamoDB, SQS, KMS and Secrets
/// Manager API references, "Errors").
const PASSING: &[&str] = &[
    "InternalFailure",
    "InternalError",
    "InternalServerError",
    "InternalServiceError",
    "ItemCollectionSizeLimitExceededException",
    "DependencyTimeoutException",
    "KMSInternalException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "TransactionInProgressException",
];

/// Error codes of a throttled call.
const THROTTLED: &[&str] = &[
    // For SQS the SDK reports the name in the older protocol; the shape is called `KmsThrottled`.
    "KMS.ThrottlingException",
    "KmsThrottled",
    "OverLimit",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "Throttling",
    "ThrottlingException",
];

/// The error code of a single write that met a transaction on the same item.
const CONFLICT: &str = "TransactionConflictException";

tokio::task_local! {
    /// The latest time at which the running request may begin another attempt.
    static LAST_ATTEMPT: Instant;
}

/// Runs a request that begins no attempt after `last_attempt`. So its deadline rarely interrupts an
/// attempt.
pub(crate) async fn attempts_until<F: Future>(last_attempt: Instant, request: F) -> F::Output {
    LAST_ATTEMPT.scope(last_attempt, request).await
}

/// Attempts at a step that others may block or outdate, with full jitter between them.
#[derive(Debug)]
pub struct Attempts<'a> {
    ambient: &'a Ambient,
    made: u32,
}

impl<'a> Attempts<'a> {
    /// Starts before the first attempt.
    pub fn new(ambient: &'a Ambient) -> Self {
        Self { ambient, made: 0 }
    }

    /// Whether another attempt may begin. Waits before every attempt but the first.
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

/// The meaning of an error.
pub(crate) enum Verdict {
    /// A condition failed: this is an answer, not a failure.
    Answer,
    /// A transaction of another request holds an item.
    Conflict,
    /// The service throttled one member of a transaction.
    Throttled,
    /// The error's code decides.
    ByCode,
    /// A mistake of ours, with its codes.
    Broken(String),
}

/// Makes a call until it is answered, with full jitter. It may fail [`FAILED_ATTEMPTS`] times, and
/// conflict [`CONTENDED_ATTEMPTS`] times.
///
/// Each retry has the same operation id and token, so a write whose response was lost is not
/// applied twice.
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
                        // A proxy in front of the service may answer without an error code.
                        Verdict::ByCode if status >= 500 || PASSING.contains(&code) => false,
                        Verdict::ByCode => return Err(CallError::Broken(code.to_owned())),
                        Verdict::Broken(codes) => return Err(CallError::Broken(codes)),
                    };
                    (throttled, format!("{status} {code}"))
                }
                Err(SdkError::ConstructionFailure(_)) => return Err(CallError::Broken("request not built".into())),
                Err(SdkError::TimeoutError(_)) => (false, "timeout".to_owned()),
                // The connection failed, or the response was unreadable. The call may have been
                // carried out.
                Err(_) => (false, "no response".to_owned()),
            };
            failures += 1;
            only_throttled &= throttled;
            tracing::debug!(failures, error, "an attempt failed");
            if failures == FAILED_ATTEMPTS {
                return Err(if only_throttled { CallError::Throttled(error) } else { CallError::NotAnswered(error) });
            }
            ambient.pause(FIRST_PAUSE * 2_u32.pow(failures - 1)).await;
        }
    }
    Err(CallError::Contended)
}

//! The one loop that repeats calls: conflicts, throttling, and answers that were lost.

use std::{future::Future, time::Duration};

use aws_sdk_dynamodb::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};

use super::StoreError;
use crate::ambient::Ambient;

/// How often a call is made at most.
pub(crate) const TRIES: u32 = 6;

/// The longest first pause; it doubles with every try, and each pause is a random part of it.
const FIRST_PAUSE: Duration = Duration::from_millis(25);

/// Error codes after which the same call may succeed (DynamoDB, SQS and KMS API references, "Error retries").
const PASSING: &[&str] = &[
    "InternalFailure",
    "InternalError",
    "InternalServerError",
    "ItemCollectionSizeLimitExceededException",
    "DependencyTimeoutException",
    "KMSInternalException",
    // The SDK goes by the older protocol's name where SQS gives one; the shape is called `KmsThrottled`.
    "KMS.ThrottlingException",
    "KmsThrottled",
    "OverLimit",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "Throttling",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// What an error of a call means.
pub(crate) enum Verdict {
    /// A condition failed: that is an answer.
    Answer,
    /// Only the other members of a transaction were in the way.
    Passing,
    /// See the error's code.
    ByCode,
    /// A mistake of ours, by these codes.
    Broken(String),
}

/// Makes a call until it is answered: at most six tries, with full jitter.
///
/// The call repeats the same operation id and token, so that a write whose first answer was lost is not done twice.
pub(crate) async fn attempt<T, E, F>(
    ambient: &Ambient,
    verdict: impl Fn(&E) -> Verdict,
    call: impl Fn() -> F,
) -> Result<Result<T, E>, StoreError>
where
    E: ProvideErrorMetadata,
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
{
    let mut pause = FIRST_PAUSE;
    let mut last_error = String::new();
    for attempt in 1..=TRIES {
        last_error = match call().await {
            Ok(answer) => return Ok(Ok(answer)),
            Err(SdkError::ServiceError(error)) => {
                let status = error.raw().status().as_u16();
                let error = error.into_err();
                let code = error.code().unwrap_or_default();
                match verdict(&error) {
                    Verdict::Answer => return Ok(Err(error)),
                    Verdict::Passing => {}
                    // A front of the service may answer without a code of its own.
                    Verdict::ByCode if status >= 500 || status == 429 || PASSING.contains(&code) => {}
                    Verdict::ByCode => return Err(StoreError::Broken(code.to_owned())),
                    Verdict::Broken(codes) => return Err(StoreError::Broken(codes)),
                }
                format!("{status} {code}")
            }
            Err(SdkError::ConstructionFailure(_)) => return Err(StoreError::Broken("request not built".into())),
            Err(SdkError::TimeoutError(_)) => "timeout".to_owned(),
            // The connection failed, or what came back was no answer: the call may have been carried out.
            Err(_) => "no answer".to_owned(),
        };
        tracing::debug!(attempt, error = last_error, "a call did not succeed");
        if attempt < TRIES {
            tokio::time::sleep(ambient.jitter(pause)).await;
            pause *= 2;
        }
    }
    Err(StoreError::NotAnswered(last_error))
}

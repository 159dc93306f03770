//! Calls to platforms, with one retry in all.

use std::time::Duration;

use ::http::{Request, StatusCode};
use aws_smithy_types::body::SdkBody;

use super::{Grant, ProofProblem};
use crate::{ambient::Ambient, connections::Outside};

/// The pause before the retry. Steam may not know a fresh ticket for some 100 ms.
const PAUSE: Duration = Duration::from_millis(200);

/// A call without an answer that can be used.
pub(super) struct Silence {
    pub(super) problem: ProofProblem,
    /// Whether the same call may be answered at once.
    pub(super) may_pass: bool,
}

impl Silence {
    /// An answer that is not what the platform documents.
    pub(super) fn unusable(grant: Grant) -> Self {
        Self::lasting(grant, "an answer that cannot be used")
    }

    pub(super) fn lasting(grant: Grant, problem: &str) -> Self {
        Self { problem: ProofProblem::unavailable(grant, problem), may_pass: false }
    }
}

/// The text of an answer with status 200, or the status of a refusal: 401 or 403. No other status
/// says anything about a proof.
pub(super) async fn send(
    grant: Grant,
    url: &Outside,
    request: Option<Request<SdkBody>>,
) -> Result<Result<String, StatusCode>, Silence> {
    let request = request.ok_or_else(|| Silence::lasting(grant, "the request cannot be made"))?;
    let sent = url.send(request).await;
    let (status, body) = sent.map_err(|problem| Silence {
        problem: ProofProblem::unavailable(grant, &problem),
        may_pass: problem.may_pass(),
    })?;
    match status {
        StatusCode::OK => Ok(Ok(body)),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Ok(Err(status)),
        status => Err(Silence {
            problem: ProofProblem::unavailable(grant, format!("status {}", status.as_u16())),
            may_pass: status.is_server_error(),
        }),
    }
}

/// Makes a call, and makes it once more after a pause if it may pass or if its answer may change.
pub(super) async fn retried<T, F: Future<Output = Result<T, Silence>>>(
    ambient: &Ambient,
    call: impl Fn() -> F,
    may_change: impl Fn(&T) -> bool,
) -> Result<T, ProofProblem> {
    let mut answered = call().await;
    if answered.as_ref().map_or_else(|silence| silence.may_pass, &may_change) {
        ambient.wait(PAUSE).await;
        answered = call().await;
    }
    answered.map_err(|silence| silence.problem)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// The calls that this series of answers takes, and the waits between them. `None` is silence
    /// that may pass.
    async fn calls(answers: &[Option<u8>]) -> (usize, Vec<Duration>) {
        let (waits, made) = (Arc::new(Mutex::new(Vec::new())), Mutex::new(0));
        let noted = Arc::clone(&waits);
        let ambient = Ambient::system().with_sleep(move |time| {
            noted.lock().unwrap().push(time);
            std::future::ready(())
        });
        let call = || {
            let mut made = made.lock().unwrap();
            *made += 1;
            let answer = answers[*made - 1];
            std::future::ready(answer.ok_or_else(|| Silence { may_pass: true, ..Silence::unusable(Grant::Steam) }))
        };
        let _ = retried(&ambient, call, |answer| *answer == 0).await;
        let waits = waits.lock().unwrap().clone();
        (*made.lock().unwrap(), waits)
    }

    #[tokio::test]
    async fn the_only_retry_comes_after_a_fifth_of_a_second() {
        let pause = Duration::from_millis(200);
        assert_eq!(calls(&[Some(1)]).await, (1, vec![]));
        for first in [Some(0), None] {
            for second in [Some(0), Some(1), None] {
                assert_eq!(calls(&[first, second]).await, (2, vec![pause]));
            }
        }
    }
}

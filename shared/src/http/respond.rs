use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;

use super::{Audit, Dialect, Endpoint, Rejection as _, Reply, Request};
use crate::{
    ambient::Ambient,
    aws::attempts_until,
    telemetry::{self, FailureKind},
};

/// The time limit of an endpoint. The functions' own timeout is 10 s.
pub const DEADLINE: Duration = Duration::from_secs(8);

/// A contended request begins no new attempt in this last part of its deadline.
const LAST_ATTEMPT: Duration = Duration::from_millis(1_500);

/// Runs an endpoint within its limits, turns its rejection into a reply, and writes the audit line.
pub fn respond<E: Endpoint>(endpoint: &E, request: &Request) -> impl Future<Output = Reply> + Send {
    respond_within(DEADLINE, endpoint, request)
}

/// Refuses a request that cannot be given to an endpoint, and writes its audit line.
pub(crate) fn refuse_unreadable(action: &str, request: &Request) -> Reply {
    let reply = Dialect::of(request.route()).bad_request(request);
    log(action, request, &Audit::default(), &reply, Duration::ZERO);
    reply
}

async fn respond_within<E: Endpoint>(deadline: Duration, endpoint: &E, request: &Request) -> Reply {
    let (started, mut audit) = (std::time::Instant::now(), Audit::default());
    let dialect = Dialect::of(request.route());
    let reply = if request.body().len() > E::BODY_LIMIT {
        dialect.too_large(request)
    } else {
        let last_attempt = started + deadline.saturating_sub(LAST_ATTEMPT);
        // Boxed, because otherwise the type of the nested futures is deeper than the compiler
        // allows.
        let handled = Box::pin(attempts_until(last_attempt, endpoint.handle(request, &mut audit)));
        let handled = tokio::time::timeout(deadline, handled);
        match AssertUnwindSafe(handled).catch_unwind().await {
            Ok(Ok(Ok(reply))) => reply,
            Ok(Ok(Err(rejection))) => rejection.into_reply(request, &mut audit),
            Ok(Err(_elapsed)) => {
                audit.set_cause("the deadline passed");
                dialect.unavailable(request)
            }
            // The panic hook has logged the place. The caller still gets an answer of its dialect.
            Err(_panic) => dialect.internal(request),
        }
    };
    if reply.status >= 500 {
        telemetry::server_error(reply.kind, Ambient::system().now());
    }
    if is_failed_login::<E>(&reply) {
        telemetry::login_failure(Ambient::system().now());
    }
    log(E::ACTION, request, &audit, &reply, started.elapsed());
    reply
}

/// Whether somebody could not log in by a fault of this deployment: not by contention, by throttling,
/// by a platform or by the caller's own fault.
fn is_failed_login<E: Endpoint>(reply: &Reply) -> bool {
    E::LOGS_IN && reply.status >= 500 && reply.kind == FailureKind::Fault
}

/// Writes the audit line. Its level is ERROR if the operator must act, WARN if the line may
/// interest the operator.
fn log(action: &str, request: &Request, audit: &Audit, reply: &Reply, took: Duration) {
    let (status, cause) = (reply.outcome.unwrap_or(reply.status), audit.cause.as_deref());
    let kind = (status >= 500).then_some(reply.kind.as_str());
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                action,
                request_id = request.id(),
                status,
                sent_status = reply.outcome.map(|_| reply.status),
                code = reply.code,
                kind,
                cause,
                actor = audit.actor.as_deref(),
                subject = audit.subject.as_deref(),
                person = audit.person.as_deref(),
                duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                "request"
            )
        };
    }
    match (status, cause) {
        (500, _) => line!(error),
        (503, _) | (_, Some(_)) => line!(warn),
        _ => line!(info),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Rejection, RequestParts};

    /// An endpoint that panics, or never answers.
    struct Faulty {
        panics: bool,
    }

    struct Never;

    impl Rejection for Never {
        fn into_reply(self, _: &Request, _: &mut Audit) -> Reply {
            Reply::empty(418)
        }
    }

    impl Endpoint for Faulty {
        const ACTION: &str = "faulty";
        type Rejection = Never;

        async fn handle(&self, _: &Request, _: &mut Audit) -> Result<Reply, Never> {
            assert!(!self.panics, "boom");
            std::future::pending().await
        }
    }

    async fn body_of(panics: bool, path: &str) -> (u16, String) {
        let request = Request::new(RequestParts { request_id: "r-1".into(), path: path.into(), ..Default::default() });
        let reply = respond_within(Duration::from_millis(20), &Faulty { panics }, &request).await;
        (reply.status, reply.text().unwrap_or_default().to_owned())
    }

    #[tokio::test]
    async fn a_panic_is_500_in_the_dialect_of_the_path_and_names_the_request_only() {
        let rallyhere = r#"{"auth_success":true,"error_code":"internal_error","desc":"Internal error (request r-1)"}"#;
        assert_eq!(body_of(true, "/users/v1/link").await, (500, rallyhere.into()));
        let zitadel = r#"{"code":13,"message":"Internal error (request r-1)"}"#;
        assert_eq!(body_of(true, "/v2/users/x").await, (500, zitadel.into()));
    }

    struct LogsIn;

    impl Endpoint for LogsIn {
        const ACTION: &str = "logs-in";
        const LOGS_IN: bool = true;
        type Rejection = Never;

        async fn handle(&self, _: &Request, _: &mut Audit) -> Result<Reply, Never> {
            Ok(Reply::empty(200))
        }
    }

    #[test]
    fn a_failed_login_is_a_fault_of_ours_where_tokens_are_issued() {
        for (status, kind, expected) in [
            (500, FailureKind::Fault, true),
            (503, FailureKind::Fault, true),
            (503, FailureKind::Contention, false),
            (503, FailureKind::Throttled, false),
            (503, FailureKind::Platform, false),
            (403, FailureKind::Fault, false),
            (200, FailureKind::Fault, false),
        ] {
            let reply = Reply { kind, ..Reply::empty(status) };
            assert_eq!(is_failed_login::<LogsIn>(&reply), expected, "{status} {kind:?}");
            assert!(!is_failed_login::<Faulty>(&reply), "{status} {kind:?}");
        }
    }

    #[tokio::test]
    async fn a_request_that_takes_too_long_is_503() {
        let rallyhere = r#"{"auth_success":true,"error_code":"unavailable","desc":"Try again (request r-1)"}"#;
        assert_eq!(body_of(false, "/users/v1/link").await, (503, rallyhere.into()));
    }
}

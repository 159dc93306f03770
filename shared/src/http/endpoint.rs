use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;

use super::{Reply, Request, rallyhere, zitadel};
use crate::{ambient::Ambient, store::attempts_until, telemetry};

/// The cause of a 503 for a token that cannot be judged.
pub(super) const KEYS_UNAVAILABLE: &str = "the issuer's keys are not available";

/// The largest request body, in bytes. A legal `platform_user_id` can be 24 KiB when its JSON is escaped to ASCII.
pub const BODY_LIMIT: usize = 65_536;

/// How long an endpoint may take; the functions' own timeout is 10 s.
pub const DEADLINE: Duration = Duration::from_secs(8);

/// What is left of the deadline for the last attempt of a request that others keep in the way of.
const LAST_ATTEMPT: Duration = Duration::from_millis(1_500);

/// One HTTP endpoint: a rule from request to reply.
pub trait Endpoint: Send + Sync + 'static {
    /// The name of its function: the action in the audit line.
    const ACTION: &str;

    /// What it answers when it does not succeed.
    type Rejection: Rejection;

    /// The largest body that it takes, in bytes.
    const BODY_LIMIT: usize = BODY_LIMIT;

    /// Handles one request.
    fn handle(&self, request: &Request) -> impl Future<Output = Result<Reply, Self::Rejection>> + Send;
}

/// What becomes a reply of its dialect.
pub trait Rejection: Send {
    /// The reply to this request, in its encoding. Only a 5xx names it.
    fn into_reply(self, request: &Request) -> Reply;
}

/// Which of the two contracts a path belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// RallyHere's Users API.
    RallyHere,
    /// ZITADEL's user service.
    Zitadel,
}

impl Dialect {
    /// Paths with the segments `v2/users`, or with one that begins with `zitadel.`, speak ZITADEL, all others RallyHere
    /// (reference/rallyhere.md). Something may stand in front: the base path of a domain of the operator's.
    pub fn of(path: &str) -> Self {
        if zitadel::Style::of(path).is_some() { Self::Zitadel } else { Self::RallyHere }
    }

    /// 400: a request that cannot be read at all.
    pub fn bad_request(self, request: &Request) -> Reply {
        match self {
            Self::RallyHere => rallyhere::BAD_REQUEST.reply(),
            Self::Zitadel => zitadel::bad_request(request),
        }
    }

    /// 404: no such path.
    pub fn not_found(self, request: &Request) -> Reply {
        match self {
            Self::RallyHere => rallyhere::NOT_FOUND.reply(),
            Self::Zitadel => zitadel::not_found(request),
        }
    }

    /// 405: the path exists, with these methods.
    pub fn method_not_allowed(self, request: &Request, allow: String) -> Reply {
        let reply = match self {
            Self::RallyHere => rallyhere::METHOD_NOT_ALLOWED.reply(),
            Self::Zitadel => zitadel::method_not_allowed(request),
        };
        reply.with_header("allow", allow)
    }

    fn too_large(self, request: &Request) -> Reply {
        match self {
            Self::RallyHere => rallyhere::REQUEST_TOO_LARGE.reply(),
            Self::Zitadel => zitadel::too_large(request),
        }
    }

    fn unavailable(self, request: &Request) -> Reply {
        match self {
            Self::RallyHere => rallyhere::unavailable(request.id()),
            Self::Zitadel => zitadel::unavailable(request),
        }
    }

    fn internal(self, request: &Request) -> Reply {
        match self {
            Self::RallyHere => rallyhere::internal(request.id()),
            Self::Zitadel => zitadel::internal(request),
        }
    }
}

/// Runs an endpoint within its limits, turns what it rejects into its dialect, and writes the one log line.
pub async fn respond<E: Endpoint>(endpoint: &E, request: &Request) -> Reply {
    respond_within(DEADLINE, endpoint, request).await
}

/// Refuses a request that no endpoint can be given, and writes its log line.
pub(crate) fn refuse_unreadable(action: &str, request: &Request) -> Reply {
    let reply = Dialect::of(request.route()).bad_request(request);
    log(action, request, &reply, Duration::ZERO);
    reply
}

async fn respond_within<E: Endpoint>(deadline: Duration, endpoint: &E, request: &Request) -> Reply {
    let started = std::time::Instant::now();
    let dialect = Dialect::of(request.route());
    let reply = if request.body().len() > E::BODY_LIMIT {
        dialect.too_large(request)
    } else {
        let last_attempt = started + deadline.saturating_sub(LAST_ATTEMPT);
        let handled = tokio::time::timeout(deadline, attempts_until(last_attempt, endpoint.handle(request)));
        match AssertUnwindSafe(handled).catch_unwind().await {
            Ok(Ok(Ok(reply))) => reply,
            Ok(Ok(Err(rejection))) => rejection.into_reply(request),
            Ok(Err(_elapsed)) => {
                request.set_cause("the deadline passed");
                dialect.unavailable(request)
            }
            // The panic hook has logged where; the caller gets an answer of its dialect all the same.
            Err(_panic) => dialect.internal(request),
        }
    };
    if reply.status >= 500 {
        telemetry::server_error(reply.kind, Ambient::system().now());
    }
    log(E::ACTION, request, &reply, started.elapsed());
    reply
}

/// The one line of a request. What the operator has to look at is an error, what it may look at a warning.
fn log(action: &str, request: &Request, reply: &Reply, took: Duration) {
    let (status, cause) = (reply.outcome.unwrap_or(reply.status), request.cause());
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
                actor = request.actor(),
                subject = request.subject(),
                person = request.person(),
                duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                "request"
            )
        };
    }
    match (status, &cause) {
        (500, _) => line!(error),
        (503, _) | (_, Some(_)) => line!(warn),
        _ => line!(info),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::RequestParts;

    /// Panics, or never ends.
    struct Faulty {
        panics: bool,
    }

    struct Never;

    impl Rejection for Never {
        fn into_reply(self, _: &Request) -> Reply {
            Reply::empty(418)
        }
    }

    impl Endpoint for Faulty {
        const ACTION: &str = "faulty";
        type Rejection = Never;

        async fn handle(&self, _: &Request) -> Result<Reply, Never> {
            assert!(!self.panics, "boom");
            std::future::pending().await
        }
    }

    async fn body_of(panics: bool, path: &str) -> (u16, String) {
        let request = Request::new(RequestParts { request_id: "r-1".into(), path: path.into(), ..Default::default() });
        let reply = respond_within(Duration::from_millis(20), &Faulty { panics }, &request).await;
        (reply.status, reply.text().unwrap_or_default().to_owned())
    }

    #[test]
    fn the_path_decides_the_dialect() {
        let call = "/zitadel.user.v2.UserService/DeactivateUser";
        for zitadel in
            ["/v2/users", "/v2/users/x/deactivate", call, "/a/b/v2/users", &format!("/identity{call}"), "/zitadel."]
        {
            assert_eq!(Dialect::of(zitadel), Dialect::Zitadel, "{zitadel}");
        }
        for rallyhere in
            ["/", "", "/users/v1/link", "/v2/usersx", "/users/v2/user", "/v2//users", "/v2.zitadel.x", "/xv2/users"]
        {
            assert_eq!(Dialect::of(rallyhere), Dialect::RallyHere, "{rallyhere}");
        }
    }

    #[tokio::test]
    async fn a_panic_is_500_in_the_dialect_of_the_path_and_names_the_request_only() {
        let rallyhere = r#"{"auth_success":true,"error_code":"internal_error","desc":"Internal error (request r-1)"}"#;
        assert_eq!(body_of(true, "/users/v1/link").await, (500, rallyhere.into()));
        let zitadel = r#"{"code":13,"message":"Internal error (request r-1)"}"#;
        assert_eq!(body_of(true, "/v2/users/x").await, (500, zitadel.into()));
    }

    #[tokio::test]
    async fn a_request_that_takes_too_long_is_503() {
        let rallyhere = r#"{"auth_success":true,"error_code":"unavailable","desc":"Try again (request r-1)"}"#;
        assert_eq!(body_of(false, "/users/v1/link").await, (503, rallyhere.into()));
    }
}

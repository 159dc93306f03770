use std::future::Future;

use super::{Audit, Reply, Request};

/// The cause in the log of a 503, if a token cannot be judged.
pub(super) const KEYS_UNAVAILABLE: &str = "the issuer's keys are not available";

/// The largest request body, in bytes. A valid `platform_user_id` takes up to 24 KiB if its JSON is
/// escaped to ASCII.
pub const BODY_LIMIT: usize = 65_536;

/// An HTTP endpoint: it turns a request into a reply.
pub trait Endpoint: Send + Sync + 'static {
    /// The name of the function: the action in the audit line.
    const ACTION: &str;

    /// The errors that it can answer.
    type Rejection: Rejection;

    /// Whether callers get tokens here. Faults then count as failed logins too.
    const LOGS_IN: bool = false;

    /// The largest request body that it takes, in bytes.
    const BODY_LIMIT: usize = BODY_LIMIT;

    /// Handles one request.
    fn handle(
        &self,
        request: &Request,
        audit: &mut Audit,
    ) -> impl Future<Output = Result<Reply, Self::Rejection>> + Send;
}

/// An error that becomes a reply of its dialect.
pub trait Rejection: Send {
    /// The reply to this request, in the request's encoding. The body names the request only in a
    /// 5xx.
    fn into_reply(self, request: &Request, audit: &mut Audit) -> Reply;
}

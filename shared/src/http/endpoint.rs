use std::future::Future;

use super::{Audit, Reply, Request};

/// The cause of a 503 for a token that cannot be judged.
pub(super) const KEYS_UNAVAILABLE: &str = "the issuer's keys are not available";

/// The largest request body, in bytes. A legal `platform_user_id` can be 24 KiB when its JSON is escaped to ASCII.
pub const BODY_LIMIT: usize = 65_536;

/// One HTTP endpoint: a rule from request to reply.
pub trait Endpoint: Send + Sync + 'static {
    /// The name of its function: the action in the audit line.
    const ACTION: &str;

    /// What it answers when it does not succeed.
    type Rejection: Rejection;

    /// The largest body that it takes, in bytes.
    const BODY_LIMIT: usize = BODY_LIMIT;

    /// Handles one request.
    fn handle(
        &self,
        request: &Request,
        audit: &mut Audit,
    ) -> impl Future<Output = Result<Reply, Self::Rejection>> + Send;
}

/// What becomes a reply of its dialect.
pub trait Rejection: Send {
    /// The reply to this request, in its encoding. Only a 5xx names it.
    fn into_reply(self, request: &Request, audit: &mut Audit) -> Reply;
}

use std::{fmt, future::Future, pin::Pin};

/// A JWK Set, or the reason why there is none now, in words for the operator.
pub type PublishedKeys<'a> = Pin<Box<dyn Future<Output = Result<String, String>> + Send + 'a>>;

/// A source of an issuer's public keys that is not an HTTP server.
pub trait PublishKeys: fmt::Debug + Send + Sync {
    /// The JWK Set of now (RFC 7517 section 5).
    fn key_set(&self) -> PublishedKeys<'_>;
}

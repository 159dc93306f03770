use std::{net::IpAddr, time::Duration};

use ::http::{Request, StatusCode, Uri, header};
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::connections::{Pool, Roots, pool};

/// The time limit of a fetch. A request that waits for keys still has most of its 8 s afterwards.
const TIME_LIMIT: Duration = Duration::from_secs(2);
/// The largest key set, in bytes: many times what issuers publish.
const SIZE_LIMIT: usize = 128 * 1024;

/// Fetches the key set of one issuer. It follows no redirect: keys come only from the configured
/// URL.
pub(super) struct KeyClient {
    pool: Pool,
    url: Uri,
}

/// The reasons why a URL is refused at start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant has its text")]
pub enum UrlProblem {
    #[error("not a URL")]
    NotAUrl,
    #[error("a URL without a user name")]
    HasUser,
    #[error("an https URL; http only for a loopback address")]
    NotSecure,
    #[error("an https URL needs root certificates, and this system has none")]
    NoRoots,
}

/// The reasons why a fetch failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchProblem {
    #[error("no response within {TIME_LIMIT:?}")]
    TimedOut,
    #[error("no connection")]
    Unreachable(#[source] hyper_util::client::legacy::Error),
    #[error("a redirect (status {0}), which is not followed: configure the URL that it leads to")]
    Redirected(u16),
    #[error("status {0}")]
    Status(u16),
    #[error("more than {SIZE_LIMIT} bytes")]
    TooLarge,
    #[error("the response was cut off")]
    Broken,
    #[error("not UTF-8")]
    NotText,
}

impl KeyClient {
    pub(super) fn new(url: &str) -> Result<Self, UrlProblem> {
        let url = checked(url)?;
        // Plain `http` needs no roots, and reading the system's certificates takes milliseconds.
        let roots = if url.scheme_str() == Some("http") { Roots::Amazon } else { Roots::System };
        // Idle connections are not kept: the next fetch is minutes away.
        let pool = pool(&roots, Duration::ZERO).map_err(|_| UrlProblem::NoRoots)?;
        Ok(Self { pool, url })
    }

    /// The complete document, if it arrives in time.
    pub(super) async fn fetch(&self) -> Result<String, FetchProblem> {
        tokio::time::timeout(TIME_LIMIT, self.get()).await.map_err(|_| FetchProblem::TimedOut)?
    }

    async fn get(&self) -> Result<String, FetchProblem> {
        let mut request = Request::new(SdkBody::empty());
        *request.uri_mut() = self.url.clone();
        request.headers_mut().insert(header::ACCEPT, header::HeaderValue::from_static("application/json"));
        request.headers_mut().insert(header::USER_AGENT, header::HeaderValue::from_static("roster"));
        let response = self.pool.request(request).await.map_err(FetchProblem::Unreachable)?;
        match response.status() {
            StatusCode::OK => {}
            status if status.is_redirection() => return Err(FetchProblem::Redirected(status.as_u16())),
            status => return Err(FetchProblem::Status(status.as_u16())),
        }
        let body = Limited::new(response.into_body(), SIZE_LIMIT).collect().await;
        let too_large = |error: &(dyn std::error::Error + 'static)| error.is::<LengthLimitError>();
        let body =
            body.map_err(|error| if too_large(&*error) { FetchProblem::TooLarge } else { FetchProblem::Broken })?;
        String::from_utf8(body.to_bytes().into()).map_err(|_| FetchProblem::NotText)
    }
}

/// Refuses a URL that is neither TLS nor a loopback address: anybody who can change the response on
/// its way could sign tokens.
fn checked(url: &str) -> Result<Uri, UrlProblem> {
    let uri: Uri = url.parse().map_err(|_| UrlProblem::NotAUrl)?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(UrlProblem::NotAUrl) };
    if authority.as_str().contains('@') {
        return Err(UrlProblem::HasUser);
    }
    // The parser ignores a port that does not fit 16 bits, and would connect to the default port.
    if authority.as_str().len() > authority.host().len() && authority.port_u16().is_none() {
        return Err(UrlProblem::NotAUrl);
    }
    match scheme {
        "https" => Ok(uri),
        "http" if is_loopback(authority.host()) => Ok(uri),
        _ => Err(UrlProblem::NotSecure),
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_over_tls_or_from_this_machine() {
        for url in ["https://i.test/keys", "http://127.0.0.1:8080/keys", "http://[::1]/keys", "http://localhost:1/"] {
            assert!(checked(url).is_ok(), "{url}");
        }
        let refused = [
            ("", UrlProblem::NotAUrl),
            ("/keys", UrlProblem::NotAUrl),
            ("i.test", UrlProblem::NotAUrl),
            ("https://", UrlProblem::NotAUrl),
            ("http://127.0.0.1:99999/keys", UrlProblem::NotAUrl),
            ("https://i.test:/keys", UrlProblem::NotAUrl),
            ("https://i.test:x/keys", UrlProblem::NotAUrl),
            ("https://user:password@i.test/keys", UrlProblem::HasUser),
            ("http://127.0.0.1@i.test/keys", UrlProblem::HasUser),
            ("http://i.test/keys", UrlProblem::NotSecure),
            ("http://127.0.0.1.i.test/keys", UrlProblem::NotSecure),
            ("http://localhost.test/keys", UrlProblem::NotSecure),
            ("http://10.0.0.1/keys", UrlProblem::NotSecure),
            ("ftp://127.0.0.1/keys", UrlProblem::NotSecure),
            ("file://localhost/keys", UrlProblem::NotSecure),
        ];
        for (url, problem) in refused {
            assert_eq!(checked(url).unwrap_err(), problem, "{url}");
        }
    }
}

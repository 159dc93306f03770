use std::{io, net::IpAddr, sync::OnceLock, time::Duration};

use ::http::{HeaderValue, Request, StatusCode, Uri, header};
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::{Pool, Roots, pool};

/// The time limit of one request. A caller that waits for it still has most of its 8 s afterwards.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(2);
/// The largest response, in bytes: many times what issuers and platforms send.
const SIZE_LIMIT: usize = 128 * 1024;

/// A server outside AWS, at one configured URL. No redirect is followed, so nothing comes from
/// anywhere else.
///
/// The connections are made ready by the first request, since reading the system's certificates
/// takes milliseconds.
pub(crate) struct Outside {
    url: Uri,
    idle: Duration,
    pool: OnceLock<Pool>,
}

/// The reasons why a URL is refused at start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant has its text")]
pub enum UrlProblem {
    #[error("not a URL")]
    NotAUrl,
    #[error("a URL without a user name")]
    HasUser,
    #[error("a URL without a fragment")]
    HasFragment,
    #[error("an https URL; http only for a loopback address")]
    NotSecure,
    #[error("an https URL needs root certificates, and this system has none")]
    NoRoots,
}

/// The reasons why a request brought no complete response. No text has the URL or its host.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchProblem {
    #[error("no response within {TIME_LIMIT:?}")]
    TimedOut,
    #[error("no connection ({0})")]
    Unreachable(&'static str),
    #[error("no connection ({0})")]
    NotTrusted(&'static str),
    #[error("this system has no root certificates")]
    NoRoots,
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

impl FetchProblem {
    /// Whether the same request may succeed at once. After a timeout it may not: the server is slow,
    /// and would hold the caller twice as long.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Broken)
    }
}

impl Outside {
    /// The server at this URL. Connections that are unused for `idle` are closed; zero keeps none.
    pub(crate) fn new(url: &str, idle: Duration) -> Result<Self, UrlProblem> {
        Ok(Self { url: checked(url)?, idle, pool: OnceLock::new() })
    }

    /// The URL, with a query added.
    pub(crate) fn with_query(&self, query: &str) -> Result<Uri, ::http::Error> {
        let path = self.url.path_and_query().map_or("/", ::http::uri::PathAndQuery::as_str);
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut parts = self.url.clone().into_parts();
        parts.path_and_query = Some(format!("{path}{separator}{query}").parse()?);
        Ok(Uri::from_parts(parts)?)
    }

    /// Makes the connections ready.
    pub(crate) fn open(&self) -> Result<&Pool, UrlProblem> {
        if let Some(pool) = self.pool.get() {
            return Ok(pool);
        }
        // Plain `http` needs no roots, and reading the system's certificates takes milliseconds.
        let roots = if self.url.scheme_str() == Some("http") { Roots::Amazon } else { Roots::System };
        let pool = pool(&roots, self.idle).map_err(|_| UrlProblem::NoRoots)?;
        Ok(self.pool.get_or_init(|| pool))
    }

    /// The text of a response with status 200.
    pub(crate) async fn get(&self) -> Result<String, FetchProblem> {
        let mut request = Request::new(SdkBody::empty());
        *request.uri_mut() = self.url.clone();
        match self.send(request).await? {
            (StatusCode::OK, body) => Ok(body),
            (status, _) => Err(FetchProblem::Status(status.as_u16())),
        }
    }

    /// The status of the response, and with status 200 its complete text. A request without a host
    /// goes to the URL.
    pub(crate) async fn send(&self, mut request: Request<SdkBody>) -> Result<(StatusCode, String), FetchProblem> {
        if request.uri().host().is_none() {
            *request.uri_mut() = self.url.clone();
        }
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static("roster"));
        let pool = self.open().map_err(|_| FetchProblem::NoRoots)?;
        let sent = tokio::time::timeout(TIME_LIMIT, receive(pool, request)).await;
        sent.map_err(|_| FetchProblem::TimedOut)?
    }
}

async fn receive(pool: &Pool, request: Request<SdkBody>) -> Result<(StatusCode, String), FetchProblem> {
    let response = pool.request(request).await.map_err(|error| unreachable(&error))?;
    let status = response.status();
    if status.is_redirection() {
        return Err(FetchProblem::Redirected(status.as_u16()));
    }
    if status != StatusCode::OK {
        return Ok((status, String::new()));
    }
    let body = Limited::new(response.into_body(), SIZE_LIMIT).collect().await;
    let too_large = |error: &(dyn std::error::Error + 'static)| error.is::<LengthLimitError>();
    let body = body.map_err(|error| if too_large(&*error) { FetchProblem::TooLarge } else { FetchProblem::Broken })?;
    let text = String::from_utf8(body.to_bytes().into()).map_err(|_| FetchProblem::NotText)?;
    Ok((status, text))
}

/// The cause of a failed connection, without the host, which some errors name.
fn unreachable(error: &(dyn std::error::Error + 'static)) -> FetchProblem {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref() {
            return FetchProblem::NotTrusted(tls_cause(error));
        }
        if error.to_string().starts_with("dns error") {
            return FetchProblem::Unreachable("name not found");
        }
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused) {
            return FetchProblem::Unreachable("refused");
        }
        // The source of such an error is that of the error inside it.
        let inner = io.and_then(io::Error::get_ref).map(|inner| inner as &(dyn std::error::Error + 'static));
        cause = inner.or_else(|| error.source());
    }
    FetchProblem::Unreachable("other")
}

fn tls_cause(error: &rustls::Error) -> &'static str {
    use rustls::CertificateError as C;
    match error {
        rustls::Error::InvalidCertificate(C::Expired | C::ExpiredContext { .. }) => "its certificate has expired",
        rustls::Error::InvalidCertificate(C::UnknownIssuer) => "its certificate is of an unknown issuer",
        rustls::Error::InvalidCertificate(C::NotValidForName | C::NotValidForNameContext { .. }) => {
            "its certificate is for another name"
        }
        rustls::Error::InvalidCertificate(_) => "its certificate is not accepted",
        _ => "TLS",
    }
}

/// Refuses a URL that is neither TLS nor a loopback address: anybody who can change the response on
/// its way could sign tokens or vouch for accounts.
fn checked(url: &str) -> Result<Uri, UrlProblem> {
    let uri: Uri = url.parse().map_err(|_| UrlProblem::NotAUrl)?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(UrlProblem::NotAUrl) };
    if url.contains('#') {
        return Err(UrlProblem::HasFragment);
    }
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
            ("https://i.test/keys#1", UrlProblem::HasFragment),
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

    #[test]
    fn a_query_is_added_to_the_one_that_the_url_has() {
        let of = |url: &str| Outside::new(url, Duration::ZERO).unwrap().with_query("key=k").unwrap().to_string();
        assert_eq!(of("https://i.test"), "https://i.test/?key=k");
        assert_eq!(of("https://i.test/a/?b=c"), "https://i.test/a/?b=c&key=k");
    }
}

//! Connections to AWS, to token issuers and to platforms: HTTP/1.1, over TLS where the URL says so. No other code
//! uses TLS.

mod outside;
mod provider;
mod roots;

use std::time::Duration;

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector as TcpConnector},
    rt::TokioExecutor,
};
use rustls::ClientConfig;

pub use outside::UrlProblem;
pub(crate) use outside::{FetchProblem, Outside, TIME_LIMIT};
pub(crate) use roots::{Roots, RootsProblem};

use crate::config::{ConfigProblem, Environment};

/// One type for all requests, so that each function contains its code only once.
pub(crate) type Pool = Client<HttpsConnector<TcpConnector>, SdkBody>;

/// The variables that point the SDK at other servers than AWS's.
const ENDPOINTS: [&str; 4] =
    ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_KMS", "AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL_SQS"];

/// The time after which an unused connection to AWS is closed.
const IDLE: Duration = Duration::from_mins(1);

/// The HTTP client of the SDK. The SDK's own client adds HTTP/2 and reads all certificates of the
/// system, which takes longer than everything else before the first request.
///
/// `AWS_CA_BUNDLE` names a file of PEM certificates to trust instead of Amazon's. If a variable
/// names another `https` server, the system's certificates are trusted.
pub fn aws_client(environment: &Environment) -> Result<SharedHttpClient, ConfigProblem> {
    let is_elsewhere = |name: &&str| environment.optional(name).is_some_and(|url| url.starts_with("https://"));
    let roots = match environment.optional("AWS_CA_BUNDLE") {
        Some(path) => Roots::of_file(path),
        None if ENDPOINTS.iter().any(is_elsewhere) => Ok(Roots::System),
        None => Ok(Roots::Amazon),
    };
    let pool = roots.and_then(|roots| pool(&roots, IDLE));
    let pool = pool
        .map_err(|problem| ConfigProblem::wrong("AWS_CA_BUNDLE", format!("a file of PEM certificates ({problem})")))?;
    Ok(SharedHttpClient::new(AwsClient(SharedHttpConnector::new(AwsConnector(pool)))))
}

/// A pool of connections to servers with certificates of these roots. Unused connections are closed
/// after `idle`; zero keeps none.
pub(crate) fn pool(roots: &Roots, idle: Duration) -> Result<Pool, RootsProblem> {
    let config = ClientConfig::builder_with_provider(provider::provider().into());
    let config = config.with_safe_default_protocol_versions().map_err(RootsProblem::Unusable)?;
    let config = config.with_root_certificates(roots.store()?).with_no_client_auth();
    let mut tcp = TcpConnector::new();
    tcp.enforce_http(false);
    // Nagle's algorithm would delay a request whose last packet is short.
    tcp.set_nodelay(true);
    let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1();
    let connector = connector.wrap_connector(tcp);
    let mut pool = Client::builder(TokioExecutor::new());
    if idle.is_zero() {
        pool.pool_max_idle_per_host(0);
    }
    // Without a timer, the pool checks the age of a connection only when it is about to reuse it.
    Ok(pool.pool_idle_timeout(idle).build(connector))
}

#[derive(Debug)]
struct AwsClient(SharedHttpConnector);

impl HttpClient for AwsClient {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        self.0.clone()
    }
}

#[derive(Debug)]
struct AwsConnector(Pool);

impl HttpConnector for AwsConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let pool = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let response = pool.request(request).await.map_err(|error| ConnectorError::io(error.into()))?;
            let response = HttpResponse::try_from(response.map(SdkBody::from_body_1_x));
            response.map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_of_roots_that_cannot_be_read_stops_the_start_and_is_not_quoted() {
        let environment: Environment = [("AWS_CA_BUNDLE", "/nowhere/roots.pem")].into_iter().collect();
        let refusal = aws_client(&environment).unwrap_err().to_string();
        assert_eq!(
            refusal,
            "AWS_CA_BUNDLE cannot be used: it should be a file of PEM certificates (it cannot be read)"
        );
    }

    #[test]
    fn amazons_roots_are_trusted_where_nothing_else_is_said() {
        assert!(aws_client(&Environment::default()).is_ok());
    }
}

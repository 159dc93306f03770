//! Clients of the database and the queue on this machine, of which no function knows.

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedHttpClient, StalledStreamProtectionConfig};

/// Whose tables and queues: what requests are signed with.
pub(crate) struct Signer {
    pub(crate) region: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: Option<String>,
}

/// A client of the database at `url`.
pub(crate) fn dynamodb(url: &str, signer: &Signer, http_client: &SharedHttpClient) -> aws_sdk_dynamodb::Client {
    let mut config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(signer.region.clone()))
        .credentials_provider(signer.credentials())
        .endpoint_url(url);
    config.set_http_client(Some(http_client.clone()));
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

/// A client of the queue at `url`.
pub(crate) fn sqs(url: &str, signer: &Signer, http_client: &SharedHttpClient) -> aws_sdk_sqs::Client {
    let mut config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(signer.region.clone()))
        .credentials_provider(signer.credentials())
        // It would look ten times a second at a request that waits for messages.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .endpoint_url(url);
    config.set_http_client(Some(http_client.clone()));
    aws_sdk_sqs::Client::from_conf(config.build())
}

impl Signer {
    fn credentials(&self) -> Credentials {
        Credentials::new(&self.access_key_id, &self.secret_access_key, self.session_token.clone(), None, "local")
    }
}

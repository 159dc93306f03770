//! The bundle's own clients of the database and the queue on this machine. No function uses them.

use aws_sdk_dynamodb::config::{Credentials, Region, SharedHttpClient, StalledStreamProtectionConfig};
use aws_types::SdkConfig;
use shared::aws::sdk_config;

/// The region and the credentials that requests are signed with. They decide which account owns the
/// tables and queues.
pub(crate) struct Signer {
    pub(crate) region: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: Option<String>,
}

/// A client of the database at `url`.
pub(crate) fn dynamodb(url: &str, signer: &Signer, http_client: &SharedHttpClient) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::config::Builder::from(&signer.config(http_client)).endpoint_url(url);
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

/// A client of the queue at `url`.
pub(crate) fn sqs(url: &str, signer: &Signer, http_client: &SharedHttpClient) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::config::Builder::from(&signer.config(http_client)).endpoint_url(url);
    // This protection would check a request that waits for messages ten times a second.
    let config = config.stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    aws_sdk_sqs::Client::from_conf(config.build())
}

impl Signer {
    fn config(&self, http_client: &SharedHttpClient) -> SdkConfig {
        let token = self.session_token.clone();
        let credentials = Credentials::new(&self.access_key_id, &self.secret_access_key, token, None, "local");
        sdk_config(Region::new(self.region.clone()), credentials, http_client.clone()).build()
    }
}

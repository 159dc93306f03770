use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider, SharedHttpClient};
use aws_types::sdk_config::{Builder, SdkConfig};

/// The configuration that the clients of all services share.
pub fn sdk_config(region: Region, credentials: Credentials, http_client: SharedHttpClient) -> Builder {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client)
}

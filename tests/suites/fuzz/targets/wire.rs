//! DynamoDB, SQS and KMS with empty tables, as the SDK sees them. Reads find nothing, and every new
//! item is accepted.
//!
//! It answers within the call, so that a target takes no time for the network and always has the
//! same outcome.

use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;

/// The HTTP client of the functions.
pub fn client() -> SharedHttpClient {
    SharedHttpClient::new(Wire)
}

#[derive(Debug)]
struct Wire;

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Self)
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
        let (status, body) = answer(target.rsplit('.').next().unwrap_or_default(), &body);
        let status = StatusCode::try_from(status).expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
    }
}

/// The settings of login: one client, `local` with the secret `local`.
const LOGIN: &str = concat!(
    r#"{"SecretString":"{\"refresh\":{\"keys\":[{\"id\":1,\"secret\":\"a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=\"}]},"#,
    r#"\"platforms\":{\"anon\":{}},\"clients\":[{\"client_id\":\"local\",\"grants\":[\"anon\",\"refresh\",\"client_credentials\"],"#,
    r#"\"permissions\":[\"token:introspect\"],\"secret_sha256\":"#,
    r#"\"25bf8e1a2393f1108d37029b3df5593236c755742ec93465bbafa9b290bddcf6\"}]}"}"#,
);

/// The key of RFC 7638, section 3.1.
const PUBLIC_KEY: &str = concat!(
    r#"{"KeyId":"arn:aws:kms:eu-west-1:000000000000:key/login-key-1","PublicKey":""#,
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbf",
    "AAtVT86zwu1RK7aPFFxuhDR1L6tSoc/BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ/2W+5JsGY4Hc5n9yBXArwl93lqt7/RN5w6C",
    "f0h4QyQ5v+65YGjQR0/FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt+",
    "bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ+G/xBniIqbw0Ls1jF44+csFCur+kEgU8awapJzKnqDKgwIDAQAB",
    r#""}"#,
);

fn answer(operation: &str, body: &str) -> (u16, &'static str) {
    match operation {
        "GetItem" | "TransactWriteItems" => (200, "{}"),
        "BatchGetItem" => (200, r#"{"Responses":{},"UnprocessedKeys":{}}"#),
        "Query" => (200, r#"{"Items":[],"Count":0,"ScannedCount":0}"#),
        // The lease of player ids is the only update that needs no existing item.
        "UpdateItem" if body.contains(r#""TableName":"sequences""#) => {
            (200, r#"{"Attributes":{"next":{"N":"1000000"}}}"#)
        }
        "UpdateItem" => (400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}"#),
        "Sign" => (200, r#"{"KeyId":"arn:aws:kms:eu-west-1:000000000000:key/seal-key","Signature":"MAYCAQECAQE="}"#),
        "GetSecretValue" if body.contains("secret:login") => (200, LOGIN),
        "GetPublicKey" => (200, PUBLIC_KEY),
        "GetSecretValue" => (200, r#"{"SecretString":"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"}"#),
        "GetQueueAttributes" => (200, r#"{"Attributes":{"ApproximateNumberOfMessages":"0"}}"#),
        _ => (400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ValidationException"}"#),
    }
}

//! The key that signs seals on this machine, and a server with KMS's protocol for it.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    error::Unspecified,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, Response, StatusCode, body::Incoming, service::service_fn};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::Server;
use crate::{
    data::DataFolder,
    problem::Problem,
    template::{ACCOUNT, REGION},
};

/// KMS limits a message to 4,096 bytes. In base64 and JSON this is the limit of a request.
const BODY_LIMIT: usize = 8 * 1024;

/// A P-256 key that signs seals. `Debug` shows nothing of it.
#[derive(Clone)]
pub(crate) struct SealKey {
    pair: Arc<EcdsaKeyPair>,
}

/// KMS on loopback, with this one key.
#[derive(Debug)]
pub(crate) struct KmsServer(Server);

impl SealKey {
    /// Makes a new random key. Returns its PKCS #8 bytes.
    fn generate() -> Result<Vec<u8>, Problem> {
        let failed = |_| Problem::crypto("making a key");
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map_err(failed)?;
        Ok(pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec())
    }

    /// Reads a key from its PKCS #8 bytes. `None` if they are not a P-256 key.
    fn from_pkcs8(pkcs8: &[u8]) -> Option<Self> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8).ok()?;
        Some(Self { pair: Arc::new(pair) })
    }

    /// The folder's key, or a new one if it has none.
    pub(crate) fn of_folder(folder: &DataFolder) -> Result<Self, Problem> {
        folder.kept_key(&folder.seal_key(), Self::generate, Self::from_pkcs8)
    }

    /// A new key that is not stored.
    pub(crate) fn in_memory() -> Result<Self, Problem> {
        Self::from_pkcs8(&Self::generate()?).ok_or_else(|| Problem::crypto("making a key"))
    }

    /// The name of the key: an ARN, as on AWS.
    pub(crate) fn arn() -> String {
        format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/seal-key")
    }

    /// The public key as X.509 `SubjectPublicKeyInfo` in DER.
    pub(crate) fn public_key(&self) -> Result<Vec<u8>, Unspecified> {
        let der: PublicKeyX509Der<'_> = self.pair.public_key().as_der()?;
        Ok(der.as_ref().to_vec())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let signature = self.pair.sign(&SystemRandom::new(), message)?;
        Ok(signature.as_ref().to_vec())
    }

    /// Answers as KMS does (AWS KMS API reference, "Sign" and "`GetPublicKey`").
    fn answer(&self, operation: &str, body: &Value) -> Result<Value, &'static str> {
        if body["KeyId"] != Self::arn() {
            return Err("NotFoundException");
        }
        match operation {
            "TrentService.Sign" => {
                let message = body["Message"].as_str().and_then(|message| STANDARD.decode(message).ok());
                let message = message.filter(|message| (1..=4096).contains(&message.len()));
                let asked = (&body["MessageType"], &body["SigningAlgorithm"]);
                let (Some(message), true) = (message, asked == (&json!("RAW"), &json!("ECDSA_SHA_256"))) else {
                    return Err("ValidationException");
                };
                let signature = self.sign(&message).map_err(|_| "KMSInternalException")?;
                Ok(json!({
                    "KeyId": Self::arn(), "Signature": STANDARD.encode(signature), "SigningAlgorithm": "ECDSA_SHA_256",
                }))
            }
            "TrentService.GetPublicKey" => {
                let public_key = self.public_key().map_err(|_| "KMSInternalException")?;
                Ok(json!({
                    "KeyId": Self::arn(), "PublicKey": STANDARD.encode(public_key), "KeySpec": "ECC_NIST_P256",
                    "KeyUsage": "SIGN_VERIFY", "SigningAlgorithms": ["ECDSA_SHA_256"],
                }))
            }
            _ => Err("UnknownOperationException"),
        }
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey")
    }
}

impl KmsServer {
    /// Starts KMS on a free port.
    pub(crate) async fn start(key: SealKey) -> Result<Self, Problem> {
        let failed = |error: std::io::Error| Problem::failed("starting the key server", &error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let service = service_fn(move |request| {
            let key = key.clone();
            async move { Ok(respond(&key, request).await) }
        });
        Ok(Self(Server::start(listener, service).map_err(failed)?))
    }

    /// The URL at which KMS answers.
    pub(crate) fn url(&self) -> String {
        let address: SocketAddr = self.0.address();
        format!("http://{address}")
    }

    /// Stops the server after the requests in flight.
    pub(crate) async fn stop(self) {
        self.0.stop().await;
    }
}

async fn respond(key: &SealKey, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let operation = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    let operation = operation.unwrap_or_default().to_owned();
    let body = Limited::new(request.into_body(), BODY_LIMIT).collect().await;
    let body = body.ok().and_then(|body| serde_json::from_slice(&body.to_bytes()).ok());
    let answer = body.ok_or("SerializationException").and_then(|body: Value| key.answer(&operation, &body));
    let (status, body) = match answer {
        Ok(body) => (StatusCode::OK, body),
        Err(code) => (StatusCode::BAD_REQUEST, json!({ "__type": code })),
    };
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert("content-type", hyper::header::HeaderValue::from_static("application/x-amz-json-1.1"));
    response
}

use std::future::Future;

use aws_sdk_kms::{
    Client,
    primitives::Blob,
    types::{MessageType, SigningAlgorithmSpec},
};

use crate::{
    ambient::Ambient,
    aws::{CallError, Verdict, attempt},
};

/// A signature, and the key that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The key's ARN.
    pub key_id: String,
    /// ECDSA over P-256 and SHA-256, in DER.
    pub bytes: Vec<u8>,
}

/// Signs messages.
pub trait Sign: Send + Sync + 'static {
    /// Signs up to 4,096 bytes (KMS quota for whole messages).
    fn sign(&self, message: &[u8]) -> impl Future<Output = Result<Signature, CallError>> + Send;
}

/// A signing key in KMS, of the type `ECC_NIST_P256`.
#[derive(Debug)]
pub struct KmsKey {
    client: Client,
    key_id: String,
    ambient: Ambient,
}

impl KmsKey {
    /// The key of this name. The client's own retries must be off.
    pub fn new(client: Client, key_id: String, ambient: Ambient) -> Self {
        Self { client, key_id, ambient }
    }
}

impl Sign for KmsKey {
    async fn sign(&self, message: &[u8]) -> Result<Signature, CallError> {
        let call = || {
            let sign = self.client.sign().key_id(&self.key_id).message_type(MessageType::Raw);
            sign.message(Blob::new(message)).signing_algorithm(SigningAlgorithmSpec::EcdsaSha256).send()
        };
        match attempt(&self.ambient, |_| Verdict::ByCode, call).await? {
            Ok(signed) => {
                let bytes = signed.signature.ok_or_else(|| CallError::Broken("KMS gave no signature".into()))?;
                Ok(Signature { key_id: signed.key_id.unwrap_or_default(), bytes: bytes.into_inner() })
            }
            Err(error) => Err(CallError::Broken(error.to_string())),
        }
    }
}

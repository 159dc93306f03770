use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::rsa::PublicKey;
use aws_sdk_kms::{
    Client,
    error::ProvideErrorMetadata,
    primitives::Blob,
    types::{MessageType, SigningAlgorithmSpec},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::future::join_all;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    ambient::Ambient,
    auth::{PublishKeys, PublishedKeys},
    aws::{CallError, Verdict, attempt},
    identity::Timestamp,
};

/// The age at which published keys are read again.
const REFRESH_AFTER: std::time::Duration = std::time::Duration::from_mins(10);

/// The shortest time between two attempts to read keys that are too old.
const PAUSE: std::time::Duration = std::time::Duration::from_mins(1);

/// Error codes of a key that KMS has and refuses to use: it is disabled, or waits for its deletion
/// (AWS KMS API reference, "`GetPublicKey`").
const OUT_OF_USE: [&str; 2] = ["DisabledException", "KMSInvalidStateException"];

/// The RSA keys in KMS that sign access tokens. The first one signs. The public keys of all are
/// published, so that tokens of a retired or a coming key are accepted.
#[derive(Debug)]
pub struct LoginKeys {
    client: Client,
    arns: Vec<String>,
    ambient: Ambient,
    published: Mutex<Option<(Arc<[PublishedKey]>, Timestamp)>>,
    attempted: Mutex<Option<Timestamp>>,
    /// The name of the signing key. The public key of an ARN never changes.
    signing: tokio::sync::OnceCell<String>,
}

/// A public key as the API publishes it (RFC 7517, RFC 7518 section 6.3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublishedKey {
    /// The RFC 7638 thumbprint of the key.
    pub kid: String,
    /// `RSA`.
    pub kty: &'static str,
    /// The modulus, in base64url.
    pub n: String,
    /// The exponent, in base64url.
    pub e: String,
}

impl LoginKeys {
    /// The keys with these ARNs. The client's own retries must be off.
    pub fn new(client: Client, arns: Vec<String>, ambient: Ambient) -> Self {
        let signing = tokio::sync::OnceCell::new();
        Self { client, arns, ambient, published: Mutex::default(), attempted: Mutex::default(), signing }
    }

    /// The public keys, at most ten minutes old while KMS answers. Makes one call for each key if
    /// they are older. If KMS does not answer, the last ones serve on.
    pub async fn published(&self) -> Result<Arc<[PublishedKey]>, CallError> {
        let now = self.ambient.now();
        let kept = self.published.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_new = |read: Timestamp| (read..read.plus(REFRESH_AFTER)).contains(&now);
        let keys = match kept {
            // Only an attempt is noted, so that keys are read again as soon as they are too old.
            Some((keys, read)) if is_new(read) || !self.may_read(now) => return Ok(keys),
            kept => match (self.read().await, kept) {
                (Ok(keys), _) => Arc::from(keys),
                (Err(error), Some((keys, _))) if error.is_passing() => {
                    tracing::warn!(cause = %error, "the public keys could not be read again; the last ones are shown");
                    return Ok(keys);
                }
                (Err(error), _) => return Err(error),
            },
        };
        *self.published.lock().unwrap_or_else(PoisonError::into_inner) = Some((Arc::clone(&keys), now));
        Ok(keys)
    }

    /// Whether the last attempt to read the keys is long enough ago. Notes this one.
    fn may_read(&self, now: Timestamp) -> bool {
        let mut attempted = self.attempted.lock().unwrap_or_else(PoisonError::into_inner);
        let may = attempted.is_none_or(|at| !(at..at.plus(PAUSE)).contains(&now));
        if may {
            *attempted = Some(now);
        }
        may
    }

    /// The name of the key that signs. Makes one call, the first time.
    pub async fn signing_kid(&self) -> Result<&str, CallError> {
        let read = || async {
            let arn = self.arns.first().ok_or_else(|| CallError::Broken("no key signs tokens".into()))?;
            match self.public_key(arn).await? {
                Some(key) => Ok(key.kid),
                None => Err(CallError::Broken("the key that signs tokens is disabled".into())),
            }
        };
        self.signing.get_or_try_init(read).await.map(String::as_str)
    }

    /// The RS256 signature over a message of any length (RFC 7518 section 3.3). KMS gets the digest
    /// only, since it takes at most 4,096 bytes of a message.
    pub async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CallError> {
        let arn = self.arns.first().ok_or_else(|| CallError::Broken("no key signs tokens".into()))?;
        let digest = Sha256::digest(message);
        let call = || {
            let sign = self.client.sign().key_id(arn).message_type(MessageType::Digest);
            let sign = sign.message(Blob::new(digest.as_slice()));
            sign.signing_algorithm(SigningAlgorithmSpec::RsassaPkcs1V15Sha256).send()
        };
        match attempt(&self.ambient, |_| Verdict::ByCode, call).await? {
            Ok(signed) => {
                let signature = signed.signature.ok_or_else(|| CallError::Broken("KMS gave no signature".into()))?;
                Ok(signature.into_inner())
            }
            Err(error) => Err(CallError::Broken(error.to_string())),
        }
    }

    /// The public keys of now. A key that KMS refuses to show is left out: during a deployment the
    /// role of a function may lose a retired key before the function's settings do.
    async fn read(&self) -> Result<Vec<PublishedKey>, CallError> {
        let (mut keys, mut refused) = (Vec::new(), None);
        for read in join_all(self.arns.iter().map(|arn| self.public_key(arn))).await {
            match read {
                Ok(key) => keys.extend(key),
                Err(error) if error.is_passing() => return Err(error),
                Err(error) => {
                    tracing::warn!(cause = %error, "a key of LoginKeys cannot be read; its tokens are refused");
                    refused = Some(error);
                }
            }
        }
        match refused {
            Some(refused) if keys.is_empty() => Err(refused),
            _ => Ok(keys),
        }
    }

    /// One public key. `None` if it is out of use.
    async fn public_key(&self, arn: &str) -> Result<Option<PublishedKey>, CallError> {
        let verdict = |error: &aws_sdk_kms::operation::get_public_key::GetPublicKeyError| {
            let is_out_of_use = error.code().is_some_and(|code| OUT_OF_USE.contains(&code));
            if is_out_of_use { Verdict::Answer } else { Verdict::ByCode }
        };
        let answer = attempt(&self.ambient, verdict, || self.client.get_public_key().key_id(arn).send()).await?;
        let Ok(answer) = answer else {
            tracing::warn!(key = arn, "a key of LoginKeys is disabled or being deleted; its tokens are refused");
            return Ok(None);
        };
        let der = answer.public_key.ok_or_else(|| CallError::Broken("KMS gave no public key".into()))?;
        PublishedKey::from_der(der.as_ref()).map(Some)
    }
}

impl PublishKeys for LoginKeys {
    fn key_set(&self) -> PublishedKeys<'_> {
        Box::pin(async {
            let keys = self.read().await.map_err(|error| error.to_string())?;
            Ok(serde_json::json!({ "keys": keys }).to_string())
        })
    }
}

impl PublishedKey {
    /// Reads an X.509 `SubjectPublicKeyInfo` of an RSA key of 2,048 bits.
    pub fn from_der(der: &[u8]) -> Result<Self, CallError> {
        let wrong = || CallError::Broken("a key of LoginKeys is not an RSA_2048 key".into());
        let key = PublicKey::from_der(der).map_err(|_| wrong())?;
        if key.modulus_len() != 256 {
            return Err(wrong());
        }
        let [n, e] = [key.modulus(), key.exponent()]
            .map(|number| URL_SAFE_NO_PAD.encode(number.big_endian_without_leading_zero()));
        // RFC 7638 section 3: exactly these members, in this order.
        let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)));
        Ok(Self { kid, kty: "RSA", n, e })
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::{
        encoding::AsDer,
        rsa::{KeyPair, KeySize},
        signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
    };

    use super::*;
    use crate::auth::PublicKey as TokenKey;

    #[test]
    fn the_key_of_rfc_7638_has_the_name_that_it_shows() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs\
                 tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn\
                 1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let components = aws_lc_rs::rsa::PublicKeyComponents {
            n: URL_SAFE_NO_PAD.decode(n).unwrap(),
            e: URL_SAFE_NO_PAD.decode("AQAB").unwrap(),
        };
        let key = PublishedKey::from_der(components.as_der().unwrap().as_ref()).unwrap();
        assert_eq!(key.kid, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert_eq!((&*key.n, &*key.e, key.kty), (n, "AQAB", "RSA"));
    }

    #[test]
    fn a_published_key_verifies_tokens() {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let key = PublishedKey::from_der(pair.public_key().as_der().unwrap().as_ref()).unwrap();
        let jwk = TokenKey::from_jwk(&serde_json::to_string(&key).unwrap()).unwrap();
        let mut signature = vec![0; pair.public_modulus_len()];
        let random = aws_lc_rs::rand::SystemRandom::new();
        pair.sign(&aws_lc_rs::signature::RSA_PKCS1_SHA256, &random, b"message", &mut signature).unwrap();
        assert!(jwk.verifies(b"message", &signature));
        assert!(!jwk.verifies(b"Message", &signature));
    }

    #[test]
    fn other_keys_are_refused() {
        let long = KeyPair::generate(KeySize::Rsa3072).unwrap();
        let curve = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let ders = [
            long.public_key().as_der().unwrap().as_ref().to_vec(),
            AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(curve.public_key()).unwrap().as_ref().to_vec(),
            Vec::new(),
            vec![0x30, 0x82],
        ];
        for der in ders {
            assert!(matches!(PublishedKey::from_der(&der), Err(CallError::Broken(_))));
        }
    }
}

//! KMS on this machine: the key that signs seals, and the keys that sign access tokens.

mod login_keys;
mod seal_key;

use std::sync::Arc;

use aws_lc_rs::{
    digest::{Digest, SHA256, SHA384, SHA512, digest},
    error::Unspecified,
};
use aws_sdk_kms::types::SigningAlgorithmSpec;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) use login_keys::LoginKeys;
pub use login_keys::login_keys;
pub(crate) use seal_key::SealKey;

use super::{aws_json::Operations, rsa_keys::RsaKey};
use crate::{
    data::{DataFolder, LOGIN_KEYS},
    problem::Problem,
    template::{ACCOUNT, REGION},
};

/// The longest message, in bytes (AWS KMS API reference, "Sign").
const MESSAGE_LIMIT: usize = 4096;

const INTERNAL: &str = "KMSInternalException";
const INVALID: &str = "ValidationException";

/// The keys. It answers as KMS does (AWS KMS API reference, "Sign" and "`GetPublicKey`").
pub(crate) struct Kms {
    seal: SealKey,
    login: LoginKeys,
}

/// One key of either kind.
enum Key {
    Seal(SealKey),
    Login(Arc<RsaKey>),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sign {
    key_id: String,
    message: String,
    #[serde(default)]
    message_type: MessageType,
    signing_algorithm: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum MessageType {
    #[default]
    Raw,
    Digest,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetPublicKey {
    key_id: String,
}

impl Kms {
    /// The keys of a data folder. Keys that it lacks are made.
    pub(crate) fn of_folder(folder: &DataFolder) -> Result<Self, Problem> {
        Ok(Self { seal: SealKey::of_folder(folder)?, login: LoginKeys::of_folder(folder) })
    }

    /// Keys that are not stored.
    pub(crate) fn in_memory() -> Result<Self, Problem> {
        Ok(Self { seal: SealKey::in_memory()?, login: LoginKeys::in_memory() })
    }

    /// The keys that sign access tokens.
    pub(crate) fn login_keys(&self) -> LoginKeys {
        self.login.clone()
    }

    fn sign(&self, asked: &Sign) -> Result<Value, &'static str> {
        let message = STANDARD.decode(&asked.message).map_err(|_| INVALID)?;
        let algorithm = asked.signing_algorithm.as_str();
        if !(1..=MESSAGE_LIMIT).contains(&message.len()) || !SigningAlgorithmSpec::values().contains(&algorithm) {
            return Err(INVALID);
        }
        let (arn, key) = self.find(&asked.key_id)?;
        if !key.algorithms().contains(&algorithm) {
            return Err("InvalidKeyUsageException");
        }
        let hash = match algorithm {
            sha_256 if sha_256.ends_with("_256") => &SHA256,
            sha_384 if sha_384.ends_with("_384") => &SHA384,
            _ => &SHA512,
        };
        let hashed = match asked.message_type {
            MessageType::Raw => digest(hash, &message),
            MessageType::Digest => Digest::import_less_safe(&message, hash).map_err(|_| INVALID)?,
        };
        let signature = key.sign(algorithm, &hashed).map_err(|_| INTERNAL)?;
        Ok(json!({ "KeyId": arn, "Signature": STANDARD.encode(signature), "SigningAlgorithm": algorithm }))
    }

    fn public_key(&self, asked: &GetPublicKey) -> Result<Value, &'static str> {
        let (arn, key) = self.find(&asked.key_id)?;
        let public_key = key.public_key().map_err(|_| INTERNAL)?;
        let spec = match key {
            Key::Seal(_) => "ECC_NIST_P256",
            Key::Login(_) => "RSA_2048",
        };
        Ok(json!({
            "KeyId": arn, "PublicKey": STANDARD.encode(public_key), "KeyUsage": "SIGN_VERIFY", "KeySpec": spec,
            "CustomerMasterKeySpec": spec, "SigningAlgorithms": key.algorithms(),
        }))
    }

    /// The key with this ARN or this bare id, and its ARN.
    fn find(&self, id: &str) -> Result<(String, Key), &'static str> {
        let arn = if id.starts_with("arn:") { id.to_owned() } else { arn(id) };
        if arn == SealKey::arn() {
            return Ok((arn, Key::Seal(self.seal.clone())));
        }
        let login = LOGIN_KEYS.into_iter().find(|login| self::arn(login) == arn).ok_or("NotFoundException")?;
        let key = self.login.get(login).map_err(|problem| {
            tracing::error!(%problem, "a key in KMS cannot be used");
            INTERNAL
        });
        Ok((arn, Key::Login(key?)))
    }
}

impl Operations for Kms {
    fn answer(&self, operation: &str, body: &Value) -> Result<Value, &'static str> {
        match operation {
            "TrentService.Sign" => self.sign(&Sign::deserialize(body).map_err(|_| INVALID)?),
            "TrentService.GetPublicKey" => self.public_key(&GetPublicKey::deserialize(body).map_err(|_| INVALID)?),
            _ => Err("UnknownOperationException"),
        }
    }
}

impl Key {
    fn algorithms(&self) -> Vec<&'static str> {
        match self {
            Self::Seal(_) => vec!["ECDSA_SHA_256"],
            Self::Login(_) => login_keys::algorithms(),
        }
    }

    fn public_key(&self) -> Result<Vec<u8>, Unspecified> {
        match self {
            Self::Seal(key) => key.public_key(),
            Self::Login(key) => key.public_key(),
        }
    }

    fn sign(&self, algorithm: &str, hashed: &Digest) -> Result<Vec<u8>, Unspecified> {
        match self {
            Self::Seal(key) => key.sign_digest(hashed),
            Self::Login(key) => key.sign_digest(login_keys::encoding(algorithm).ok_or(Unspecified)?, hashed),
        }
    }
}

fn arn(id: &str) -> String {
    format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{id}")
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::*;

    struct Scratch(PathBuf);

    impl Scratch {
        fn new() -> Self {
            Self(std::env::temp_dir().join(format!("roster-kms-{}", uuid::Uuid::new_v4())))
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn public_key(kms: &Kms, id: &str) -> Result<Value, &'static str> {
        Ok(kms.answer("TrentService.GetPublicKey", &json!({ "KeyId": id }))?["PublicKey"].take())
    }

    #[test]
    fn keys_in_memory_are_made_once_in_a_process_and_differ() {
        let [one, other] = [1, 2].map(|_| Kms::in_memory().unwrap());
        let [first, second] = login_keys();
        assert_eq!(public_key(&one, &first), public_key(&other, &first));
        assert_ne!(public_key(&one, &first), public_key(&one, &second));
        assert_ne!(public_key(&one, &SealKey::arn()), public_key(&other, &SealKey::arn()));
    }

    #[test]
    fn a_folder_keeps_each_key_from_its_first_use() {
        let scratch = Scratch::new();
        let folder = DataFolder::open(&scratch.0).unwrap();
        let [first, second] = LOGIN_KEYS;
        let of_first = public_key(&Kms::of_folder(&folder).unwrap(), first).unwrap();
        assert!(folder.rsa_key(first).is_file() && !folder.rsa_key(second).exists());
        let again = Kms::of_folder(&folder).unwrap();
        assert_eq!(public_key(&again, first), Ok(of_first.clone()));
        let of_second = public_key(&again, second).unwrap();
        assert_ne!(of_first, of_second);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(folder.rsa_key(first)).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(folder.rsa_key(first), "not a key").unwrap();
        let damaged = Kms::of_folder(&folder).unwrap();
        assert_eq!(public_key(&damaged, first), Err(INTERNAL));
        assert_eq!(public_key(&damaged, second), Ok(of_second));
    }

    #[test]
    fn a_malformed_request_is_no_valid_one() {
        let kms = Kms::in_memory().unwrap();
        let sign = |change: &dyn Fn(&mut Value)| {
            let mut asked = json!({ "KeyId": SealKey::arn(), "Message": "bQ==", "SigningAlgorithm": "ECDSA_SHA_256" });
            change(&mut asked);
            kms.answer("TrentService.Sign", &asked).map(drop)
        };
        assert_eq!(sign(&|_| {}), Ok(()));
        for (member, wrong) in [
            ("KeyId", json!(null)),
            ("Message", json!("")),
            ("Message", json!("?")),
            ("MessageType", json!("HASH")),
            ("SigningAlgorithm", json!("RS256")),
        ] {
            assert_eq!(sign(&|asked| asked[member] = wrong.clone()), Err(INVALID), "{member}: {wrong}");
        }
        assert_eq!(kms.answer("TrentService.Encrypt", &json!({})), Err("UnknownOperationException"));
    }
}

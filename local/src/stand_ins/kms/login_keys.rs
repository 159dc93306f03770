//! The keys that sign access tokens, of the type `RSA_2048`.

use std::sync::Arc;

use aws_lc_rs::signature::{
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
    RsaSignatureEncoding,
};

use crate::{
    data::{DataFolder, LOGIN_KEYS},
    problem::Problem,
    stand_ins::rsa_keys::{RsaKey, RsaKeys},
};

/// The algorithms of a key of this type, as KMS names them.
const ALGORITHMS: [(&str, &RsaSignatureEncoding); 6] = [
    ("RSASSA_PKCS1_V1_5_SHA_256", &RSA_PKCS1_SHA256),
    ("RSASSA_PKCS1_V1_5_SHA_384", &RSA_PKCS1_SHA384),
    ("RSASSA_PKCS1_V1_5_SHA_512", &RSA_PKCS1_SHA512),
    ("RSASSA_PSS_SHA_256", &RSA_PSS_SHA256),
    ("RSASSA_PSS_SHA_384", &RSA_PSS_SHA384),
    ("RSASSA_PSS_SHA_512", &RSA_PSS_SHA512),
];

/// The keys, by their ARNs.
#[derive(Debug, Clone)]
pub(crate) struct LoginKeys(RsaKeys);

/// The ARNs of the keys in the local KMS that can sign access tokens. Bundles use the first one
/// unless `LOGIN_KEYS` asks for others.
pub fn login_keys() -> [String; LOGIN_KEYS.len()] {
    LOGIN_KEYS.map(super::arn)
}

impl LoginKeys {
    pub(super) fn of_folder(folder: &DataFolder) -> Self {
        Self(RsaKeys::of_folder(folder))
    }

    pub(super) fn in_memory() -> Self {
        Self(RsaKeys::in_memory())
    }

    /// The key with this ARN.
    pub(crate) fn named(&self, arn: &str) -> Result<Arc<RsaKey>, Problem> {
        let id = LOGIN_KEYS.into_iter().find(|id| super::arn(id) == arn);
        self.get(id.ok_or_else(|| Problem::crypto("finding the key of LOGIN_KEYS"))?)
    }

    /// The key with this id.
    pub(super) fn get(&self, id: &'static str) -> Result<Arc<RsaKey>, Problem> {
        self.0.get(id)
    }
}

pub(super) fn algorithms() -> Vec<&'static str> {
    ALGORITHMS.map(|(name, _)| name).into()
}

/// The algorithm with this name, if a key of this type has it.
pub(super) fn encoding(algorithm: &str) -> Option<&'static RsaSignatureEncoding> {
    ALGORITHMS.into_iter().find(|(name, _)| *name == algorithm).map(|(_, encoding)| encoding)
}

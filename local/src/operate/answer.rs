//! `roster verify --receipt`: one answer of `GET …/purge/receipt`, held against a public key and nothing else.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, de::DeserializeOwned};
use shared::identity::{Digest, merkle::Inclusion};

use super::{
    json::Json,
    public_key::{PublicKey, is_signed},
};

/// What an answer proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Whose receipt it is.
    pub person_id: String,
    /// When everything was gone.
    pub completed_on: String,
    /// The hour that was sealed.
    pub hour: String,
    /// The number of the seal.
    pub number: u64,
    /// When the seal was made.
    pub sealed_on: String,
}

/// Why an answer proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptProblem {
    /// Not what the endpoint answers.
    #[error("this is no answer about a receipt: {0}")]
    Malformed(String),
    /// Too early.
    #[error("the receipt is not sealed yet; its hour can be from {0} on")]
    NotSealed(String),
    /// Too late.
    #[error("the answer has no proof: other receipts of its hour have expired")]
    NoProof,
    /// The receipt was changed.
    #[error("the digest is not that of the receipt")]
    Digest,
    /// The receipt is not among those that were sealed.
    #[error("the proof does not lead from the receipt to the root that was sealed")]
    Proof,
    /// The seal is of another hour.
    #[error("the seal is not of the hour in which the purge was completed")]
    Hour,
    /// The seal was changed, or somebody else made it.
    #[error("the seal is not signed by the key")]
    Signature,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReceiptResponse {
    receipt: Json,
    digest: String,
    sealed: bool,
    settles_on: Option<String>,
    seal: Option<Sealed>,
    proof: Option<Way>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    signed: Json,
    #[serde(rename = "key_id")]
    _key_id: String,
    signature: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Way {
    leaf_index: usize,
    tree_size: usize,
    path: Vec<String>,
}

/// What of a receipt is compared with its seal.
#[derive(Debug, Deserialize)]
struct Receipt {
    person_id: String,
    completed_on: String,
}

/// What of a seal is compared with its receipt.
#[derive(Debug, Deserialize)]
struct Signed {
    count: usize,
    hour: String,
    number: u64,
    root: String,
    sealed_on: String,
}

/// Whether the answer proves that its receipt is under a seal of one of these keys.
pub fn verify_answer(text: &str, keys: &[PublicKey]) -> Result<Proven, ReceiptProblem> {
    let answer: ReceiptResponse =
        serde_json::from_str(text).map_err(|error| ReceiptProblem::Malformed(error.to_string()))?;
    let digest = Digest::from_hex(&answer.digest).ok_or(ReceiptProblem::Digest)?;
    if Digest::of(answer.receipt.canonical().as_bytes()) != digest {
        return Err(ReceiptProblem::Digest);
    }
    let Some(seal) = answer.seal.filter(|_| answer.sealed) else {
        return Err(ReceiptProblem::NotSealed(answer.settles_on.unwrap_or_default()));
    };
    let bytes = seal.signed.canonical();
    let signature = STANDARD.decode(&seal.signature).map_err(|_| ReceiptProblem::Signature)?;
    if !is_signed(keys, bytes.as_bytes(), &signature) {
        return Err(ReceiptProblem::Signature);
    }
    let receipt: Receipt = part(&answer.receipt)?;
    let signed: Signed = part(&seal.signed)?;
    let proof = answer.proof.ok_or(ReceiptProblem::NoProof)?;
    let path = proof.path.iter().map(|digest| Digest::from_hex(digest)).collect::<Option<_>>();
    let way = Inclusion {
        leaf_index: proof.leaf_index,
        tree_size: proof.tree_size,
        path: path.ok_or(ReceiptProblem::Proof)?,
    };
    let root = Digest::from_hex(&signed.root).ok_or(ReceiptProblem::Proof)?;
    if way.tree_size != signed.count || way.root_from(digest) != Some(root) {
        return Err(ReceiptProblem::Proof);
    }
    // Both are written alike: 2026-12-06T09:00:07Z is of the hour 2026-12-06T09:00:00Z.
    if hour_of(&receipt.completed_on).is_none_or(|hour| hour_of(&signed.hour) != Some(hour)) {
        return Err(ReceiptProblem::Hour);
    }
    let Signed { hour, number, sealed_on, .. } = signed;
    Ok(Proven { person_id: receipt.person_id, completed_on: receipt.completed_on, hour, number, sealed_on })
}

fn hour_of(time: &str) -> Option<&str> {
    time.split_once(':').map(|(hour, _)| hour)
}

fn part<T: DeserializeOwned>(json: &Json) -> Result<T, ReceiptProblem> {
    serde_json::from_str(&json.canonical()).map_err(|error| ReceiptProblem::Malformed(error.to_string()))
}

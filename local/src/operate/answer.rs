//! `roster verify --receipt`: verifies one answer of `GET …/purge/receipt` with a public key and
//! nothing else.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, de::DeserializeOwned};
use shared::identity::{Digest, merkle::Inclusion};

use super::{
    json::Json,
    public_key::{PublicKey, is_signed},
};

/// The facts that an answer proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The person that was purged.
    pub person_id: String,
    /// The time at which the purge was completed.
    pub completed_on: String,
    /// The hour that the seal covers.
    pub hour: String,
    /// The number of the seal.
    pub number: u64,
    /// The time at which the seal was made.
    pub sealed_on: String,
}

/// A reason why an answer proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptProblem {
    /// The file is not an answer of the endpoint.
    #[error("this is not an answer of GET …/purge/receipt: {0}")]
    Malformed(String),
    /// The receipt's hour is not sealed yet.
    #[error("the receipt is not sealed yet; its hour can be sealed from {0} on")]
    NotSealed(String),
    /// The proof can no longer be built, since other receipts of the hour are gone.
    #[error("the answer has no proof: other receipts of its hour have expired")]
    NoProof,
    /// The receipt was changed.
    #[error("the digest is not the digest of the receipt: one of them was changed")]
    Digest,
    /// The receipt is not among the receipts that were sealed.
    #[error("the proof does not lead from the receipt to the sealed root")]
    Proof,
    /// The seal covers another hour.
    #[error("the seal does not cover the hour in which the purge was completed")]
    Hour,
    /// The seal was changed, or another key signed it.
    #[error("the seal is not signed by the given public key")]
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

/// The fields of a receipt that are compared with its seal.
#[derive(Debug, Deserialize)]
struct Receipt {
    person_id: String,
    completed_on: String,
}

/// The fields of a seal that are compared with its receipt.
#[derive(Debug, Deserialize)]
struct Signed {
    count: usize,
    hour: String,
    number: u64,
    root: String,
    sealed_on: String,
}

/// Verifies that the answer's receipt is under a seal that one of these keys signed.
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
    // Both have the same form: 2026-12-06T09:00:07Z belongs to the hour 2026-12-06T09:00:00Z.
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

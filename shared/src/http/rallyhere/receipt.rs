use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema, Type},
};

use crate::identity::{self, Digest, Receipt, Seal, Second, SignedSeal, merkle::Inclusion};

/// The receipt of a purge, and the proof that a seal covers it.
#[derive(Debug, Serialize)]
pub struct ReceiptBody<'a> {
    receipt: identity::ReceiptBody<'a>,
    digest: Digest,
    sealed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    settles_on: Option<Second>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seal: Option<SealBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<&'a Inclusion>,
}

#[derive(Debug, Serialize)]
struct SealBody<'a> {
    signed: &'a Seal,
    key_id: &'a str,
    signature: String,
}

impl<'a> ReceiptBody<'a> {
    /// An example for the description of the API.
    pub const EXAMPLE: &'static str = r#"{
        "receipt": {
            "completed_on": "2026-12-06T09:00:07Z", "created_on": "2026-11-22T09:00:00Z", "dispatches": 1,
            "erased_everywhere_by": "2027-01-10T09:00:07Z", "expires_on": "2029-12-05T09:00:07Z",
            "person_id": "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10",
            "players": ["66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e"],
            "purge_id": "3f1c3c0e-7d0f-4f1e-9c56-2a9c1e10b722", "purge_on": "2026-12-06T09:00:00Z",
            "removed": { "identities": 1, "persons": 1, "users": 1 }, "requested_by": "self"
        },
        "digest": "c9a8eef5c34f7c9c100d874bb911f65af97da357edf7bb0473869779e9dab673",
        "sealed": false, "settles_on": "2026-12-06T10:10:00Z"
    }"#;

    /// The body of a receipt that no seal covers yet.
    pub fn unsealed(receipt: &'a Receipt) -> Self {
        let settles_on = Some(receipt.hour().settles_on());
        Self { receipt: receipt.body(), digest: receipt.digest(), sealed: false, settles_on, seal: None, proof: None }
    }

    /// The body of a sealed receipt. There is no proof any more once another receipt of its hour
    /// has expired.
    pub fn sealed(receipt: &'a Receipt, seal: &'a SignedSeal, proof: Option<&'a Inclusion>) -> Self {
        let seal = SealBody { signed: &seal.seal, key_id: &seal.key_id, signature: STANDARD.encode(&seal.signature) };
        Self { sealed: true, settles_on: None, seal: Some(seal), proof, ..Self::unsealed(receipt) }
    }
}

impl ToSchema for ReceiptBody<'_> {
    fn name() -> std::borrow::Cow<'static, str> {
        "SealedReceipt".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        let parts = [
            ("PurgeReceipt", receipt()),
            (
                "PurgeRequester",
                text("The caller that asked for a purge: the person itself, or a service.")
                    .enum_values(Some(["self", "service"])),
            ),
            ("RemovedRecords", removed()),
            ("SignedSeal", signed_seal()),
            ("Seal", seal()),
            ("InclusionProof", proof()),
        ];
        schemas.extend(parts.map(|(name, part)| (name.to_owned(), part.into())));
    }
}

impl PartialSchema for ReceiptBody<'_> {
    fn schema() -> RefOr<Schema> {
        object("The receipt of a purge, and the proof that a seal covers it.")
            .property("receipt", Ref::from_schema_name("PurgeReceipt"))
            .property("digest", digest("SHA-256 of the receipt as canonical JSON (RFC 8785)."))
            .property("sealed", ObjectBuilder::new().schema_type(Type::Boolean))
            .property("settles_on", second("The time from which the hour of an unsealed receipt can be sealed."))
            .property("seal", Ref::from_schema_name("SignedSeal"))
            .property("proof", Ref::from_schema_name("InclusionProof"))
            .required("receipt")
            .required("digest")
            .required("sealed")
            .into()
    }
}

fn receipt() -> ObjectBuilder {
    let subject = "The service that asked: HMAC-SHA-256 of its name. Only the operator has the key.";
    let body = object("The remains of a purged person: no personal data. It expires.")
        .property("completed_on", second("The time at which all records were deleted."))
        .property("created_on", second("The time at which the purge was queued."))
        .property("dispatches", count("The number of times that the dispatcher sent it to a worker."))
        .property(
            "erased_everywhere_by",
            second("The time after which no backup, log or queue can hold a trace of the person."),
        )
        .property("expires_on", second("The time at which the receipt itself expires."))
        .property("person_id", uuid("The person."))
        .property("players", ArrayBuilder::new().items(uuid("The player of one of its users.")))
        .property("purge_id", uuid("The purge."))
        .property("purge_on", second("The time at which the purge was due."))
        .property("removed", Ref::from_schema_name("RemovedRecords"))
        .property("requested_by", Ref::from_schema_name("PurgeRequester"))
        .property("subject_hash", digest(subject));
    let required = [
        "completed_on",
        "created_on",
        "dispatches",
        "erased_everywhere_by",
        "expires_on",
        "person_id",
        "players",
        "purge_id",
        "purge_on",
        "removed",
        "requested_by",
    ];
    required.into_iter().fold(body, ObjectBuilder::required)
}

fn removed() -> ObjectBuilder {
    let object = object("The number of deleted records of each kind.");
    ["identities", "persons", "users"]
        .into_iter()
        .fold(object, |object, kind| object.property(kind, count("")).required(kind))
}

fn seal() -> ObjectBuilder {
    let seal = object("The signed statement about an hour. The signature is over its canonical JSON (RFC 8785).")
        .property("count", count("The number of receipts of the hour."))
        .property("expire_from", second("The time at which the first of them expires."))
        .property("hour", second("The first second of the hour."))
        .property("number", count("Its place in the chain of seals."))
        .property("previous", digest("SHA-256 of the seal before it, as canonical JSON (RFC 8785)."))
        .property("root", digest("The root of the Merkle tree (RFC 9162) over the digests of the receipts, in order."))
        .property("sealed_on", second("The time at which the seal was made."));
    let required = ["count", "hour", "number", "root", "sealed_on"];
    required.into_iter().fold(seal, ObjectBuilder::required)
}

fn signed_seal() -> ObjectBuilder {
    object("The seal over the hour of the receipt.")
        .property("signed", Ref::from_schema_name("Seal"))
        .property("key_id", text("The key that signed."))
        .property("signature", text("ECDSA over P-256 and SHA-256, in DER, as base64."))
        .required("signed")
        .required("key_id")
        .required("signature")
}

fn proof() -> ObjectBuilder {
    let path = ArrayBuilder::new().items(digest("")).description(Some("The sibling hashes, from the leaf up."));
    object(
        "The path from the digest to the root (RFC 9162 section 2.1.3). Absent once a receipt of the hour has expired.",
    )
    .property("leaf_index", count("The place of the digest among those of the hour, from 0."))
    .property("tree_size", count("The number of digests."))
    .property("path", path)
    .required("leaf_index")
    .required("tree_size")
    .required("path")
}

fn object(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Object).description(Some(description))
}

fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description((!description.is_empty()).then_some(description))
}

fn digest(description: &str) -> ObjectBuilder {
    text(description).min_length(Some(64)).max_length(Some(64))
}

fn second(description: &str) -> ObjectBuilder {
    text(description).format(Some(utoipa::openapi::SchemaFormat::Custom("date-time".into())))
}

fn uuid(description: &str) -> ObjectBuilder {
    text(description).format(Some(utoipa::openapi::SchemaFormat::Custom("uuid".into())))
}

fn count(description: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .description((!description.is_empty()).then_some(description))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_example_hashes_to_the_digest_that_it_shows() {
        let example: Value = serde_json::from_str(ReceiptBody::EXAMPLE).unwrap();
        // The fields are in the order of RFC 8785.
        let canonical = serde_json::to_string(&example["receipt"]).unwrap();
        assert_eq!(example["digest"], Digest::of(canonical.as_bytes()).to_string());
    }
}

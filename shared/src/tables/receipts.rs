//! The table `receipts`: the remains of purges. Only here do items expire.

use aws_sdk_dynamodb::types::AttributeValue;

use super::Tables;
use crate::{
    aws::CallError,
    dynamo::{Item, Kind, Reader, Write, item, n, s},
    identity::{Digest, Hour, PersonId, PlayerUuid, PurgeId, Receipt, Requester, Second},
};

pub(crate) const TABLE: &str = "receipts";

/// The index by hour. It contains the data of which seals are made.
pub(crate) const HOUR_INDEX: &str = "hour";

pub(crate) fn key(person_id: PersonId) -> Item {
    item([("person_id", s(person_id))])
}

/// The key of an hour in the index.
pub(crate) fn hour_value(hour: Hour) -> AttributeValue {
    n(hour.start().as_unix())
}

/// Reads a receipt. It is broken if it differs from what was written: the stored digest shows that.
pub(crate) fn decode(attributes: &Item) -> Result<Receipt, CallError> {
    let reader = Reader::new(TABLE, attributes);
    let receipt = Receipt {
        person_id: PersonId(reader.uuid("person_id")?),
        purge_id: PurgeId(reader.uuid("purge_id")?),
        purge_on: reader.second("purge_on")?,
        created_on: reader.second("created_on")?,
        completed_on: reader.second("completed_on")?,
        requested_by: reader.parsed("requested_by", Requester::from_text)?,
        players: players(reader)?,
        dispatches: reader.number("dispatches")?,
        erased_everywhere_by: reader.second("erased_everywhere_by")?,
        expires_on: reader.second("expires_on")?,
    };
    // Encoded again it must give the same item, so that no changed byte is overlooked.
    if encode(&receipt) == *attributes { Ok(receipt) } else { Err(reader.broken("digest")) }
}

/// The person, the digest and the expiry of a receipt, as the index shows them.
pub(crate) fn decode_entry(attributes: &Item) -> Result<(PersonId, Digest, Second), CallError> {
    let reader = Reader::new("receipts/index/hour", attributes);
    let digest = reader.parsed("digest", Digest::from_hex)?;
    Ok((PersonId(reader.uuid("person_id")?), digest, reader.second("expires_on")?))
}

/// Creates a receipt, if the person has none.
pub(crate) fn create(tables: &Tables, receipt: &Receipt) -> Write {
    Write {
        table: tables.receipts.clone(),
        item: encode(receipt),
        kind: Kind::Put,
        condition: "attribute_not_exists(#person_id)".into(),
        values: Vec::new(),
    }
}

fn encode(receipt: &Receipt) -> Item {
    item([
        ("person_id", s(receipt.person_id)),
        ("purge_id", s(receipt.purge_id)),
        ("purge_on", n(receipt.purge_on.as_unix())),
        ("created_on", n(receipt.created_on.as_unix())),
        ("completed_on", n(receipt.completed_on.as_unix())),
        ("requested_by", s(&receipt.requested_by)),
        ("players", AttributeValue::L(receipt.players.iter().map(s).collect())),
        ("dispatches", n(receipt.dispatches)),
        ("erased_everywhere_by", n(receipt.erased_everywhere_by.as_unix())),
        ("expires_on", n(receipt.expires_on.as_unix())),
        ("hour", hour_value(receipt.hour())),
        ("digest", s(receipt.digest())),
    ])
}

fn players(reader: Reader<'_>) -> Result<Vec<PlayerUuid>, CallError> {
    reader.uuids("players").map(|players| players.into_iter().map(PlayerUuid).collect())
}

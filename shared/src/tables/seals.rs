//! The table `seals`: the chain of seals over the receipts. Seals outlive the receipts.

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};

use super::Tables;
use crate::{
    aws::CallError,
    dynamo::{Item, Kind, Reader, Write, item, n, s},
    identity::{Digest, Hour, Seal, SignedSeal},
};

pub(crate) const TABLE: &str = "seals";

/// The index by hour.
pub(crate) const HOUR_INDEX: &str = "hour";

/// The name of the only chain.
pub(crate) const CHAIN: &str = "receipts";

pub(crate) fn decode(attributes: &Item) -> Result<SignedSeal, CallError> {
    let reader = Reader::new(TABLE, attributes);
    let digest = |name: &str| reader.parsed(name, Digest::from_hex);
    let signed = SignedSeal {
        seal: Seal {
            count: reader.number("count")?,
            expire_from: reader.optional("expire_from", Reader::second)?,
            hour: Hour::of(reader.second("hour")?),
            number: reader.number("number")?,
            previous: reader.has("previous").then(|| digest("previous")).transpose()?,
            root: digest("root")?,
            sealed_on: reader.second("sealed_on")?,
        },
        key_id: reader.text("key_id")?.to_owned(),
        signature: reader.bytes("signature")?.to_vec(),
    };
    // Encoded again it must give the same item, so that no changed byte is overlooked.
    if encode(&signed) == *attributes { Ok(signed) } else { Err(reader.broken("hour")) }
}

/// The number in a seal's key.
pub(crate) fn number_of(key: &Item) -> Result<u64, CallError> {
    Reader::new(TABLE, key).number("number")
}

/// Adds the next seal, if its number is free.
pub(crate) fn create(tables: &Tables, signed: &SignedSeal) -> Write {
    Write {
        table: tables.seals.clone(),
        item: encode(signed),
        kind: Kind::Put,
        condition: "attribute_not_exists(#number)".into(),
        values: Vec::new(),
    }
}

fn encode(signed: &SignedSeal) -> Item {
    let seal = &signed.seal;
    let mut attributes = item([
        ("chain", s(CHAIN)),
        ("number", n(seal.number)),
        ("hour", n(seal.hour.start().as_unix())),
        ("count", n(seal.count)),
        ("root", s(seal.root)),
        ("sealed_on", n(seal.sealed_on.as_unix())),
        ("key_id", s(&signed.key_id)),
        ("signature", AttributeValue::B(Blob::new(signed.signature.clone()))),
    ]);
    let optional =
        [("expire_from", seal.expire_from.map(|from| n(from.as_unix()))), ("previous", seal.previous.map(s))];
    attributes.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    attributes
}

//! Table `receipts`: what is left of a purge, the only table whose items expire.

use super::{
    StoreError, Tables,
    expression::{Kind, Write},
    item::{Item, Reader, item, n, s},
};
use crate::identity::{PersonId, PurgeId, Receipt};

pub(super) const TABLE: &str = "receipts";

pub(super) fn key(person_id: PersonId) -> Item {
    item([("person_id", s(person_id))])
}

pub(super) fn decode(attributes: &Item) -> Result<Receipt, StoreError> {
    let reader = Reader::new(TABLE, attributes);
    Ok(Receipt {
        person_id: PersonId(reader.uuid("person_id")?),
        purge_id: PurgeId(reader.uuid("purge_id")?),
        purge_on: reader.second("purge_on")?,
        created_on: reader.second("created_on")?,
        completed_on: reader.second("completed_on")?,
        users: reader.number("users")?,
        expires_on: reader.second("expires_on")?,
    })
}

/// The first receipt of a person, and so the only one.
pub(super) fn create(tables: &Tables, receipt: &Receipt) -> Write {
    Write {
        table: tables.receipts.clone(),
        item: item([
            ("person_id", s(receipt.person_id)),
            ("purge_id", s(receipt.purge_id)),
            ("purge_on", n(receipt.purge_on.as_unix())),
            ("created_on", n(receipt.created_on.as_unix())),
            ("completed_on", n(receipt.completed_on.as_unix())),
            ("users", n(receipt.users)),
            ("expires_on", n(receipt.expires_on.as_unix())),
        ]),
        kind: Kind::Put,
        condition: "attribute_not_exists(#person_id)".into(),
        values: Vec::new(),
    }
}

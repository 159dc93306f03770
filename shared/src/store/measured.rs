//! Writes and items as the SDK hands them over, for the count of instructions in `perf/instructions` only.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use super::{
    StoreError, Tables,
    expression::Write,
    identities,
    item::{Item, item, n, s},
    persons, receipts, users,
};
use crate::identity::{
    Claim, IdentityKey, OperationId, Person, PersonId, PlatformUser, PlayerUuid, QueuePurge, Receipt, StateChange,
    Timestamp,
};

/// A write as the SDK takes it.
#[derive(Debug)]
pub struct Encoded(#[expect(dead_code, reason = "only its making is measured")] TransactWriteItem);

/// An item as the SDK gives it.
#[derive(Debug)]
pub struct Stored(Item);

fn encoded(write: Write) -> Result<Encoded, StoreError> {
    write.into_member().map(Encoded)
}

/// The put of a user.
pub fn encode_user(tables: &Tables, user: &PlatformUser, operation: OperationId) -> Result<Encoded, StoreError> {
    encoded(users::create(tables, user, operation))
}

/// The put of a person with one user.
pub fn encode_person(
    tables: &Tables,
    user: &PlatformUser,
    identity: &IdentityKey,
    operation: OperationId,
) -> Result<Encoded, StoreError> {
    encoded(persons::create(tables, user, identity, operation))
}

/// The put of a claim.
pub fn encode_identity(tables: &Tables, user: &PlatformUser, identity: &IdentityKey) -> Result<Encoded, StoreError> {
    encoded(identities::create(tables, identity, user))
}

/// The put of a receipt.
pub fn encode_receipt(tables: &Tables, receipt: &Receipt) -> Result<Encoded, StoreError> {
    encoded(receipts::create(tables, receipt))
}

/// The update that changes a user's state.
pub fn encode_state(
    tables: &Tables,
    player_uuid: PlayerUuid,
    operation: OperationId,
    now: Timestamp,
) -> Result<Encoded, StoreError> {
    encoded(users::change_state(tables, player_uuid, StateChange::Deactivate, operation, now))
}

/// The update that queues a purge.
pub fn encode_queued_purge(tables: &Tables, purge: &QueuePurge) -> Result<Encoded, StoreError> {
    encoded(persons::queue_purge(tables, purge))
}

/// The removal of a person.
pub fn encode_purge(tables: &Tables, person: &Person, receipt: &Receipt) -> Result<Encoded, StoreError> {
    encoded(persons::purge(tables, person, receipt))
}

/// The removal of a purged person's user and of its claim.
pub fn encode_removals(
    tables: &Tables,
    player_uuid: PlayerUuid,
    identity: &IdentityKey,
    person_id: PersonId,
) -> Result<[Encoded; 2], StoreError> {
    let user = encoded(users::purge(tables, player_uuid, person_id))?;
    Ok([user, encoded(identities::purge(tables, identity, person_id))?])
}

/// The item of a user.
pub fn stored_user(tables: &Tables, user: &PlatformUser, operation: OperationId) -> Stored {
    Stored(users::create(tables, user, operation).item)
}

/// The item of a claim.
pub fn stored_identity(tables: &Tables, user: &PlatformUser, identity: &IdentityKey) -> Stored {
    Stored(identities::create(tables, identity, user).item)
}

/// The item of a receipt.
pub fn stored_receipt(tables: &Tables, receipt: &Receipt) -> Stored {
    Stored(receipts::create(tables, receipt).item)
}

/// The item of a person with its users and its purge.
pub fn stored_person(person: &Person) -> Stored {
    let users = person.users.iter().map(|(platform, user)| {
        let linked = item([
            ("player_uuid", s(user.player_uuid)),
            ("player_id", n(user.player_id.get())),
            ("identity", s(user.identity.as_str())),
        ]);
        (platform.as_str().to_owned(), AttributeValue::M(linked))
    });
    let mut attributes = persons::key(person.person_id);
    attributes.insert("users".into(), AttributeValue::M(users.collect()));
    attributes.insert("version".into(), n(person.version));
    if let Some(purge) = &person.purge {
        attributes.extend(item([
            ("purge_id", s(purge.purge_id)),
            ("purge_on", n(purge.purge_on.as_unix())),
            ("purge_created_on", n(purge.created_on.as_unix())),
            ("purge_modified_on", n(purge.modified_on.as_unix())),
            ("purge_status", s(purge.status.as_str())),
            ("due_on", n(purge.due_on.as_unix())),
            ("dispatches", n(purge.dispatches)),
            ("purge_requested_by", s(&purge.requested_by)),
        ]));
    }
    Stored(attributes)
}

/// The user in an item.
pub fn decode_user(stored: &Stored) -> Result<PlatformUser, StoreError> {
    users::decode(&stored.0)
}

/// The claim in an item.
pub fn decode_identity(stored: &Stored) -> Result<Claim, StoreError> {
    identities::decode(&stored.0)
}

/// The person in an item.
pub fn decode_person(stored: &Stored) -> Result<Person, StoreError> {
    persons::decode(&stored.0)
}

/// The receipt in an item.
pub fn decode_receipt(stored: &Stored) -> Result<Receipt, StoreError> {
    receipts::decode(&stored.0)
}

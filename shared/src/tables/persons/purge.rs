//! The purge in a person's item.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{KEY, key, update};
use crate::{
    aws::CallError,
    dynamo::{Item, Kind, Reader, Write, n, s},
    identity::{
        DuePurge, OperationId, OwnPurgeChange, Owner, PURGE_SHARDS, Person, PersonId, Purge, PurgeId, PurgeStatus,
        QueuePurge, Receipt, Requester, Second,
    },
    tables::Tables,
};

/// The sparse index of queued purges.
pub(crate) const DUE_INDEX: &str = "due";

const PURGE_ATTRIBUTES: &str = "#purge_id, #purge_on, #purge_created_on, #purge_modified_on, #purge_status, #due_on, \
                                #purge_shard, #dispatches, #purge_requested_by";

pub(crate) fn decode_due(attributes: &Item) -> Result<DuePurge, CallError> {
    let reader = Reader::new("persons/index/due", attributes);
    Ok(DuePurge {
        person_id: PersonId(reader.uuid(KEY)?),
        purge_id: PurgeId(reader.uuid("purge_id")?),
        purge_on: reader.second("purge_on")?,
        due_on: reader.second("due_on")?,
        dispatches: reader.number("dispatches")?,
    })
}

/// The key condition for the purges of a shard that are due until then.
pub(crate) fn due_key(shard: u8, until: Second) -> (&'static str, Vec<(&'static str, AttributeValue)>) {
    let values = vec![(":shard", n(shard)), (":until", n(until.as_unix()))];
    ("#purge_shard = :shard AND #due_on <= :until", values)
}

pub(super) fn decode(reader: Reader<'_>) -> Result<Purge, CallError> {
    Ok(Purge {
        purge_id: PurgeId(reader.uuid("purge_id")?),
        purge_on: reader.second("purge_on")?,
        created_on: reader.second("purge_created_on")?,
        modified_on: reader.second("purge_modified_on")?,
        status: reader.parsed("purge_status", PurgeStatus::from_name)?,
        due_on: reader.second("due_on")?,
        dispatches: reader.number("dispatches")?,
        requested_by: reader.parsed("purge_requested_by", Requester::from_text)?,
    })
}

/// The shard of a person's purge. The person's id is random, so any part of it spreads evenly.
fn shard_of(person_id: PersonId) -> u8 {
    let [.., last] = person_id.0.into_bytes();
    last % PURGE_SHARDS
}

/// Queues a purge, or changes the time of the queued one.
pub(crate) fn queue_purge(tables: &Tables, purge: &QueuePurge) -> Write {
    let condition = if purge.retime {
        "AND (attribute_not_exists(#purge_id) OR #purge_status = :queued)"
    } else {
        "AND attribute_not_exists(#purge_id)"
    };
    update(
        tables,
        purge.person_id,
        purge.operation,
        (
            "#purge_id = if_not_exists(#purge_id, :purge_id), #purge_on = :purge_on, \
             #purge_created_on = if_not_exists(#purge_created_on, :now), #purge_modified_on = :now, \
             #purge_status = :queued, #due_on = :due_on, #purge_shard = :shard, #dispatches = :zero, \
             #purge_requested_by = if_not_exists(#purge_requested_by, :requested_by)",
            "",
        ),
        condition,
    )
    .with([
        (":purge_id", s(purge.purge_id)),
        (":purge_on", n(purge.purge_on.as_unix())),
        (":now", n(purge.now.round_down().as_unix())),
        (":queued", s(PurgeStatus::Queued.as_str())),
        (":due_on", n(purge.due_on.as_unix())),
        (":shard", n(shard_of(purge.person_id))),
        (":zero", n(0)),
        (":requested_by", s(&purge.requested_by)),
    ])
}

/// Removes a purge that has not begun.
pub(crate) fn cancel_purge(tables: &Tables, person_id: PersonId, operation: OperationId) -> Write {
    update(
        tables,
        person_id,
        operation,
        ("", PURGE_ATTRIBUTES),
        "AND attribute_exists(#purge_id) AND #purge_status = :queued",
    )
    .with([(":queued", s(PurgeStatus::Queued.as_str()))])
}

/// Changes the person's purge, if it is unchanged since it was read. Its time must be unchanged
/// too, if the caller is shown it.
pub(crate) fn change_own_purge(
    tables: &Tables,
    person: &Person,
    change: OwnPurgeChange<'_>,
    owner: Owner,
    operation: OperationId,
) -> Write {
    let (unchanged, read) = match (&person.purge, change) {
        (None, _) => ("AND attribute_not_exists(#purge_id)", Vec::new()),
        (Some(read), OwnPurgeChange::Keep) => (
            "AND #purge_id = :read_id AND #purge_status = :read_status AND #purge_on = :read_on AND \
             #purge_modified_on = :read_modified_on",
            vec![
                (":read_id", s(read.purge_id)),
                (":read_status", s(read.status.as_str())),
                (":read_on", n(read.purge_on.as_unix())),
                (":read_modified_on", n(read.modified_on.as_unix())),
            ],
        ),
        (Some(read), _) => (
            "AND #purge_id = :read_id AND #purge_status = :read_status",
            vec![(":read_id", s(read.purge_id)), (":read_status", s(read.status.as_str()))],
        ),
    };
    let mut write = match change {
        OwnPurgeChange::Set(purge) => update(
            tables,
            person.person_id,
            operation,
            (
                "#purge_id = :purge_id, #purge_on = :purge_on, #purge_created_on = :created_on, \
                 #purge_modified_on = :modified_on, #purge_status = :status, #due_on = :due_on, \
                 #purge_shard = :shard, #dispatches = :dispatches, #purge_requested_by = :requested_by",
                "",
            ),
            unchanged,
        )
        .with([
            (":purge_id", s(purge.purge_id)),
            (":purge_on", n(purge.purge_on.as_unix())),
            (":created_on", n(purge.created_on.as_unix())),
            (":modified_on", n(purge.modified_on.as_unix())),
            (":status", s(purge.status.as_str())),
            (":due_on", n(purge.due_on.as_unix())),
            (":shard", n(shard_of(person.person_id))),
            (":dispatches", n(purge.dispatches)),
            (":requested_by", s(&purge.requested_by)),
        ]),
        OwnPurgeChange::Keep => update(tables, person.person_id, operation, ("", ""), unchanged),
        OwnPurgeChange::Cancel => update(tables, person.person_id, operation, ("", PURGE_ATTRIBUTES), unchanged),
    };
    write.values.extend(read);
    write.and_owner(Some(owner))
}

/// Adds the condition that no user has joined the person since it was read.
pub(crate) fn and_nobody_joined(mut write: Write, person: &Person) -> Write {
    write.condition.push_str(" AND size(#users) = :users");
    write.with([(":users", n(person.users.len()))])
}

/// Leases a due purge. A lease is not a change of the person, so `version` stays.
pub(crate) fn lease_purge(tables: &Tables, purge: &DuePurge, due_on: Second) -> Write {
    Write {
        table: tables.persons.clone(),
        item: key(purge.person_id),
        kind: Kind::Update("SET #due_on = :due_on, #dispatches = #dispatches + :one".into()),
        condition: "attribute_exists(#person_id) AND #purge_id = :purge_id AND #due_on = :seen AND \
                    #purge_status = :queued"
            .into(),
        values: vec![
            (":due_on", n(due_on.as_unix())),
            (":one", n(1)),
            (":purge_id", s(purge.purge_id)),
            (":seen", n(purge.due_on.as_unix())),
            (":queued", s(PurgeStatus::Queued.as_str())),
        ],
    }
}

/// Sets the dispatches to zero, and makes the purge due for the dispatcher now. As with a lease,
/// `version` stays.
pub(crate) fn reset_purge(tables: &Tables, purge: &DuePurge, now: Second) -> Write {
    Write {
        kind: Kind::Update("SET #due_on = :due_on, #dispatches = :zero".into()),
        values: vec![
            (":due_on", n(purge.purge_on.max(now).as_unix())),
            (":zero", n(0)),
            (":purge_id", s(purge.purge_id)),
            (":seen", n(purge.due_on.as_unix())),
            (":queued", s(PurgeStatus::Queued.as_str())),
        ],
        ..lease_purge(tables, purge, now)
    }
}

/// Makes a purge due for the dispatcher at its time.
pub(crate) fn postpone(tables: &Tables, person_id: PersonId, purge: &Purge) -> Write {
    Write {
        table: tables.persons.clone(),
        item: key(person_id),
        kind: Kind::Update("SET #due_on = :purge_on".into()),
        condition: "attribute_exists(#person_id) AND #purge_id = :purge_id AND #purge_on = :purge_on AND \
                    #purge_status = :queued"
            .into(),
        values: vec![
            (":purge_id", s(purge.purge_id)),
            (":purge_on", n(purge.purge_on.as_unix())),
            (":queued", s(PurgeStatus::Queued.as_str())),
        ],
    }
}

/// Deletes the person, if it is unchanged since it was read and its purge is due.
pub(crate) fn purge(tables: &Tables, person: &Person, receipt: &Receipt) -> Write {
    Write {
        table: tables.persons.clone(),
        item: key(person.person_id),
        kind: Kind::Delete,
        condition: "attribute_exists(#person_id) AND #purge_id = :purge_id AND #version = :version AND \
                    #purge_on <= :now"
            .into(),
        values: vec![
            (":purge_id", s(receipt.purge_id)),
            (":version", n(person.version)),
            (":now", n(receipt.completed_on.as_unix())),
        ],
    }
}

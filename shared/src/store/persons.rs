//! Table `persons`: who belongs together, the active player, and the purge that is queued.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{
    Link, Owner, StoreError, Tables, Unlink,
    expression::{Kind, Write},
    item::{Item, Reader, item, n, s},
    operations,
};
use crate::identity::{
    IdentityKey, LinkedUser, OperationId, PURGE_SHARDS, Person, PersonId, Platform, PlatformUser, PlayerUuid, Purge,
    PurgeId, PurgeStatus, QueuePurge, Receipt, Second,
};

pub(super) const TABLE: &str = "persons";
pub(super) const KEY: &str = "person_id";
/// The sparse index of queued purges.
pub(super) const DUE_INDEX: &str = "due";

const PURGE_ATTRIBUTES: &str = "#purge_id, #purge_on, #purge_created_on, #purge_modified_on, #purge_status, #due_on, \
                                #purge_shard, #dispatches";

/// A switch of cross progression.
#[derive(Debug, Clone)]
pub struct ActivePlayerChange {
    /// Whose.
    pub person_id: PersonId,
    /// The player that every login is to yield, or none.
    pub to: Option<PlayerUuid>,
    /// A user that must still be the person's, where the person was found by it.
    pub member: Option<(Platform, PlayerUuid)>,
    /// Who proves the right to it, where no permission does.
    pub owner: Option<Owner>,
    /// The request.
    pub operation: OperationId,
}

/// What the index of due purges says of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DuePurge {
    /// Whose.
    pub person_id: PersonId,
    /// Which.
    pub purge_id: PurgeId,
    /// When it is due.
    pub purge_on: Second,
    /// When the dispatcher was to look at it.
    pub due_on: Second,
    /// How often it was handed to a worker.
    pub dispatches: u32,
}

pub(super) fn key(person_id: PersonId) -> Item {
    item([(KEY, s(person_id))])
}

/// Where a page of the index of due purges goes on.
pub(super) fn due_key(purge: &DuePurge) -> Item {
    item([
        (KEY, s(purge.person_id)),
        ("purge_shard", n(shard_of(purge.person_id))),
        ("due_on", n(purge.due_on.as_unix())),
    ])
}

pub(super) fn decode(attributes: &Item) -> Result<Person, StoreError> {
    let reader = Reader::new(TABLE, attributes);
    let mut users = std::collections::BTreeMap::new();
    for (platform, user) in reader.map("users")? {
        let platform = Platform::from_name(platform).ok_or_else(|| reader.broken("users"))?;
        let AttributeValue::M(user) = user else { return Err(reader.broken("users")) };
        let user = Reader::new(TABLE, user);
        users.insert(
            platform,
            LinkedUser {
                player_uuid: PlayerUuid(user.uuid("player_uuid")?),
                player_id: user.player_id("player_id")?,
                identity: IdentityKey::from_stored(user.text("identity")?.to_owned()),
            },
        );
    }
    Ok(Person {
        person_id: PersonId(reader.uuid(KEY)?),
        users,
        active_player: reader.optional("active_player_uuid", Reader::uuid)?.map(PlayerUuid),
        purge: reader.optional("purge_id", |reader, _| decode_purge(reader))?,
        version: reader.number("version")?,
    })
}

pub(super) fn decode_due(attributes: &Item) -> Result<DuePurge, StoreError> {
    let reader = Reader::new("persons/index/due", attributes);
    Ok(DuePurge {
        person_id: PersonId(reader.uuid(KEY)?),
        purge_id: PurgeId(reader.uuid("purge_id")?),
        purge_on: reader.second("purge_on")?,
        due_on: reader.second("due_on")?,
        dispatches: reader.number("dispatches")?,
    })
}

fn decode_purge(reader: Reader<'_>) -> Result<Purge, StoreError> {
    Ok(Purge {
        purge_id: PurgeId(reader.uuid("purge_id")?),
        purge_on: reader.second("purge_on")?,
        created_on: reader.second("purge_created_on")?,
        modified_on: reader.second("purge_modified_on")?,
        status: reader.parsed("purge_status", PurgeStatus::from_name)?,
        due_on: reader.second("due_on")?,
        dispatches: reader.number("dispatches")?,
    })
}

/// The shard of a person's purge: its id is random, so any part of it spreads evenly.
pub(super) fn shard_of(person_id: PersonId) -> u8 {
    let [.., last] = person_id.0.into_bytes();
    last % PURGE_SHARDS
}

/// A new person with one user.
pub(super) fn create(tables: &Tables, user: &PlatformUser, identity: &IdentityKey, operation: OperationId) -> Write {
    let linked = linked_user(user.player_uuid, user.player_id.get(), identity);
    create_with(tables, user.person_id, user.platform, linked, operation)
}

/// A new person for a user that leaves another.
pub(super) fn create_for(tables: &Tables, unlink: &Unlink) -> Write {
    let linked = linked_user(unlink.claim.player_uuid, unlink.claim.player_id.get(), &unlink.key);
    create_with(tables, unlink.new_person, unlink.platform, linked, unlink.operation)
}

fn create_with(
    tables: &Tables,
    person_id: PersonId,
    platform: Platform,
    linked: AttributeValue,
    operation: OperationId,
) -> Write {
    Write {
        table: tables.persons.clone(),
        item: item([
            (KEY, s(person_id)),
            ("users", AttributeValue::M(item([(platform.as_str(), linked)]))),
            ("version", n(1)),
            (operations::ATTRIBUTE, operations::first(operation)),
        ]),
        kind: Kind::Put,
        condition: "attribute_not_exists(#person_id)".into(),
        values: Vec::new(),
    }
}

fn linked_user(player_uuid: PlayerUuid, player_id: u32, identity: &IdentityKey) -> AttributeValue {
    AttributeValue::M(item([
        ("player_uuid", s(player_uuid)),
        ("player_id", n(player_id)),
        ("identity", s(identity.as_str())),
    ]))
}

/// An update that this very request has not made before.
fn update(tables: &Tables, person_id: PersonId, operation: OperationId, update: &str, condition: &str) -> Write {
    let (sets, rest) = update.split_once(" REMOVE ").map_or((update, None), |(sets, rest)| (sets, Some(rest)));
    let comma = if sets.is_empty() { "" } else { ", " };
    let remove = rest.map_or_else(String::new, |rest| format!(" REMOVE {rest}"));
    Write {
        table: tables.persons.clone(),
        item: key(person_id),
        kind: Kind::Update(format!("SET {sets}{comma}#version = #version + :one, {}{remove}", operations::NOTE)),
        condition: format!("attribute_exists(#person_id) AND {}{condition}", operations::IS_NEW),
        values: vec![(":one", n(1)), (":operation", s(operation))],
    }
}

impl Write {
    /// One more condition: the person has this user on this platform.
    fn and_has(mut self, platform: Platform, value: &'static str, player_uuid: PlayerUuid) -> Self {
        self.condition = format!("{} AND #users.#{platform}.#player_uuid = {value}", self.condition);
        self.values.push((value, s(player_uuid)));
        self
    }

    fn and_owner(self, owner: Option<Owner>) -> Self {
        match owner {
            Some(owner) => self.and_has(owner.platform, ":owner", owner.player_uuid),
            None => self,
        }
    }

    fn with<const N: usize>(mut self, values: [(&'static str, AttributeValue); N]) -> Self {
        self.values.extend(values);
        self
    }
}

/// Sets or clears the active player.
pub(super) fn set_active_player(tables: &Tables, change: &ActivePlayerChange) -> Write {
    let write = match change.to {
        Some(player) => update(
            tables,
            change.person_id,
            change.operation,
            "#active_player_uuid = :active",
            " AND (attribute_not_exists(#active_player_uuid) OR #active_player_uuid <> :active)",
        )
        .with([(":active", s(player))]),
        None => update(
            tables,
            change.person_id,
            change.operation,
            " REMOVE #active_player_uuid",
            " AND attribute_exists(#active_player_uuid)",
        ),
    };
    let write = match change.member {
        Some((platform, player_uuid)) => write.and_has(platform, ":member", player_uuid),
        None => write,
    };
    write.and_owner(change.owner)
}

/// Takes the follower in.
pub(super) fn take_in(tables: &Tables, link: &Link) -> Write {
    let platform = link.platform;
    let write = update(
        tables,
        link.leader,
        link.operation,
        &format!("#users.#{platform} = :user"),
        &format!(" AND attribute_not_exists(#users.#{platform}) AND attribute_not_exists(#purge_id)"),
    );
    let user = linked_user(link.follower.player_uuid, link.follower.player_id.get(), &link.follower_key);
    let write = write.with([(":user", user)]);
    match link.leader_user {
        Some((platform, player_uuid)) => write.and_has(platform, ":leader", player_uuid),
        None => write,
    }
}

/// Removes the follower's person, which nothing else may depend on.
pub(super) fn dissolve(tables: &Tables, link: &Link) -> Write {
    let condition = format!(
        "attribute_exists(#person_id) AND #users.#{}.#player_uuid = :player_uuid AND size(#users) = :one AND \
         attribute_not_exists(#active_player_uuid) AND attribute_not_exists(#purge_id)",
        link.platform
    );
    Write {
        table: tables.persons.clone(),
        item: key(link.follower.person_id),
        kind: Kind::Delete,
        condition,
        values: vec![(":player_uuid", s(link.follower.player_uuid)), (":one", n(1))],
    }
}

/// Lets a user go.
pub(super) fn let_go(tables: &Tables, unlink: &Unlink) -> Write {
    let platform = unlink.platform;
    update(
        tables,
        unlink.claim.person_id,
        unlink.operation,
        &format!(" REMOVE #users.#{platform}"),
        " AND size(#users) > :one AND attribute_not_exists(#purge_id) AND \
         (attribute_not_exists(#active_player_uuid) OR #active_player_uuid <> :player_uuid)",
    )
    .and_has(platform, ":player_uuid", unlink.claim.player_uuid)
    .and_owner(unlink.owner)
}

/// Queues a purge, or gives the queued one another time.
pub(super) fn queue_purge(tables: &Tables, purge: &QueuePurge) -> Write {
    let condition = if purge.retime {
        " AND (attribute_not_exists(#purge_id) OR #purge_status = :queued)"
    } else {
        " AND attribute_not_exists(#purge_id)"
    };
    update(
        tables,
        purge.person_id,
        purge.operation,
        "#purge_id = if_not_exists(#purge_id, :purge_id), #purge_on = :purge_on, \
         #purge_created_on = if_not_exists(#purge_created_on, :now), #purge_modified_on = :now, \
         #purge_status = :queued, #due_on = :due_on, #purge_shard = :shard, #dispatches = :zero",
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
    ])
}

/// Forgets a purge that has not begun.
pub(super) fn cancel_purge(tables: &Tables, person_id: PersonId, operation: OperationId) -> Write {
    update(
        tables,
        person_id,
        operation,
        &format!(" REMOVE {PURGE_ATTRIBUTES}"),
        " AND attribute_exists(#purge_id) AND #purge_status = :queued",
    )
    .with([(":queued", s(PurgeStatus::Queued.as_str()))])
}

/// Writes this purge, or none, over the one of the person as it was read.
pub(super) fn set_own_purge(
    tables: &Tables,
    person: &Person,
    purge: Option<&Purge>,
    owner: Owner,
    operation: OperationId,
) -> Write {
    let unchanged = " AND #version = :version";
    let write = match purge {
        Some(purge) => update(
            tables,
            person.person_id,
            operation,
            "#purge_id = :purge_id, #purge_on = :purge_on, #purge_created_on = :created_on, \
             #purge_modified_on = :modified_on, #purge_status = :status, #due_on = :due_on, #purge_shard = :shard, \
             #dispatches = :dispatches",
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
        ]),
        None => update(tables, person.person_id, operation, &format!(" REMOVE {PURGE_ATTRIBUTES}"), unchanged),
    };
    write.with([(":version", n(person.version))]).and_owner(Some(owner))
}

/// Leaves a due purge to the workers for a while. Not a change of the person: `version` stays.
pub(super) fn lease_purge(tables: &Tables, purge: &DuePurge, due_on: Second) -> Write {
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

/// Shows a purge to the dispatcher again when it is due.
pub(super) fn postpone(tables: &Tables, person_id: PersonId, purge: &Purge) -> Write {
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

/// Removes the person as it was read, when its purge is due.
pub(super) fn purge(tables: &Tables, person: &Person, receipt: &Receipt) -> Write {
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

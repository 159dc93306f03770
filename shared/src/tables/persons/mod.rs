//! The table `persons`: linked users, the active player, and the queued purge.

mod purge;
mod repair;

use aws_sdk_dynamodb::types::AttributeValue;

pub(crate) use purge::{
    DUE_INDEX, and_nobody_joined, cancel_purge, change_own_purge, decode_due, due_key, lease_purge, postpone, purge,
    queue_purge, reset_purge,
};
pub(crate) use repair::{list, lose, remove};

use super::{Tables, operations};
use crate::{
    aws::CallError,
    dynamo::{Item, Kind, Reader, Write, item, n, s},
    identity::{
        ActivePlayerChange, IdentityKey, Link, LinkedUser, OperationId, Owner, Person, PersonId, Platform,
        PlatformUser, PlayerUuid, Unlink,
    },
};

pub(crate) const TABLE: &str = "persons";
pub(crate) const KEY: &str = "person_id";
pub(crate) fn key(person_id: PersonId) -> Item {
    item([(KEY, s(person_id))])
}

pub(crate) fn decode(attributes: &Item) -> Result<Person, CallError> {
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
        purge: reader.optional("purge_id", |reader, _| purge::decode(reader))?,
        version: reader.number("version")?,
    })
}

/// A new person with one user.
pub(crate) fn create(tables: &Tables, user: &PlatformUser, identity: &IdentityKey, operation: OperationId) -> Write {
    let linked = linked_user(user.player_uuid, user.player_id.get(), identity);
    create_with(tables, user.person_id, user.platform, linked, operation)
}

/// A new person for a user that leaves another.
pub(crate) fn create_for(tables: &Tables, unlink: &Unlink) -> Write {
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

/// An update that this operation has not applied before.
///
/// `set` and `remove` are lists in DynamoDB's syntax, and may be empty. `condition` begins with
/// `AND`, or is empty.
fn update(
    tables: &Tables,
    person_id: PersonId,
    operation: OperationId,
    (set, remove): (&str, &str),
    condition: &str,
) -> Write {
    let and_set = if set.is_empty() { String::new() } else { format!(", {set}") };
    let and_remove = if remove.is_empty() { String::new() } else { format!(" REMOVE {remove}") };
    Write {
        table: tables.persons.clone(),
        item: key(person_id),
        kind: Kind::Update(format!("SET #version = #version + :one, {}{and_set}{and_remove}", operations::NOTE)),
        condition: format!("attribute_exists(#person_id) AND {} {condition}", operations::IS_NEW),
        values: vec![(":one", n(1)), (":operation", operations::value(operation))],
    }
}

impl Write {
    /// Adds the condition that the person has this user on this platform.
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
pub(crate) fn set_active_player(tables: &Tables, change: &ActivePlayerChange) -> Write {
    let write = match change.to {
        Some(player) => update(
            tables,
            change.person_id,
            change.operation,
            ("#active_player_uuid = :active", ""),
            "AND (attribute_not_exists(#active_player_uuid) OR #active_player_uuid <> :active)",
        )
        .with([(":active", s(player))]),
        None => update(
            tables,
            change.person_id,
            change.operation,
            ("", "#active_player_uuid"),
            "AND attribute_exists(#active_player_uuid)",
        ),
    };
    let write = match change.member {
        Some((platform, player_uuid)) => write.and_has(platform, ":member", player_uuid),
        None => write,
    };
    write.and_owner(change.owner)
}

/// Adds the follower to the leader's person.
pub(crate) fn take_in(tables: &Tables, link: &Link) -> Write {
    let platform = link.platform;
    let write = update(
        tables,
        link.leader,
        link.operation,
        (&format!("#users.#{platform} = :user"), ""),
        &format!("AND attribute_not_exists(#users.#{platform}) AND attribute_not_exists(#purge_id)"),
    );
    let user = linked_user(link.follower.player_uuid, link.follower.player_id.get(), &link.follower_key);
    let write = write.with([(":user", user)]);
    match link.leader_user {
        Some((platform, player_uuid)) => write.and_has(platform, ":leader", player_uuid),
        None => write,
    }
}

/// Deletes the follower's person, if nothing else is in it.
pub(crate) fn dissolve(tables: &Tables, link: &Link) -> Write {
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

/// Removes a user from its person.
pub(crate) fn let_go(tables: &Tables, unlink: &Unlink) -> Write {
    let platform = unlink.platform;
    update(
        tables,
        unlink.claim.person_id,
        unlink.operation,
        ("", &format!("#users.#{platform}")),
        "AND size(#users) > :one AND attribute_not_exists(#purge_id) AND \
         (attribute_not_exists(#active_player_uuid) OR #active_player_uuid <> :player_uuid)",
    )
    .and_has(platform, ":player_uuid", unlink.claim.player_uuid)
    .and_owner(unlink.owner)
}

//! The table `identities`: the unique claims on platform accounts.

use super::Tables;
use crate::{
    aws::CallError,
    dynamo::{Item, Kind, Reader, Write, item, n, s},
    identity::{Claim, IdentityKey, PersonId, PlatformUser, PlayerUuid},
};

pub(crate) const TABLE: &str = "identities";
pub(crate) const KEY: &str = "identity";

pub(crate) fn key(identity: &IdentityKey) -> Item {
    item([(KEY, s(identity.as_str()))])
}

pub(crate) fn decode(attributes: &Item) -> Result<Claim, CallError> {
    let reader = Reader::new(TABLE, attributes);
    Ok(Claim {
        player_uuid: PlayerUuid(reader.uuid("player_uuid")?),
        player_id: reader.player_id("player_id")?,
        person_id: PersonId(reader.uuid("person_id")?),
    })
}

/// Creates the claim, if the account has none.
pub(crate) fn create(tables: &Tables, identity: &IdentityKey, user: &PlatformUser) -> Write {
    Write {
        table: tables.identities.clone(),
        item: item([
            (KEY, s(identity.as_str())),
            ("player_uuid", s(user.player_uuid)),
            ("player_id", n(user.player_id.get())),
            ("person_id", s(user.person_id)),
        ]),
        kind: Kind::Put,
        condition: "attribute_not_exists(#identity)".into(),
        values: Vec::new(),
    }
}

/// Moves the claim with its user to another person.
pub(crate) fn move_to(tables: &Tables, identity: &IdentityKey, claim: &Claim, to: PersonId) -> Write {
    Write {
        table: tables.identities.clone(),
        item: key(identity),
        kind: Kind::Update("SET #person_id = :to".into()),
        condition: "attribute_exists(#identity) AND #person_id = :from AND #player_uuid = :player_uuid".into(),
        values: vec![(":to", s(to)), (":from", s(claim.person_id)), (":player_uuid", s(claim.player_uuid))],
    }
}

/// Deletes the claim, if it still belongs to this person: the account may have been created anew.
pub(crate) fn purge(tables: &Tables, identity: &IdentityKey, person_id: PersonId) -> Write {
    Write {
        table: tables.identities.clone(),
        item: key(identity),
        kind: Kind::Delete,
        condition: "attribute_not_exists(#identity) OR #person_id = :person_id".into(),
        values: vec![(":person_id", s(person_id))],
    }
}

/// Gives the claim to the user with this account, if it is unchanged since it was read.
pub(crate) fn reassign(tables: &Tables, identity: &IdentityKey, seen: &Claim, user: &PlatformUser) -> Write {
    Write {
        table: tables.identities.clone(),
        item: key(identity),
        kind: Kind::Update("SET #player_uuid = :player_uuid, #player_id = :player_id, #person_id = :person_id".into()),
        condition: "attribute_exists(#identity) AND #player_uuid = :seen AND #person_id = :seen_person".into(),
        values: vec![
            (":player_uuid", s(user.player_uuid)),
            (":player_id", n(user.player_id.get())),
            (":person_id", s(user.person_id)),
            (":seen", s(seen.player_uuid)),
            (":seen_person", s(seen.person_id)),
        ],
    }
}

/// Deletes the claim, if it still belongs to this player.
pub(crate) fn remove(tables: &Tables, identity: &IdentityKey, player_uuid: PlayerUuid) -> Write {
    Write {
        table: tables.identities.clone(),
        item: key(identity),
        kind: Kind::Delete,
        condition: "attribute_not_exists(#identity) OR #player_uuid = :player_uuid".into(),
        values: vec![(":player_uuid", s(player_uuid))],
    }
}

//! The table `sequences`: the next free `player_id`, leased in blocks.

use super::Tables;
use crate::{
    dynamo::{Item, Kind, Write, item, n, s},
    identity::PlayerId,
};

pub(crate) const TABLE: &str = "sequences";
pub(crate) const NEXT: &str = "next";

pub(crate) fn key() -> Item {
    item([("name", s("player_id"))])
}

/// Leases `count` ids. Refused if that would exceed the largest `int32`.
///
/// Only this update may create its item, because nothing in this table is ever purged.
pub(crate) fn lease(tables: &Tables, count: u32) -> Write {
    let last_start = PlayerId::MAX - count + 1;
    Write {
        table: tables.sequences.clone(),
        item: key(),
        kind: Kind::Update("SET #next = if_not_exists(#next, :first) + :count".into()),
        condition: "attribute_not_exists(#next) OR #next <= :last_start".into(),
        values: vec![(":first", n(1)), (":count", n(count)), (":last_start", n(last_start))],
    }
}

/// Moves the next free id forward, never back.
pub(crate) fn move_to(tables: &Tables, next: u32) -> Write {
    Write {
        table: tables.sequences.clone(),
        item: key(),
        kind: Kind::Update("SET #next = :to".into()),
        condition: "attribute_not_exists(#next) OR #next < :to".into(),
        values: vec![(":to", n(next))],
    }
}

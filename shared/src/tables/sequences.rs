//! Table `sequences`: the next free `player_id`, leased in blocks.

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

/// Takes `count` numbers, and refuses to pass the last that an `int32` holds.
///
/// The only update that may create its item: nothing in this table is ever purged.
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

/// Moves past numbers that were given out; never back.
pub(crate) fn move_to(tables: &Tables, next: u32) -> Write {
    Write {
        table: tables.sequences.clone(),
        item: key(),
        kind: Kind::Update("SET #next = :to".into()),
        condition: "attribute_not_exists(#next) OR #next < :to".into(),
        values: vec![(":to", n(next))],
    }
}

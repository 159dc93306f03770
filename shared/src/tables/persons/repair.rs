//! The writes of `repair` on persons: all require that the person is unchanged since it was read.

use super::{KEY, key, linked_user, update};
use crate::{
    dynamo::{Kind, Write, n},
    identity::{OperationId, Person, PlatformUser, repair::PersonCorrections},
    tables::Tables,
};

/// Adds the entry of this user.
pub(crate) fn list(tables: &Tables, person: &Person, user: &PlatformUser, operation: OperationId) -> Write {
    let set = format!("#users.#{} = :user", user.platform);
    let entry = user.entry();
    let entry = linked_user(entry.player_uuid, entry.player_id.get(), &entry.identity);
    update(tables, person.person_id, operation, (&set, ""), "AND #version = :version")
        .with([(":user", entry), (":version", n(person.version))])
}

/// Removes entries, the active player, or the whole person.
pub(crate) fn lose(tables: &Tables, person: &Person, corrections: &PersonCorrections, operation: OperationId) -> Write {
    if corrections.whole {
        return remove(tables, person);
    }
    let entries = corrections.entries.iter().map(|(platform, _)| format!("#users.#{platform}"));
    let active_player = corrections.active_player.then(|| "#active_player_uuid".to_owned());
    let gone: Vec<_> = entries.chain(active_player).collect();
    update(tables, person.person_id, operation, ("", &gone.join(", ")), "AND #version = :version")
        .with([(":version", n(person.version))])
}

/// Removes the person.
pub(crate) fn remove(tables: &Tables, person: &Person) -> Write {
    Write {
        table: tables.persons.clone(),
        item: key(person.person_id),
        kind: Kind::Delete,
        condition: format!("attribute_exists(#{KEY}) AND #version = :version"),
        values: vec![(":version", n(person.version))],
    }
}

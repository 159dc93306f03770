//! The rules of purges, each with a name that the head of a mutant can refer to.

pub mod logins;

use std::fmt;

use shared::{
    identity::{DuePurge, Person, PersonId, Timestamp},
    queue::PurgeMessage,
};

use super::{
    history::{Entry, Op},
    sim::State,
    tables::{Row, Tables},
};

/// The largest error of a clock, in milliseconds.
pub const SKEW: i64 = 5_000;

/// A rule that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub invariant: &'static str,
    pub text: String,
}

impl Violation {
    pub fn new(invariant: &'static str, text: impl Into<String>) -> Self {
        Self { invariant, text: text.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invariant: {}: {}", self.invariant, self.text)
    }
}

/// Checks a change of the tables.
pub fn after_write(state: &mut State, name: &'static str, before: &Tables) {
    logins::after_write(state, name, before);
    let after = &state.tables;
    if after.persons == before.persons && after.users == before.users && after.receipts == before.receipts {
        return;
    }
    let looks = [agreement(after), remains(after), removals(name, before, after), others(name, before, after)];
    let looks = looks.into_iter().chain([timing(name, before, after, state.now), leases(name, before, after)]);
    let found: Vec<_> = looks.flatten().collect();
    let purged = after.receipts.values().find(|receipt| !before.receipts.contains_key(&receipt.person_id));
    let purged = purged.map(|receipt| Op::Purge(receipt.person_id, receipt.purge_id, receipt.purge_on));
    found.into_iter().for_each(|violation| state.violate(violation));
    if let Some(op) = purged {
        let moment = state.tick();
        state.history.push(Entry::inside(op, moment));
    }
}

/// Persons, users and claims agree at every moment, since every write is all or nothing.
fn agreement(tables: &Tables) -> Option<Violation> {
    let wrong = |text: String| Some(Violation::new("tables-agree", text));
    for (person_id, Row { item: person, .. }) in &tables.persons {
        let active =
            person.active_player.is_some_and(|active| !person.users.values().any(|user| user.player_uuid == active));
        if person.users.is_empty() || active {
            return wrong(format!("{person_id} has no users, or a foreign active player"));
        }
        for (platform, linked) in &person.users {
            let user = tables.users.get(&linked.player_uuid).map(|row| &row.item);
            if !user.is_some_and(|user| user.person_id == *person_id && user.platform == *platform) {
                return wrong(format!("{person_id} has {} that is not its", linked.player_uuid));
            }
            let claim = tables.claims.get(linked.identity.as_str());
            if !claim.is_some_and(|claim| claim.person_id == *person_id && claim.player_uuid == linked.player_uuid) {
                return wrong(format!("{person_id} has {} without its claim", linked.player_uuid));
            }
        }
    }
    let linked: usize = tables.persons.values().map(|row| row.item.users.len()).sum();
    if linked != tables.users.len() || linked != tables.claims.len() {
        return wrong(format!("{linked} linked, {} users, {} claims", tables.users.len(), tables.claims.len()));
    }
    None
}

/// After a purge nothing of the person is left.
fn remains(tables: &Tables) -> Option<Violation> {
    tables.receipts.values().find_map(|receipt| {
        let person_id = receipt.person_id;
        let left = tables.persons.contains_key(&person_id)
            || tables.users.values().any(|row| row.item.person_id == person_id)
            || tables.claims.values().any(|claim| claim.person_id == person_id)
            || receipt.players.iter().any(|player| tables.users.contains_key(player));
        left.then(|| Violation::new("nothing-left", format!("{person_id} is complete and something is left")))
    })
}

/// A person disappears with a receipt, or as the emptied side of a link. It appears by a creation
/// or an unlink.
fn removals(name: &str, before: &Tables, after: &Tables) -> Option<Violation> {
    let gone = before.persons.keys().find(|person_id| {
        let receipt = after.receipts.contains_key(person_id) && !before.receipts.contains_key(person_id);
        !after.persons.contains_key(person_id) && name != "link" && !(name == "purge" && receipt)
    });
    if let Some(person_id) = gone {
        return Some(Violation::new("receipt-with-removal", format!("{person_id} went by {name} without a receipt")));
    }
    let rewritten = before.receipts.iter().find(|(person_id, receipt)| after.receipts.get(person_id) != Some(receipt));
    if let Some((person_id, _)) = rewritten {
        return Some(Violation::new("one-receipt", format!("the receipt of {person_id} is another by {name}")));
    }
    let early = after.receipts.keys().find(|person_id| !before.receipts.contains_key(person_id));
    if let Some(person_id) = early.filter(|person_id| after.persons.contains_key(person_id)) {
        return Some(Violation::new("receipt-with-removal", format!("{person_id} has a receipt and is there")));
    }
    let come = after.persons.keys().find(|person_id| !before.persons.contains_key(person_id));
    let come = come.filter(|_| !matches!(name, "create_user" | "unlink"));
    come.map(|person_id| Violation::new("no-comeback", format!("{person_id} came by {name}")))
}

/// Users and claims disappear with their own person and with no other.
fn others(name: &str, before: &Tables, after: &Tables) -> Option<Violation> {
    let gone = |person_id: &PersonId| before.persons.contains_key(person_id) && !after.persons.contains_key(person_id);
    let users = before.users.iter().filter(|(player, _)| !after.users.contains_key(player));
    let claims = before.claims.iter().filter(|(key, _)| !after.claims.contains_key(*key));
    let owners = users.map(|(_, row)| row.item.person_id).chain(claims.map(|(_, claim)| claim.person_id));
    let mut wrong = owners.filter(|person_id| name != "purge" || !gone(person_id));
    wrong.next().map(|person_id| Violation::new("others-untouched", format!("{name} took something of {person_id}")))
}

/// A purge is the queued one, and is not carried out early.
fn timing(name: &str, before: &Tables, after: &Tables, now: i64) -> Option<Violation> {
    if name != "purge" {
        return None;
    }
    let removed = before.persons.iter().find(|(person_id, _)| !after.persons.contains_key(person_id));
    let (person_id, Row { item: person, .. }) = removed?;
    let receipt = after.receipts.get(person_id)?;
    let Some(purge) = person.purge.as_ref().filter(|purge| purge.purge_id == receipt.purge_id) else {
        return Some(Violation::new("only-what-is-queued", format!("{person_id} was purged by no purge of its")));
    };
    let early = purge.purge_on.as_unix() * 1000 - now;
    (early > SKEW).then(|| Violation::new("never-early", format!("{person_id} was purged {early} ms early")))
}

/// A lease or a postponement does not change the person's version.
fn leases(name: &str, before: &Tables, after: &Tables) -> Option<Violation> {
    if !matches!(name, "lease_purge" | "postpone") {
        return None;
    }
    let version = |tables: &Tables| tables.persons.values().map(|row| row.item.version).collect::<Vec<_>>();
    (version(before) != version(after))
        .then(|| Violation::new("lease-leaves-version", format!("{name} changed the version")))
}

/// The dispatcher leases only purges whose message the queue accepted.
pub fn leased_was_sent(state: &mut State, purge: &DuePurge) {
    if !state.note().accepted.contains(&purge.purge_id) {
        state.violate(Violation::new("leased-was-sent", format!("{} was leased and not sent", purge.person_id)));
    }
}

/// A message that a worker acknowledges is done, needed nothing, or its purge is listed in the
/// index again in time.
///
/// `seen` is the person when the worker began, `clock` the worker's time then.
pub fn acknowledged(state: &mut State, message: PurgeMessage, seen: Option<&Person>, clock: Timestamp) {
    let standing = state.tables.person(message.person_id());
    let (Some(seen), Some(standing)) = (seen, standing) else { return };
    let Some(purge) = standing.purge.as_ref().filter(|purge| purge.purge_id == message.purge_id()) else { return };
    let unchanged =
        seen.version == standing.version && seen.purge.as_ref().map(|seen| seen.due_on) == Some(purge.due_on);
    if unchanged && purge.purge_on <= clock.round_down() {
        let text = format!("{} was acknowledged and is still there", message.person_id());
        state.violate(Violation::new("acknowledged-is-done", text));
    }
    if unchanged && purge.purge_on > clock.round_down() && purge.due_on > purge.purge_on {
        let text = format!("{} was too early and is shown again too late", message.person_id());
        state.violate(Violation::new("postponed-is-shown", text));
    }
}

/// Once nothing fails any more, a few rounds complete every due purge, and a poison message is a
/// dead letter.
pub fn settled(state: &mut State, had_poison: bool) {
    let open: Vec<_> = state.tables.due();
    if let Some(purge) = open.first() {
        state.violate(Violation::new("nothing-due-lost", format!("{purge:?} is not complete")));
    }
    let (waits, is_dead) = state.queue.poison();
    if had_poison && (waits || !is_dead) {
        state.violate(Violation::new("poison-fails-alone", "a message that is none of ours is no dead letter"));
    }
}

//! The rules that always hold, and the events that must occur.

use shared::identity::{Claim, Platform, Purge, PurgeId, Timestamp, Work, work};
use stateright::Property;

use super::{
    protocol::{NEVER, Protocol},
    state::{Errand, Job, Letter, OwnRequest, State},
    tables::{A, NEW, X},
};

pub const ONE_RECEIPT: &str = "at most one receipt a person";
pub const NOT_EARLY: &str = "nothing is purged early";
pub const ASKED_FOR: &str = "only a purge that stands is carried out";
pub const SAME_PLAYERS: &str = "a purge removes whom it was queued for";
pub const TRUE_RECEIPT: &str = "a receipt tells of the purge that stood";
pub const HAS_RECEIPT: &str = "who was purged has a receipt";
pub const ANSWER_STANDS: &str = "what was answered stands";
pub const STAYS_CANCELLED: &str = "a cancelled purge does not come back";
pub const NOTHING_LEFT: &str = "nothing of a purged person is left";
pub const GONE_IS_GONE: &str = "no link, creation or switch succeeds on a purged person";
pub const TABLES_AGREE: &str = "persons, users and claims agree";
pub const NEW_UNTOUCHED: &str = "an old message never touches an account created anew";
pub const NOT_LOST: &str = "nothing due is lost";
pub const IN_SIGHT: &str = "a due purge is in sight unless its message was lost";
pub const HIDDEN_AFTER_MESSAGE: &str = "a purge is hidden past its time only after a message";
pub const COMPLETES: &str = "what is due completes";
pub const FAILS_ALONE: &str = "a poison message fails alone";
pub const QUEUED: &str = "a purge that stands is queued";

/// The invariants.
pub fn always() -> Vec<Property<Protocol>> {
    vec![
        Property::always(ONE_RECEIPT, |_, state: &State| {
            let receipts = &state.tables.receipts;
            let twin = |index: usize| {
                receipts.iter().skip(index + 1).any(|other| other.person_id == receipts[index].person_id)
            };
            !(0..receipts.len()).any(twin)
        }),
        Property::always(NOT_EARLY, |_, state: &State| !state.seen.wrong.early),
        Property::always(ASKED_FOR, |_, state: &State| !state.seen.wrong.unasked),
        Property::always(SAME_PLAYERS, |_, state: &State| !state.seen.wrong.other_players),
        Property::always(TRUE_RECEIPT, |_, state: &State| !state.seen.wrong.false_receipt),
        Property::always(HAS_RECEIPT, |_, state: &State| state.tables.person(X).is_some() || is_over(state)),
        Property::always(ANSWER_STANDS, |_, state: &State| {
            let stands = state.standing().map(|purge| (purge.purge_id, purge.purge_on));
            state.tables.person(X).is_none() || stands == state.seen.promise
        }),
        Property::always(STAYS_CANCELLED, |_, state: &State| {
            !state.standing().is_some_and(|purge| state.seen.cancelled.contains(&purge.purge_id))
        }),
        Property::always(NOTHING_LEFT, |_, state: &State| nothing_left(state)),
        Property::always(GONE_IS_GONE, |_, state: &State| !state.seen.wrong.on_purged),
        Property::always(TABLES_AGREE, |_, state: &State| tables_agree(state)),
        Property::always(NEW_UNTOUCHED, |_, state: &State| {
            let claimed = state.tables.claims.get(&A).is_some_and(|claim| claim.player_uuid == NEW);
            !state.tables.persons.values().any(|person| person.has(A, NEW)) || claimed
        }),
        Property::always(NOT_LOST, |_, state: &State| {
            state.standing().is_none_or(|purge| purge.due_on < NEVER) || has_message(state)
        }),
        Property::always(IN_SIGHT, |_, state: &State| {
            let hidden = |due: &Purge| due.purge_on <= state.now && due.due_on > state.now;
            !state.standing().is_some_and(hidden) || has_message(state) || state.seen.lost
        }),
        Property::always(HIDDEN_AFTER_MESSAGE, |_, state: &State| {
            let hidden = state.standing().is_some_and(|purge| purge.due_on > purge.purge_on);
            !hidden || state.seen.hinted || has_message(state)
        }),
        Property::always(COMPLETES, |_, state: &State| !state.is_final() || is_over(state)),
        Property::always(FAILS_ALONE, |_, state: &State| {
            !state.dead.iter().any(|letter| matches!(letter, Letter::Purge(..)))
        }),
        Property::always(QUEUED, |_, state: &State| state.standing().is_none_or(Purge::is_open)),
    ]
}

/// Whether no promise is open.
fn is_over(state: &State) -> bool {
    state
        .seen
        .promise
        .is_none_or(|(purge_id, _)| state.tables.receipt(X).is_some_and(|receipt| receipt.purge_id == purge_id))
}

fn nothing_left(state: &State) -> bool {
    let tables = &state.tables;
    tables.receipts.iter().all(|receipt| {
        let of = receipt.person_id;
        !tables.persons.contains_key(&of)
            && !tables.users.values().any(|user| user.person_id == of || receipt.players.contains(&user.player_uuid))
            && !tables
                .claims
                .values()
                .any(|claim| claim.person_id == of || receipt.players.contains(&claim.player_uuid))
    })
}

fn tables_agree(state: &State) -> bool {
    let tables = &state.tables;
    let has = |person_id, platform, player_uuid| {
        tables.person(person_id).is_some_and(|person| person.has(platform, player_uuid))
    };
    let linked = |(platform, claim): (&Platform, &Claim)| has(claim.person_id, *platform, claim.player_uuid);
    tables.claims.iter().all(linked)
        && tables.users.values().all(|user| has(user.person_id, user.platform, user.player_uuid))
        && tables.persons.values().map(|person| person.users.len()).sum::<usize>() == tables.users.len()
        && tables.users.len() == tables.claims.len()
}

/// Whether a message about the queued purge waits, is being handled, or is about to be sent.
fn has_message(state: &State) -> bool {
    let Some(purge) = state.standing() else { return false };
    let id = purge.purge_id;
    state.queue.iter().any(|letter| matches!(letter, Letter::Purge(about, _) if *about == id))
        || state.workers.iter().flatten().any(|job| job.purge_id == id)
        || state.unsent == Some(id)
}

pub const DUPLICATE_AFTER: &str = "a message outlives the purge";
pub const CRASH_AFTER_WRITE: &str = "a worker crashed between write and acknowledgement";
pub const TWO_WORKERS: &str = "two workers carry out the same purge";
pub const TWO_ROUNDS: &str = "two rounds have sent the same entry";
pub const RETIME_RACE: &str = "a re-time overtakes a worker";
pub const CANCEL_RACE: &str = "a cancellation overtakes a worker";
pub const ANEW_RACE: &str = "a purge queued anew overtakes a worker of the old one";
pub const STALE_ENTRY: &str = "a round has sent what a late index showed";
pub const STALE_AFTER: &str = "a round has sent what a late index showed of a purged person";
pub const POSTPONED: &str = "a worker has come too early";
pub const SECOND_LEASE: &str = "a purge is dispatched again";
pub const OWN_RACE: &str = "a person's own request is overtaken";
pub const CREATED_ANEW: &str = "the account is created anew while an old message waits";
pub const LINKED_ANEW: &str = "the account created anew is linked while an old message waits";
pub const TWO_USERS: &str = "a person with two users is purged";
pub const LINK_RACE: &str = "a purge overtakes a link to the person";
pub const SWITCH_RACE: &str = "a purge overtakes a switch of the person";
pub const POISONED: &str = "a poison message reaches the dead letters";

/// The events that must occur, so that the model cannot pass by doing nothing.
pub fn sights() -> Vec<Property<Protocol>> {
    vec![
        Property::sometimes(DUPLICATE_AFTER, |_, state: &State| purged_and_waiting(state)),
        Property::sometimes(CRASH_AFTER_WRITE, |_, state: &State| {
            purged(state) && state.queue.iter().any(|letter| matches!(letter, Letter::Purge(_, 1..)))
        }),
        Property::sometimes(TWO_WORKERS, |_, state: &State| {
            matches!(&state.workers, [Some(one), Some(two)] if one.purge_id == two.purge_id)
                && (0..2).all(|worker| carries_out(state, worker))
        }),
        Property::sometimes(
            TWO_ROUNDS,
            |_, state: &State| matches!(&state.rounds, [Some(one), Some(two)] if one.entry == two.entry && !one.late && !two.late),
        ),
        Property::sometimes(RETIME_RACE, |_, state: &State| {
            overtaken(state, |job, purge| {
                purge.is_some_and(|purge| purge.purge_id == job && purge.purge_on > state.now)
            })
        }),
        Property::sometimes(CANCEL_RACE, |_, state: &State| {
            state.tables.person(X).is_some() && overtaken(state, |_, purge| purge.is_none())
        }),
        Property::sometimes(ANEW_RACE, |_, state: &State| {
            overtaken(state, |job, purge| purge.is_some_and(|purge| purge.purge_id != job))
        }),
        Property::sometimes(STALE_ENTRY, |_, state: &State| late_round(state) && !purged(state)),
        Property::sometimes(STALE_AFTER, |_, state: &State| late_round(state) && purged(state)),
        Property::sometimes(POSTPONED, |_, state: &State| {
            let early = |job: &Job| {
                let at = Timestamp::from_millis(job.at.as_unix() * 1000);
                matches!(work(Some(&job.person), job.purge_id, at), Work::Postpone(_))
            };
            state.workers.iter().flatten().any(early)
        }),
        Property::sometimes(SECOND_LEASE, |_, state: &State| {
            state.standing().is_some_and(|purge| purge.dispatches > 1)
        }),
        Property::sometimes(OWN_RACE, |_, state: &State| {
            let version =
                |own: &OwnRequest| state.tables.person(X).map(|person| person.version) != Some(own.person.version);
            state.own.as_ref().is_some_and(version)
        }),
        Property::sometimes(CREATED_ANEW, |_, state: &State| {
            purged_and_waiting(state) && state.tables.users.contains_key(&NEW)
        }),
        Property::sometimes(LINKED_ANEW, |_, state: &State| {
            let holder = state.tables.persons.values().find(|person| person.has(A, NEW));
            purged_and_waiting(state) && holder.is_some_and(|person| person.users.len() == 2)
        }),
        Property::sometimes(TWO_USERS, |_, state: &State| {
            state.tables.receipt(X).is_some_and(|receipt| receipt.players.len() == 2)
        }),
        Property::sometimes(LINK_RACE, |_, state: &State| {
            purged(state) && matches!(&state.errand, Some(Errand::Link(link)) if link.leader == X)
        }),
        Property::sometimes(SWITCH_RACE, |_, state: &State| {
            purged(state) && matches!(&state.errand, Some(Errand::Toggle(_, claim)) if claim.person_id == X)
        }),
        Property::sometimes(POISONED, |_, state: &State| {
            state.dead.iter().any(|letter| matches!(letter, Letter::Poison(_))) && purged(state)
        }),
    ]
}

fn purged(state: &State) -> bool {
    state.tables.receipt(X).is_some()
}

fn purged_and_waiting(state: &State) -> bool {
    purged(state) && state.queue.iter().any(|letter| matches!(letter, Letter::Purge(..)))
}

fn late_round(state: &State) -> bool {
    state.rounds.iter().flatten().any(|round| round.late && Some(round.entry) != state.entry())
}

fn carries_out(state: &State, worker: usize) -> bool {
    state.workers[worker].as_ref().is_some_and(|job| {
        job.person.purge.as_ref().is_some_and(|purge| purge.purge_id == job.purge_id && purge.purge_on <= job.at)
    })
}

/// Whether a worker is about to carry out a purge that has been replaced or changed.
fn overtaken(state: &State, stands: impl Fn(PurgeId, Option<&Purge>) -> bool) -> bool {
    let job = |worker: usize| state.workers[worker].as_ref();
    (0..2).any(|worker| {
        carries_out(state, worker) && job(worker).is_some_and(|job| stands(job.purge_id, state.standing()))
    })
}

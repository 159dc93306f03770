//! The steps of the dispatcher, of the queue and of the workers.

use std::time::Duration;

use shared::identity::{DuePurge, Purge, PurgeId, Receipt, Retention, Second, Timestamp, Work, work};

use super::{
    held::Held,
    protocol::{DISPATCH, NEVER, Protocol, RECEIVES},
    state::{Job, Letter, Round, State},
    tables::X,
    wrong::Mutation,
};

const RETENTION: Retention = Retention { traces: Duration::from_hours(1), receipts: Duration::from_hours(2) };

/// A round of the dispatcher reads the index and sends. To send later is like a message that waits,
/// so this is one step.
pub fn round(protocol: &Protocol, state: &State, entry: DuePurge, late: bool) -> Option<State> {
    let mut next = state.clone();
    let place = next.rounds.iter_mut().find(|place| place.is_none())?;
    *place = Some(Round { entry, late });
    if protocol.wrong == Some(Mutation::LeaseBeforeSend) {
        lease_of(protocol, &mut next, &entry);
    } else {
        sent(&mut next, entry.purge_id);
    }
    Some(next)
}

pub fn lease(protocol: &Protocol, state: &State, index: usize) -> Option<State> {
    let mut next = state.clone();
    let Round { entry, .. } = next.rounds.get_mut(index)?.take()?;
    if protocol.wrong == Some(Mutation::LeaseBeforeSend) {
        sent(&mut next, entry.purge_id);
    } else {
        lease_of(protocol, &mut next, &entry);
    }
    Some(next)
}

pub fn round_crashes(state: &State, index: usize) -> Option<State> {
    let mut next = state.clone();
    next.rounds.get_mut(index)?.take()?;
    Some(next)
}

/// A worker receives and reads. A message that needs no write is acknowledged in the same step, as
/// if it had come later.
pub fn receive(protocol: &Protocol, state: &State, letter: Letter) -> Option<State> {
    let mut next = state.clone();
    next.take(letter);
    let (purge_id, failures) = match letter {
        Letter::Poison(failures) => {
            failed(&mut next, Letter::Poison, failures);
            return Some(next);
        }
        Letter::Purge(purge_id, failures) => (purge_id, failures),
    };
    let person = state.tables.person(X);
    match decide(protocol, person.map(|person| &**person), purge_id, state.now) {
        Work::AlreadyGone | Work::NotThisPurge => acknowledged(protocol, &mut next, purge_id, failures),
        Work::Postpone(_) | Work::CarryOut(_) => {
            let place = next.workers.iter_mut().find(|place| place.is_none())?;
            *place = Some(Job { purge_id, failures, person: person?.clone(), at: state.now, piece: 0 });
        }
    }
    Some(next)
}

/// A worker writes. Its message is acknowledged, unless a piece is left to write or the person had
/// changed.
pub fn write(protocol: &Protocol, state: &State, index: usize) -> Option<State> {
    let (mut next, job, end) = written(protocol, state, index)?;
    match end {
        End::Done => acknowledged(protocol, &mut next, job.purge_id, job.failures),
        End::Piece => *next.workers.get_mut(index)? = Some(Job { piece: job.piece + 1, ..job }),
        // The handler reads again, which is like receiving the message again.
        End::Changed => back(protocol, &mut next, &job),
    }
    Some(next)
}

pub fn write_and_crash(protocol: &Protocol, state: &State, index: usize) -> Option<State> {
    let (mut next, job, _) = written(protocol, state, index)?;
    if protocol.wrong != Some(Mutation::AcknowledgeFirst) {
        failed(&mut next, |failures| Letter::Purge(job.purge_id, failures), job.failures);
    }
    Some(next)
}

pub fn crash(protocol: &Protocol, state: &State, index: usize) -> Option<State> {
    let mut next = state.clone();
    let job = next.workers.get_mut(index)?.take()?;
    if protocol.wrong != Some(Mutation::AcknowledgeFirst) {
        failed(&mut next, |failures| Letter::Purge(job.purge_id, failures), job.failures);
    }
    Some(next)
}

/// The queue forgets a message: it expired, or went to the dead letters and was deleted there.
pub fn lose(mut next: State, letter: Letter) -> Option<State> {
    next.take(letter);
    let Letter::Purge(lost, _) = letter else { return None };
    next.seen.lost |= next.standing().is_some_and(|purge| purge.purge_id == lost);
    Some(next)
}

enum End {
    Done,
    Piece,
    Changed,
}

fn written(protocol: &Protocol, state: &State, index: usize) -> Option<(State, Job, End)> {
    let mut next = state.clone();
    let job = next.workers.get_mut(index)?.take()?;
    let end = match decide(protocol, Some(&job.person), job.purge_id, job.at) {
        Work::CarryOut(purge) => carry_out(protocol, &mut next, &job, purge)?,
        Work::Postpone(purge) => {
            postpone(&mut next, purge);
            End::Done
        }
        Work::AlreadyGone | Work::NotThisPurge => return None,
    };
    Some((next, job, end))
}

fn decide<'p>(
    protocol: &Protocol,
    person: Option<&'p shared::identity::Person>,
    purge_id: PurgeId,
    at: Second,
) -> Work<'p> {
    let at = if protocol.wrong == Some(Mutation::WrongComparison) { NEVER.as_unix() / 1000 } else { at.as_unix() };
    work(person, purge_id, Timestamp::from_millis(at * 1000))
}

fn postpone(next: &mut State, read: &Purge) {
    let Some(person) = next.tables.person(X).cloned() else { return };
    let after = person.purge.as_ref().and_then(|standing| standing.postponed(read));
    if let Some(purge) = after {
        let tables = next.tables.touched(&person, |person| person.purge = Some(purge));
        next.write(tables);
    }
}

fn carry_out(protocol: &Protocol, next: &mut State, job: &Job, purge: &Purge) -> Option<End> {
    let completed_on = if protocol.wrong == Some(Mutation::WrongComparison) { NEVER } else { job.at };
    let receipt = Receipt::of(&job.person, purge, completed_on, RETENTION);
    let mut tables = next.tables.deref_clone();
    match (protocol.wrong, job.piece) {
        (Some(Mutation::ReceiptBeforeRemoval), 0) => {
            tables.receipts.push(Held::new(receipt));
            next.write(tables);
            return Some(End::Piece);
        }
        (Some(Mutation::ReceiptAfterRemoval), 1) => {
            tables.put_first_receipt(receipt);
            next.write(tables);
            return Some(End::Done);
        }
        (Some(Mutation::IdentityApart), 0) => {
            tables.claims.retain(|platform, _| !job.person.users.contains_key(platform));
            next.write(tables);
            return Some(End::Piece);
        }
        _ => {}
    }
    let Some(tables) = tables.purged(&job.person, receipt.clone(), protocol.wrong) else { return Some(End::Changed) };
    judge_removal(next, &receipt);
    next.write(tables);
    Some(if protocol.wrong == Some(Mutation::ReceiptAfterRemoval) { End::Piece } else { End::Done })
}

/// Notes what the observer sees of a removal.
fn judge_removal(next: &mut State, receipt: &Receipt) {
    let standing = next.standing().cloned();
    let seen = &mut next.seen;
    seen.wrong.unasked |= seen.promise.is_none_or(|(purge_id, _)| purge_id != receipt.purge_id);
    seen.wrong.early |= seen.promise.is_some_and(|(_, purge_on)| purge_on > next.now);
    seen.wrong.other_players |= seen.players != receipt.players;
    seen.wrong.false_receipt |= standing.is_none_or(|purge| {
        purge.purge_on != receipt.purge_on
            || purge.created_on != receipt.created_on
            || purge.requested_by != receipt.requested_by
    });
}

/// Writes a lease, if the purge is as the index showed it.
fn lease_of(protocol: &Protocol, next: &mut State, entry: &DuePurge) {
    let Some(person) = next.tables.person(X).cloned() else { return };
    let due_on = DISPATCH.lease_until(entry, next.moment());
    let due_on = if protocol.wrong == Some(Mutation::DueMarkRemoved) { NEVER } else { due_on };
    let leased = person.purge.as_ref().and_then(|purge| match protocol.wrong {
        Some(Mutation::LeaseAnything) => Some(Purge { due_on, dispatches: purge.dispatches + 1, ..purge.clone() }),
        Some(Mutation::LeaseOfWhatWasSeen) => {
            let DuePurge { purge_id, purge_on, .. } = *entry;
            Some(Purge { purge_id, purge_on, due_on, ..purge.clone() })
        }
        _ => purge.leased(entry, due_on),
    });
    if let Some(purge) = leased {
        let tables = next.tables.touched(&person, |person| person.purge = Some(purge));
        next.write(tables);
    }
}

pub fn sent(next: &mut State, purge_id: PurgeId) {
    next.put(Letter::Purge(purge_id, 0));
    if next.standing().is_some_and(|purge| purge.purge_id == purge_id) {
        next.seen.hinted = true;
        next.seen.lost = false;
    }
}

/// Acknowledges a message that was handled. A worker with the mistake of failing whole batches
/// keeps it because of another.
fn acknowledged(protocol: &Protocol, next: &mut State, purge_id: PurgeId, failures: u8) {
    let poisoned = next.queue.iter().any(|letter| matches!(letter, Letter::Poison(_)));
    if protocol.wrong == Some(Mutation::BatchFailsTogether) && poisoned {
        failed(next, |failures| Letter::Purge(purge_id, failures), failures);
    }
}

fn back(protocol: &Protocol, next: &mut State, job: &Job) {
    if protocol.wrong != Some(Mutation::AcknowledgeFirst) {
        next.put(Letter::Purge(job.purge_id, job.failures));
    }
}

fn failed(next: &mut State, letter: impl Fn(u8) -> Letter, failures: u8) {
    if failures + 1 >= RECEIVES {
        next.dead.push(letter(RECEIVES));
        next.dead.sort();
    } else {
        next.put(letter(failures + 1));
    }
}

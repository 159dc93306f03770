//! The steps of callers that ask for purges, and of callers that create, link and switch meanwhile.

use shared::identity::{
    Cancellation, OperationId, Purge, PurgeId, QueuePurge, Requester, Second, Timestamp, is_due_at_once,
};
use uuid::Uuid;

use super::{
    protocol::{Act, PURGES, Protocol},
    state::{Ask, Errand, Left, OwnRequest, State},
    tables::{A, B, L, Link, NEW, OLD, X, Y, Z},
    workers,
    wrong::Mutation,
};

/// A request with permission, which is one write.
pub fn ask(protocol: &Protocol, state: &State, ask: Ask) -> Option<State> {
    let mut next = asked(state)?;
    let Some(person) = state.tables.person(X) else {
        return resurrected(protocol, next, ask);
    };
    let after = match ask {
        Ask::Cancel => (Cancellation::of(person.purge.as_ref()) == Cancellation::Forget).then_some(None),
        ask => request(ask, state, state.now).applied_to(person.purge.as_ref()).map(Some),
    }?;
    let tables = state.tables.changed(person, |person| person.purge.clone_from(&after));
    next.write(tables);
    answered(&mut next, state.now, after);
    Some(next)
}

/// The first step of a request without permission: it reads the person, to check the caller's right
/// to it.
pub fn own_read(state: &State, ask: Ask) -> Option<State> {
    if state.own.is_some() {
        return None;
    }
    let mut next = asked(state)?;
    let claim = state.tables.claims.get(&A)?;
    let person = state.tables.person(X)?;
    let owner = (A, claim.player_uuid);
    if !person.has(owner.0, owner.1) {
        return None;
    }
    next.own = Some(OwnRequest { ask, person: person.clone(), owner, at: state.now });
    Some(next)
}

/// The second step of a request without permission: it writes. If the purge has changed, the
/// request ends, and its next attempt counts as another request.
pub fn own_write(protocol: &Protocol, state: &State) -> Option<State> {
    let mut next = state.clone();
    let OwnRequest { ask, person, owner, at } = next.own.take()?;
    let standing = person.purge.as_ref();
    let after = match ask {
        Ask::Cancel => (Cancellation::of(standing) == Cancellation::Forget).then_some(None),
        ask => request(ask, state, at).applied_to(standing).map(Some),
    };
    if let Some(tables) = state.tables.own_purge_changed(&person, after.as_ref(), owner, protocol.wrong) {
        next.write(tables);
        if let Some(after) = after {
            answered(&mut next, at, after);
        }
    }
    Some(next)
}

/// Sends the message of a purge that was due when it was queued.
pub fn send(state: &State) -> Option<State> {
    let mut next = state.clone();
    let purge_id = next.unsent.take()?;
    workers::sent(&mut next, purge_id);
    Some(next)
}

/// The process of the request crashes between its write and its message.
pub fn sender_crashes(mut next: State) -> Option<State> {
    let purge_id = next.unsent.take()?;
    next.seen.lost |= next.standing().is_some_and(|purge| purge.purge_id == purge_id);
    Some(next)
}

/// A step of an account's owner. A creation is one transaction, and the other acts read first.
pub fn act(state: &State, act: Act) -> Option<State> {
    let acts = state.left.acts.checked_sub(1)?;
    let mut next = State { left: Left { acts, ..state.left }, ..state.clone() };
    if act == Act::CreateAnew {
        let anew = !state.tables.users.contains_key(&NEW) && !state.tables.persons.contains_key(&Y);
        let tables = anew.then(|| state.tables.created(Y, NEW, A)).flatten()?;
        next.write(tables);
        return Some(next);
    }
    if state.errand.is_some() {
        return None;
    }
    let (a, b) = (state.tables.claims.get(&A), state.tables.claims.get(&B));
    next.errand = Some(match act {
        Act::LinkIntoX | Act::LinkIntoHolder | Act::LinkIntoL => {
            let (leader, leader_user, platform, follower) = match act {
                Act::LinkIntoX => (state.tables.person(X)?.person_id, None, B, b?),
                Act::LinkIntoHolder => (a?.person_id, Some((A, a?.player_uuid)), B, b?),
                _ => (state.tables.person(L)?.person_id, None, A, a?),
            };
            if leader == follower.person_id {
                return None;
            }
            Errand::Link(Link { leader, leader_user, platform, follower: *follower })
        }
        Act::Unlink => Errand::Unlink(B, *b?),
        Act::Toggle | Act::CreateAnew => Errand::Toggle(A, *a?),
    });
    Some(next)
}

pub fn act_write(protocol: &Protocol, state: &State) -> Option<State> {
    let mut next = state.clone();
    let (after, whose) = match next.errand.take()? {
        Errand::Link(link) => (state.tables.linked(&link, protocol.wrong), vec![link.leader, link.follower.person_id]),
        Errand::Unlink(platform, claim) => (state.tables.unlinked(platform, &claim, Z), vec![claim.person_id]),
        Errand::Toggle(platform, claim) => {
            (state.tables.toggled(&claim, platform, protocol.wrong), vec![claim.person_id])
        }
    };
    if let Some(tables) = after {
        next.write(tables);
        next.seen.wrong.on_purged |= whose.into_iter().any(|person| state.tables.receipt(person).is_some());
    }
    Some(next)
}

fn asked(state: &State) -> Option<State> {
    let asks = state.left.asks.checked_sub(1)?;
    Some(State { left: Left { asks, ..state.left }, ..state.clone() })
}

fn request(ask: Ask, state: &State, at: Second) -> QueuePurge {
    let now = Timestamp::from_millis(at.as_unix() * 1000);
    let suggested = match ask {
        Ask::Now => Some(now),
        Ask::Later => Some(now.plus(PURGES.default_delay)),
        Ask::Some | Ask::Cancel => None,
    };
    let purge_on = PURGES.schedule(suggested, &Requester::Itself, now);
    QueuePurge {
        person_id: X,
        purge_id: PurgeId(Uuid::from_u128(100 + u128::from(state.seen.purges))),
        purge_on,
        due_on: PURGES.look_on(purge_on, now),
        retime: suggested.is_some(),
        requested_by: Requester::Itself,
        operation: OperationId(Uuid::nil()),
        now,
    }
}

/// Notes the answer to the caller, and the message that its request still has to send.
fn answered(next: &mut State, at: Second, after: Option<Purge>) {
    let players = next.tables.person(X).map(|person| person.users.values().map(|user| user.player_uuid).collect());
    let seen = &mut next.seen;
    let Some(purge) = after else {
        seen.cancelled.extend(seen.promise.take().map(|(purge_id, _)| purge_id));
        seen.cancelled.sort();
        return;
    };
    if seen.promise.is_none_or(|(purge_id, _)| purge_id != purge.purge_id) {
        seen.purges += 1;
        seen.players = players.unwrap_or_default();
        seen.players.sort();
    }
    seen.promise = Some((purge.purge_id, purge.purge_on));
    seen.hinted = is_due_at_once(purge.purge_on, Timestamp::from_millis(at.as_unix() * 1000));
    seen.lost = false;
    if seen.hinted {
        // The message of an earlier request is no longer needed, since this request sends one.
        next.unsent = Some(purge.purge_id);
    }
}

/// The mistake that an update creates a purged person again, because it does not check that the
/// person exists.
fn resurrected(protocol: &Protocol, mut next: State, ask: Ask) -> Option<State> {
    if protocol.wrong != Some(Mutation::RetimeWithoutPerson) || ask == Ask::Cancel {
        return None;
    }
    let receipt = next.tables.receipt(X)?;
    let purge = request(ask, &next, next.now).applied_to(None)?;
    let mut person = super::tables::Tables::start().person(X)?.deref_clone();
    person.users.retain(|_, user| user.player_uuid != OLD);
    person.purge = Some(Purge { purge_id: receipt.purge_id, ..purge });
    let tables = next.tables.touched(&person, |_| ());
    next.write(tables);
    Some(next)
}

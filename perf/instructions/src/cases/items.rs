//! Items and writes: what goes to the SDK and comes from it.

use shared::{
    identity::{Person, QueuePurge},
    store::measured::{self, Encoded},
};

use crate::{
    fixtures::{
        identity, now, operation, person, person_id, player, purge, purge_id, receipt, requester, tables, user,
    },
    measure::Measure,
};

pub fn run(measure: &mut Measure) {
    encode(measure);
    decode(measure);
}

fn encode(measure: &mut Measure) {
    let (tables, user, identity, receipt) = (tables(), user(0), identity(0), receipt(1));
    let done = |encoded: &Result<Encoded, _>| encoded.is_ok();
    measure.case("encode: user", || &user, |user| measured::encode_user(&tables, user, operation()), done);
    let person_of = |user| measured::encode_person(&tables, user, &identity, operation());
    measure.case("encode: person", || &user, person_of, done);
    measure.case("encode: identity", || &user, |user| measured::encode_identity(&tables, user, &identity), done);
    measure.case("encode: receipt", || &receipt, |receipt| measured::encode_receipt(&tables, receipt), done);
    let state = |player| measured::encode_state(&tables, player, operation(), now());
    measure.case("encode: change of state", || player(0), state, done);
    let queued = QueuePurge {
        person_id: person_id(),
        purge_id: purge_id(),
        purge_on: purge().purge_on,
        due_on: purge().due_on,
        retime: true,
        requested_by: requester(),
        operation: operation(),
        now: now(),
    };
    let queue = |purge| measured::encode_queued_purge(&tables, purge);
    measure.case("encode: queued purge", || &queued, queue, done);
    let person = person(person_id());
    let purge = |person: &Person| {
        let users = person.users.values();
        let removals = users
            .map(|user| measured::encode_removals(&tables, user.player_uuid, &user.identity, person.person_id).is_ok());
        removals.filter(|done| *done).count() == 3
            && measured::encode_purge(&tables, person, &receipt).is_ok()
            && measured::encode_receipt(&tables, &receipt).is_ok()
    };
    measure.case("encode: purge of 3 users", || &person, purge, |done| *done);
}

fn decode(measure: &mut Measure) {
    let (tables, user, identity) = (tables(), user(0), identity(0));
    let stored = measured::stored_user(&tables, &user, operation());
    measure.case("decode: user", || &stored, measured::decode_user, Result::is_ok);
    let stored = measured::stored_identity(&tables, &user, &identity);
    measure.case("decode: identity", || &stored, measured::decode_identity, Result::is_ok);
    let stored = measured::stored_person(&person(person_id()));
    measure.case(
        "decode: person of 3 users",
        || &stored,
        measured::decode_person,
        |decoded| decoded.as_ref().is_ok_and(|person| person.users.len() == 3 && person.purge.is_some()),
    );
    let stored = measured::stored_receipt(&tables, &receipt(1));
    measure.case("decode: receipt", || &stored, measured::decode_receipt, Result::is_ok);
}

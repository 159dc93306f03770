//! The steps of the purge protocol, one by one.

use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::identity::SubjectHash;

const POLICY: PurgePolicy = PurgePolicy {
    default_delay: Duration::from_hours(14 * 24),
    max_delay: Duration::from_hours(30 * 24),
    min_delay_self: Duration::from_hours(2),
    head_start: Duration::from_mins(1),
};

fn requesters() -> [Requester; 2] {
    [Requester::Itself, Requester::Service(SubjectHash::new([1; 32]))]
}

const NOW: Timestamp = Timestamp::from_millis(1_000_500);

fn second(unix: i64) -> Second {
    Second::from_unix(unix)
}

/// A purge that was queued at 900 for 1000, and sent once.
fn purge() -> Purge {
    Purge {
        purge_id: PurgeId(Uuid::from_u128(1)),
        purge_on: second(1000),
        created_on: second(900),
        modified_on: second(901),
        status: PurgeStatus::Queued,
        due_on: second(1060),
        dispatches: 1,
        requested_by: Requester::Itself,
    }
}

fn begun() -> Purge {
    Purge { status: PurgeStatus::InProgress, ..purge() }
}

fn seen() -> DuePurge {
    let Purge { purge_id, purge_on, due_on, dispatches, .. } = purge();
    DuePurge { person_id: PersonId(Uuid::nil()), purge_id, purge_on, due_on, dispatches }
}

fn person(purge: Option<Purge>) -> Person {
    Person { person_id: PersonId(Uuid::nil()), users: BTreeMap::new(), active_player: None, purge, version: 7 }
}

fn request(retime: bool) -> QueuePurge {
    QueuePurge {
        person_id: PersonId(Uuid::nil()),
        purge_id: PurgeId(Uuid::from_u128(2)),
        purge_on: second(2000),
        due_on: second(2060),
        retime,
        requested_by: Requester::Service(SubjectHash::new([1; 32])),
        operation: OperationId(Uuid::nil()),
        now: NOW,
    }
}

#[test]
fn a_lease_is_for_the_purge_that_was_seen_and_counts() {
    let leased = purge().leased(&seen(), second(3000)).unwrap();
    assert_eq!(leased, Purge { due_on: second(3000), dispatches: 2, ..purge() });
    for other in [DuePurge { purge_id: PurgeId(Uuid::nil()), ..seen() }, DuePurge { due_on: second(1061), ..seen() }] {
        assert_eq!(purge().leased(&other, second(3000)), None);
        assert_eq!(purge().reset(&other, second(3000)), None);
    }
    assert_eq!((begun().leased(&seen(), second(3000)), begun().reset(&seen(), second(3000))), (None, None));
}

#[test]
fn a_reset_counts_anew_and_is_never_early() {
    let reset = |now| purge().reset(&seen(), second(now)).unwrap();
    assert_eq!(reset(3000), Purge { due_on: second(3000), dispatches: 0, ..purge() });
    assert_eq!(reset(10).due_on, second(1000));
}

#[test]
fn a_purge_is_put_back_to_its_time_if_that_is_still_its_time() {
    assert_eq!(purge().postponed(&purge()), Some(Purge { due_on: second(1000), ..purge() }));
    let (moved, another) =
        (Purge { purge_on: second(1001), ..purge() }, Purge { purge_id: PurgeId(Uuid::nil()), ..purge() });
    assert_eq!(
        (purge().postponed(&moved), purge().postponed(&another), begun().postponed(&begun())),
        (None, None, None)
    );
}

#[test]
fn a_worker_carries_out_what_is_due_and_nothing_else() {
    let at = |second: i64| Timestamp::from_millis(second * 1000 - 1);
    let standing = person(Some(purge()));
    assert_eq!(work(Some(&standing), purge().purge_id, at(1001)), Work::CarryOut(&purge()));
    assert_eq!(work(Some(&standing), purge().purge_id, at(1000)), Work::Postpone(&purge()), "a millisecond early");
    assert_eq!(work(Some(&standing), PurgeId(Uuid::nil()), at(1001)), Work::NotThisPurge);
    assert_eq!(work(Some(&person(None)), purge().purge_id, at(1001)), Work::NotThisPurge);
    assert_eq!(work(Some(&person(Some(begun()))), purge().purge_id, at(1001)), Work::NotThisPurge);
    assert_eq!(work(None, purge().purge_id, at(1001)), Work::AlreadyGone);
}

#[test]
fn only_a_person_as_it_was_read_is_removed_and_only_when_due() {
    let read = person(Some(purge()));
    let may = |standing: &Person, purge_id, now| may_remove(standing, &read, purge_id, second(now));
    assert!(may(&read, purge().purge_id, 1000) && may(&read, purge().purge_id, 5000));
    assert!(!may(&read, purge().purge_id, 999), "early");
    assert!(!may(&read, PurgeId(Uuid::nil()), 1000), "another purge");
    assert!(!may(&person(None), purge().purge_id, 1000), "cancelled");
    assert!(!may(&Person { version: 8, ..read.clone() }, purge().purge_id, 1000), "changed");
}

#[test]
fn what_is_gone_or_still_the_persons_goes_with_it() {
    let [one, other] = [1, 2].map(|number| PersonId(Uuid::from_u128(number)));
    assert_eq!((goes_with(None, one), goes_with(Some(one), one), goes_with(Some(other), one)), (true, true, false));
}

#[test]
fn what_has_begun_is_neither_cancelled_nor_re_timed() {
    assert_eq!(Cancellation::of(None), Cancellation::NoPurge);
    assert_eq!(Cancellation::of(Some(&purge())), Cancellation::Forget);
    assert_eq!(Cancellation::of(Some(&begun())), Cancellation::Started);
    assert_eq!(request(true).applied_to(Some(&begun())), None);
}

#[test]
fn a_first_request_is_a_purge_of_its_own() {
    for retime in [false, true] {
        let expected = Purge {
            purge_id: PurgeId(Uuid::from_u128(2)),
            purge_on: second(2000),
            created_on: second(1000),
            modified_on: second(1000),
            due_on: second(2060),
            dispatches: 0,
            requested_by: Requester::Service(SubjectHash::new([1; 32])),
            ..purge()
        };
        assert_eq!(request(retime).applied_to(None), Some(expected));
    }
}

#[test]
fn another_time_keeps_the_purge_its_beginning_and_who_asked_first() {
    let expected =
        Purge { purge_on: second(2000), modified_on: second(1000), due_on: second(2060), dispatches: 0, ..purge() };
    assert_eq!(request(true).applied_to(Some(&purge())), Some(expected));
    assert_eq!(request(false).applied_to(Some(&purge())), None, "a resend changes nothing");
}

#[test]
fn what_is_due_with_the_request_has_a_head_start() {
    for (purge_on, at_once) in [(1000, true), (1001, true), (1002, false)] {
        assert_eq!(is_due_at_once(second(purge_on), NOW), at_once, "{purge_on}");
        let expected = if at_once { purge_on + 60 } else { purge_on };
        assert_eq!(POLICY.look_on(second(purge_on), NOW), second(expected));
    }
}

#[test]
fn a_lease_begins_now_and_doubles() {
    let policy = DispatchPolicy { lease: Duration::from_mins(1) };
    let leases = [0, 1, 2, 7].map(|dispatches| policy.lease_after(dispatches).as_secs());
    assert_eq!(leases, [60, 120, 240, 7680]);
    assert_eq!(policy.lease_until(&seen(), NOW), second(1001 + 120));
}

#[test]
fn every_status_has_a_name_that_leads_back_to_it() {
    let names: Vec<_> = PurgeStatus::ALL.iter().map(|status| status.as_str()).collect();
    assert_eq!(names, ["queued", "in_progress", "complete"]);
    for status in PurgeStatus::ALL {
        assert_eq!(PurgeStatus::from_name(status.as_str()), Some(*status));
    }
    assert_eq!(PurgeStatus::from_name("done"), None);
}

#[test]
fn without_a_suggestion_the_default_delay_applies() {
    let now = Timestamp::from_millis(1_000_500);
    for requester in requesters() {
        assert_eq!(POLICY.schedule(None, &requester, now), Second::from_unix(1001 + 14 * 86_400));
    }
    let soon = PurgePolicy { default_delay: Duration::from_hours(1), ..POLICY };
    assert_eq!(requesters().map(|by| soon.schedule(None, &by, now)), [1001 + 7200, 1001 + 3600].map(second));
}

#[test]
fn a_suggestion_is_too_old_when_it_is_more_than_seven_days_old_to_the_millisecond() {
    let now = Timestamp::from_millis(1_800_000_000_500);
    let too_old = |age: i64| PurgePolicy::is_too_old(Timestamp::from_millis(now.as_millis() - age), now);
    let week = 7 * 86_400_000;
    let ages = [-week, 0, 3_600_000, week - 1, week, week + 1, now.as_millis(), i64::MAX];
    assert_eq!(ages.map(too_old), [false, false, false, false, false, true, true, true]);
}

proptest! {
    #[test]
    fn a_purge_is_never_before_its_least_delay_nor_before_what_was_suggested_nor_beyond_the_maximum(
        now in 0_i64..4_000_000_000_000, ahead in -10_000_000_000_i64..10_000_000_000,
    ) {
        let (now, suggested) = (Timestamp::from_millis(now), Timestamp::from_millis(now + ahead));
        let limit = now.plus(POLICY.max_delay);
        for (requester, least) in requesters().iter().zip([POLICY.min_delay_self, Duration::ZERO]) {
            let purge_on = POLICY.schedule(Some(suggested), requester, now);
            prop_assert!(purge_on >= now.plus(least).round_up());
            prop_assert!(purge_on <= limit.round_up());
            prop_assert!(purge_on >= suggested.min(limit).round_up());
        }
    }

    #[test]
    fn leases_grow_and_end_at_a_day(dispatches in 0_u32..200) {
        let policy = DispatchPolicy { lease: Duration::from_mins(1) };
        prop_assert!(policy.lease_after(dispatches) <= policy.lease_after(dispatches + 1));
        prop_assert!(policy.lease_after(dispatches) <= DAY);
        prop_assert!(policy.lease_after(MAX_DISPATCHES) == DAY);
    }
}

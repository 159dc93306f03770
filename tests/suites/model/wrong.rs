//! The protocol with one mistake, which shows that each rule can fail.

use std::collections::BTreeSet;

use stateright::{Checker, HasDiscoveries, Model};

use super::{
    protocol::{Bounds, Protocol},
    rules, whole,
};

/// A mistake in the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    /// A removal does not check that the person is as it was read.
    RemovalWithoutVersion,
    /// A removal checks only that the person exists.
    RemovalUnchecked,
    /// Every purge counts as due.
    WrongComparison,
    /// A lease does not check that the purge is as the index showed it.
    LeaseAnything,
    /// A lease writes the purge back as the index showed it.
    LeaseOfWhatWasSeen,
    /// The lease comes before the message.
    LeaseBeforeSend,
    /// The lease removes the due mark.
    DueMarkRemoved,
    /// A worker acknowledges before it writes.
    AcknowledgeFirst,
    /// The receipt is written by another call, after the person is gone.
    ReceiptAfterRemoval,
    /// The receipt is written by another call before the removal, without a check whether there is
    /// one.
    ReceiptBeforeRemoval,
    /// The claims are deleted by another call, even if another user holds them by then.
    IdentityApart,
    /// A re-time does not check that the person exists.
    RetimeWithoutPerson,
    /// A person's own change does not check that the purge is as it was read.
    OwnChangeBlind,
    /// A link does not check whether the leader has a queued purge.
    LinkDespitePurge,
    /// A link does not check that the leader exists.
    LinkWithoutLeader,
    /// A switch does not check that the person exists.
    ToggleWithoutPerson,
    /// One message that fails also keeps the others of its batch in the queue.
    BatchFailsTogether,
}

#[test]
fn a_removal_without_the_version_writes_a_false_receipt() {
    breaks(Mutation::RemovalWithoutVersion, rules::TRUE_RECEIPT, whole::OVERTAKING);
}

#[test]
fn a_removal_without_its_condition_purges_what_was_cancelled_or_put_off() {
    breaks(Mutation::RemovalUnchecked, rules::ASKED_FOR, whole::OVERTAKING);
    breaks(Mutation::RemovalUnchecked, rules::NOT_EARLY, whole::OVERTAKING);
}

#[test]
fn a_wrong_comparison_of_the_time_purges_early() {
    breaks(Mutation::WrongComparison, rules::NOT_EARLY, whole::OVERTAKING);
}

#[test]
fn a_lease_without_its_condition_hides_what_nobody_sent() {
    breaks(Mutation::LeaseAnything, rules::HIDDEN_AFTER_MESSAGE, whole::OVERTAKING);
}

#[test]
fn a_lease_that_writes_what_was_seen_takes_an_answer_back() {
    breaks(Mutation::LeaseOfWhatWasSeen, rules::ANSWER_STANDS, whole::OVERTAKING);
}

#[test]
fn a_lease_before_the_send_hides_what_was_never_sent() {
    breaks(Mutation::LeaseBeforeSend, rules::IN_SIGHT, whole::OVERTAKING);
}

#[test]
fn a_due_mark_that_is_removed_at_the_send_loses_the_purge_with_its_message() {
    breaks(Mutation::DueMarkRemoved, rules::NOT_LOST, whole::OVERTAKING);
    breaks(Mutation::DueMarkRemoved, rules::COMPLETES, whole::OVERTAKING);
}

#[test]
fn an_acknowledgement_before_the_write_puts_a_due_purge_out_of_sight() {
    breaks(Mutation::AcknowledgeFirst, rules::IN_SIGHT, whole::OVERTAKING);
}

#[test]
fn a_receipt_after_the_transaction_can_be_missing() {
    breaks(Mutation::ReceiptAfterRemoval, rules::HAS_RECEIPT, whole::OVERTAKING);
}

#[test]
fn a_receipt_before_the_transaction_can_be_there_twice() {
    breaks(Mutation::ReceiptBeforeRemoval, rules::ONE_RECEIPT, whole::OVERTAKING);
    breaks(Mutation::ReceiptBeforeRemoval, rules::NOTHING_LEFT, whole::OVERTAKING);
}

#[test]
fn an_identity_that_is_deleted_unconditionally_may_be_somebody_elses() {
    breaks(Mutation::IdentityApart, rules::NEW_UNTOUCHED, whole::MEETING);
    breaks(Mutation::IdentityApart, rules::TABLES_AGREE, whole::MEETING);
}

#[test]
fn a_re_time_that_does_not_ask_for_the_person_brings_a_purged_one_back() {
    breaks(Mutation::RetimeWithoutPerson, rules::NOTHING_LEFT, whole::OVERTAKING);
}

#[test]
fn an_own_change_that_does_not_ask_for_the_purge_brings_a_cancelled_purge_back() {
    breaks(Mutation::OwnChangeBlind, rules::STAYS_CANCELLED, whole::ASKING);
}

#[test]
fn a_link_to_a_person_that_waits_for_its_purge_purges_somebody_else() {
    breaks(Mutation::LinkDespitePurge, rules::SAME_PLAYERS, whole::MEETING);
}

#[test]
fn a_link_that_does_not_ask_for_the_leader_brings_a_purged_one_back() {
    breaks(Mutation::LinkWithoutLeader, rules::GONE_IS_GONE, whole::MEETING);
}

#[test]
fn a_switch_that_does_not_ask_for_the_person_brings_a_purged_one_back() {
    breaks(Mutation::ToggleWithoutPerson, rules::GONE_IS_GONE, whole::MEETING);
}

#[test]
fn a_batch_that_fails_together_sends_others_to_the_dead_letters() {
    breaks(Mutation::BatchFailsTogether, rules::FAILS_ALONE, whole::POISONED);
}

/// Fails unless the mistake breaks this rule, and the rule holds without it.
fn breaks(wrong: Mutation, rule: &'static str, bounds: Bounds) {
    let protocol = Protocol { bounds, wrong: Some(wrong), edges: None };
    let only = HasDiscoveries::AllOf(BTreeSet::from([rule]));
    let checker = protocol.checker().finish_when(only).spawn_bfs().join();
    let found = checker.discovery(rule).unwrap_or_else(|| panic!("{wrong:?} does not break: {rule}"));
    println!("{wrong:?} breaks \"{rule}\" after {} states: {:?}", checker.unique_state_count(), found.into_actions());
}

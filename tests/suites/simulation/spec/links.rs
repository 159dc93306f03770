//! Links and unlinks.

use shared::identity::PersonId;

use super::{Person, Spec, Told, told};
use crate::{
    callers,
    history::{Entry, Leader},
};

impl Spec {
    pub(super) fn link(&mut self, leader: Leader, follower: usize) -> Told {
        if let Some(reason) = self.link_reasons(leader, follower).first() {
            return told(400, reason);
        }
        let to = match leader {
            Leader::Person(id) => Some(id),
            Leader::Account(account) => self.user(account).map(|user| user.person),
        };
        let Some((to, from)) = to.zip(self.user(follower).map(|user| user.person)) else { return told(0, "") };
        self.move_user(follower, to);
        self.persons.retain(|person| person.id != from);
        told(200, "")
    }

    /// All true reasons against this link, in the order of the contract.
    pub(super) fn link_reasons(&self, leader: Leader, follower: usize) -> Vec<&'static str> {
        let user = self.user(follower);
        let leader_id = match leader {
            Leader::Person(id) => self.person(id).map(|person| person.id),
            Leader::Account(account) => self.user(account).map(|user| user.person),
        };
        let Some(leader_id) = leader_id else { return vec!["leader_not_found"] };
        let Some(user) = user else { return vec!["account_not_found"] };
        if user.person == leader_id {
            let same = match leader {
                Leader::Person(_) => self.users_of(leader_id) == 1,
                Leader::Account(account) => account == follower,
            };
            return vec![if same { "cannot_link_same_player" } else { "follower_already_linked" }];
        }
        let (leader, person) = (self.person(leader_id), self.person(user.person));
        let platform = callers::platform_of(follower);
        let taken =
            self.users.iter().any(|user| user.person == leader_id && callers::platform_of(user.account) == platform);
        let reasons = [
            (self.users_of(user.person) > 1, "follower_already_linked"),
            (person.is_some_and(|person| person.active.is_some()), "follower_has_cross_progression_enabled"),
            (person.is_some_and(|person| person.purge.is_some()), "follower_has_restrictions"),
            (leader.is_some_and(|leader| leader.purge.is_some()), "leader_has_restrictions"),
            (taken, "platform_already_linked"),
        ];
        reasons.into_iter().filter(|(holds, _)| *holds).map(|(_, reason)| reason).collect()
    }

    pub(super) fn unlink(&mut self, entry: &Entry, account: usize) -> Told {
        let user = match self.allowed(account, entry.caller) {
            Err(refused) => return refused,
            Ok(user) => user,
        };
        let person = self.person(user.person);
        let reasons = [
            (self.users_of(user.person) < 2, "player_not_linked"),
            (person.is_some_and(|person| person.active == Some(user.player)), "cannot_unlink_cross_progression_player"),
            (person.is_some_and(|person| person.purge.is_some()), "user_has_restrictions"),
        ];
        if let Some((_, reason)) = reasons.into_iter().find(|(holds, _)| *holds) {
            return told(400, reason);
        }
        let Some(id) = entry.note.new_person else { return told(0, "") };
        self.persons.push(Person { id, active: None, purge: None });
        self.move_user(account, id);
        told(200, "")
    }

    fn move_user(&mut self, account: usize, to: PersonId) {
        if let Some(user) = self.users.iter_mut().find(|user| user.account == account) {
            user.person = to;
            user.sequence += 1;
        }
    }
}

//! Users that move from person to person.

use super::{Row, Tables, linked, unexplained};
use crate::flaws::Flaw;
use shared::{
    aws::CallError,
    identity::{Claim, IdentityKey, Link, OperationId, Person, PersonId, Timestamp, Unlink, UserState},
    store::{Changed, Linked, Side, Unlinked},
};

impl Tables {
    pub fn link(&mut self, link: &Link) -> Linked {
        if self.was_done(link.operation) {
            return Linked::Done;
        }
        let (from, player) = (link.follower.person_id, link.follower.player_uuid);
        let ignores_purge = self.has(Flaw::LinkIgnoresPurge);
        let open = |person: &Person| person.purge.is_none() || ignores_purge;
        let leader = self.persons.get(&link.leader);
        let leader_holds = leader.is_some_and(|row| {
            let person = &row.item;
            row.since(link.operation).is_none()
                && !person.users.contains_key(&link.platform)
                && open(person)
                && link.leader_user.is_none_or(|(platform, user)| person.has(platform, user))
        });
        let follower = self.persons.get(&from);
        let follower_holds = follower.is_some_and(|Row { item: person, .. }| {
            person.has(link.platform, player)
                && person.users.len() == 1
                && person.active_player.is_none()
                && open(person)
        });
        let (user_holds, claim_holds) = self.can_move(&link.follower, &link.follower_key, link.follower_is_owner);
        let owner = link.leader_user.filter(|_| link.leader_is_owner);
        let owner_refused = owner.and_then(|(_, user)| self.why_not_owner(user, link.leader));
        if leader_holds && follower_holds && user_holds && claim_holds && owner_refused.is_none() {
            let row = self.persons.get_mut(&link.leader).expect("the leader");
            row.item.users.insert(link.platform, linked(&link.follower, &link.follower_key));
            row.item.version += 1;
            row.note(link.operation);
            self.persons.remove(&from);
            self.move_user(&link.follower, &link.follower_key, link.leader, link.operation, link.now);
            return Linked::Done;
        }
        self.why_not_linked(link, (leader_holds, follower_holds), (user_holds, claim_holds))
    }

    fn why_not_linked(
        &self,
        link: &Link,
        (leader_holds, follower_holds): (bool, bool),
        (user_holds, claim_holds): (bool, bool),
    ) -> Linked {
        let (from, player) = (link.follower.person_id, link.follower.player_uuid);
        let (leader, follower) = (self.persons.get(&link.leader), self.persons.get(&from));
        let owner = link.leader_user.filter(|_| link.leader_is_owner);
        let owner_refused = owner.and_then(|(_, user)| self.why_not_owner(user, link.leader));
        if !claim_holds {
            return Linked::Moved;
        }
        if let Some(refused) = owner_refused {
            return if refused == Changed::NotOwner { Linked::LeaderNotOwner } else { Linked::Moved };
        }
        if !user_holds {
            let inactive = self.users.get(&player).is_some_and(|row| row.item.person_id == from);
            return if inactive { Linked::FollowerNotOwner } else { Linked::Moved };
        }
        let told = |holds, row: Option<&Row<Person>>| {
            if holds { Side::Unknown } else { Side::Known(row.map(|row| row.item.clone())) }
        };
        let (leader, follower) = (told(leader_holds, leader), told(follower_holds, follower));
        let lost = |side: &Side, (platform, user)| match side {
            Side::Unknown => false,
            Side::Known(person) => !person.as_ref().is_some_and(|person| person.has(platform, user)),
        };
        if link.leader_user.is_some_and(|user| lost(&leader, user)) || lost(&follower, (link.platform, player)) {
            return Linked::Moved;
        }
        Linked::Refused { leader, follower }
    }

    pub fn unlink(&mut self, unlink: &Unlink) -> Result<Unlinked, CallError> {
        if self.was_done(unlink.operation) {
            return Ok(Unlinked::Done);
        }
        let claim = &unlink.claim;
        let owns_itself = unlink.owner.is_some_and(|owner| owner.player_uuid == claim.player_uuid);
        let owner = unlink.owner.map(|owner| (owner.platform, owner.player_uuid));
        let has_all = |person: &Person| {
            let relied_on = [Some((unlink.platform, claim.player_uuid)), owner];
            relied_on.into_iter().flatten().all(|(platform, user)| person.has(platform, user))
        };
        let row = self.persons.get(&claim.person_id);
        let person_holds = row.is_some_and(|row| {
            let person = &row.item;
            let alone = person.users.len() < 2;
            let active = person.active_player == Some(claim.player_uuid);
            row.since(unlink.operation).is_none() && !alone && !active && person.purge.is_none() && has_all(person)
        });
        let (user_holds, claim_holds) = self.can_move(claim, &unlink.key, owns_itself);
        let other = unlink.owner.filter(|_| !owns_itself);
        let other_refused = other.and_then(|owner| self.why_not_owner(owner.player_uuid, claim.person_id));
        if person_holds && user_holds && claim_holds && other_refused.is_none() {
            let row = self.persons.get_mut(&claim.person_id).expect("the person");
            row.item.users.remove(&unlink.platform);
            row.item.version += 1;
            row.note(unlink.operation);
            self.add_person(unlink.new_person, unlink.platform, claim, &unlink.key, unlink.operation);
            self.move_user(claim, &unlink.key, unlink.new_person, unlink.operation, unlink.now);
            return Ok(Unlinked::Done);
        }
        if !claim_holds {
            return Ok(Unlinked::Moved);
        }
        if !user_holds {
            let inactive = self.users.get(&claim.player_uuid).is_some_and(|row| row.item.person_id == claim.person_id);
            return Ok(if inactive { Unlinked::NotOwner } else { Unlinked::Moved });
        }
        if let Some(refused) = other_refused {
            return Ok(if refused == Changed::NotOwner { Unlinked::NotOwner } else { Unlinked::Moved });
        }
        let person = row.map(|row| row.item.clone());
        if person_holds {
            return Err(unexplained());
        }
        Ok(if person.as_ref().is_some_and(has_all) { Unlinked::Refused(person) } else { Unlinked::Moved })
    }

    /// Whether the user and whether the claim can move to another person.
    fn can_move(&self, claim: &Claim, key: &IdentityKey, must_be_active: bool) -> (bool, bool) {
        let user = self.users.get(&claim.player_uuid).is_some_and(|Row { item: user, .. }| {
            let active = !must_be_active || user.state == UserState::Active;
            user.person_id == claim.person_id && (active || self.has(Flaw::InactiveOwner))
        });
        let held = self.claims.get(key.as_str());
        (user, held.is_some_and(|held| held.person_id == claim.person_id && held.player_uuid == claim.player_uuid))
    }

    fn move_user(&mut self, claim: &Claim, key: &IdentityKey, to: PersonId, operation: OperationId, now: Timestamp) {
        if let Some(row) = self.users.get_mut(&claim.player_uuid) {
            row.item.person_id = to;
            row.item.sequence += 1;
            row.item.changed = now;
            row.note(operation);
        }
        if let Some(held) = self.claims.get_mut(key.as_str()) {
            held.person_id = to;
        }
        self.tokens.insert(operation);
    }
}

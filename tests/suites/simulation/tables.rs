//! The tables in memory: what `DynamoStore` does with expressions, said once more in plain Rust.
//!
//! The suite `engine` holds the two equal. Where `identity` has the rule, it is asked.

use std::collections::{BTreeMap, BTreeSet};

use shared::{
    identity::{
        Claim, DuePurge, IdentityKey, LinkedUser, NewUser, OperationId, PURGE_SHARDS, Person, PersonId, PlatformUser,
        PlayerId, PlayerUuid, Purge, QueuePurge, Receipt, Second, StateChange, Timestamp, UserState, may_remove,
    },
    store::{
        ActivePlayerChange, Cancelled, Changed, Created, Link, Linked, OwnPurgeChange, Owner, Purged, Queued, Side,
        StateChanged, StoreError, Unlink, Unlinked,
    },
};

use super::flaws::Flaw;

/// An item that knows its last operations, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<T> {
    pub item: T,
    operations: [OperationId; 4],
}

impl<T> Row<T> {
    fn new(item: T, operation: OperationId) -> Self {
        Self { item, operations: [operation; 4] }
    }

    /// How many operations came after this one.
    fn since(&self, operation: OperationId) -> Option<usize> {
        self.operations.iter().position(|kept| *kept == operation)
    }

    fn note(&mut self, operation: OperationId) {
        self.operations.rotate_right(1);
        self.operations[0] = operation;
    }
}

/// Everything that is stored.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    pub persons: BTreeMap<PersonId, Row<Person>>,
    pub users: BTreeMap<PlayerUuid, Row<PlatformUser>>,
    /// By the key's text.
    pub claims: BTreeMap<String, Claim>,
    pub receipts: BTreeMap<PersonId, Receipt>,
    given_out: u32,
    /// The transactions that were carried out, by their token.
    tokens: BTreeSet<OperationId>,
    /// What is broken in this world.
    pub flaw: Option<Flaw>,
}

impl Tables {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn was_done(&self, token: OperationId) -> bool {
        self.tokens.contains(&token) && !self.has(Flaw::TokensForgotten)
    }

    /// Empty tables that are broken like this.
    pub fn with(flaw: Option<Flaw>) -> Self {
        Self { flaw, ..Self::default() }
    }

    /// Empty tables that go on with the numbers of these.
    pub fn emptied(&self) -> Self {
        Self { given_out: self.given_out, ..Self::default() }
    }

    /// The next free number.
    pub fn next_player_id(&mut self) -> PlayerId {
        self.given_out += 1;
        PlayerId::new(self.given_out).expect("few players")
    }

    pub fn person(&self, person_id: PersonId) -> Option<Person> {
        self.persons.get(&person_id).map(|row| row.item.clone())
    }

    pub fn user(&self, player_uuid: PlayerUuid) -> Option<PlatformUser> {
        self.users.get(&player_uuid).map(|row| row.item.clone())
    }

    pub fn claim(&self, key: &IdentityKey) -> Option<Claim> {
        self.claims.get(key.as_str()).copied()
    }

    pub fn create_user(&mut self, new: &NewUser, player_id: PlayerId) -> Created {
        let user = new.with_player_id(player_id);
        if self.was_done(new.operation) {
            return Created::User(user);
        }
        let key = IdentityKey::of(user.platform, &user.platform_user_id);
        if self.claims.contains_key(key.as_str()) && !self.has(Flaw::ClaimOverwritten) {
            return Created::AlreadyExists;
        }
        self.tokens.insert(new.operation);
        let claim = Claim { player_uuid: user.player_uuid, player_id, person_id: user.person_id };
        self.add_person(user.person_id, user.platform, &claim, &key, new.operation);
        self.claims.insert(key.as_str().to_owned(), claim);
        self.users.insert(user.player_uuid, Row::new(user.clone(), new.operation));
        Created::User(user)
    }

    fn add_person(
        &mut self,
        person_id: PersonId,
        platform: shared::identity::Platform,
        claim: &Claim,
        key: &IdentityKey,
        operation: OperationId,
    ) {
        let users = BTreeMap::from([(platform, linked(claim, key))]);
        let person = Person { person_id, users, active_player: None, purge: None, version: 1 };
        self.persons.insert(person_id, Row::new(person, operation));
    }

    /// What a check that this user proves a right to the person says; nothing when it holds.
    fn why_not_owner(&self, owner: PlayerUuid, person_id: PersonId) -> Option<Changed> {
        let Some(Row { item: user, .. }) = self.users.get(&owner) else { return Some(Changed::Moved) };
        if user.person_id != person_id {
            return Some(Changed::Moved);
        }
        (user.state != UserState::Active && !self.has(Flaw::InactiveOwner)).then_some(Changed::NotOwner)
    }

    pub fn set_active_player(&mut self, change: &ActivePlayerChange) -> Changed {
        if let Some(owner) = change.owner {
            if self.was_done(change.operation) {
                return Changed::Done;
            }
            if let Some(refused) = self.why_not_owner(owner.player_uuid, change.person_id) {
                return refused;
            }
        }
        let forgets = self.has(Flaw::OperationsForgotten);
        let skeleton = self.has(Flaw::UpdateCreates);
        let Some(row) = self.persons.get_mut(&change.person_id) else {
            if skeleton && change.to.is_some() {
                let (person_id, active_player) = (change.person_id, change.to);
                let person = Person { person_id, users: BTreeMap::new(), active_player, purge: None, version: 1 };
                self.persons.insert(person_id, Row::new(person, change.operation));
                return Changed::Done;
            }
            return Changed::Gone;
        };
        if row.since(change.operation).is_some() && !forgets {
            return Changed::Done;
        }
        let owner = change.owner.map(|owner| (owner.platform, owner.player_uuid));
        if change.member.into_iter().chain(owner).any(|(platform, player)| !row.item.has(platform, player)) {
            return Changed::Moved;
        }
        if row.item.active_player == change.to {
            return Changed::Already;
        }
        row.item.active_player = change.to;
        row.item.version += 1;
        row.note(change.operation);
        if change.owner.is_some() {
            self.tokens.insert(change.operation);
        }
        Changed::Done
    }

    pub fn queue_purge(&mut self, purge: &QueuePurge) -> Result<Queued, StoreError> {
        let forgets = self.has(Flaw::OperationsForgotten);
        let Some(row) = self.persons.get_mut(&purge.person_id) else { return Ok(Queued::NoPerson) };
        let since = row.since(purge.operation).filter(|_| !forgets);
        let standing = row.item.purge.clone();
        match (since, purge.applied_to(standing.as_ref())) {
            (None, Some(after)) => {
                row.item.purge = Some(after.clone());
                row.item.version += 1;
                row.note(purge.operation);
                Ok(Queued::Set(after))
            }
            (None, None) => standing.map(Queued::Standing).ok_or_else(unexplained),
            (Some(0), _) if standing.is_some() => standing.map(Queued::Set).ok_or_else(unexplained),
            (Some(_), after) => after.or_else(|| purge.applied_to(None)).map(Queued::Set).ok_or_else(unexplained),
        }
    }

    pub fn cancel_purge(&mut self, person_id: PersonId, operation: OperationId) -> Cancelled {
        let forgets = self.has(Flaw::OperationsForgotten);
        let keeps = self.has(Flaw::CancelForgotten);
        let Some(row) = self.persons.get_mut(&person_id) else { return Cancelled::NoPerson };
        if row.since(operation).is_some() && !forgets {
            return Cancelled::Done;
        }
        match &row.item.purge {
            None => Cancelled::NoPurge,
            Some(purge) if !purge.is_open() => Cancelled::Started,
            Some(_) => {
                if !keeps {
                    row.item.purge = None;
                }
                row.item.version += 1;
                row.note(operation);
                Cancelled::Done
            }
        }
    }

    pub fn change_own_purge(
        &mut self,
        person: &Person,
        change: OwnPurgeChange<'_>,
        owner: Owner,
        operation: OperationId,
    ) -> Changed {
        if self.was_done(operation) {
            return Changed::Done;
        }
        if let Some(refused) = self.why_not_owner(owner.player_uuid, person.person_id) {
            return refused;
        }
        let blind = self.has(Flaw::OwnPurgeBlind);
        let Some(row) = self.persons.get_mut(&person.person_id) else { return Changed::Moved };
        let unchanged = row.item.version == person.version || blind;
        if row.since(operation).is_some() || !unchanged || !row.item.has(owner.platform, owner.player_uuid) {
            return Changed::Moved;
        }
        match change {
            OwnPurgeChange::Set(purge) => row.item.purge = Some(purge.clone()),
            OwnPurgeChange::Keep => {}
            OwnPurgeChange::Cancel => row.item.purge = None,
        }
        row.item.version += 1;
        row.note(operation);
        self.tokens.insert(operation);
        Changed::Done
    }

    pub fn change_user_state(
        &mut self,
        player_uuid: PlayerUuid,
        change: StateChange,
        operation: OperationId,
        now: Timestamp,
    ) -> StateChanged {
        let forgets = self.has(Flaw::OperationsForgotten);
        let Some(row) = self.users.get_mut(&player_uuid) else { return StateChanged::NoUser };
        match row.since(operation).filter(|_| !forgets) {
            Some(0) => return StateChanged::Done(row.item.clone()),
            Some(later) => {
                let sequence = row.item.sequence - u64::try_from(later).expect("at most four");
                let (state, changed) = (change.to(), now);
                return StateChanged::Done(PlatformUser { state, sequence, changed, ..row.item.clone() });
            }
            None => {}
        }
        if !change.from().contains(&row.item.state) {
            return StateChanged::Refused(row.item.clone());
        }
        row.item.state = change.to();
        row.item.sequence += 1;
        row.item.changed = now;
        row.note(operation);
        StateChanged::Done(row.item.clone())
    }

    /// Whether user and claim can follow to another person: the user's member, and the claim's.
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
            if holds { Side::Untold } else { Side::Told(row.map(|row| row.item.clone())) }
        };
        let (leader, follower) = (told(leader_holds, leader), told(follower_holds, follower));
        let lost = |side: &Side, (platform, user)| match side {
            Side::Untold => false,
            Side::Told(person) => !person.as_ref().is_some_and(|person| person.has(platform, user)),
        };
        if link.leader_user.is_some_and(|user| lost(&leader, user)) || lost(&follower, (link.platform, player)) {
            return Linked::Moved;
        }
        Linked::Refused { leader, follower }
    }

    pub fn unlink(&mut self, unlink: &Unlink) -> Result<Unlinked, StoreError> {
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

    /// What the index says now.
    pub fn due(&self) -> Vec<DuePurge> {
        let due = |Row { item: person, .. }: &Row<Person>| {
            let purge = person.purge.as_ref()?;
            let Purge { purge_id, purge_on, due_on, dispatches, .. } = *purge;
            Some(DuePurge { person_id: person.person_id, purge_id, purge_on, due_on, dispatches })
        };
        let mut purges: Vec<_> = self.persons.values().filter_map(due).collect();
        purges.sort_by_key(|purge| (purge.due_on, purge.person_id));
        purges
    }

    pub fn lease_purge(&mut self, seen: &DuePurge, due_on: Second) {
        let (lost, touches) = (self.has(Flaw::LeaseLosesPurge), self.has(Flaw::LeaseTouchesVersion));
        let Some(row) = self.persons.get_mut(&seen.person_id) else { return };
        let Some(leased) = row.item.purge.as_ref().and_then(|purge| purge.leased(seen, due_on)) else { return };
        row.item.purge = Some(leased);
        if lost && let Some(purge) = &mut row.item.purge {
            purge.due_on = Second::from_unix(i64::MAX / 2000);
        }
        if touches {
            row.item.version += 1;
        }
    }

    pub fn reset_purge(&mut self, seen: &DuePurge, now: Second) -> bool {
        let Some(row) = self.persons.get_mut(&seen.person_id) else { return false };
        let Some(reset) = row.item.purge.as_ref().and_then(|purge| purge.reset(seen, now)) else { return false };
        row.item.purge = Some(reset);
        true
    }

    pub fn postpone(&mut self, person_id: PersonId, seen: &Purge) {
        if self.has(Flaw::PostponeForgotten) {
            return;
        }
        let Some(row) = self.persons.get_mut(&person_id) else { return };
        if let Some(postponed) = row.item.purge.as_ref().and_then(|purge| purge.postponed(seen)) {
            row.item.purge = Some(postponed);
        }
    }

    pub fn purge(&mut self, read: &Person, receipt: &Receipt, operation: OperationId) -> Result<Purged, StoreError> {
        if self.was_done(operation) {
            return Ok(Purged::Done);
        }
        let blind = self.has(Flaw::PurgeBlind);
        let standing = self.persons.get(&read.person_id).map(|row| &row.item);
        let removable = |person: &Person| blind || may_remove(person, read, receipt.purge_id, receipt.completed_on);
        if !standing.is_some_and(removable) {
            return Ok(Purged::Changed);
        }
        let own = |person_id: PersonId| blind || person_id == read.person_id;
        let agrees = read.users.values().all(|user| {
            let row = self.users.get(&user.player_uuid);
            let claim = self.claims.get(user.identity.as_str());
            row.is_none_or(|row| own(row.item.person_id)) && claim.is_none_or(|claim| own(claim.person_id))
        });
        if !agrees {
            return Err(StoreError::Broken("a person and its users disagree".into()));
        }
        self.persons.remove(&read.person_id);
        for user in read.users.values() {
            self.users.remove(&user.player_uuid);
            if !self.has(Flaw::ClaimsStay) {
                self.claims.remove(user.identity.as_str());
            }
        }
        if !self.has(Flaw::NoReceipt) {
            self.receipts.entry(read.person_id).or_insert_with(|| receipt.clone());
        }
        self.tokens.insert(operation);
        Ok(Purged::Done)
    }
}

/// The shard of a person's purge, as the table has it.
pub fn shard_of(person_id: PersonId) -> u8 {
    let [.., last] = person_id.0.into_bytes();
    last % PURGE_SHARDS
}

fn linked(claim: &Claim, key: &IdentityKey) -> LinkedUser {
    LinkedUser { player_uuid: claim.player_uuid, player_id: claim.player_id, identity: key.clone() }
}

fn unexplained() -> StoreError {
    StoreError::Broken("a condition failed without a reason".into())
}

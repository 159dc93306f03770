//! The tables. Each method is one conditional write or one transaction, which is all or nothing.
//!
//! The store writes conditions as DynamoDB expressions. Here they are the equal functions of
//! `identity`.

use std::collections::BTreeMap;

use shared::identity::{
    Claim, DisplayName, IdentityKey, LinkedUser, NewUser, OperationId, Person, PersonId, Platform, PlatformUser,
    PlatformUserId, PlayerId, PlayerUuid, Purge, Receipt, Timestamp, goes_with, is_as_read, link_problem, may_remove,
    unlink_problem,
};
use uuid::Uuid;

use super::{held::Held, wrong::Mutation};

/// The person whose purge is asked for.
pub const X: PersonId = PersonId(Uuid::from_u128(1));
/// Another person.
pub const L: PersonId = PersonId(Uuid::from_u128(2));
/// The person that comes when the account of `X` is created again.
pub const Y: PersonId = PersonId(Uuid::from_u128(3));
/// The person that comes when a user is unlinked.
pub const Z: PersonId = PersonId(Uuid::from_u128(4));
/// The first player of account `A`.
pub const OLD: PlayerUuid = PlayerUuid(Uuid::from_u128(11));
/// The player of account `B`.
pub const OTHER: PlayerUuid = PlayerUuid(Uuid::from_u128(12));
/// The player of account `A` once it is created again.
pub const NEW: PlayerUuid = PlayerUuid(Uuid::from_u128(13));
/// The platform of the account of `X`.
pub const A: Platform = Platform::Steam;
/// The platform of the account of `L`.
pub const B: Platform = Platform::Epic;

/// The content of the tables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Tables {
    pub persons: BTreeMap<PersonId, Held<Person>>,
    pub users: BTreeMap<PlayerUuid, Held<PlatformUser>>,
    /// The claims by platform. A platform stands for its only account.
    pub claims: BTreeMap<Platform, Claim>,
    /// The receipts in the order of their writes. A second one of a person breaks a rule.
    pub receipts: Vec<Held<Receipt>>,
}

/// A follower that moves to a leader's person, with the records as they were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Link {
    pub leader: PersonId,
    /// The user by which the leader was named, if any. It must still belong to the leader.
    pub leader_user: Option<(Platform, PlayerUuid)>,
    pub platform: Platform,
    pub follower: Claim,
}

impl Tables {
    pub fn start() -> Self {
        let tables = Self::default();
        let tables = tables.created(X, OLD, A).expect("a free account");
        tables.created(L, OTHER, B).expect("a free account")
    }

    pub fn person(&self, person_id: PersonId) -> Option<&Held<Person>> {
        self.persons.get(&person_id)
    }

    pub fn receipt(&self, person_id: PersonId) -> Option<&Held<Receipt>> {
        self.receipts.iter().find(|receipt| receipt.person_id == person_id)
    }

    /// An update of a person that changes its version.
    pub fn changed(&self, person: &Person, change: impl FnOnce(&mut Person)) -> Self {
        self.touched(person, |person| {
            change(person);
            person.version += 1;
        })
    }

    /// An update that leaves the person's version: a lease or a postponement.
    pub fn touched(&self, person: &Person, change: impl FnOnce(&mut Person)) -> Self {
        let mut person = person.clone();
        change(&mut person);
        let mut tables = self.clone();
        tables.persons.insert(person.person_id, Held::new(person));
        tables
    }

    /// Creates a user in a new person, if the account is free.
    pub fn created(&self, person_id: PersonId, player_uuid: PlayerUuid, platform: Platform) -> Option<Self> {
        if self.claims.contains_key(&platform) {
            return None;
        }
        let new = NewUser {
            platform,
            platform_user_id: PlatformUserId::new("1".into())?,
            display_name: DisplayName::new("n".into()),
            player_uuid,
            person_id,
            first_login: None,
            operation: OperationId(Uuid::nil()),
            now: Timestamp::from_millis(0),
        };
        let user = new.with_player_id(PlayerId::new(1)?);
        let mut tables = self.clone();
        tables.claims.insert(platform, Claim { player_uuid, player_id: user.player_id, person_id });
        tables.persons.insert(person_id, Held::new(alone(person_id, platform, linked(&user))));
        tables.users.insert(player_uuid, Held::new(user));
        Some(tables)
    }

    /// Deletes the person, its users and its claims, and writes the receipt, if the person is as it
    /// was read.
    pub fn purged(&self, read: &Person, receipt: Receipt, wrong: Option<Mutation>) -> Option<Self> {
        let mut standing = self.person(read.person_id)?.deref_clone();
        if wrong == Some(Mutation::RemovalWithoutVersion) {
            standing.version = read.version;
        }
        let unchecked = wrong == Some(Mutation::RemovalUnchecked);
        if !unchecked && !may_remove(&standing, read, receipt.purge_id, receipt.completed_on) {
            return None;
        }
        let mut tables = self.clone();
        tables.persons.remove(&read.person_id);
        for (platform, user) in &read.users {
            let owner = tables.users.get(&user.player_uuid).map(|user| user.person_id);
            let claimant = tables.claims.get(platform).map(|claim| claim.person_id);
            if !goes_with(owner, read.person_id) || !goes_with(claimant, read.person_id) {
                return None;
            }
            tables.users.remove(&user.player_uuid);
            tables.claims.remove(platform);
        }
        if !matches!(wrong, Some(Mutation::ReceiptAfterRemoval | Mutation::ReceiptBeforeRemoval)) {
            tables.put_first_receipt(receipt);
        }
        Some(tables)
    }

    /// Adds a receipt, unless the person already has one.
    pub fn put_first_receipt(&mut self, receipt: Receipt) {
        if self.receipt(receipt.person_id).is_none() {
            self.receipts.push(Held::new(receipt));
        }
    }

    /// Sets, clears or keeps the purge of the person, if the purge is as it was read and the
    /// caller's user still proves the right to it.
    pub fn own_purge_changed(
        &self,
        read: &Person,
        change: Option<&Option<Purge>>,
        owner: (Platform, PlayerUuid),
        wrong: Option<Mutation>,
    ) -> Option<Self> {
        let standing = self.person(read.person_id)?;
        let as_read = is_as_read(standing.purge.as_ref(), read.purge.as_ref(), change.is_none());
        let unchanged = as_read || wrong == Some(Mutation::OwnChangeBlind);
        let proven = self.users.get(&owner.1).is_some_and(|user| user.proves(read.person_id));
        let owned = standing.has(owner.0, owner.1) && proven;
        let keep_or_set = |person: &mut Person| change.into_iter().for_each(|purge| person.purge.clone_from(purge));
        (unchanged && owned).then(|| self.changed(standing, keep_or_set))
    }

    pub fn linked(&self, link: &Link, wrong: Option<Mutation>) -> Option<Self> {
        let Link { leader, leader_user, platform, follower } = *link;
        let mut taking = self.person(leader).cloned();
        if wrong == Some(Mutation::LinkWithoutLeader) && taking.is_none() {
            let empty =
                Person { person_id: leader, users: BTreeMap::new(), active_player: None, purge: None, version: 0 };
            taking = Some(Held::new(empty));
        }
        let mut judged = taking.as_deref().cloned();
        if wrong == Some(Mutation::LinkDespitePurge) {
            judged.iter_mut().for_each(|person| person.purge = None);
        }
        let leaving = self.person(follower.person_id);
        let refusal = link_problem(judged.as_ref(), leaving.map(|person| &**person), platform);
        let (taking, leaving) = (taking?, leaving?);
        let stands = leader_user.is_none_or(|(platform, player)| taking.has(platform, player))
            && leaving.has(platform, follower.player_uuid)
            && self.claims.get(&platform) == Some(&follower);
        if refusal.is_some() || !stands {
            return None;
        }
        let user = leaving.users.get(&platform)?.clone();
        let mut tables = self.changed(&taking, |person| {
            person.users.insert(platform, user);
        });
        tables.persons.remove(&follower.person_id);
        tables.moved(platform, &follower, leader)
    }

    pub fn unlinked(&self, platform: Platform, claim: &Claim, to: PersonId) -> Option<Self> {
        let person = self.person(claim.person_id)?;
        let stands = person.has(platform, claim.player_uuid) && self.claims.get(&platform) == Some(claim);
        if unlink_problem(person, claim.player_uuid).is_some() || !stands || self.persons.contains_key(&to) {
            return None;
        }
        let user = person.users.get(&platform)?.clone();
        let mut tables = self.changed(person, |person| {
            person.users.remove(&platform);
        });
        tables.persons.insert(to, Held::new(alone(to, platform, user)));
        tables.moved(platform, claim, to)
    }

    /// Enables cross progression for the player that was read, if its user is active and belongs to
    /// the person.
    pub fn toggled(&self, claim: &Claim, platform: Platform, wrong: Option<Mutation>) -> Option<Self> {
        let without_person = wrong == Some(Mutation::ToggleWithoutPerson);
        let user = self.users.get(&claim.player_uuid);
        if !without_person && !user.is_some_and(|user| user.proves(claim.person_id)) {
            return None;
        }
        let person = match self.person(claim.person_id) {
            None if without_person => {
                let user = LinkedUser {
                    player_uuid: claim.player_uuid,
                    player_id: claim.player_id,
                    identity: IdentityKey::from_stored(platform.to_string()),
                };
                Held::new(alone(claim.person_id, platform, user))
            }
            person => person?.clone(),
        };
        let may = person.has(platform, claim.player_uuid) && person.active_player != Some(claim.player_uuid);
        may.then(|| self.changed(&person, |person| person.active_player = Some(claim.player_uuid)))
    }

    /// Moves user and claim to another person.
    fn moved(mut self, platform: Platform, claim: &Claim, to: PersonId) -> Option<Self> {
        let mut user = self.users.get(&claim.player_uuid)?.deref_clone();
        if user.person_id != claim.person_id {
            return None;
        }
        user.person_id = to;
        user.sequence += 1;
        self.users.insert(user.player_uuid, Held::new(user));
        self.claims.insert(platform, Claim { person_id: to, ..*claim });
        Some(self)
    }
}

impl<T: Clone> Held<T> {
    pub fn deref_clone(&self) -> T {
        T::clone(self)
    }
}

fn linked(user: &PlatformUser) -> LinkedUser {
    LinkedUser {
        player_uuid: user.player_uuid,
        player_id: user.player_id,
        identity: IdentityKey::from_stored(user.platform.to_string()),
    }
}

fn alone(person_id: PersonId, platform: Platform, user: LinkedUser) -> Person {
    Person { person_id, users: BTreeMap::from([(platform, user)]), active_player: None, purge: None, version: 1 }
}

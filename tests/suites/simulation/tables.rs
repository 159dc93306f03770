//! The tables in memory. They do in plain Rust what `DynamoStore` does with expressions.
//!
//! `engine.rs` checks that both are equal. Rules that `identity` has are taken from there.

mod logins;
mod moves;
mod purges;

use std::collections::{BTreeMap, BTreeSet};

pub use logins::Logins;

use super::flaws::Flaw;
use shared::{
    aws::CallError,
    identity::{
        ActivePlayerChange, Claim, IdentityKey, LinkedUser, NewUser, OperationId, PURGE_SHARDS, Person, PersonId,
        Platform, PlatformUser, PlayerId, PlayerUuid, Receipt, Sessions, StateChange, Timestamp, UserState,
    },
    store::{Changed, Created, StateChanged},
};

/// An item with its last operations, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<T> {
    pub item: T,
    operations: [OperationId; 8],
}

impl<T> Row<T> {
    fn new(item: T, operation: OperationId) -> Self {
        Self { item, operations: [operation; 8] }
    }

    /// The number of operations after this one. `None` if it is unknown.
    fn since(&self, operation: OperationId) -> Option<usize> {
        self.operations.iter().position(|kept| *kept == operation)
    }

    fn note(&mut self, operation: OperationId) {
        self.operations.rotate_right(1);
        self.operations[0] = operation;
    }
}

/// The content of all tables.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    pub persons: BTreeMap<PersonId, Row<Person>>,
    pub users: BTreeMap<PlayerUuid, Row<PlatformUser>>,
    /// The rest of the same items.
    pub logins: BTreeMap<PlayerUuid, Logins>,
    /// The claims by the text of their key.
    pub claims: BTreeMap<String, Claim>,
    pub receipts: BTreeMap<PersonId, Receipt>,
    given_out: u32,
    /// The transactions that were carried out, by their token.
    tokens: BTreeSet<OperationId>,
    /// The flaw of this world, if any.
    pub flaw: Option<Flaw>,
}

impl Tables {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn was_done(&self, token: OperationId) -> bool {
        self.tokens.contains(&token) && !self.has(Flaw::TokensForgotten)
    }

    /// Empty tables with this flaw.
    pub fn with(flaw: Option<Flaw>) -> Self {
        Self { flaw, ..Self::default() }
    }

    /// Empty tables that continue with the player ids of these.
    pub fn emptied(&self) -> Self {
        Self { given_out: self.given_out, ..Self::default() }
    }

    /// Takes the next free player id.
    pub fn next_player_id(&mut self) -> PlayerId {
        self.given_out += 1;
        PlayerId::new(self.given_out).expect("few players")
    }

    /// Returns the last player id. Its creation was refused, and no attempt of it can still be
    /// carried out.
    pub fn return_player_id(&mut self) {
        self.given_out -= 1;
    }

    pub fn person(&self, person_id: PersonId) -> Option<Person> {
        self.persons.get(&person_id).map(|row| row.item.clone())
    }

    pub fn user(&self, player_uuid: PlayerUuid) -> Option<PlatformUser> {
        self.users.get(&player_uuid).map(|row| row.item.clone())
    }

    /// The user as functions read it.
    pub fn read_user(&self, player_uuid: PlayerUuid) -> Option<PlatformUser> {
        let mut user = self.user(player_uuid)?;
        if self.has(Flaw::PlayerStateUnread) {
            user.state = UserState::Active;
        }
        Some(user)
    }

    pub fn claim(&self, key: &IdentityKey) -> Option<Claim> {
        self.claims.get(key.as_str()).copied()
    }

    /// Gives a claim to another person, without any rule.
    pub fn tamper(&mut self, key: &IdentityKey, person_id: PersonId) {
        if let Some(claim) = self.claims.get_mut(key.as_str()) {
            claim.person_id = person_id;
        }
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
        let login = new.first_login.as_ref();
        let session = login.and_then(|login| login.session.as_ref());
        let sessions = session.map(|session| (session.id, session.opened(new.now))).into_iter().collect();
        let (sessions, last_login) = (Some(Sessions(sessions)), login.map(|_| new.now));
        self.logins.insert(user.player_uuid, Logins { sessions, last_login, ..Logins::default() });
        Created::User(user)
    }

    fn add_person(
        &mut self,
        person_id: PersonId,
        platform: Platform,
        claim: &Claim,
        key: &IdentityKey,
        operation: OperationId,
    ) {
        let users = BTreeMap::from([(platform, linked(claim, key))]);
        let person = Person { person_id, users, active_player: None, purge: None, version: 1 };
        self.persons.insert(person_id, Row::new(person, operation));
    }

    /// The reason why this user proves no right to the person. `None` if it does.
    fn why_not_owner(&self, owner: PlayerUuid, person_id: PersonId) -> Option<Changed> {
        let Some(Row { item: user, .. }) = self.users.get(&owner) else { return Some(Changed::Moved) };
        if user.person_id != person_id {
            return Some(Changed::Moved);
        }
        (user.state != UserState::Active && !self.has(Flaw::InactiveOwner)).then_some(Changed::NotOwner)
    }

    pub fn set_active_player(&mut self, change: &ActivePlayerChange) -> Changed {
        let skeleton = self.has(Flaw::UpdateCreates) && !self.persons.contains_key(&change.person_id);
        let is_transaction = change.owner.is_some() || change.to.is_some();
        if is_transaction && self.was_done(change.operation) {
            return Changed::Done;
        }
        let owner = change.owner.map(|owner| owner.player_uuid);
        let player = change.to.filter(|_| !self.has(Flaw::InactivePlayer) && !skeleton);
        let mut checked = owner.into_iter().chain(player);
        if let Some(refused) = checked.find_map(|player| self.why_not_owner(player, change.person_id)) {
            return refused;
        }
        let forgets = self.has(Flaw::OperationsForgotten);
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
        if is_transaction {
            self.tokens.insert(change.operation);
        }
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
                let sequence = row.item.sequence - u64::try_from(later).expect("at most eight");
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
        let after = row.item.clone();
        if change.ends_sessions() && !self.has(Flaw::SessionsStay) {
            self.logins.entry(player_uuid).or_default().end(now);
        }
        StateChanged::Done(after)
    }
}

/// The shard of a person's purge, as in the table.
pub fn shard_of(person_id: PersonId) -> u8 {
    let [.., last] = person_id.0.into_bytes();
    last % PURGE_SHARDS
}

fn linked(claim: &Claim, key: &IdentityKey) -> LinkedUser {
    LinkedUser { player_uuid: claim.player_uuid, player_id: claim.player_id, identity: key.clone() }
}

fn unexplained() -> CallError {
    CallError::Broken("a condition failed without a reason".into())
}

//! The contract as a machine that takes one request at a time. It knows the allowed answers and the
//! changes of each.

mod links;
mod logins;
mod purges;

use serde_json::Value;
use shared::identity::{PersonId, PlayerUuid, PurgeId, Second, StateChange, UserState};

use super::{
    callers,
    history::{Entry, Op, Response},
    tables::Tables,
};

/// The state of the machine.
#[derive(Debug, Clone, Default)]
pub struct Spec {
    users: Vec<User>,
    persons: Vec<Person>,
    receipts: Vec<(PersonId, Second)>,
}

#[derive(Debug, Clone)]
struct User {
    player: PlayerUuid,
    account: usize,
    person: PersonId,
    state: UserState,
    sequence: u64,
    sessions: Vec<logins::Session>,
}

#[derive(Debug, Clone, Copy)]
struct Person {
    id: PersonId,
    active: Option<PlayerUuid>,
    purge: Option<(PurgeId, Second)>,
}

/// An answer of the contract.
struct Told {
    status: u16,
    code: &'static str,
    fields: Vec<(&'static str, String)>,
}

fn told(status: u16, code: &'static str) -> Told {
    Told { status, code, fields: Vec::new() }
}

impl Told {
    fn with(mut self, pointer: &'static str, text: impl ToString) -> Self {
        self.fields.push((pointer, text.to_string()));
        self
    }

    fn is(&self, answer: &Response) -> bool {
        let text = |pointer: &str| match answer.body.pointer(pointer) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let code = self.code.is_empty() || text("/error_code") == self.code;
        self.status == answer.status && code && self.fields.iter().all(|(pointer, expected)| text(pointer) == *expected)
    }
}

impl Spec {
    /// The state for a world in which nothing is in flight.
    pub fn of(tables: &Tables) -> Self {
        let users = tables.users.values().map(|row| User {
            player: row.item.player_uuid,
            account: callers::account_of(row.item.platform_user_id.as_str()),
            person: row.item.person_id,
            state: row.item.state,
            sequence: row.item.sequence,
            sessions: tables.logins.get(&row.item.player_uuid).map(logins::sessions).unwrap_or_default(),
        });
        let persons = tables.persons.values().map(|row| Person {
            id: row.item.person_id,
            active: row.item.active_player,
            purge: row.item.purge.as_ref().map(|purge| (purge.purge_id, purge.purge_on)),
        });
        Self { users: users.collect(), persons: persons.collect(), receipts: Vec::new() }
    }

    /// Takes this request next. Returns `false` if the contract would answer otherwise. A request
    /// without an answer only matters for its changes.
    pub fn admits(&mut self, entry: &Entry) -> bool {
        let before = entry.concurrent.then(|| self.clone());
        let told = self.step(entry);
        let Some(answer) = &entry.answer else { return told.status < 300 };
        if told.is(answer) {
            return true;
        }
        // A refusal may depend on two reads, so each reason must be true. It must be the first in
        // order only if no other request was in flight.
        let Some(before) = before else { return false };
        let code = answer.body.pointer("/error_code").and_then(Value::as_str).unwrap_or_default();
        let holds = before.reasons(entry).contains(&code);
        *self = before;
        holds
    }

    fn step(&mut self, entry: &Entry) -> Told {
        match entry.op {
            Op::Create(account) => self.create(entry, account),
            Op::State(player, change) => self.change(entry, player, change),
            Op::GetUser(player) => match self.users.iter().find(|user| user.player == player) {
                None => told(404, ""),
                Some(user) => told(200, "")
                    .with("/details/sequence", user.sequence)
                    .with("/user/state", format!("USER_STATE_{}", user.state.as_str().to_uppercase())),
            },
            Op::Enable(account) => match self.allowed(account, entry.caller) {
                Err(refused) => refused,
                Ok(user) if user.state != UserState::Active => told(400, "cannot_modify_person"),
                Ok(user) => match self.person_mut(user.person) {
                    Some(person) if person.active != Some(user.player) => {
                        person.active = Some(user.player);
                        told(200, "")
                    }
                    _ => told(400, "already_cross_progression_player"),
                },
            },
            Op::Disable(account) => match self.allowed(account, entry.caller) {
                Err(refused) => refused,
                Ok(user) => self.disable(user.person),
            },
            Op::DisablePerson(person) => {
                if entry.caller.is_some() && !self.owns(entry.caller, person) {
                    return told(400, "cannot_modify_person");
                }
                self.disable(person)
            }
            Op::Link { leader, follower } => self.link(leader, follower),
            Op::Unlink(account) => self.unlink(entry, account),
            Op::Queue(person, suggested) => self.queue(entry, person, suggested),
            Op::Cancel(person) => self.cancel(entry, person),
            Op::GetPurge(person) => self.get_purge(entry, person),
            Op::Find(account) => match self.user(account) {
                None => told(404, "user_not_found"),
                Some(user) => {
                    let active = self.person(user.person).and_then(|person| person.active);
                    let active = active.filter(|active| self.is_active(*active));
                    told(200, "")
                        .with("/person_id", user.person)
                        .with("/active_player_uuid", active.map_or_else(String::new, |active| active.to_string()))
                }
            },
            Op::LogIn { account, refresh } => self.log_in(entry, account, refresh),
            Op::Refresh { token, client } => self.refresh(entry, token, client),
            Op::LogOut(token) => self.log_out(token),
            Op::Purge(person, purge_id, purge_on) => self.purge(person, (purge_id, purge_on)),
        }
    }

    fn user(&self, account: usize) -> Option<User> {
        self.users.iter().find(|user| user.account == account).cloned()
    }

    fn is_active(&self, player: PlayerUuid) -> bool {
        self.users.iter().any(|user| user.player == player && user.state == UserState::Active)
    }

    fn person(&self, id: PersonId) -> Option<Person> {
        self.persons.iter().find(|person| person.id == id).copied()
    }

    fn person_mut(&mut self, id: PersonId) -> Option<&mut Person> {
        self.persons.iter_mut().find(|person| person.id == id)
    }

    fn receipt(&self, id: PersonId) -> Option<Second> {
        self.receipts.iter().find(|(person, _)| *person == id).map(|(_, purge_on)| *purge_on)
    }

    fn users_of(&self, person: PersonId) -> usize {
        self.users.iter().filter(|user| user.person == person).count()
    }

    /// Whether the caller's own account is active and belongs to this person.
    fn owns(&self, caller: Option<usize>, person: PersonId) -> bool {
        let own = caller.and_then(|own| self.user(own));
        own.is_some_and(|own| own.person == person && own.state == UserState::Active)
    }

    /// The named user, if the caller may change its person.
    fn allowed(&self, account: usize, caller: Option<usize>) -> Result<User, Told> {
        let user = self.user(account);
        let foreign = || told(400, "cannot_modify_person");
        let missing = || told(400, "account_not_found");
        match (user, caller) {
            (Some(user), None) => Ok(user),
            (None, Some(own)) if own != account => Err(foreign()),
            (None, _) => Err(missing()),
            (Some(user), Some(_)) => {
                if self.owns(caller, user.person) {
                    Ok(user)
                } else {
                    Err(foreign())
                }
            }
        }
    }

    fn create(&mut self, entry: &Entry, account: usize) -> Told {
        if self.user(account).is_some() {
            return told(409, "user_already_exists");
        }
        let Some((player, id)) = entry.note.created else { return told(0, "") };
        self.users.push(User {
            player,
            account,
            person: id,
            state: UserState::Active,
            sequence: 1,
            sessions: Vec::new(),
        });
        self.persons.push(Person { id, active: None, purge: None });
        told(201, "").with("/player_uuid", player).with("/person_id", id)
    }

    fn change(&mut self, entry: &Entry, player: PlayerUuid, change: StateChange) -> Told {
        let Some(user) = self.users.iter_mut().find(|user| user.player == player) else { return told(404, "") };
        let (from, to): (&[UserState], _) = match change {
            StateChange::Deactivate => (&[UserState::Active, UserState::Locked], UserState::Inactive),
            StateChange::Reactivate => (&[UserState::Inactive], UserState::Active),
            StateChange::Lock => (&[UserState::Active], UserState::Locked),
            StateChange::Unlock => (&[UserState::Locked], UserState::Active),
        };
        if !from.contains(&user.state) {
            return told(400, "");
        }
        user.state = to;
        user.sequence += 1;
        if user.state != UserState::Active {
            user.sessions.clear();
        }
        let done = told(200, "").with("/details/sequence", user.sequence);
        // A retry shows the user as the first attempt left it, except for its person, which may
        // have changed since.
        if entry.note.lost > 0 { done } else { done.with("/details/resourceOwner", user.person) }
    }

    fn disable(&mut self, id: PersonId) -> Told {
        match self.person_mut(id).map(|person| person.active.take()) {
            None => told(400, "account_not_found"),
            Some(Some(_)) => told(200, ""),
            Some(None) => told(400, "not_cross_progression_player"),
        }
    }

    /// All refusals that are true in this state, although others may come first.
    fn reasons(&self, entry: &Entry) -> Vec<&'static str> {
        let mut reasons = match entry.op {
            Op::Link { leader, follower } => self.link_reasons(leader, follower),
            _ => Vec::new(),
        };
        if entry.caller.is_some() {
            // A request about the caller's own person reads claims and person one by one.
            reasons.extend(["cannot_modify_person", "insufficient_permissions"]);
        }
        reasons
    }
}

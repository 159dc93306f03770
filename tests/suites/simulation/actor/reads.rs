//! Reads. Each key is read as it is at some moment of the call.

use super::Actor;
use crate::sim::State;
use shared::{
    aws::CallError,
    identity::{Claim, IdentityKey, Person, PersonId, PlatformUser, PlayerUuid, Receipt},
    store::{Keys, ReadClaims, ReadPersons, ReadReceipts, ReadRecords, ReadUsers, Records},
};

impl ReadClaims for Actor {
    async fn claim(&self, key: &IdentityKey) -> Result<Option<Claim>, CallError> {
        self.read("claim", |tables| tables.claim(key)).await
    }
}

impl ReadPersons for Actor {
    async fn person(&self, person_id: PersonId) -> Result<Option<Person>, CallError> {
        self.read("person", |tables| tables.person(person_id)).await
    }
}

impl ReadUsers for Actor {
    async fn user(&self, player_uuid: PlayerUuid) -> Result<Option<PlatformUser>, CallError> {
        self.read("user", |tables| tables.read_user(player_uuid)).await
    }
}

impl ReadReceipts for Actor {
    async fn receipt(&self, person_id: PersonId) -> Result<Option<Receipt>, CallError> {
        self.read("receipt", |tables| tables.receipts.get(&person_id).cloned()).await
    }
}

impl ReadRecords for Actor {
    /// A batch is not a snapshot. Some of its keys may be read later, or come back unprocessed.
    async fn records(&self, keys: &Keys) -> Result<Records, CallError> {
        let mut records = Records::default();
        let mut left = keys.clone();
        loop {
            let parts = [left.persons.len(), left.users.len(), left.identities.len()];
            if parts.iter().sum::<usize>() == 0 {
                return Ok(records);
            }
            let now = self.0.state().some_of(&mut left);
            let read = self.call("records", |state| state.look_up(&now)).await?;
            records.persons.extend(read.persons);
            records.users.extend(read.users);
            records.claims.extend(read.claims);
        }
    }
}

impl State {
    /// Takes some of the keys. Takes all of them in a world without faults.
    fn some_of(&mut self, left: &mut Keys) -> Keys {
        if self.faults == 0 || !self.dice.often(500) {
            return std::mem::take(left);
        }
        let mut now = Keys::default();
        let mut some = |length: usize| self.dice.below(length + 1);
        now.persons = left.persons.split_off(some(left.persons.len()));
        now.users = left.users.split_off(some(left.users.len()));
        now.identities = left.identities.split_off(some(left.identities.len()));
        now
    }

    fn look_up(&self, keys: &Keys) -> Records {
        let persons = keys.persons.iter().filter_map(|key| self.tables.person(*key));
        let users = keys.users.iter().filter_map(|key| self.tables.user(*key));
        let claims = keys.identities.iter().filter_map(|key| Some((key.clone(), self.tables.claim(key)?)));
        Records {
            persons: persons.map(|person| (person.person_id, person)).collect(),
            users: users.map(|user| (user.player_uuid, user)).collect(),
            claims: claims.collect(),
        }
    }
}

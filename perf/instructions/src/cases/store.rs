//! A store that has everything that it is asked for, at once.

use std::time::Duration;

use shared::{
    identity::{
        Claim, IdentityKey, NewUser, OperationId, Person, PersonId, PlatformUser, PlayerId, PlayerUuid, Purge,
        QueuePurge, Receipt, StateChange, Timestamp,
    },
    queue::{PurgeMessage, SendPurge},
    store::{
        ActivePlayerChange, CancelPurges, Cancelled, ChangeUserState, Changed, CreateUsers, Created, Keys, Link,
        LinkUsers, Linked, OwnPurgeChange, OwnPurges, Owner, PurgePersons, Purged, QueuePurges, Queued, ReadClaims,
        ReadPersons, ReadReceipts, ReadRecords, ReadUsers, Records, Requested, SetActivePlayer, StateChanged,
        StoreError, Unlink, UnlinkUsers, Unlinked,
    },
};

use crate::fixtures::{claim, identity, person, player, purge, receipt, user, uuid};

/// Knows the person, its users and their claims; any other claim belongs to a person of its own.
#[derive(Debug, Clone)]
pub struct Full {
    person: Person,
    users: Vec<PlatformUser>,
    identities: Vec<IdentityKey>,
}

impl Full {
    pub fn new(person_id: PersonId) -> Self {
        Self {
            person: person(person_id),
            users: (0..3).map(user).collect(),
            identities: (0..3).map(identity).collect(),
        }
    }

    fn claim_of(&self, key: &IdentityKey) -> Claim {
        match self.identities.iter().position(|own| own == key) {
            Some(index) => claim(index),
            None => Claim { person_id: PersonId(uuid(50)), player_uuid: player(50), ..claim(0) },
        }
    }

    fn user_of(&self, player_uuid: PlayerUuid) -> Option<PlatformUser> {
        self.users.iter().find(|user| user.player_uuid == player_uuid).cloned()
    }
}

impl ReadClaims for Full {
    async fn claim(&self, key: &IdentityKey) -> Result<Option<Claim>, StoreError> {
        Ok(Some(self.claim_of(key)))
    }

    async fn two_claims(&self, keys: [&IdentityKey; 2]) -> Result<[Option<Claim>; 2], StoreError> {
        Ok(keys.map(|key| Some(self.claim_of(key))))
    }
}

impl ReadPersons for Full {
    async fn person(&self, person_id: PersonId) -> Result<Option<Person>, StoreError> {
        Ok(Some(Person { person_id, ..self.person.clone() }))
    }
}

impl ReadUsers for Full {
    async fn user(&self, player_uuid: PlayerUuid) -> Result<Option<PlatformUser>, StoreError> {
        Ok(self.user_of(player_uuid))
    }
}

impl ReadRecords for Full {
    async fn records(&self, keys: &Keys) -> Result<Records, StoreError> {
        let person = |id: &PersonId| (*id, Person { person_id: *id, ..self.person.clone() });
        Ok(Records {
            persons: keys.persons.iter().map(person).collect(),
            users: keys.users.iter().filter_map(|id| Some((*id, self.user_of(*id)?))).collect(),
            claims: keys.identities.iter().map(|key| (key.clone(), self.claim_of(key))).collect(),
        })
    }
}

impl ReadReceipts for Full {
    async fn receipt(&self, _: PersonId) -> Result<Option<Receipt>, StoreError> {
        Ok(Some(receipt(0)))
    }
}

impl CreateUsers for Full {
    async fn create_user(&self, user: &NewUser) -> Result<Created, StoreError> {
        Ok(Created::User(user.with_player_id(PlayerId::new(1_000_017).expect("a player id"))))
    }
}

impl ChangeUserState for Full {
    async fn change_user_state(
        &self,
        player_uuid: PlayerUuid,
        _: StateChange,
        _: OperationId,
        _: Timestamp,
    ) -> Result<StateChanged, StoreError> {
        Ok(self.user_of(player_uuid).map_or(StateChanged::NoUser, StateChanged::Done))
    }
}

impl SetActivePlayer for Full {
    async fn set_active_player(&self, _: &ActivePlayerChange) -> Result<Changed, StoreError> {
        Ok(Changed::Done)
    }
}

impl LinkUsers for Full {
    async fn link(&self, _: &Link) -> Result<Linked, StoreError> {
        Ok(Linked::Done)
    }
}

impl UnlinkUsers for Full {
    async fn unlink(&self, _: &Unlink) -> Result<Unlinked, StoreError> {
        Ok(Unlinked::Done)
    }
}

impl QueuePurges for Full {
    async fn queue_purge(&self, purge: &QueuePurge) -> Result<Queued, StoreError> {
        Ok(purge.applied_to(None).map_or(Queued::NoPerson, Queued::Set))
    }
}

impl OwnPurges for Full {
    async fn change_own_purge(
        &self,
        _: &Person,
        _: OwnPurgeChange<'_>,
        _: Owner,
        _: OperationId,
    ) -> Result<Changed, StoreError> {
        Ok(Changed::Done)
    }

    async fn request_own_purge(
        &self,
        _: &Person,
        _: OwnPurgeChange<'_>,
        _: Owner,
        _: OperationId,
    ) -> Result<Requested, StoreError> {
        Ok(Requested::Done)
    }
}

impl CancelPurges for Full {
    async fn cancel_purge(&self, _: PersonId, _: OperationId) -> Result<Cancelled, StoreError> {
        Ok(Cancelled::Done)
    }
}

impl PurgePersons for Full {
    async fn purge(&self, _: &Person, _: &Receipt, _: OperationId) -> Result<Purged, StoreError> {
        Ok(Purged::Done)
    }

    async fn postpone(&self, _: PersonId, _: &Purge) -> Result<(), StoreError> {
        Err(StoreError::Broken(format!("{:?} is due", purge().purge_id)))
    }
}

impl SendPurge for Full {
    async fn send(&self, _: PurgeMessage, _: Duration) -> Result<(), StoreError> {
        Ok(())
    }
}

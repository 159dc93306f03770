//! A store that answers every call at once.

use std::time::Duration;

use crate::fixtures::{claim, identity, person, player, purge, receipt, user, uuid};
use shared::{
    aws::CallError,
    identity::{
        ActivePlayerChange, Claim, DisplayName, IdentityKey, Link, NewUser, OperationId, OwnPurgeChange, Owner, Person,
        PersonId, PlatformUser, PlayerId, PlayerUuid, Purge, QueuePurge, Receipt, StateChange, Timestamp, Unlink,
    },
    queue::{PurgeMessage, SendPurge},
    store::{
        CancelPurges, Cancelled, ChangeUserState, Changed, CreateUsers, Created, Keys, LinkUsers, Linked, OwnPurges,
        PurgePersons, Purged, QueuePurges, Queued, ReadClaims, ReadPersons, ReadReceipts, ReadRecords, ReadUsers,
        Records, RenameUsers, Requested, SetActivePlayer, StateChanged, UnlinkUsers, Unlinked,
    },
};

/// A store with the person, its users and their claims. Any other claim belongs to another person.
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
    async fn claim(&self, key: &IdentityKey) -> Result<Option<Claim>, CallError> {
        Ok(Some(self.claim_of(key)))
    }
}

impl ReadPersons for Full {
    async fn person(&self, person_id: PersonId) -> Result<Option<Person>, CallError> {
        Ok(Some(Person { person_id, ..self.person.clone() }))
    }
}

impl ReadUsers for Full {
    async fn user(&self, player_uuid: PlayerUuid) -> Result<Option<PlatformUser>, CallError> {
        Ok(self.user_of(player_uuid))
    }
}

impl ReadRecords for Full {
    async fn records(&self, keys: &Keys) -> Result<Records, CallError> {
        let person = |id: &PersonId| (*id, Person { person_id: *id, ..self.person.clone() });
        Ok(Records {
            persons: keys.persons.iter().map(person).collect(),
            users: keys.users.iter().filter_map(|id| Some((*id, self.user_of(*id)?))).collect(),
            claims: keys.identities.iter().map(|key| (key.clone(), self.claim_of(key))).collect(),
        })
    }
}

impl ReadReceipts for Full {
    async fn receipt(&self, _: PersonId) -> Result<Option<Receipt>, CallError> {
        Ok(Some(receipt(0)))
    }
}

impl CreateUsers for Full {
    async fn create_user(&self, user: &NewUser) -> Result<Created, CallError> {
        Ok(Created::User(user.with_player_id(PlayerId::new(1_000_017).expect("a player id"))))
    }
}

impl RenameUsers for Full {
    async fn rename_user(
        &self,
        player_uuid: PlayerUuid,
        _: PersonId,
        _: &DisplayName,
        _: OperationId,
        _: Timestamp,
    ) -> Result<Option<PlatformUser>, CallError> {
        Ok(self.user_of(player_uuid))
    }
}

impl ChangeUserState for Full {
    async fn change_user_state(
        &self,
        player_uuid: PlayerUuid,
        _: StateChange,
        _: OperationId,
        _: Timestamp,
    ) -> Result<StateChanged, CallError> {
        Ok(self.user_of(player_uuid).map_or(StateChanged::NoUser, StateChanged::Done))
    }
}

impl SetActivePlayer for Full {
    async fn set_active_player(&self, _: &ActivePlayerChange) -> Result<Changed, CallError> {
        Ok(Changed::Done)
    }
}

impl LinkUsers for Full {
    async fn link(&self, _: &Link) -> Result<Linked, CallError> {
        Ok(Linked::Done)
    }
}

impl UnlinkUsers for Full {
    async fn unlink(&self, _: &Unlink) -> Result<Unlinked, CallError> {
        Ok(Unlinked::Done)
    }
}

impl QueuePurges for Full {
    async fn queue_purge(&self, purge: &QueuePurge) -> Result<Queued, CallError> {
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
    ) -> Result<Changed, CallError> {
        Ok(Changed::Done)
    }

    async fn request_own_purge(
        &self,
        _: &Person,
        _: OwnPurgeChange<'_>,
        _: Owner,
        _: OperationId,
    ) -> Result<Requested, CallError> {
        Ok(Requested::Done)
    }
}

impl CancelPurges for Full {
    async fn cancel_purge(&self, _: PersonId, _: OperationId) -> Result<Cancelled, CallError> {
        Ok(Cancelled::Done)
    }
}

impl PurgePersons for Full {
    async fn purge(&self, _: &Person, _: &Receipt, _: OperationId) -> Result<Purged, CallError> {
        Ok(Purged::Done)
    }

    async fn postpone(&self, _: PersonId, _: &Purge) -> Result<(), CallError> {
        Err(CallError::Broken(format!("{:?} is due", purge().purge_id)))
    }
}

impl SendPurge for Full {
    async fn send(&self, _: PurgeMessage, _: Duration) -> Result<(), CallError> {
        Ok(())
    }
}

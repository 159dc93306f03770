//! Purges that are queued, cancelled, leased and carried out.

use std::iter;

use super::{Row, Tables, unexplained};
use crate::flaws::Flaw;
use shared::{
    aws::CallError,
    identity::{
        Cancellation, DuePurge, OperationId, OwnPurgeChange, Owner, Person, PersonId, Purge, QueuePurge, Receipt,
        Second, UserState, goes_with, is_as_read, may_remove,
    },
    store::{Cancelled, Changed, Purged, Queued, Requested},
};

impl Tables {
    pub fn queue_purge(&mut self, purge: &QueuePurge) -> Result<Queued, CallError> {
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
        match Cancellation::of(row.item.purge.as_ref()) {
            Cancellation::NoPurge => Cancelled::NoPurge,
            Cancellation::Started => Cancelled::Started,
            Cancellation::Forget => {
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
        let shown = matches!(change, OwnPurgeChange::Keep);
        let unchanged = is_as_read(row.item.purge.as_ref(), person.purge.as_ref(), shown) || blind;
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

    pub fn request_own_purge(
        &mut self,
        person: &Person,
        change: OwnPurgeChange<'_>,
        owner: Owner,
        operation: OperationId,
    ) -> Requested {
        if let Some(refused) = self.why_not_requested(person, owner).filter(|_| !self.was_done(operation)) {
            return refused;
        }
        match self.change_own_purge(person, change, owner, operation) {
            Changed::Done => Requested::Done,
            _ => Requested::Moved,
        }
    }

    /// The reason of the first user that does not allow the request. The owner is checked before
    /// all others.
    fn why_not_requested(&self, person: &Person, owner: Owner) -> Option<Requested> {
        let others = person.users.values().map(|user| user.player_uuid).filter(|player| *player != owner.player_uuid);
        let refused = iter::once(owner.player_uuid).chain(others).find_map(|player| {
            let user = self.users.get(&player).map(|row| &row.item);
            match user.filter(|user| user.person_id == person.person_id).map(|user| user.state) {
                None => Some(Requested::Moved),
                Some(UserState::Inactive) if !self.has(Flaw::BanIgnored) => Some(Requested::Deactivated),
                Some(UserState::Active) => None,
                Some(_) => {
                    (player == owner.player_uuid && !self.has(Flaw::InactiveOwner)).then_some(Requested::NotOwner)
                }
            }
        });
        let standing = self.persons.get(&person.person_id).map(|row| row.item.users.len());
        refused.or((standing != Some(person.users.len())).then_some(Requested::Moved))
    }

    /// The current content of the index.
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

    pub fn purge(&mut self, read: &Person, receipt: &Receipt, operation: OperationId) -> Result<Purged, CallError> {
        if self.was_done(operation) {
            return Ok(Purged::Done);
        }
        let blind = self.has(Flaw::PurgeBlind);
        let standing = self.persons.get(&read.person_id).map(|row| &row.item);
        let removable = |person: &Person| blind || may_remove(person, read, receipt.purge_id, receipt.completed_on);
        if !standing.is_some_and(removable) {
            return Ok(Purged::Changed);
        }
        let own = |owner: Option<PersonId>| blind || goes_with(owner, read.person_id);
        let agrees = read.users.values().all(|user| {
            let row = self.users.get(&user.player_uuid);
            let claim = self.claims.get(user.identity.as_str());
            own(row.map(|row| row.item.person_id)) && own(claim.map(|claim| claim.person_id))
        });
        if !agrees {
            return Err(CallError::Broken("a person and its users disagree".into()));
        }
        self.persons.remove(&read.person_id);
        for user in read.users.values() {
            self.users.remove(&user.player_uuid);
            self.logins.remove(&user.player_uuid);
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

//! Replays receipts: a person that was purged after the restore point is back, and is deleted
//! again.

use std::{collections::HashSet, time::Duration};

use super::{After, Repair};
use shared::{
    aws::CallError,
    identity::{
        Hour, PlatformUser, Receipt,
        repair::{Finding, without_purged},
    },
    store::{Keys, ReadReceipts, ReadRecords, Removal, RepairTables, Written},
};

/// Receipts from so long before the restore point are replayed too, since clocks differ and a
/// restore point is not exact.
const BEFORE: Duration = Duration::from_hours(1);

/// The oldest restore point for which receipts are read hour by hour. For an older one the whole
/// table is read.
const OLDEST: Duration = Duration::from_hours(40 * 24);

impl<S: RepairTables + ReadRecords + ReadReceipts> Repair<'_, S> {
    pub(super) async fn replay(&mut self) -> Result<(), CallError> {
        let Some(restored_to) = self.order.restored_to else { return self.replay_receipts(None).await };
        let last = Hour::of(self.ambient.now().round_down()).next();
        // No backup is so old, and to read the whole table is less work than to read so many hours.
        if restored_to < last.start().minus(OLDEST) {
            return self.replay_receipts(None).await;
        }
        let mut hour = Hour::of(restored_to.minus(BEFORE));
        while hour <= last {
            self.replay_receipts(Some(hour)).await?;
            hour = hour.next();
        }
        Ok(())
    }

    async fn replay_receipts(&mut self, hour: Option<Hour>) -> Result<(), CallError> {
        let mut after: After = None;
        loop {
            let page = self.store.receipts(hour, after.as_ref()).await?;
            self.tell_unreadable("receipts", &page);
            let keys = Keys {
                persons: page.items.iter().map(|receipt| receipt.person_id).collect(),
                users: page.items.iter().flat_map(|receipt| receipt.players.iter().copied()).collect(),
                ..Keys::default()
            };
            let back = self.look(keys).await?;
            for receipt in &page.items {
                let is_back = back.persons.contains_key(&receipt.person_id)
                    || receipt.players.iter().any(|player| back.users.contains_key(player));
                if is_back {
                    self.remove_purged(receipt).await?;
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Deletes the records of a purged person that are back. Users that were in the person at the
    /// restore point but are not in the receipt are kept.
    pub(super) async fn remove_purged(&mut self, receipt: &Receipt) -> Result<(), CallError> {
        let removal = self.removal(receipt).await?;
        let person = removal.person.iter().map(|person| Finding::PurgedPerson(person.person_id));
        let users = removal.users.iter().map(|user| Finding::PurgedUser(user.player_uuid));
        let findings: Vec<_> = person.chain(users).collect();
        let written = if self.order.apply { self.store.remove_purged(&removal).await? } else { Written::Done };
        self.settle(written, &findings, receipt.person_id.0);
        Ok(())
    }

    async fn removal(&self, receipt: &Receipt) -> Result<Removal, CallError> {
        let (persons, users) = (vec![receipt.person_id], receipt.players.clone());
        let mut back = self.look(Keys { persons, users, ..Keys::default() }).await?;
        let users: Vec<PlatformUser> = back.users.into_values().collect();
        let persons = users.iter().map(|user| user.person_id).filter(|person| *person != receipt.person_id).collect();
        let identities = users.iter().map(|user| user.entry().identity).collect();
        let around = self.look(Keys { persons, identities, ..Keys::default() }).await?;
        let gone: HashSet<_> = users.iter().map(|user| user.player_uuid).collect();
        let claims = around.claims.into_iter().map(|(key, claim)| (key, claim.player_uuid));
        let others = around.persons.into_values();
        Ok(Removal {
            person: back.persons.remove(&receipt.person_id),
            claims: claims.filter(|(_, player)| gone.contains(player)).collect(),
            others: others
                .filter_map(|person| without_purged(&person, receipt).map(|corrections| (person, corrections)))
                .collect(),
            users,
        })
    }
}

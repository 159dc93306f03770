//! `roster repair`: brings the tables into agreement after a restore from a backup. It is the only
//! code that scans whole tables.
//!
//! The steps, in this order:
//! 1. Replay the receipts: delete purged persons and users that are back.
//! 2. Give each user its claim (identity) and its place in its person.
//! 3. Remove entries of persons that no user confirms.
//! 4. Remove claims that belong to no user.
//! 5. Move the next player id past the largest one in use.
//!
//! Each step leaves less work for the next ones. If a run stops half-way, another run completes it.
//! Memory holds one page of a table and the records that it refers to.

mod receipts;
mod report;
mod users;

use std::{collections::HashSet, hash::Hash};

use shared::{
    ambient::Ambient,
    aws::CallError,
    identity::{
        PersonId, PlayerId, Second,
        repair::{Finding, is_stray, judge_person, next_number},
    },
    store::{Keys, PageKey, ReadReceipts, ReadRecords, Records, RepairTables, Scanned, Written},
};
use uuid::Uuid;

pub use report::Report;

/// The largest number of keys in one batch of reads (`BatchGetItem`).
const BATCH: usize = 100;

/// The task of a repair.
#[derive(Debug, Clone, Copy, Default)]
pub struct Order {
    /// Whether it writes. Otherwise it only reports findings.
    pub apply: bool,
    /// The earliest time to which a table was restored: only receipts since then are replayed.
    /// `None` replays all receipts.
    pub restored_to: Option<Second>,
    /// How many player ids to skip, because a restored `sequences` table does not know of them.
    pub skip_player_ids: u32,
}

/// Finds records that disagree, and repairs them if the order says so. Each finding is reported
/// once its write is done.
///
/// No other program may write to the tables meanwhile. The repair stops at the first call that
/// fails after all retries. Its writes until then stay, and another run continues.
pub async fn repair<S>(
    store: &S,
    order: Order,
    ambient: &Ambient,
    tell: &mut (dyn FnMut(&Finding) + Send),
) -> Result<Report, CallError>
where
    S: RepairTables + ReadRecords + ReadReceipts,
{
    let mut repair =
        Repair { store, order, ambient, tell, report: Report::default(), largest: None, some_need_a_person: false };
    repair.replay().await?;
    repair.users().await?;
    repair.persons().await?;
    repair.claims().await?;
    repair.numbers().await?;
    Ok(repair.report)
}

struct Repair<'r, S> {
    store: &'r S,
    order: Order,
    ambient: &'r Ambient,
    tell: &'r mut (dyn FnMut(&Finding) + Send),
    report: Report,
    /// The largest player id that was read.
    largest: Option<PlayerId>,
    /// Whether a user was found whose person was purged after the user had left it.
    some_need_a_person: bool,
}

impl<S: RepairTables + ReadRecords + ReadReceipts> Repair<'_, S> {
    async fn persons(&mut self) -> Result<(), CallError> {
        let mut after = None;
        loop {
            let page = self.store.persons(after.as_ref()).await?;
            self.tell_unreadable("persons", &page);
            let entries = page.items.iter().flat_map(|person| person.users.values());
            let listed: Vec<_> = entries.map(|entry| (entry.player_uuid, entry.player_id)).collect();
            let users = listed.iter().map(|(player_uuid, _)| *player_uuid).collect();
            let users = self.look(Keys { users, ..Keys::default() }).await?.users;
            self.met(listed.into_iter().map(|(_, player_id)| player_id));
            for person in &page.items {
                let Some(corrections) = judge_person(person, &users) else { continue };
                let id = person.person_id;
                let strays = corrections.entries.iter().map(|(_, user)| Finding::StrayEntry(id, *user));
                let active = corrections.active_player.then_some(Finding::StrayActivePlayer(id));
                let whole = corrections.whole.then_some(Finding::EmptyPerson(id));
                let findings: Vec<_> = strays.chain(active).chain(whole).collect();
                let written = if self.order.apply {
                    self.store.correct_person(person, &corrections).await?
                } else {
                    Written::Done
                };
                self.settle(written, &findings, id.0);
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn claims(&mut self) -> Result<(), CallError> {
        let mut after = None;
        loop {
            let page = self.store.claims(after.as_ref()).await?;
            self.tell_unreadable("identities", &page);
            let users = page.items.iter().map(|(_, claim)| claim.player_uuid).collect();
            let users = self.look(Keys { users, ..Keys::default() }).await?.users;
            self.met(page.items.iter().map(|(_, claim)| claim.player_id));
            for (key, claim) in &page.items {
                let user = users.get(&claim.player_uuid);
                if is_stray(key, user) {
                    let remove = self.order.apply;
                    let written = if remove { self.store.remove_claim(key, claim, user).await? } else { Written::Done };
                    self.settle(written, &[Finding::StrayClaim(claim.player_uuid)], claim.player_uuid.0);
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn numbers(&mut self) -> Result<(), CallError> {
        let next = self.store.next_number().await?;
        let Some(to) = next_number(next, self.largest, self.order.skip_player_ids) else { return Ok(()) };
        let written = if self.order.apply { self.store.move_numbers(to).await? } else { Written::Done };
        self.settle(written, &[Finding::SequenceBehind(to)], Uuid::nil());
        Ok(())
    }

    /// Reads these records in as few batches as possible. Each record is read once.
    async fn look(&self, keys: Keys) -> Result<Records, CallError> {
        let mut found = Records::default();
        for persons in batches(keys.persons) {
            found.persons.extend(self.store.records(&Keys { persons, ..Keys::default() }).await?.persons);
        }
        for users in batches(keys.users) {
            found.users.extend(self.store.records(&Keys { users, ..Keys::default() }).await?.users);
        }
        for identities in batches(keys.identities) {
            found.claims.extend(self.store.records(&Keys { identities, ..Keys::default() }).await?.claims);
        }
        Ok(found)
    }

    fn met(&mut self, numbers: impl Iterator<Item = PlayerId>) {
        self.largest = self.largest.into_iter().chain(numbers).max();
    }

    /// Reports the findings of one write, or that the records changed before the write.
    fn settle(&mut self, written: Written, findings: &[Finding], id: Uuid) {
        match written {
            Written::Done => findings.iter().for_each(|finding| self.tell(*finding)),
            Written::Changed => self.tell(Finding::Changed(id)),
        }
    }

    fn tell(&mut self, finding: Finding) {
        self.report.count(&finding);
        (self.tell)(&finding);
    }

    fn tell_unreadable<T>(&mut self, table: &'static str, page: &Scanned<T>) {
        page.unreadable.iter().for_each(|id| self.tell(Finding::Unreadable(table, *id)));
    }

    /// Whether this person was never purged.
    async fn was_never_purged(&self, person_id: PersonId) -> Result<bool, CallError> {
        Ok(self.store.receipt(person_id).await?.is_none())
    }
}

fn batches<K: Eq + Hash + Clone>(keys: Vec<K>) -> Vec<Vec<K>> {
    let keys: Vec<_> = keys.into_iter().collect::<HashSet<_>>().into_iter().collect();
    keys.chunks(BATCH).map(<[K]>::to_vec).collect()
}

/// The key after which the next page starts.
type After = Option<PageKey>;

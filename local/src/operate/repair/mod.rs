//! `roster repair`: sets right what a restore from a backup has left. The one place that walks whole tables.
//!
//! In this order: receipts are replayed, users get their claims and places, persons lose what no user bears out, claims
//! go that are nobody's, and numbers move on. Each step leaves the next ones less to do; a run that ends half-way is
//! made good by another. Memory holds a page of a table and what it refers to.

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

/// How many keys a batch of reads may have (`BatchGetItem`).
const BATCH: usize = 100;

/// What a repair is asked to do.
#[derive(Debug, Clone, Copy, Default)]
pub struct Order {
    /// Whether it writes; otherwise it only tells what it finds.
    pub apply: bool,
    /// The earliest moment to which a table was restored: only receipts since then are replayed. All without.
    pub restored_to: Option<Second>,
    /// How many player ids to leave out, for those that a lost `sequences` does not know of.
    pub skip_player_ids: u32,
}

/// Finds what disagrees in the tables, and sets it right if it is to. Every finding is told when it is settled.
///
/// Nothing else may write meanwhile. Fails with the first call that fails for good; what was written until then stays,
/// and another run goes on.
pub async fn repair<S>(
    store: &S,
    order: Order,
    ambient: &Ambient,
    tell: &mut (dyn FnMut(&Finding) + Send),
) -> Result<Report, CallError>
where
    S: RepairTables + ReadRecords + ReadReceipts,
{
    let mut repair = Repair { store, order, ambient, tell, report: Report::default(), largest: None, homeless: false };
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
    /// The largest player id that was met.
    largest: Option<PlayerId>,
    /// Whether a user of a purged person was met.
    homeless: bool,
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
                let Some(mend) = judge_person(person, &users) else { continue };
                let id = person.person_id;
                let strays = mend.entries.iter().map(|(_, user)| Finding::StrayEntry(id, *user));
                let active = mend.active_player.then_some(Finding::StrayActivePlayer(id));
                let whole = mend.whole.then_some(Finding::EmptyPerson(id));
                let findings: Vec<_> = strays.chain(active).chain(whole).collect();
                let written =
                    if self.order.apply { self.store.mend_person(person, &mend).await? } else { Written::Done };
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

    /// These records, in as few reads as fit; each is asked for once.
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

    /// Tells the findings of one write, or that it found something changed.
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

    /// Whether nobody with this id was purged.
    async fn was_never_purged(&self, person_id: PersonId) -> Result<bool, CallError> {
        Ok(self.store.receipt(person_id).await?.is_none())
    }
}

fn batches<K: Eq + Hash + Clone>(keys: Vec<K>) -> Vec<Vec<K>> {
    let keys: Vec<_> = keys.into_iter().collect::<HashSet<_>>().into_iter().collect();
    keys.chunks(BATCH).map(<[K]>::to_vec).collect()
}

/// The start of the next page, to be given to the one after.
type After = Option<PageKey>;

use std::{collections::HashSet, future::Future};

use uuid::Uuid;

use super::{DynamoStore, PageKey};
use crate::{
    aws::CallError,
    dynamo::{Item, Page, Reader, Transacted, Updated, Write},
    identity::{
        Claim, Hour, IdentityKey, Person, PersonId, PlatformUser, PlayerUuid, Receipt,
        repair::{PersonCorrections, UserCorrections},
    },
    tables::{identities, persons, receipts, sequences, users},
};

/// The largest number of items on a page. The records that they refer to fit into a few batch
/// reads.
const PAGE: u32 = 100;

/// One page of a whole table.
#[derive(Debug, Clone)]
pub struct Scanned<T> {
    /// The items that can be read.
    pub items: Vec<T>,
    /// The ids of the items that cannot be read. `None` if the id cannot be read either.
    pub unreadable: Vec<Option<Uuid>>,
    /// The start of the next page, if there is one.
    pub next: Option<PageKey>,
}

/// The result of a correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// The correction was written.
    Done,
    /// A record has changed since it was read.
    Changed,
}

/// The restored records of a person that was purged.
#[derive(Debug, Clone, Default)]
pub struct Removal {
    /// The person itself.
    pub person: Option<Person>,
    /// Its users, even if they belong to another person now.
    pub users: Vec<PlatformUser>,
    /// The claims that name these users.
    pub claims: Vec<(IdentityKey, PlayerUuid)>,
    /// Other persons that list these users.
    pub others: Vec<(Person, PersonCorrections)>,
}

/// The entry that a user needs.
#[derive(Debug, Clone, Copy)]
pub enum Place<'p> {
    /// None: its person lists it correctly.
    Listed,
    /// An entry in this person.
    In(&'p Person),
    /// A new person, with the id that the user names.
    New,
}

/// Corrects contradictions after a restore from a backup. Only this capability scans whole tables,
/// and it runs while no function does.
pub trait RepairTables: Send + Sync + 'static {
    /// One page of the persons.
    fn persons(&self, after: Option<&PageKey>) -> impl Future<Output = Result<Scanned<Person>, CallError>> + Send;

    /// One page of the users.
    fn users(&self, after: Option<&PageKey>) -> impl Future<Output = Result<Scanned<PlatformUser>, CallError>> + Send;

    /// One page of the claims.
    fn claims(
        &self,
        after: Option<&PageKey>,
    ) -> impl Future<Output = Result<Scanned<(IdentityKey, Claim)>, CallError>> + Send;

    /// One page of the receipts: of all, or of one hour. For an hour, each receipt needs one more
    /// read.
    fn receipts(
        &self,
        hour: Option<Hour>,
        after: Option<&PageKey>,
    ) -> impl Future<Output = Result<Scanned<Receipt>, CallError>> + Send;

    /// The next free player id. `None` if none was ever used.
    fn next_number(&self) -> impl Future<Output = Result<Option<u32>, CallError>> + Send;

    /// Deletes the restored records of a purged person, all or nothing. The receipt stays as it is.
    fn remove_purged(&self, removal: &Removal) -> impl Future<Output = Result<Written, CallError>> + Send;

    /// Gives a user the claim and the entry that it lacks. `claim` is the current claim on its
    /// account.
    fn correct_user(
        &self,
        user: &PlatformUser,
        corrections: UserCorrections,
        claim: Option<&Claim>,
        place: Place<'_>,
    ) -> impl Future<Output = Result<Written, CallError>> + Send;

    /// Moves a user away from a person that was purged. It needs the `corrections` in the new
    /// person.
    fn move_to_person(
        &self,
        user: &PlatformUser,
        to: PersonId,
        corrections: UserCorrections,
        claim: Option<&Claim>,
        place: Place<'_>,
    ) -> impl Future<Output = Result<Written, CallError>> + Send;

    /// Removes the parts of a person that its users contradict.
    fn correct_person(
        &self,
        person: &Person,
        corrections: &PersonCorrections,
    ) -> impl Future<Output = Result<Written, CallError>> + Send;

    /// Removes a claim that belongs to no user. `user` is the user that the claim names, if it
    /// exists; the account of a user never changes.
    fn remove_claim(
        &self,
        key: &IdentityKey,
        claim: &Claim,
        user: Option<&PlatformUser>,
    ) -> impl Future<Output = Result<Written, CallError>> + Send;

    /// Moves the next free player id forward.
    fn move_numbers(&self, to: u32) -> impl Future<Output = Result<Written, CallError>> + Send;
}

impl RepairTables for DynamoStore {
    async fn persons(&self, after: Option<&PageKey>) -> Result<Scanned<Person>, CallError> {
        self.page(&self.tables.persons, after, persons::KEY, persons::decode).await
    }

    async fn users(&self, after: Option<&PageKey>) -> Result<Scanned<PlatformUser>, CallError> {
        self.page(&self.tables.users, after, users::KEY, users::decode).await
    }

    async fn claims(&self, after: Option<&PageKey>) -> Result<Scanned<(IdentityKey, Claim)>, CallError> {
        self.page(&self.tables.identities, after, users::KEY, |item| {
            let key = Reader::new(identities::TABLE, item).text(identities::KEY)?.to_owned();
            Ok((IdentityKey::from_stored(key), identities::decode(item)?))
        })
        .await
    }

    async fn receipts(&self, hour: Option<Hour>, after: Option<&PageKey>) -> Result<Scanned<Receipt>, CallError> {
        let Some(hour) = hour else {
            return self.page(&self.tables.receipts, after, persons::KEY, receipts::decode).await;
        };
        let page = Page {
            index: Some(receipts::HOUR_INDEX),
            key: ("#hour = :hour", vec![(":hour", receipts::hour_value(hour))]),
            limit: Some(PAGE),
            ..Page::of(&self.tables.receipts)
        };
        let (entries, next) = self.dynamo.query(&page, after.map(|PageKey(key)| key)).await?;
        let mut items = Vec::new();
        for entry in &entries {
            let person_id = PersonId(Reader::new(receipts::TABLE, entry).uuid(persons::KEY)?);
            // A receipt that the index shows and the table does not have has expired.
            items.extend(self.dynamo.get(&self.tables.receipts, receipts::key(person_id)).await?);
        }
        Ok(scanned(&items, next, persons::KEY, receipts::decode))
    }

    async fn next_number(&self) -> Result<Option<u32>, CallError> {
        let item = self.dynamo.get(&self.tables.sequences, sequences::key()).await?;
        let next = |item: &Item| Reader::new(sequences::TABLE, item).optional(sequences::NEXT, Reader::number);
        Ok(item.as_ref().map(next).transpose()?.flatten())
    }

    async fn remove_purged(&self, removal: &Removal) -> Result<Written, CallError> {
        let operation = self.dynamo.ambient().operation();
        let person = removal.person.iter().map(|person| persons::remove(&self.tables, person));
        let users = removal.users.iter().map(|user| users::purge(&self.tables, user.player_uuid, user.person_id));
        let claims = removal.claims.iter().map(|(key, user)| identities::remove(&self.tables, key, *user));
        let others = removal.others.iter();
        let others = others.map(|(person, corrections)| persons::lose(&self.tables, person, corrections, operation));
        self.all_or_nothing(person.chain(users).chain(claims).chain(others).collect()).await
    }

    async fn correct_user(
        &self,
        user: &PlatformUser,
        corrections: UserCorrections,
        claim: Option<&Claim>,
        place: Place<'_>,
    ) -> Result<Written, CallError> {
        let mut writes = vec![users::check_is_of(&self.tables, user.player_uuid, user.person_id)];
        if corrections.claim.is_some() {
            writes.push(self.claim(user, claim));
        }
        writes.extend(self.place(user, place));
        self.all_or_nothing(writes).await
    }

    async fn move_to_person(
        &self,
        user: &PlatformUser,
        to: PersonId,
        corrections: UserCorrections,
        claim: Option<&Claim>,
        place: Place<'_>,
    ) -> Result<Written, CallError> {
        let (operation, now) = (self.dynamo.ambient().operation(), self.dynamo.ambient().now());
        let moved = PlatformUser { person_id: to, ..user.clone() };
        let mut writes = vec![users::move_to(&self.tables, &user.claim(), to, false, operation, now)];
        if corrections.claim.is_some() {
            writes.push(self.claim(&moved, claim));
        }
        writes.extend(self.place(&moved, place));
        self.all_or_nothing(writes).await
    }

    async fn correct_person(&self, person: &Person, corrections: &PersonCorrections) -> Result<Written, CallError> {
        let mut writes = vec![persons::lose(&self.tables, person, corrections, self.dynamo.ambient().operation())];
        let mut checked = HashSet::new();
        // A transaction must not name an item twice, and a manipulated person may list a user
        // twice.
        let strays = corrections.entries.iter().filter(|(_, player_uuid)| checked.insert(*player_uuid));
        writes.extend(strays.map(|(platform, player_uuid)| {
            users::check_is_not_of(&self.tables, *player_uuid, person.person_id, *platform)
        }));
        self.all_or_nothing(writes).await
    }

    async fn remove_claim(
        &self,
        key: &IdentityKey,
        claim: &Claim,
        user: Option<&PlatformUser>,
    ) -> Result<Written, CallError> {
        let mut writes = vec![identities::remove(&self.tables, key, claim.player_uuid)];
        if user.is_none() {
            writes.push(users::check_is_gone(&self.tables, claim.player_uuid));
        }
        self.all_or_nothing(writes).await
    }

    async fn move_numbers(&self, to: u32) -> Result<Written, CallError> {
        match self.dynamo.update(sequences::move_to(&self.tables, to)).await? {
            Updated::Done(_) => Ok(Written::Done),
            Updated::Refused(_) => Ok(Written::Changed),
        }
    }
}

impl DynamoStore {
    async fn page<T>(
        &self,
        table: &str,
        after: Option<&PageKey>,
        id: &str,
        decode: impl Fn(&Item) -> Result<T, CallError>,
    ) -> Result<Scanned<T>, CallError> {
        let (items, next) = self.dynamo.scan(table, PAGE, after.map(|PageKey(key)| key)).await?;
        Ok(scanned(&items, next, id, decode))
    }

    fn claim(&self, user: &PlatformUser, standing: Option<&Claim>) -> Write {
        let key = IdentityKey::of(user.platform, &user.platform_user_id);
        match standing {
            None => identities::create(&self.tables, &key, user),
            Some(standing) => identities::reassign(&self.tables, &key, standing, user),
        }
    }

    fn place(&self, user: &PlatformUser, place: Place<'_>) -> Option<Write> {
        let operation = self.dynamo.ambient().operation();
        match place {
            Place::Listed => None,
            Place::In(person) => Some(persons::list(&self.tables, person, user, operation)),
            Place::New => Some(persons::create(&self.tables, user, &user.entry().identity, operation)),
        }
    }

    async fn all_or_nothing(&self, writes: Vec<Write>) -> Result<Written, CallError> {
        match self.dynamo.transact(writes, self.dynamo.ambient().operation()).await? {
            Transacted::Done => Ok(Written::Done),
            Transacted::Refused(_) => Ok(Written::Changed),
        }
    }
}

fn scanned<T>(
    items: &[Item],
    next: Option<Item>,
    id: &str,
    decode: impl Fn(&Item) -> Result<T, CallError>,
) -> Scanned<T> {
    let mut page = Scanned { items: Vec::new(), unreadable: Vec::new(), next: next.map(PageKey) };
    for item in items {
        match decode(item) {
            Ok(decoded) => page.items.push(decoded),
            Err(_) => page.unreadable.push(Reader::new("", item).uuid(id).ok()),
        }
    }
    page
}

//! The capabilities of [`DynamoStore`]: each picks its expressions and reads what came of them.

use super::{
    ActivePlayerChange, CancelPurges, Cancelled, ChangeUserState, Changed, CreateUsers, Created, DuePurge, Keys,
    LeasePurges, Link, LinkUsers, Linked, OwnPurges, Owner, PurgePersons, Purged, QueuePurges, Queued, ReadClaims,
    ReadPersons, ReadReceipts, ReadRecords, ReadUsers, Records, SetActivePlayer, Side, StateChanged, StoreError,
    Unlink, UnlinkUsers, Unlinked,
    dynamo::{DynamoStore, Member, Transacted, Updated},
    identities,
    item::Item,
    operations, persons, receipts, users,
};
use crate::identity::{
    Claim, IdentityKey, NewUser, OperationId, Person, PersonId, PlatformUser, PlayerUuid, Purge, QueuePurge, Receipt,
    Second, StateChange, Timestamp,
};

impl CreateUsers for DynamoStore {
    async fn create_user(&self, new: &NewUser) -> Result<Created, StoreError> {
        let user = new.with_player_id(self.next_player_id().await?);
        let identity = IdentityKey::of(user.platform, &user.platform_user_id);
        let writes = vec![
            identities::create(&self.tables, &identity, &user),
            persons::create(&self.tables, &user, &identity, new.operation),
            users::create(&self.tables, &user, new.operation),
        ];
        match self.transact(writes, new.operation).await? {
            Transacted::Done => Ok(Created::User(user)),
            Transacted::Refused(members) => match members.first() {
                Some(Member::Failed(_)) => Ok(Created::AlreadyExists),
                _ => Err(StoreError::Broken("a random uuid was taken".into())),
            },
        }
    }
}

impl ReadClaims for DynamoStore {
    async fn claim(&self, key: &IdentityKey) -> Result<Option<Claim>, StoreError> {
        let item = self.get(&self.tables.identities, identities::key(key)).await?;
        item.as_ref().map(identities::decode).transpose()
    }

    async fn two_claims(&self, keys: [&IdentityKey; 2]) -> Result<[Option<Claim>; 2], StoreError> {
        let wanted = Keys { identities: keys.map(Clone::clone).into(), ..Keys::default() };
        let records = self.batch_get(&wanted).await?;
        Ok(keys.map(|key| records.claims.get(key).copied()))
    }
}

impl ReadPersons for DynamoStore {
    async fn person(&self, person_id: PersonId) -> Result<Option<Person>, StoreError> {
        let item = self.get(&self.tables.persons, persons::key(person_id)).await?;
        item.as_ref().map(persons::decode).transpose()
    }
}

impl ReadUsers for DynamoStore {
    async fn user(&self, player_uuid: PlayerUuid) -> Result<Option<PlatformUser>, StoreError> {
        let item = self.get(&self.tables.users, users::key(player_uuid)).await?;
        item.as_ref().map(users::decode).transpose()
    }
}

impl ReadRecords for DynamoStore {
    async fn records(&self, keys: &Keys) -> Result<Records, StoreError> {
        self.batch_get(keys).await
    }
}

impl ReadReceipts for DynamoStore {
    async fn receipt(&self, person_id: PersonId) -> Result<Option<Receipt>, StoreError> {
        let item = self.get(&self.tables.receipts, receipts::key(person_id)).await?;
        item.as_ref().map(receipts::decode).transpose()
    }
}

impl SetActivePlayer for DynamoStore {
    async fn set_active_player(&self, change: &ActivePlayerChange) -> Result<Changed, StoreError> {
        let write = persons::set_active_player(&self.tables, change);
        let Some(owner) = change.owner else {
            return match self.update(write).await? {
                Updated::Done(_) => Ok(Changed::Done),
                Updated::Refused(item) => why_not_set(change, item.as_ref()),
            };
        };
        let check = users::check_owner(&self.tables, owner.player_uuid, change.person_id);
        match self.transact(vec![write, check], change.operation).await? {
            Transacted::Done => Ok(Changed::Done),
            Transacted::Refused(members) => match <[Member; 2]>::try_from(members) {
                Ok([_, Member::Failed(user)]) => why_not_owner(change.person_id, user.as_ref()),
                Ok([Member::Failed(person), _]) => why_not_set(change, person.as_ref()),
                _ => Err(unexplained()),
            },
        }
    }
}

fn why_not_set(change: &ActivePlayerChange, item: Option<&Item>) -> Result<Changed, StoreError> {
    let Some(item) = item else { return Ok(Changed::Gone) };
    if operations::since(item, change.operation).is_some() {
        return Ok(Changed::Done);
    }
    let person = persons::decode(item)?;
    let relied_on = change.member.into_iter().chain(change.owner.map(|owner| (owner.platform, owner.player_uuid)));
    let mut moved = relied_on.filter(|(platform, player_uuid)| !person.has(*platform, *player_uuid));
    Ok(if moved.next().is_some() { Changed::Moved } else { Changed::Already })
}

fn why_not_owner(person_id: PersonId, item: Option<&Item>) -> Result<Changed, StoreError> {
    let Some(item) = item else { return Ok(Changed::Moved) };
    let user = users::decode(item)?;
    Ok(if user.person_id == person_id { Changed::NotOwner } else { Changed::Moved })
}

impl LinkUsers for DynamoStore {
    async fn link(&self, link: &Link) -> Result<Linked, StoreError> {
        let to = link.leader;
        let mut writes = vec![
            persons::take_in(&self.tables, link),
            persons::dissolve(&self.tables, link),
            users::move_to(&self.tables, &link.follower, to, link.follower_is_owner, link.operation, link.now),
            identities::move_to(&self.tables, &link.follower_key, &link.follower, to),
        ];
        if let Some((_, leader_user)) = link.leader_user.filter(|_| link.leader_is_owner) {
            writes.push(users::check_owner(&self.tables, leader_user, to));
        }
        match self.transact(writes, link.operation).await? {
            Transacted::Done => Ok(Linked::Done),
            Transacted::Refused(members) => why_not_linked(link, members),
        }
    }
}

fn why_not_linked(link: &Link, members: Vec<Member>) -> Result<Linked, StoreError> {
    let mut members = members.into_iter();
    let mut next = || members.next().unwrap_or_default();
    let (leader, follower, user, identity, leader_user) = (next(), next(), next(), next(), next());
    if let Member::Failed(_) = identity {
        return Ok(Linked::Moved);
    }
    if let Member::Failed(user) = user {
        let from = link.follower.person_id;
        return Ok(match why_not_owner(from, user.as_ref())? {
            Changed::NotOwner => Linked::FollowerNotOwner,
            _ => Linked::Moved,
        });
    }
    if let Member::Failed(user) = leader_user {
        return Ok(match why_not_owner(link.leader, user.as_ref())? {
            Changed::NotOwner => Linked::LeaderNotOwner,
            _ => Linked::Moved,
        });
    }
    let (leader, follower) = (side(leader)?, side(follower)?);
    let lost = |side: &Side, (platform, player_uuid)| match side {
        Side::Untold => false,
        Side::Told(person) => !person.as_ref().is_some_and(|person| person.has(platform, player_uuid)),
    };
    let leader_lost = link.leader_user.is_some_and(|user| lost(&leader, user));
    if leader_lost || lost(&follower, (link.platform, link.follower.player_uuid)) {
        return Ok(Linked::Moved);
    }
    Ok(Linked::Refused { leader, follower })
}

fn side(member: Member) -> Result<Side, StoreError> {
    match member {
        Member::Held => Ok(Side::Untold),
        Member::Failed(item) => Ok(Side::Told(item.as_ref().map(persons::decode).transpose()?)),
    }
}

impl UnlinkUsers for DynamoStore {
    async fn unlink(&self, unlink: &Unlink) -> Result<Unlinked, StoreError> {
        let claim = &unlink.claim;
        let owns_itself = unlink.owner.is_some_and(|owner| owner.player_uuid == claim.player_uuid);
        let mut writes = vec![
            persons::let_go(&self.tables, unlink),
            persons::create_for(&self.tables, unlink),
            users::move_to(&self.tables, claim, unlink.new_person, owns_itself, unlink.operation, unlink.now),
            identities::move_to(&self.tables, &unlink.key, claim, unlink.new_person),
        ];
        if let Some(owner) = unlink.owner.filter(|_| !owns_itself) {
            writes.push(users::check_owner(&self.tables, owner.player_uuid, claim.person_id));
        }
        match self.transact(writes, unlink.operation).await? {
            Transacted::Done => Ok(Unlinked::Done),
            Transacted::Refused(members) => why_not_unlinked(unlink, members),
        }
    }
}

fn why_not_unlinked(unlink: &Unlink, members: Vec<Member>) -> Result<Unlinked, StoreError> {
    let mut members = members.into_iter();
    let mut next = || members.next().unwrap_or_default();
    let (person, _new, user, identity, owner) = (next(), next(), next(), next(), next());
    if let Member::Failed(_) = identity {
        return Ok(Unlinked::Moved);
    }
    for user in [user, owner] {
        if let Member::Failed(user) = user {
            return Ok(match why_not_owner(unlink.claim.person_id, user.as_ref())? {
                Changed::NotOwner => Unlinked::NotOwner,
                _ => Unlinked::Moved,
            });
        }
    }
    let Side::Told(person) = side(person)? else { return Err(unexplained()) };
    let relied_on = [
        Some((unlink.platform, unlink.claim.player_uuid)),
        unlink.owner.map(|owner| (owner.platform, owner.player_uuid)),
    ];
    let has_all = |person: &Person| relied_on.iter().flatten().all(|(platform, user)| person.has(*platform, *user));
    if person.as_ref().is_some_and(has_all) { Ok(Unlinked::Refused(person)) } else { Ok(Unlinked::Moved) }
}

impl QueuePurges for DynamoStore {
    async fn queue_purge(&self, purge: &QueuePurge) -> Result<Queued, StoreError> {
        match self.update(persons::queue_purge(&self.tables, purge)).await? {
            Updated::Done(item) => queued_purge(&item).map(Queued::Set),
            Updated::Refused(None) => Ok(Queued::NoPerson),
            Updated::Refused(Some(item)) => {
                let standing = persons::decode(&item)?.purge;
                match (operations::since(&item, purge.operation), standing) {
                    (None, Some(standing)) => Ok(Queued::Standing(standing)),
                    (None, None) => Err(unexplained()),
                    (Some(0), Some(standing)) => Ok(Queued::Set(standing)),
                    // Others have changed or cancelled it since; this is what it was after this request.
                    (Some(_), standing) => {
                        let ours = purge.applied_to(standing.as_ref()).or_else(|| purge.applied_to(None));
                        ours.map(Queued::Set).ok_or_else(unexplained)
                    }
                }
            }
        }
    }
}

fn queued_purge(item: &Item) -> Result<Purge, StoreError> {
    persons::decode(item)?.purge.ok_or_else(unexplained)
}

impl CancelPurges for DynamoStore {
    async fn cancel_purge(&self, person_id: PersonId, operation: OperationId) -> Result<Cancelled, StoreError> {
        let item = match self.update(persons::cancel_purge(&self.tables, person_id, operation)).await? {
            Updated::Done(_) => return Ok(Cancelled::Done),
            Updated::Refused(None) => return Ok(Cancelled::NoPerson),
            Updated::Refused(Some(item)) => item,
        };
        if operations::since(&item, operation).is_some() {
            return Ok(Cancelled::Done);
        }
        Ok(match persons::decode(&item)?.purge {
            None => Cancelled::NoPurge,
            Some(_) => Cancelled::Started,
        })
    }
}

impl OwnPurges for DynamoStore {
    async fn set_own_purge(
        &self,
        person: &Person,
        purge: Option<&Purge>,
        owner: Owner,
        operation: OperationId,
    ) -> Result<Changed, StoreError> {
        let write = persons::set_own_purge(&self.tables, person, purge, owner, operation);
        let check = users::check_owner(&self.tables, owner.player_uuid, person.person_id);
        match self.transact(vec![write, check], operation).await? {
            Transacted::Done => Ok(Changed::Done),
            Transacted::Refused(members) => match <[Member; 2]>::try_from(members) {
                Ok([_, Member::Failed(user)]) => why_not_owner(person.person_id, user.as_ref()),
                _ => Ok(Changed::Moved),
            },
        }
    }
}

impl ChangeUserState for DynamoStore {
    async fn change_user_state(
        &self,
        player_uuid: PlayerUuid,
        change: StateChange,
        operation: OperationId,
        now: Timestamp,
    ) -> Result<StateChanged, StoreError> {
        let write = users::change_state(&self.tables, player_uuid, change, operation, now);
        match self.update(write).await? {
            Updated::Done(item) => users::decode(&item).map(StateChanged::Done),
            Updated::Refused(None) => Ok(StateChanged::NoUser),
            Updated::Refused(Some(item)) => {
                let user = users::decode(&item)?;
                Ok(match operations::since(&item, operation) {
                    None => StateChanged::Refused(user),
                    Some(0) => StateChanged::Done(user),
                    // Others have changed it since; this is what it was after this request.
                    Some(later) => StateChanged::Done(PlatformUser {
                        state: change.to(),
                        sequence: user.sequence.saturating_sub(later),
                        changed: now,
                        ..user
                    }),
                })
            }
        }
    }
}

impl LeasePurges for DynamoStore {
    async fn due_purges(
        &self,
        shard: u8,
        until: Second,
        limit: u32,
        after: Option<&DuePurge>,
    ) -> Result<Vec<DuePurge>, StoreError> {
        let items = self.query_due(shard, until, limit, after.map(persons::due_key)).await?;
        items.iter().map(persons::decode_due).collect()
    }

    async fn lease_purge(&self, purge: &DuePurge, due_on: Second) -> Result<(), StoreError> {
        self.update(persons::lease_purge(&self.tables, purge, due_on)).await.map(|_| ())
    }
}

impl PurgePersons for DynamoStore {
    async fn purge(&self, person: &Person, receipt: &Receipt, operation: OperationId) -> Result<Purged, StoreError> {
        let mut writes = vec![persons::purge(&self.tables, person, receipt), receipts::create(&self.tables, receipt)];
        for user in person.users.values() {
            writes.push(users::purge(&self.tables, user.player_uuid, person.person_id));
            writes.push(identities::purge(&self.tables, &user.identity, person.person_id));
        }
        match self.transact(writes, operation).await? {
            Transacted::Done => Ok(Purged::Done),
            Transacted::Refused(members) if matches!(members.first(), Some(Member::Failed(_))) => Ok(Purged::Changed),
            Transacted::Refused(_) => Err(StoreError::Broken("a person and its users disagree".into())),
        }
    }

    async fn postpone(&self, person_id: PersonId, purge: &Purge) -> Result<(), StoreError> {
        self.update(persons::postpone(&self.tables, person_id, purge)).await.map(|_| ())
    }
}

fn unexplained() -> StoreError {
    StoreError::Broken("a condition failed without a reason".into())
}

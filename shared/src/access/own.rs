use super::AccessProblem;
use crate::{
    auth::{OwnUser, TokenProblem},
    identity::{Claim, Owner, Person, PersonId, Platform, PlatformUser, PlayerUuid, UserState},
    store::{Keys, ReadClaims, ReadRecords, ReadUsers, Records},
    validation::Account,
};

/// A user with its account and its claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundUser {
    /// The account.
    pub account: Account,
    /// The claim on the account.
    pub claim: Claim,
}

impl FoundUser {
    /// The user as the owner of its person.
    pub fn owner(&self) -> Owner {
        Owner { platform: self.account.platform, player_uuid: self.claim.player_uuid }
    }

    /// The user as one of its person's users.
    pub fn member(&self) -> (Platform, PlayerUuid) {
        (self.account.platform, self.claim.player_uuid)
    }
}

impl From<&PlatformUser> for FoundUser {
    fn from(user: &PlatformUser) -> Self {
        let PlatformUser { player_uuid, player_id, person_id, .. } = *user;
        Self { account: Account::of(user), claim: Claim { player_uuid, player_id, person_id } }
    }
}

/// Adds the key of the own user's record, unless it is there already: `DynamoDB` refuses a batch
/// that names a key twice.
pub fn want(own: &OwnUser, keys: &mut Keys) {
    match own {
        OwnUser::Player(player_uuid, _) if !keys.users.contains(player_uuid) => keys.users.push(*player_uuid),
        OwnUser::Player(..) => {}
        OwnUser::Account(account) => want_account(account, keys),
    }
}

/// Adds the key of the account's claim, unless it is there already.
pub(super) fn want_account(account: &Account, keys: &mut Keys) {
    if !keys.identities.contains(&account.key) {
        keys.identities.push(account.key.clone());
    }
}

/// The own user among the records that were read for it.
pub fn own_user(own: &OwnUser, records: &Records) -> Result<Option<FoundUser>, TokenProblem> {
    match own {
        OwnUser::Player(player_uuid, _) => of_player(own, records.users.get(player_uuid)),
        OwnUser::Account(account) => Ok(by_account(account, records.claims.get(&account.key).copied())),
    }
}

/// The own user, by itself. Makes one read.
pub(super) async fn read<S: ReadClaims + ReadUsers>(
    store: &S,
    own: &OwnUser,
) -> Result<Option<FoundUser>, AccessProblem> {
    match own {
        OwnUser::Player(player_uuid, _) => Ok(of_player(own, store.user(*player_uuid).await?.as_ref())?),
        OwnUser::Account(account) => Ok(by_account(account, store.claim(&account.key).await?)),
    }
}

fn of_player(own: &OwnUser, user: Option<&PlatformUser>) -> Result<Option<FoundUser>, TokenProblem> {
    user.map_or(Ok(None), |user| Ok(own.is(user)?.then(|| user.into())))
}

/// The user with this account and this claim.
pub(super) fn by_account(account: &Account, claim: Option<Claim>) -> Option<FoundUser> {
    claim.map(|claim| FoundUser { account: account.clone(), claim })
}

/// Whether the caller is this user, and the user is active.
pub fn is_itself(own: &OwnUser, user: &PlatformUser) -> Result<bool, TokenProblem> {
    Ok(own.is(user)? && user.state == UserState::Active)
}

/// Whether this user belongs to the person of the own user, and the own user is active. Makes no
/// read for the own user itself, otherwise one or two.
pub async fn is_of_own_person(
    store: &(impl ReadRecords + ReadUsers),
    own: &OwnUser,
    user: Option<&PlatformUser>,
) -> Result<bool, AccessProblem> {
    let Some(user) = user else { return Ok(false) };
    Ok(is_itself(own, user)? || active_own_person(store, own, user.person_id).await?.is_some())
}

/// The person and the owner, if the own user is one of its users. Makes one read.
pub async fn own_person(
    store: &impl ReadRecords,
    own: &OwnUser,
    person_id: PersonId,
) -> Result<Option<(Person, Owner)>, AccessProblem> {
    let found = read_person(store, own, person_id).await?;
    Ok(found.map(|(person, owner, _)| (person, owner)))
}

/// The person, if the own user is one of its users and is active. Makes two reads, and one for a
/// player: its user is read with the person.
pub async fn active_own_person(
    store: &(impl ReadRecords + ReadUsers),
    own: &OwnUser,
    person_id: PersonId,
) -> Result<Option<Person>, AccessProblem> {
    let Some((person, owner, user)) = read_person(store, own, person_id).await? else { return Ok(None) };
    let user = match user {
        Some(user) => Some(user),
        None => store.user(owner.player_uuid).await?,
    };
    Ok(user.filter(|user| user.proves(person_id)).map(|_| person))
}

/// The person and the owner, and the record of the owner if it was read.
async fn read_person(
    store: &impl ReadRecords,
    own: &OwnUser,
    person_id: PersonId,
) -> Result<Option<(Person, Owner, Option<PlatformUser>)>, AccessProblem> {
    let mut keys = Keys { persons: vec![person_id], ..Keys::default() };
    want(own, &mut keys);
    let mut records = store.records(&keys).await?;
    let user = own_user(own, &records)?;
    let person = records.persons.remove(&person_id);
    Ok(person.zip(user).and_then(|(person, user)| {
        let owner = user.owner();
        let is_of_person = person.has(owner.platform, owner.player_uuid);
        is_of_person.then(|| (person, owner, records.users.remove(&owner.player_uuid)))
    }))
}

//! Finds the account or person that a request targets, and checks that the caller may act on it.
//!
//! The caller's own person is the person to which the token's platform user is linked now
//! (docs/contract/rallyhere.md, "Own person"). A person named in the token is ignored. The write
//! that follows checks the link again, because it may have changed since.

use crate::{
    auth::Caller,
    aws::CallError,
    http::Rights,
    identity::{Claim, Owner, Person, PersonId, PlatformUser, UserState},
    store::{Keys, ReadClaims, ReadRecords, Records},
    validation::Account,
};

/// Whether the caller is this user: the user is active, and the token names its account.
pub fn is_itself(caller: &Caller, user: &PlatformUser) -> bool {
    let account = (user.platform, &user.platform_user_id);
    user.state == UserState::Active && caller.platform_user() == Some(account)
}

/// A platform user, and the user of its person's active player, if there is one.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The user that was looked up.
    pub user: PlatformUser,
    /// The user of the active player. `None` if there is none, or while that user is deactivated
    /// or locked.
    pub active: Option<PlatformUser>,
}

/// The result of looking up a platform user.
#[expect(clippy::large_enum_variant, reason = "one at a time, on its way to the caller")]
#[derive(Debug, Clone)]
pub enum LookedUp {
    /// The user exists.
    Found(Seen),
    /// No user has this account.
    Missing,
    /// The records disagree: a link, an unlink or a purge is in progress.
    Moving,
}

/// Looks up a platform user. Reads the claim, then user and person together, then the user of the
/// active player if that is another.
pub async fn look_up<S: ReadClaims + ReadRecords>(store: &S, account: &Account) -> Result<LookedUp, CallError> {
    let Some(claim) = store.claim(&account.key).await? else { return Ok(LookedUp::Missing) };
    let keys = Keys { persons: vec![claim.person_id], users: vec![claim.player_uuid], ..Keys::default() };
    let Records { mut persons, mut users, .. } = store.records(&keys).await?;
    let Some(person) = persons.remove(&claim.person_id) else { return Ok(LookedUp::Moving) };
    let Some(user) = users.remove(&claim.player_uuid) else { return Ok(LookedUp::Moving) };
    let active = match person.active_player {
        Some(active) if active == user.player_uuid => Some(user.clone()),
        Some(active) => {
            let mut others = store.records(&Keys { users: vec![active], ..Keys::default() }).await?;
            let Some(active) = others.users.remove(&active) else { return Ok(LookedUp::Moving) };
            Some(active)
        }
        None => None,
    };
    let is_of_person = |user: &PlatformUser| user.person_id == person.person_id;
    if !person.has(account.platform, user.player_uuid)
        || !is_of_person(&user)
        || !active.as_ref().is_none_or(is_of_person)
    {
        return Ok(LookedUp::Moving);
    }
    let active = active.filter(|active| person.may_play(active));
    Ok(LookedUp::Found(Seen { user, active }))
}

/// The result of finding an account or a person for a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found<T> {
    /// The account or person exists, and the caller may change it: by permission if there is no
    /// owner, otherwise as this owner.
    Allowed(T, Option<Owner>),
    /// The account or person does not exist, and the caller may know that.
    Missing,
    /// The account or person belongs to somebody else or does not exist. The caller must not learn
    /// which.
    Foreign,
}

impl<T> Found<T> {
    /// The same result, with the found value converted.
    pub fn map<U>(self, about: impl FnOnce(T) -> U) -> Found<U> {
        match self {
            Self::Allowed(found, owner) => Found::Allowed(about(found), owner),
            Self::Missing => Found::Missing,
            Self::Foreign => Found::Foreign,
        }
    }
}

/// Finds an account. Makes one read: of one claim, or of two where the caller's own claim is needed
/// too.
pub async fn find_account(
    store: &impl ReadClaims,
    rights: &Rights,
    account: &Account,
) -> Result<Found<Claim>, CallError> {
    if rights.are_unrestricted() {
        let claim = store.claim(&account.key).await?;
        return Ok(claim.map_or(Found::Missing, |claim| Found::Allowed(claim, None)));
    }
    let Some(own) = rights.own_account() else { return Ok(Found::Foreign) };
    let owner = |claim: &Claim| Some(Owner { platform: own.platform, player_uuid: claim.player_uuid });
    if own == *account {
        let claim = store.claim(&own.key).await?;
        return Ok(claim.map_or(Found::Missing, |claim| Found::Allowed(claim, owner(&claim))));
    }
    Ok(match store.two_claims([&account.key, &own.key]).await? {
        [Some(claim), Some(own)] if claim.person_id == own.person_id => Found::Allowed(claim, owner(&own)),
        _ => Found::Foreign,
    })
}

/// Finds a person. Makes no read if the caller has the permission, and one read otherwise.
pub async fn find_person(
    store: &impl ReadClaims,
    rights: &Rights,
    person_id: PersonId,
) -> Result<Found<PersonId>, CallError> {
    if rights.are_unrestricted() {
        return Ok(Found::Allowed(person_id, None));
    }
    let Some(own) = rights.own_account() else { return Ok(Found::Foreign) };
    Ok(match store.claim(&own.key).await? {
        Some(claim) if claim.person_id == person_id => {
            Found::Allowed(person_id, Some(Owner { platform: own.platform, player_uuid: claim.player_uuid }))
        }
        _ => Found::Foreign,
    })
}

/// The person and the owner, if this account is one of its users. Makes one read.
pub async fn own_person(
    store: &impl ReadRecords,
    account: &Account,
    person_id: PersonId,
) -> Result<Option<(Person, Owner)>, CallError> {
    let keys = Keys { persons: vec![person_id], identities: vec![account.key.clone()], ..Keys::default() };
    let mut records = store.records(&keys).await?;
    let claim = records.claims.get(&account.key).copied();
    let person = records.persons.remove(&person_id);
    Ok(person.zip(claim).and_then(|(person, claim)| {
        let owner = Owner { platform: account.platform, player_uuid: claim.player_uuid };
        person.has(owner.platform, owner.player_uuid).then_some((person, owner))
    }))
}

//! Whom a request means, and what proves the caller's right to it.
//!
//! Own person = the person to which the token's platform user is linked now. What a token says of its person is never
//! asked; the write that follows proves the link again, since it may be gone by then.

use crate::{
    auth::Caller,
    aws::CallError,
    http::Rights,
    identity::{Claim, Owner, Person, PersonId, PlatformUser, UserState},
    store::{Keys, ReadClaims, ReadRecords, Records},
    validation::Account,
};

/// Whether the caller is this user itself: an active user with the account that the token names.
pub fn is_itself(caller: &Caller, user: &PlatformUser) -> bool {
    let account = (user.platform, &user.platform_user_id);
    user.state == UserState::Active && caller.platform_user() == Some(account)
}

/// A platform user, and the user whose player every login of its person yields, if there is one.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The user.
    pub user: PlatformUser,
    /// Whose player its logins yield. `None` while that user may not be used.
    pub active: Option<PlatformUser>,
}

/// What a look for a platform user found.
#[expect(clippy::large_enum_variant, reason = "one at a time, on its way to the caller")]
#[derive(Debug, Clone)]
pub enum LookedUp {
    /// The user.
    Found(Seen),
    /// Nobody holds the account.
    Missing,
    /// The records disagree: a link, unlink or purge is in flight.
    Moving,
}

/// Looks a platform user up: reads the claim, then user and person together, then the active player's user if that is another.
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

/// What a look for somebody's person found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found<T> {
    /// It is there and the caller may change it: by permission, or as this owner.
    Allowed(T, Option<Owner>),
    /// It is not there, and the caller may know.
    Missing,
    /// It is not the caller's, and may be missing: the same answer.
    Foreign,
}

impl<T> Found<T> {
    /// The same finding about something else.
    pub fn map<U>(self, about: impl FnOnce(T) -> U) -> Found<U> {
        match self {
            Self::Allowed(found, owner) => Found::Allowed(about(found), owner),
            Self::Missing => Found::Missing,
            Self::Foreign => Found::Foreign,
        }
    }
}

/// Finds an account: one read, or one read of two claims.
pub async fn find_account(
    store: &impl ReadClaims,
    rights: &Rights,
    account: &Account,
) -> Result<Found<Claim>, CallError> {
    if rights.cover_anybody() {
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

/// Finds a person: no read with permission, one without.
pub async fn find_person(
    store: &impl ReadClaims,
    rights: &Rights,
    person_id: PersonId,
) -> Result<Found<PersonId>, CallError> {
    if rights.cover_anybody() {
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

/// The person, if this account is one of its users: one read.
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

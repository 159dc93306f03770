//! Whom a request means, and what proves the caller's right to it.
//!
//! Own person = the person to which the token's platform user is linked now. What a token says of its person is never
//! asked; the write that follows proves the link again, since it may be gone by then.

use crate::{
    auth::Caller,
    aws::CallError,
    http::Rights,
    identity::{Claim, Owner, Person, PersonId, PlatformUser, UserState},
    store::{Keys, ReadClaims, ReadRecords},
    validation::Account,
};

/// Whether the caller is this user itself: an active user with the account that the token names.
pub fn is_itself(caller: &Caller, user: &PlatformUser) -> bool {
    let account = (user.platform, &user.platform_user_id);
    user.state == UserState::Active && caller.platform_user() == Some(account)
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

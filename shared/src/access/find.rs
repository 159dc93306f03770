use super::{AccessProblem, FoundUser, own};
use crate::{
    auth::{OwnUser, TokenProblem},
    http::Rights,
    identity::{Owner, PersonId},
    store::{Keys, ReadClaims, ReadRecords, ReadUsers, Records},
    validation::Account,
};

/// The user that a request targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetUser {
    /// The user with this account.
    Named(Account),
    /// The caller's own user.
    Own(OwnUser),
}

impl TargetUser {
    /// The named user, else the caller's own. `None` if the request names none and the caller has
    /// none.
    pub fn of(named: Option<Account>, own: Option<OwnUser>) -> Option<Self> {
        match (named, own) {
            (Some(named), Some(own)) if own.has(&named) == Some(true) => Some(Self::Own(own)),
            (Some(named), _) => Some(Self::Named(named)),
            (None, own) => own.map(Self::Own),
        }
    }

    /// Adds the key of the user's record, unless it is there already.
    pub fn want(&self, keys: &mut Keys) {
        match self {
            Self::Named(account) => own::want_account(account, keys),
            Self::Own(own) => own::want(own, keys),
        }
    }

    /// The user among the records that were read for it.
    pub fn found_in(&self, records: &Records) -> Result<Option<FoundUser>, TokenProblem> {
        match self {
            Self::Named(account) => Ok(own::by_account(account, records.claims.get(&account.key).copied())),
            Self::Own(own) => own::own_user(own, records),
        }
    }
}

/// The result of finding a user or a person for a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<T> {
    /// The user or person exists, and the caller may change it: by permission if there is no owner,
    /// otherwise as this owner.
    Allowed(T, Option<Owner>),
    /// The user or person does not exist, and the caller may know that.
    Missing,
    /// The user or person belongs to somebody else or does not exist. The caller must not learn
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

/// Finds a user. Makes one read: of one record, or of two where the own user's is needed too.
pub async fn find_user<S: ReadClaims + ReadUsers + ReadRecords>(
    store: &S,
    rights: &Rights,
    target: &TargetUser,
) -> Result<Found<FoundUser>, AccessProblem> {
    let is_permitted = rights.are_unrestricted();
    let named = match target {
        TargetUser::Own(own) => {
            let user = own::read(store, own).await?;
            let owner = user.as_ref().filter(|_| !is_permitted).map(FoundUser::owner);
            return Ok(user.map_or(Found::Missing, |user| Found::Allowed(user, owner)));
        }
        TargetUser::Named(account) => account,
    };
    if is_permitted {
        let user = own::by_account(named, store.claim(&named.key).await?);
        return Ok(user.map_or(Found::Missing, |user| Found::Allowed(user, None)));
    }
    let Some(own) = rights.own_user() else { return Ok(Found::Foreign) };
    let mut keys = Keys::default();
    target.want(&mut keys);
    own::want(&own, &mut keys);
    let records = store.records(&keys).await?;
    let own = own::own_user(&own, &records)?;
    Ok(match (target.found_in(&records)?, own) {
        (Some(user), Some(own)) if user.claim.person_id == own.claim.person_id => {
            Found::Allowed(user, Some(own.owner()))
        }
        _ => Found::Foreign,
    })
}

/// Finds a person. Makes no read if the caller has the permission, and one read otherwise.
pub async fn find_person<S: ReadClaims + ReadUsers>(
    store: &S,
    rights: &Rights,
    person_id: PersonId,
) -> Result<Found<PersonId>, AccessProblem> {
    if rights.are_unrestricted() {
        return Ok(Found::Allowed(person_id, None));
    }
    let Some(own) = rights.own_user() else { return Ok(Found::Foreign) };
    Ok(match own::read(store, &own).await? {
        Some(own) if own.claim.person_id == person_id => Found::Allowed(person_id, Some(own.owner())),
        _ => Found::Foreign,
    })
}

use crate::{
    aws::CallError,
    identity::PlatformUser,
    store::{Keys, ReadClaims, ReadRecords, Records},
    validation::Account,
};

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

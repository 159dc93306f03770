//! The rules of `repair`, after a restore from a backup: they find contradictions between the
//! tables, and decide how to resolve them.
//!
//! The user decides to which person it belongs; persons and claims are corrected to match. A
//! receipt has precedence: a purged user is deleted again, and no other user is.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
};

use uuid::Uuid;

use super::{Claim, IdentityKey, LinkedUser, Person, PersonId, Platform, PlatformUser, PlayerId, PlayerUuid, Receipt};

/// A contradiction between the tables. It names ids only, no personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// A purged person exists again.
    PurgedPerson(PersonId),
    /// A purged user exists again.
    PurgedUser(PlayerUuid),
    /// A user that was not purged belongs to a purged person.
    UserOfPurgedPerson(PlayerUuid),
    /// A user has no claim, or the claim on its account names another user.
    UserWithoutClaim(PlayerUuid),
    /// The claim of a user names another person or player id.
    ClaimDisagrees(PlayerUuid),
    /// The person of a user does not exist.
    UserWithoutPerson(PlayerUuid, PersonId),
    /// The person of a user does not list it, or lists it with wrong values.
    UserNotListed(PlayerUuid, PersonId),
    /// A person lists a user that does not exist, or belongs to another person.
    StrayEntry(PersonId, PlayerUuid),
    /// The active player of a person belongs to none of its users.
    StrayActivePlayer(PersonId),
    /// A person has no user.
    EmptyPerson(PersonId),
    /// A claim names a user that does not exist, or has another account.
    StrayClaim(PlayerUuid),
    /// The next player id was already given out, or is to be skipped.
    SequenceBehind(u32),
    /// Two users have the same platform account. The operator must decide.
    SameAccount(PlayerUuid, PlayerUuid),
    /// Two users of one person are on the same platform. The operator must decide.
    SamePlatform(PlayerUuid, PlayerUuid),
    /// An item that cannot be read. Holds its id, if that can be read.
    Unreadable(&'static str, Option<Uuid>),
    /// A record changed between the read and the write. Another run repairs it.
    Changed(Uuid),
}

impl Finding {
    /// Every kind, in the order of the report.
    pub const KINDS: [&str; 16] = [
        "purged-person",
        "purged-user",
        "user-of-purged-person",
        "user-without-claim",
        "claim-disagrees",
        "user-without-person",
        "user-not-listed",
        "stray-entry",
        "stray-active-player",
        "empty-person",
        "stray-claim",
        "sequence-behind",
        "same-account",
        "same-platform",
        "unreadable",
        "changed-meanwhile",
    ];

    /// The name of the kind.
    pub const fn kind(&self) -> &'static str {
        let [purged, purged_user, of_purged, no_claim, claim, no_person, unlisted, entry, active, empty, stray, ..] =
            Self::KINDS;
        let [.., sequence, account, platform, unreadable, changed] = Self::KINDS;
        match self {
            Self::PurgedPerson(_) => purged,
            Self::PurgedUser(_) => purged_user,
            Self::UserOfPurgedPerson(_) => of_purged,
            Self::UserWithoutClaim(_) => no_claim,
            Self::ClaimDisagrees(_) => claim,
            Self::UserWithoutPerson(..) => no_person,
            Self::UserNotListed(..) => unlisted,
            Self::StrayEntry(..) => entry,
            Self::StrayActivePlayer(_) => active,
            Self::EmptyPerson(_) => empty,
            Self::StrayClaim(_) => stray,
            Self::SequenceBehind(_) => sequence,
            Self::SameAccount(..) => account,
            Self::SamePlatform(..) => platform,
            Self::Unreadable(..) => unreadable,
            Self::Changed(_) => changed,
        }
    }

    /// Whether the finding stays until the operator decides, or another run checks it again.
    pub const fn needs_somebody(&self) -> bool {
        matches!(self, Self::SameAccount(..) | Self::SamePlatform(..) | Self::Unreadable(..) | Self::Changed(_))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match self {
            Self::PurgedPerson(person) | Self::StrayActivePlayer(person) | Self::EmptyPerson(person) => {
                write!(f, " person_id={person}")
            }
            Self::PurgedUser(user)
            | Self::UserOfPurgedPerson(user)
            | Self::UserWithoutClaim(user)
            | Self::ClaimDisagrees(user)
            | Self::StrayClaim(user) => write!(f, " player_uuid={user}"),
            Self::UserWithoutPerson(user, person)
            | Self::UserNotListed(user, person)
            | Self::StrayEntry(person, user) => write!(f, " person_id={person} player_uuid={user}"),
            Self::SequenceBehind(to) => write!(f, " next={to}"),
            Self::SameAccount(one, other) | Self::SamePlatform(one, other) => {
                write!(f, " player_uuid={one} player_uuid={other}")
            }
            Self::Unreadable(table, Some(id)) => write!(f, " table={table} id={id}"),
            Self::Unreadable(table, None) => write!(f, " table={table}"),
            Self::Changed(id) => write!(f, " id={id}"),
        }
    }
}

/// The records that concern a user, besides the user itself.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The person that the user names.
    pub person: Option<&'a Person>,
    /// The claim on the user's account.
    pub claim: Option<&'a Claim>,
    /// The receipt of that person. It is read only if the person does not exist.
    pub receipt: Option<&'a Receipt>,
    /// The users that the claim and the person's entry name.
    pub others: &'a HashMap<PlayerUuid, PlatformUser>,
}

/// The decision about a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserVerdict {
    /// The user is consistent.
    Whole,
    /// The user was purged, and is deleted.
    Purged,
    /// The user's person was purged, but the user was not: it needs another person.
    NewPerson,
    /// The claim or the person's entry is corrected.
    Correct(UserCorrections),
    /// The operator must decide. Nothing is changed.
    Undecided(Finding),
}

/// The corrections that a user needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserCorrections {
    /// The problem with its claim.
    pub claim: Option<Finding>,
    /// The problem with its entry in its person.
    pub place: Option<Finding>,
}

/// Compares a user with the other tables.
pub fn judge_user(user: &PlatformUser, around: Surroundings<'_>) -> UserVerdict {
    if let Some(receipt) = around.receipt {
        let was_purged = receipt.players.contains(&user.player_uuid);
        return if was_purged { UserVerdict::Purged } else { UserVerdict::NewPerson };
    }
    let other = |named: PlayerUuid| around.others.get(&named).filter(|_| named != user.player_uuid);
    let account = IdentityKey::of(user.platform, &user.platform_user_id);
    let claim = match around.claim {
        None => Some(Finding::UserWithoutClaim(user.player_uuid)),
        Some(claim) if *claim == user.claim() => None,
        Some(claim) if claim.player_uuid == user.player_uuid => Some(Finding::ClaimDisagrees(user.player_uuid)),
        Some(claim) => match other(claim.player_uuid) {
            Some(holder) if is_account_of(&account, holder) => {
                return UserVerdict::Undecided(Finding::SameAccount(user.player_uuid, holder.player_uuid));
            }
            _ => Some(Finding::UserWithoutClaim(user.player_uuid)),
        },
    };
    let place = match around.person.map(|person| person.users.get(&user.platform)) {
        None => Some(Finding::UserWithoutPerson(user.player_uuid, user.person_id)),
        Some(Some(entry)) if *entry == user.entry() => None,
        Some(Some(entry))
            if other(entry.player_uuid).is_some_and(|holder| is_of(holder, user.person_id, user.platform)) =>
        {
            return UserVerdict::Undecided(Finding::SamePlatform(user.player_uuid, entry.player_uuid));
        }
        Some(_) => Some(Finding::UserNotListed(user.player_uuid, user.person_id)),
    };
    if claim.is_none() && place.is_none() {
        UserVerdict::Whole
    } else {
        UserVerdict::Correct(UserCorrections { claim, place })
    }
}

/// The parts that must be removed from a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonCorrections {
    /// The entries to remove, each with the user that it names.
    pub entries: Vec<(Platform, PlayerUuid)>,
    /// Whether the active player is removed, because it belongs to none of the remaining users.
    pub active_player: bool,
    /// Whether no user remains, so that the whole person is deleted.
    pub whole: bool,
}

/// Compares a person with the users that it lists.
#[expect(clippy::implicit_hasher, reason = "they come out of the store like this")]
pub fn judge_person(person: &Person, users: &HashMap<PlayerUuid, PlatformUser>) -> Option<PersonCorrections> {
    lose(person, |platform, entry| {
        !users.get(&entry.player_uuid).is_some_and(|user| is_of(user, person.person_id, platform))
    })
}

/// The parts to remove from a person when the players of this receipt are deleted.
pub fn without_purged(person: &Person, receipt: &Receipt) -> Option<PersonCorrections> {
    lose(person, |_, entry| receipt.players.contains(&entry.player_uuid))
}

fn lose(person: &Person, goes: impl Fn(Platform, &LinkedUser) -> bool) -> Option<PersonCorrections> {
    let (gone, stay): (Vec<_>, Vec<_>) = person.users.iter().partition(|(platform, entry)| goes(**platform, entry));
    let stays: BTreeSet<_> = stay.iter().map(|(_, entry)| entry.player_uuid).collect();
    let active_player = person.active_player.is_some_and(|active| !stays.contains(&active));
    let entries: Vec<_> = gone.into_iter().map(|(platform, entry)| (*platform, entry.player_uuid)).collect();
    let whole = stays.is_empty();
    (whole || active_player || !entries.is_empty()).then_some(PersonCorrections { entries, active_player, whole })
}

/// Whether a claim belongs to no user. A claim on the account of an existing user is corrected with
/// that user instead.
pub fn is_stray(account: &IdentityKey, user: Option<&PlatformUser>) -> bool {
    !user.is_some_and(|user| is_account_of(account, user))
}

/// The next player id to set. `None` if the sequence is already past all known ids, and none are to
/// be skipped.
pub fn next_number(next: Option<u32>, largest: Option<PlayerId>, leave_out: u32) -> Option<u32> {
    let behind_all = PlayerId::MAX + 1;
    let free = largest.map_or(1, |largest| largest.get() + 1).max(next.unwrap_or(1));
    let to = free.saturating_add(leave_out).min(behind_all);
    (to > next.unwrap_or(1)).then_some(to)
}

impl PlatformUser {
    /// The claim that this user should have.
    pub fn claim(&self) -> Claim {
        Claim { player_uuid: self.player_uuid, player_id: self.player_id, person_id: self.person_id }
    }

    /// The entry that this user should have in its person.
    pub fn entry(&self) -> LinkedUser {
        let identity = IdentityKey::of(self.platform, &self.platform_user_id);
        LinkedUser { player_uuid: self.player_uuid, player_id: self.player_id, identity }
    }
}

fn is_of(user: &PlatformUser, person_id: PersonId, platform: Platform) -> bool {
    user.person_id == person_id && user.platform == platform
}

fn is_account_of(account: &IdentityKey, user: &PlatformUser) -> bool {
    IdentityKey::of(user.platform, &user.platform_user_id) == *account
}

#[cfg(test)]
mod tests;

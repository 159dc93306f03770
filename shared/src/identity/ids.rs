use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Platform;

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    )+};
}

uuid_ids! {
    /// A human. The id is random, so it reveals nothing about the accounts.
    PersonId,
    /// The player of one platform user, and the `userId` of the ZITADEL endpoints.
    PlayerUuid,
    /// One purge of one person, from queueing to receipt.
    PurgeId,
    /// One write. The item stores it, so that a retry of a write whose response was lost is
    /// recognised.
    OperationId,
}

/// The deprecated integer id of a player. It is positive and fits 32 bits, because public clients
/// read an `int32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct PlayerId(u32);

impl PlayerId {
    /// The largest id: the largest `int32`.
    pub const MAX: u32 = i32::MAX.unsigned_abs();

    /// `None` for zero and for numbers above [`Self::MAX`].
    pub const fn new(id: u32) -> Option<Self> {
        if id == 0 || id > Self::MAX { None } else { Some(Self(id)) }
    }

    /// The plain number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

macro_rules! personal_texts {
    ($($(#[$doc:meta])* $name:ident: $min:literal..=$max:literal),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The smallest length in characters (Unicode scalar values, not bytes).
            pub const MIN_CHARS: usize = $min;
            /// The largest length in characters (Unicode scalar values, not bytes).
            pub const MAX_CHARS: usize = $max;

            /// `None` if the length is out of bounds.
            pub fn new(text: String) -> Option<Self> {
                let chars = text.chars().count();
                (Self::MIN_CHARS..=Self::MAX_CHARS).contains(&chars).then_some(Self(text))
            }

            /// The text. It is personal data, for the wire and the tables only.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}

personal_texts! {
    /// The account's id on its platform. It is personal data: `Debug` hides it.
    PlatformUserId: 1..=2048,
    /// The name that others see. It is personal data: `Debug` hides it.
    DisplayName: 0..=256,
}

impl DisplayName {
    /// The beginning of a text that is too long. `None` if the text is empty.
    pub fn cut(text: &str) -> Option<Self> {
        Self::new(text.chars().take(Self::MAX_CHARS).collect()).filter(|_| !text.is_empty())
    }
}

/// The key of the unique claim on a platform account:
/// `platform#base64url(sha256(platform_user_id))`.
///
/// The id itself may have 2048 characters, too many for a table key of 2048 bytes. The hash can be
/// reversed by trying all ids, so it counts as personal data: `Debug` hides it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityKey(String);

impl IdentityKey {
    /// The key of this account.
    pub fn of(platform: Platform, platform_user_id: &PlatformUserId) -> Self {
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(platform_user_id.as_str()));
        Self(format!("{platform}#{hash}"))
    }

    /// The key of an account with an empty id. No account has one, so no claim has this key.
    pub fn of_nobody(platform: Platform) -> Self {
        Self(format!("{platform}#"))
    }

    /// A key that was read from a table.
    pub fn from_stored(key: String) -> Self {
        Self(key)
    }

    /// The key as it is in the tables.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_count_characters_not_bytes() {
        assert!(PlatformUserId::new("🎮".repeat(2048)).is_some());
        assert!(PlatformUserId::new("a".repeat(2049)).is_none());
        assert!(PlatformUserId::new(String::new()).is_none());
        assert!(DisplayName::new(String::new()).is_some());
        assert!(DisplayName::new("é".repeat(257)).is_none());
    }

    #[test]
    fn debug_shows_no_personal_data() {
        let id = PlatformUserId::new("76561198000000001".into()).unwrap();
        let key = IdentityKey::of(Platform::Steam, &id);
        let shown = format!("{id:?} {key:?} {:?}", DisplayName::new("Ada".into()).unwrap());
        assert_eq!(shown, "PlatformUserId(…) IdentityKey(…) DisplayName(…)");
    }

    #[test]
    fn an_identity_key_is_the_platform_and_a_hash() {
        let id = PlatformUserId::new("42".into()).unwrap();
        // printf 42 | openssl dgst -sha256 -binary | basenc --base64url
        let key = "Steam#c0dctApWjo2ooEXO0RATfhWfiQrE2og7axfcZRs6gEk";
        assert_eq!(IdentityKey::of(Platform::Steam, &id).as_str(), key);
        assert_eq!(IdentityKey::from_stored(key.into()).as_str(), key);
        assert_eq!(IdentityKey::of_nobody(Platform::Steam).as_str(), "Steam#");
    }

    #[test]
    fn an_identity_key_fits_a_table_key_whatever_the_id() {
        let id = PlatformUserId::new("🎮".repeat(2048)).unwrap();
        assert!(IdentityKey::of(Platform::NintendoSwitch, &id).as_str().len() < 64);
    }

    #[test]
    fn the_same_id_on_two_platforms_is_two_identities() {
        let id = PlatformUserId::new("42".into()).unwrap();
        assert_ne!(IdentityKey::of(Platform::Steam, &id), IdentityKey::of(Platform::Epic, &id));
    }

    #[test]
    fn player_ids_are_positive_and_fit_a_signed_32_bit_integer() {
        assert_eq!(PlayerId::new(0), None);
        assert_eq!(PlayerId::new(PlayerId::MAX).map(PlayerId::get), Some(2_147_483_647));
        assert_eq!(PlayerId::new(PlayerId::MAX + 1), None);
    }
}

//! The domain's types, as they are read from a request.

use super::{FieldProblem, Fields, FromField, Shape, Value, boolean, one_of, text, uuid};
use crate::identity::{DisplayName, IdentityKey, PersonId, Platform, PlatformUser, PlatformUserId, PlayerUuid};

impl FromField for bool {
    const SHAPE: Shape = Shape::Bool;

    fn from_field(value: &Value<'_>) -> Result<Self, FieldProblem> {
        boolean(value)
    }
}

/// Text of at least one character. It has no `Debug`, since it may be a token.
pub struct SomeText(pub String);

impl FromField for SomeText {
    const SHAPE: Shape = Shape::Text { min_chars: 1, max_chars: usize::MAX };

    fn from_field(value: &Value<'_>) -> Result<Self, FieldProblem> {
        text(value, 1, usize::MAX).map(Self)
    }
}

impl FromField for String {
    const SHAPE: Shape = Shape::Text { min_chars: 0, max_chars: usize::MAX };

    fn from_field(value: &Value<'_>) -> Result<Self, FieldProblem> {
        text(value, 0, usize::MAX)
    }
}

impl FromField for Platform {
    const SHAPE: Shape = Shape::OneOf { name: "Platform", values: Self::NAMES };

    fn from_field(value: &Value<'_>) -> Result<Self, FieldProblem> {
        let index = one_of(value, Self::NAMES)?;
        Self::ALL.get(index).copied().ok_or_else(unreadable)
    }
}

impl FromField for PlatformUserId {
    const SHAPE: Shape = Shape::Text { min_chars: Self::MIN_CHARS, max_chars: Self::MAX_CHARS };

    fn from_field(value: &Value<'_>) -> Result<Self, FieldProblem> {
        let text = text(value, Self::MIN_CHARS, Self::MAX_CHARS)?;
        Self::new(text).ok_or_else(unreadable)
    }
}

impl FromField for DisplayName {
    const SHAPE: Shape = Shape::Text { min_chars: Self::MIN_CHARS, max_chars: Self::MAX_CHARS };

    fn from_field(value: &Value<'_>) -> Result<Self, FieldProblem> {
        let text = text(value, Self::MIN_CHARS, Self::MAX_CHARS)?;
        Self::new(text).ok_or_else(unreadable)
    }
}

impl FromField for PersonId {
    const SHAPE: Shape = Shape::Uuid;

    fn from_field(value: &Value<'_>) -> Result<Self, FieldProblem> {
        uuid(value).map(Self)
    }
}

impl FromField for PlayerUuid {
    const SHAPE: Shape = Shape::Uuid;

    fn from_field(value: &Value<'_>) -> Result<Self, FieldProblem> {
        uuid(value).map(Self)
    }
}

/// A platform account in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The platform.
    pub platform: Platform,
    /// The key of the claim on the account.
    pub key: IdentityKey,
}

impl Account {
    /// The account with this id.
    pub fn new(platform: Platform, platform_user_id: &PlatformUserId) -> Self {
        Self { platform, key: IdentityKey::of(platform, platform_user_id) }
    }

    /// The account of this user.
    pub fn of(user: &PlatformUser) -> Self {
        Self::new(user.platform, &user.platform_user_id)
    }

    /// Reads an optional pair of fields. Half a pair counts as absent. An empty id names an account
    /// that does not exist, and never the caller's own.
    pub fn from_optional_fields(
        fields: &mut Fields<'_>,
        platform: &'static str,
        platform_user_id: &'static str,
    ) -> Option<Option<Self>> {
        let platform = fields.optional::<Platform>(platform);
        let id = fields.optional::<PossiblyEmptyId>(platform_user_id);
        Some(platform?.zip(id?).map(|(platform, PossiblyEmptyId(id))| match id {
            Some(id) => Self::new(platform, &id),
            None => Self { platform, key: IdentityKey::of_nobody(platform) },
        }))
    }
}

/// A platform's id in a search. It may be empty; no account has an empty one.
pub struct PossiblyEmptyId(pub Option<PlatformUserId>);

impl FromField for PossiblyEmptyId {
    const SHAPE: Shape = Shape::Text { min_chars: 0, max_chars: PlatformUserId::MAX_CHARS };

    fn from_field(value: &Value<'_>) -> Result<Self, FieldProblem> {
        text(value, 0, PlatformUserId::MAX_CHARS).map(PlatformUserId::new).map(Self)
    }
}

/// The error for a value that was already validated.
fn unreadable() -> FieldProblem {
    FieldProblem::new("value_error", "value is not valid")
}

use crate::{
    identity::Platform,
    validation::{FieldProblem, FromField, Shape, Value, one_of},
};

/// The ways to log in: RallyHere's grant types, and two of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is a grant type of its name")]
pub enum Grant {
    Anon,
    Google,
    Apple,
    Refresh,
    Epic,
    XboxLive,
    Ps4V1,
    Ps4V3,
    Ps5V3,
    NintendoSwitch,
    Steam,
    Basic,
    RallyHere,
    ClientCredentials,
    AndroidDevice,
    IosDevice,
    Discord,
    Twitch,
}

impl Grant {
    /// Every grant type, in the order of the contract.
    pub const ALL: [Self; 18] = [
        Self::Anon,
        Self::Google,
        Self::Apple,
        Self::Refresh,
        Self::Epic,
        Self::XboxLive,
        Self::Ps4V1,
        Self::Ps4V3,
        Self::Ps5V3,
        Self::NintendoSwitch,
        Self::Steam,
        Self::Basic,
        Self::RallyHere,
        Self::ClientCredentials,
        Self::AndroidDevice,
        Self::IosDevice,
        Self::Discord,
        Self::Twitch,
    ];

    /// The names on the wire, in the same order.
    pub const NAMES: &'static [&'static str] = &[
        "anon",
        "google",
        "apple",
        "refresh",
        "epic",
        "xboxlive",
        "ps4_v1",
        "ps4_v3",
        "ps5_v3",
        "nintendo_switch",
        "steam",
        "basic",
        "rallyhere",
        "client_credentials",
        "android_device",
        "ios_device",
        "discord",
        "twitch",
    ];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        let position = Self::ALL.iter().position(|grant| *grant == self);
        position.and_then(|position| Self::NAMES.get(position)).copied().unwrap_or_default()
    }

    /// The grant type with exactly this name.
    pub fn from_name(name: &str) -> Option<Self> {
        let position = Self::NAMES.iter().position(|known| *known == name)?;
        Self::ALL.get(position).copied()
    }

    /// The platform whose accounts log in this way. `None` for a way without accounts of a platform,
    /// and for those that are always disabled.
    pub fn platform(self) -> Option<Platform> {
        match self {
            Self::Anon => Some(Platform::Anon),
            Self::Google => Some(Platform::Google),
            Self::Apple => Some(Platform::Apple),
            Self::Epic => Some(Platform::Epic),
            Self::XboxLive => Some(Platform::XboxLive),
            Self::Ps4V1 | Self::Ps4V3 | Self::Ps5V3 => Some(Platform::Psn),
            Self::NintendoSwitch => Some(Platform::NintendoSwitch),
            Self::Steam => Some(Platform::Steam),
            Self::RallyHere => Some(Platform::RallyHere),
            Self::Discord => Some(Platform::Discord),
            Self::Twitch => Some(Platform::Twitch),
            Self::Refresh | Self::ClientCredentials | Self::Basic | Self::AndroidDevice | Self::IosDevice => None,
        }
    }

    /// Whether an account can be proven for this way to log in.
    pub fn is_provable(self) -> bool {
        self != Self::Anon && self.platform().is_some()
    }
}

impl FromField for Grant {
    const SHAPE: Shape = Shape::OneOf { name: "GrantType", values: Self::NAMES };

    fn from_field(value: &Value<'_>) -> Result<Self, FieldProblem> {
        let index = one_of(value, Self::NAMES)?;
        let wrong = || FieldProblem::new("type_error.enum", "value is not a valid enumeration member");
        Self::ALL.get(index).copied().ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_grants_are_in_the_same_order() {
        for (grant, name) in Grant::ALL.into_iter().zip(Grant::NAMES) {
            assert_eq!((grant.name(), Grant::from_name(name)), (*name, Some(grant)));
            let plain = |text: &str| text.replace('_', "").to_lowercase();
            assert_eq!(plain(&format!("{grant:?}")), plain(name));
        }
        assert_eq!(Grant::from_name("Anon"), None);
    }

    #[test]
    fn an_account_can_be_proven_where_a_platform_stands_behind_the_grant() {
        let provable: Vec<_> = Grant::ALL.into_iter().filter(|grant| grant.is_provable()).map(Grant::name).collect();
        let expected = [
            "google",
            "apple",
            "epic",
            "xboxlive",
            "ps4_v1",
            "ps4_v3",
            "ps5_v3",
            "nintendo_switch",
            "steam",
            "rallyhere",
            "discord",
            "twitch",
        ];
        assert_eq!(provable, expected);
        assert_eq!(Grant::Anon.platform(), Some(Platform::Anon));
        assert_eq!(Grant::Ps4V3.platform(), Some(Platform::Psn));
    }
}

use std::fmt;

macro_rules! platforms {
    ($($name:ident = $text:literal $portal_id:literal),+ $(,)?) => {
        /// A platform that accounts come from.
        ///
        /// The list joins the lists on RallyHere's pages, in their order, each with its portal
        /// number (docs/contract/rallyhere.md, "Platforms").
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Platform { $(#[doc = concat!("`", $text, "` on the wire.")] $name),+ }

        impl Platform {
            /// Every platform, in the order of the contract. A person has at most one user on each.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
            /// The names on the wire, in the order of [`Self::ALL`].
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// The name on the wire and in the tables.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// The number of the platform as a portal.
            pub const fn portal_id(self) -> u8 {
                match self { $(Self::$name => $portal_id),+ }
            }

            /// The platform with exactly this wire name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

platforms! {
    Anon = "Anon" 2,
    Basic = "Basic" 11,
    XboxLive = "XboxLive" 10,
    Psn = "PSN" 9,
    NintendoNaid = "NintendoNAID" 26,
    NintendoSwitch = "NintendoSwitch" 22,
    NintendoPpid = "NintendoPPID" 33,
    Google = "Google" 13,
    GooglePlay = "GooglePlay" 32,
    Apple = "Apple" 24,
    Epic = "Epic" 28,
    Steam = "Steam" 5,
    Amazon = "Amazon" 4,
    Twitch = "Twitch" 16,
    RallyHere = "RallyHere" 14,
    LegacyName = "LegacyName" 27,
    AndroidDevice = "AndroidDevice" 34,
    IosDevice = "iosDevice" 35,
    Discord = "Discord" 25,
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for Platform {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Platform;

    #[test]
    fn every_wire_name_leads_back_to_its_platform() {
        for platform in Platform::ALL {
            assert_eq!(Platform::from_name(platform.as_str()), Some(*platform));
        }
        assert_eq!(Platform::ALL.len(), 19);
        assert_eq!(Platform::from_name("steam"), None);
    }

    #[test]
    fn every_platform_is_a_portal_of_its_own() {
        let numbers: BTreeSet<_> = Platform::ALL.iter().map(|platform| platform.portal_id()).collect();
        assert_eq!(numbers.len(), Platform::ALL.len());
    }
}

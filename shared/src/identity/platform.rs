use std::fmt;

macro_rules! platforms {
    ($($name:ident = $text:literal),+ $(,)?) => {
        /// A platform that accounts come from.
        ///
        /// The union of the lists of all seed pages, in their order (reference/rallyhere.md, "Platforms").
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Platform { $(#[doc = concat!("`", $text, "` on the wire.")] $name),+ }

        impl Platform {
            /// Every platform, in wire order. A person has at most one user on each.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
            /// The wire names, in the order of [`Self::ALL`].
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// The name on the wire and in the tables.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// The platform with exactly this wire name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

platforms! {
    Anon = "Anon",
    Basic = "Basic",
    XboxLive = "XboxLive",
    Psn = "PSN",
    NintendoNaid = "NintendoNAID",
    NintendoSwitch = "NintendoSwitch",
    NintendoPpid = "NintendoPPID",
    Google = "Google",
    GooglePlay = "GooglePlay",
    Apple = "Apple",
    Epic = "Epic",
    Steam = "Steam",
    Amazon = "Amazon",
    Twitch = "Twitch",
    RallyHere = "RallyHere",
    LegacyName = "LegacyName",
    AndroidDevice = "AndroidDevice",
    IosDevice = "iosDevice",
    Discord = "Discord",
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
    use super::Platform;

    #[test]
    fn every_wire_name_leads_back_to_its_platform() {
        for platform in Platform::ALL {
            assert_eq!(Platform::from_name(platform.as_str()), Some(*platform));
        }
        assert_eq!(Platform::ALL.len(), 19);
        assert_eq!(Platform::from_name("steam"), None);
    }
}

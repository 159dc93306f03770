//! The kinds of signed proofs.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::{keys::Key, site::Response};

/// The user of a good proof. Nintendo's ids have exactly this form.
pub const USER: &str = "00a1b2c3d4e5f607";

/// The game of a good proof of Nintendo.
pub const GAME: &str = "0100ABCD00010000";

/// A kind of signed proofs, with the codes of its refusals (docs/contract/rallyhere.md, "Refusals
/// of a login").
#[derive(Debug)]
pub struct Kind {
    /// A name of its own.
    pub name: &'static str,
    /// The grant that takes it.
    pub grant: &'static str,
    /// Its issuer.
    pub iss: &'static str,
    /// The configured audiences.
    pub audiences: &'static [&'static str],
    /// The claim with the user's id.
    pub user_id: &'static str,
    /// The claim with a name that the platform vouches for. Empty if it has none.
    pub display_name: &'static str,
    /// The code of a proof that is not valid.
    pub invalid: &'static str,
    /// The code of a proof whose key the platform does not publish.
    pub unknown_key: &'static str,
    /// The code of an empty proof.
    pub empty: &'static str,
    kid: &'static str,
}

const OF_GOOGLE: Kind = Kind {
    name: "google",
    grant: "google",
    iss: "https://accounts.google.com",
    audiences: &["1-web.apps.googleusercontent.com", "1-console.apps.googleusercontent.com"],
    user_id: "sub",
    display_name: "name",
    invalid: "google_token_not_valid",
    unknown_key: "google_token_not_valid",
    empty: "google_token_empty",
    kid: "google-1",
};

const OF_EPIC: Kind = Kind {
    name: "epic",
    grant: "epic",
    iss: "https://api.epicgames.dev/epic/oauth/v2",
    audiences: &["xyza7891game", "xyza7891editor"],
    display_name: "dn",
    invalid: "epic_v2_token_invalid",
    unknown_key: "epic_v2_token_invalid",
    empty: "epic_token_empty",
    kid: "epic-2",
    ..OF_GOOGLE
};

const OF_NINTENDO: Kind = Kind {
    name: "nintendo_switch",
    grant: "nintendo_switch",
    iss: "https://e0d67c509fb203858ebcb2fe3f88c2aa.baas.nintendo.com",
    audiences: &["ed9e2f05d286f7b8"],
    display_name: "",
    invalid: "nintendo_service_access_token_not_valid",
    unknown_key: "nintendo_service_access_token_not_valid",
    empty: "nintendo_token_empty",
    kid: "nsa-1",
    ..OF_GOOGLE
};

/// Google.
pub static GOOGLE: Kind = OF_GOOGLE;
/// Apple, which has a code of its own for an unknown key.
pub static APPLE: Kind = Kind {
    name: "apple",
    grant: "apple",
    iss: "https://appleid.apple.com",
    audiences: &["test.studio.game", "test.studio.web"],
    display_name: "",
    invalid: "apple_token_not_valid",
    unknown_key: "apple_token_key_not_valid",
    empty: "apple_token_empty",
    kid: "apple-1",
    ..OF_GOOGLE
};
/// Epic Account Services, second version.
pub static EPIC: Kind = OF_EPIC;
/// Epic Account Services, first version.
pub static EPIC_V1: Kind = Kind {
    name: "epic v1",
    iss: "https://api.epicgames.dev/epic/oauth/v1",
    invalid: "epic_v1_token_invalid",
    unknown_key: "epic_v1_token_key_id_invalid",
    kid: "epic-1",
    ..OF_EPIC
};
/// EOS Connect.
pub static EPIC_CONNECT: Kind =
    Kind { name: "epic connect", iss: "https://api.epicgames.dev/auth/v1/oauth", kid: "connect-1", ..OF_EPIC };
/// Nintendo's service account of a game.
pub static NINTENDO: Kind = OF_NINTENDO;
/// The Nintendo Account of the player, which is sent as the parent of [`NINTENDO`].
pub static NINTENDO_ACCOUNT: Kind = Kind {
    name: "nintendo account",
    iss: "https://accounts.nintendo.com",
    audiences: &["abcdef0123456789", "fedcba9876543210"],
    invalid: "nintendo_access_token_not_valid",
    unknown_key: "nintendo_access_token_not_valid",
    empty: "",
    kid: "naid-1",
    ..OF_NINTENDO
};
/// Discord.
pub static DISCORD: Kind = Kind {
    name: "discord",
    grant: "discord",
    iss: "https://discord.com",
    audiences: &["180000000000000001", "180000000000000002"],
    display_name: "",
    invalid: "discord_token_invalid",
    unknown_key: "discord_token_invalid",
    empty: "discord_token_empty",
    kid: "discord-1",
    ..OF_GOOGLE
};
/// Twitch.
pub static TWITCH: Kind = Kind {
    name: "twitch",
    grant: "twitch",
    iss: "https://id.twitch.tv/oauth2",
    audiences: &["twitchgame0001", "twitchgame0002"],
    display_name: "preferred_username",
    invalid: "twitch_token_invalid",
    unknown_key: "twitch_token_invalid",
    empty: "twitch_token_empty",
    kid: "twitch-1",
    ..OF_GOOGLE
};
/// An issuer that a studio runs, with keys on P-256.
pub static CUSTOM: Kind = Kind {
    name: "custom",
    grant: "xboxlive",
    iss: "https://id.studio.test",
    audiences: &["studio-game", "studio-launcher"],
    user_id: "account",
    display_name: "gamertag",
    invalid: "xbox_xsts_token_invalid",
    unknown_key: "xbox_xsts_token_invalid",
    empty: "xbox_xsts_token_empty",
    kid: "studio-1",
};

/// Every kind.
pub static KINDS: [&Kind; 10] =
    [&GOOGLE, &APPLE, &EPIC, &EPIC_V1, &EPIC_CONNECT, &NINTENDO, &NINTENDO_ACCOUNT, &DISCORD, &TWITCH, &CUSTOM];

impl Kind {
    /// The key that the platform publishes.
    pub fn key(&self) -> Key {
        if self.is_custom() { ec().named(self.kid) } else { rsa().named(self.kid) }
    }

    /// The name of that key.
    pub fn kid(&self) -> &'static str {
        self.kid
    }

    /// A key of the same kind that the platform does not publish.
    pub fn another_key(&self, kid: &str) -> Key {
        if self.is_custom() { Key::es256(kid) } else { another_rsa().named(kid) }
    }

    /// Whether this is [`CUSTOM`].
    pub fn is_custom(&self) -> bool {
        self.name == CUSTOM.name
    }

    /// Whether this is [`EPIC`] in any version, or [`EPIC_CONNECT`].
    pub fn is_of_epic(&self) -> bool {
        self.grant == EPIC.grant
    }

    /// Whether this is [`NINTENDO`] or [`NINTENDO_ACCOUNT`].
    pub fn is_of_nintendo(&self) -> bool {
        self.grant == NINTENDO.grant
    }

    /// Whether its proofs go along with another one, as the parent's.
    pub fn is_parent(&self) -> bool {
        self.name == NINTENDO_ACCOUNT.name
    }

    /// The claims of a good proof for this user.
    pub fn claims(&self, user: &str, now: i64) -> Value {
        let mut claims = json!({ "iss": self.iss, "aud": self.audiences[0], "iat": now, "exp": now + 3600 });
        claims[self.user_id] = json!(user);
        if self.is_of_nintendo() {
            claims["typ"] = json!("id_token");
        }
        if self.name == NINTENDO.name {
            // In lower case, unlike in the settings.
            claims["nintendo"] = json!({ "ai": GAME.to_lowercase(), "av": "0001", "at": now, "edi": {} });
        }
        claims
    }

    /// A good proof for this user.
    pub fn proof(&self, user: &str, now: i64) -> String {
        self.changed(user, now, json!({}))
    }

    /// A proof with these changes of its claims. `null` removes a claim.
    pub fn changed(&self, user: &str, now: i64, changes: Value) -> String {
        self.signed(json!({}), with(self.claims(user, now), changes))
    }

    /// A proof with these claims, and with these changes of its header.
    pub fn signed(&self, header: Value, claims: Value) -> String {
        self.signed_by(&self.key(), header, claims)
    }

    /// The same, signed by another key. The header names that key and its algorithm.
    pub fn signed_by(&self, key: &Key, header: Value, claims: Value) -> String {
        let header = with(key.header(), header);
        key.sign(header.to_string().as_bytes(), claims.to_string().as_bytes())
    }

    /// The usual answer to a request for the keys. A key of another kind, which signs no proof, is
    /// among them.
    pub fn key_set(&self) -> Response {
        let other = if self.is_custom() { rsa().named("other") } else { ec().named("other") };
        Response::of(&json!({ "keys": [other.jwk(), self.key().jwk()] }))
    }
}

/// The RSA key of all platforms, which each names differently.
pub fn rsa() -> &'static Key {
    static KEY: LazyLock<Key> = LazyLock::new(|| Key::rs256("rsa"));
    &KEY
}

/// An RSA key that no platform publishes until a test says so.
pub fn another_rsa() -> &'static Key {
    static KEY: LazyLock<Key> = LazyLock::new(|| Key::rs256("another rsa"));
    &KEY
}

/// The key of [`CUSTOM`], on P-256.
pub fn ec() -> &'static Key {
    static KEY: LazyLock<Key> = LazyLock::new(|| Key::es256("ec"));
    &KEY
}

/// Adds or replaces members. `null` removes one.
fn with(mut object: Value, changes: Value) -> Value {
    let (Value::Object(members), Value::Object(changes)) = (&mut object, changes) else { panic!("two objects") };
    members.extend(changes);
    members.retain(|_, value| !value.is_null());
    object
}

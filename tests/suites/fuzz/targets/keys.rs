//! The keys that sign the targets' tokens. Nothing else trusts them, and no private key is in a
//! file.

use std::sync::LazyLock;

use serde_json::{Value, json};
use shared::identity::Timestamp;
use tests::keys::Key;

/// The time of every target.
pub const NOW: Timestamp = Timestamp::from_millis(NOW_SECONDS * 1000);
/// The same time in seconds since the Unix epoch.
pub const NOW_SECONDS: i64 = 1_795_335_907;
/// The `aud` of valid tokens.
pub const AUDIENCE: &str = "roster";

/// One key of each algorithm. The algorithm is its name. The first key is the same in every run,
/// the others are random.
pub static ALL: LazyLock<[Key; 4]> =
    LazyLock::new(|| [Key::of_seed("EdDSA", [7; 32]), Key::es256("ES256"), Key::es384("ES384"), Key::rs256("RS256")]);

/// The key that is the same in every run.
pub fn fixed() -> &'static Key {
    &ALL[0]
}

/// The public keys as a JSON Web Key Set.
pub fn jwks() -> Value {
    json!({ "keys": ALL.iter().map(Key::jwk).collect::<Vec<_>>() })
}

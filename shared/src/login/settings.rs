//! The settings document of login, which the secret `LOGIN_SECRET` holds (docs/settings.md).

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Client, Clients, Grant, Platforms, RefreshKey, RefreshTokens};
use crate::{
    config::{Object, SettingsProblem},
    identity::{ClientId, RefreshMode, SessionPolicy},
    json::Texts,
};

const DAY: Duration = Duration::from_hours(24);

/// The limits of an access token's lifetime.
const LIFETIME: std::ops::RangeInclusive<Duration> = Duration::from_mins(5)..=Duration::from_hours(6);

/// The largest number of permissions of a token.
const MAX_COUNT: usize = 128;

/// The largest length of all permissions of a token, in characters.
const MAX_PERMISSIONS: usize = 2048;

/// The largest number of clients.
const MAX_CLIENTS: usize = 64;

/// The settings of login that only functions of login may read. `Debug` shows no secret.
#[derive(Debug)]
pub struct LoginSettings {
    /// The lifetime of an access token.
    pub access_token_lifetime: Duration,
    /// The rules of sessions.
    pub sessions: SessionPolicy,
    /// Makes and reads refresh tokens.
    pub refresh_tokens: RefreshTokens,
    /// The permissions of players.
    pub player_permissions: Vec<String>,
    /// The clients.
    pub clients: Clients,
    /// Whether anybody may log in by an id alone.
    pub anon: bool,
    /// The platforms whose accounts may log in.
    pub platforms: Platforms,
}

impl LoginSettings {
    /// Parses the document. An error names the member and never its value.
    pub fn from_json(json: &str) -> Result<Self, SettingsProblem> {
        let document = Object::document(json)?;
        document.knows(&[
            "access_token_lifetime",
            "refresh",
            "single_session",
            "player_permissions",
            "clients",
            "platforms",
        ])?;
        let usual = || PLAYER_PERMISSIONS.map(str::to_owned).into();
        let (sessions, refresh_tokens) = refresh(&document)?;
        let (anon, platforms) = platforms(&document)?;
        Ok(Self {
            access_token_lifetime: document
                .duration("access_token_lifetime", LIFETIME, "a duration such as 1h, from 5m to 6h")?
                .unwrap_or(Duration::from_hours(1)),
            sessions,
            refresh_tokens,
            player_permissions: permissions(&document, "player_permissions")?.unwrap_or_else(usual),
            clients: clients(&document)?,
            anon,
            platforms,
        })
    }
}

/// The permissions of players by default.
const PLAYER_PERMISSIONS: [&str; 3] = ["purge:person:self", "user:restriction:read:self", "user:audit:self"];

fn refresh(document: &Object<'_>) -> Result<(SessionPolicy, RefreshTokens), SettingsProblem> {
    let Some(refresh) = document.object("refresh")? else {
        return Err(document.wrong("refresh", "an object with the member keys"));
    };
    refresh.knows(&["mode", "idle", "absolute", "lost_answer", "keys"])?;
    let days = |name, usual, expected| {
        Ok(refresh.duration(name, Duration::from_mins(5)..=365 * DAY, expected)?.unwrap_or(usual))
    };
    let policy = SessionPolicy {
        mode: match refresh.optional::<String>("mode", MODES)?.as_deref() {
            None | Some("rotate") => RefreshMode::Rotate,
            Some("stable") => RefreshMode::Stable,
            Some(_) => return Err(refresh.wrong("mode", MODES)),
        },
        idle: days("idle", 30 * DAY, "a duration such as 30d, from 5m to 365d")?,
        absolute: days("absolute", 90 * DAY, "a duration such as 90d, from 5m to 365d")?,
        lost_answer: refresh
            .duration("lost_answer", Duration::ZERO..=Duration::from_hours(1), "a duration such as 5m, at most 1h")?
            .unwrap_or(Duration::from_mins(5)),
        single: document.optional("single_session", "true or false")?.unwrap_or(false),
    };
    if policy.idle > policy.absolute {
        return Err(refresh.wrong("idle", "no longer than absolute"));
    }
    Ok((policy, keys(&refresh)?))
}

const MODES: &str = "rotate or stable";

fn keys(refresh: &Object<'_>) -> Result<RefreshTokens, SettingsProblem> {
    const EXPECTED: &str = "one or two objects with id and secret, the first of which signs";
    let keys = refresh.objects("keys", EXPECTED)?.filter(|keys| keys.len() <= 2);
    let mut keys = keys.ok_or_else(|| refresh.wrong("keys", EXPECTED))?.into_iter();
    let signing = key(&keys.next().ok_or_else(|| refresh.wrong("keys", EXPECTED))?)?;
    let other = keys.next().map(|other| key(&other)).transpose()?;
    RefreshTokens::new(signing, other).ok_or_else(|| refresh.wrong("keys", "two keys with different ids"))
}

fn key(object: &Object<'_>) -> Result<RefreshKey, SettingsProblem> {
    object.knows(&["id", "secret"])?;
    let id = object.required("id", "a whole number from 0 to 255")?;
    let secret = STANDARD.decode(object.text("secret", SECRET)?).ok();
    secret.and_then(|secret| RefreshKey::new(id, &secret)).ok_or_else(|| object.wrong("secret", SECRET))
}

const SECRET: &str = "base64 of at least 32 random bytes";

fn clients(document: &Object<'_>) -> Result<Clients, SettingsProblem> {
    const EXPECTED: &str = "a list of 1 to 64 clients";
    let clients = document.objects("clients", EXPECTED)?.filter(|clients| (1..=MAX_CLIENTS).contains(&clients.len()));
    let clients = clients.ok_or_else(|| document.wrong("clients", EXPECTED))?;
    let mut read: Vec<Client> = Vec::new();
    for object in &clients {
        let client = client(object)?;
        if read.iter().any(|earlier| earlier.client_id == client.client_id) {
            return Err(object.wrong("client_id", "an id that no earlier client has"));
        }
        read.push(client);
    }
    Ok(Clients(read))
}

fn client(object: &Object<'_>) -> Result<Client, SettingsProblem> {
    const ID: &str = "1 to 64 visible ASCII characters without a colon";
    const SECRETS: &str = "the SHA-256 of the secret in 64 hex digits, or a list of two such texts";
    object.knows(&["client_id", "secret_sha256", "grants", "permissions", "create"])?;
    let client_id = ClientId::new(object.text("client_id", ID)?).ok_or_else(|| object.wrong("client_id", ID))?;
    let secrets = object.required::<Texts>("secret_sha256", SECRETS)?.into_vec();
    let secrets: Option<Vec<_>> = secrets.iter().map(|hex| sha256(hex)).collect();
    let secrets = secrets.filter(|secrets| (1..=2).contains(&secrets.len()));
    let names = format!("a list with some of {}", Grant::NAMES.join(", "));
    let grants = object.required::<Vec<String>>("grants", &names)?;
    let grants: Option<Vec<_>> = grants.iter().map(|name| Grant::from_name(name)).collect();
    Ok(Client {
        client_id,
        secrets: secrets.ok_or_else(|| object.wrong("secret_sha256", SECRETS))?,
        grants: grants.ok_or_else(|| object.wrong("grants", &names))?,
        permissions: permissions(object, "permissions")?.unwrap_or_default(),
        create: object.optional("create", "true or false")?.unwrap_or(true),
    })
}

fn permissions(object: &Object<'_>, name: &str) -> Result<Option<Vec<String>>, SettingsProblem> {
    const EXPECTED: &str = "a list of at most 128 permissions without blanks, of 2048 characters in all";
    let permissions = object.optional::<Vec<String>>(name, EXPECTED)?;
    let is_good =
        |permission: &String| !permission.is_empty() && permission.bytes().all(|byte| byte.is_ascii_graphic());
    let count = permissions.as_ref().map_or(0, Vec::len);
    let length: usize = permissions.iter().flatten().map(String::len).sum();
    // A token with more would be longer than 8 KiB, and every function would refuse it.
    if !permissions.iter().flatten().all(is_good) || count > MAX_COUNT || length > MAX_PERMISSIONS {
        return Err(object.wrong(name, EXPECTED));
    }
    Ok(permissions)
}

/// Whether `anon` is listed, and the platforms.
fn platforms(document: &Object<'_>) -> Result<(bool, Platforms), SettingsProblem> {
    let Some(platforms) = document.object("platforms")? else { return Ok((false, Platforms::default())) };
    let anon = platforms.object("anon")?;
    anon.as_ref().map_or(Ok(()), |anon| anon.knows(&[]))?;
    Ok((anon.is_some(), Platforms::parse(&platforms)?))
}

/// 32 bytes in hex.
fn sha256(hex: &str) -> Option<[u8; 32]> {
    if hex.len() != 64 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn document() -> Value {
        json!({
            "refresh": { "keys": [{ "id": 1, "secret": STANDARD.encode([7; 32]) }] },
            "clients": [{ "client_id": "game", "secret_sha256": "ab".repeat(32), "grants": ["anon", "refresh"] }],
        })
    }

    /// The document with the member at this place replaced.
    fn with(place: &str, value: Value) -> String {
        let mut document = document();
        let (parent, name) = place.rsplit_once('/').unwrap();
        document.pointer_mut(parent).unwrap()[name] = value;
        document.to_string()
    }

    fn refusal(place: &str, value: Value) -> String {
        LoginSettings::from_json(&with(place, value)).unwrap_err().to_string()
    }

    #[test]
    fn the_smallest_document_has_the_documented_defaults() {
        let settings = LoginSettings::from_json(&document().to_string()).unwrap();
        assert_eq!(settings.access_token_lifetime, Duration::from_hours(1));
        let usual = SessionPolicy {
            mode: RefreshMode::Rotate,
            idle: 30 * DAY,
            absolute: 90 * DAY,
            lost_answer: Duration::from_mins(5),
            single: false,
        };
        assert_eq!((settings.sessions, settings.anon), (usual, false));
        assert_eq!(settings.player_permissions, PLAYER_PERMISSIONS);
        let client = settings.clients.find("game").unwrap();
        assert_eq!((client.create, client.permissions.len(), client.secrets.len()), (true, 0, 1));
        assert_eq!(client.grants, [Grant::Anon, Grant::Refresh]);
    }

    #[test]
    fn everything_can_be_said() {
        let json = json!({
            "access_token_lifetime": "5m", "single_session": true, "player_permissions": [], "platforms": { "anon": {} },
            "refresh": { "mode": "stable", "idle": "1d", "absolute": "2d", "lost_answer": "0s", "keys": [
                { "id": 0, "secret": STANDARD.encode([7; 32]) }, { "id": 255, "secret": STANDARD.encode([8; 64]) },
            ] },
            "clients": [{
                "client_id": "game", "secret_sha256": ["AB".repeat(32), "cd".repeat(32)], "grants": Grant::NAMES,
                "permissions": ["token:introspect"], "create": false,
            }],
        });
        let settings = LoginSettings::from_json(&json.to_string()).unwrap();
        assert!(settings.sessions.single && settings.anon && settings.sessions.mode == RefreshMode::Stable);
        let client = settings.clients.find("game").unwrap();
        assert!(!client.create && client.grants == Grant::ALL && client.secrets[0] == [0xAB; 32]);
    }

    #[test]
    fn a_refusal_names_the_member_and_not_its_value() {
        let lifetime = "a duration such as 1h, from 5m to 6h";
        let cases = [
            ("/access_token_lifetime", json!("4m"), format!("access_token_lifetime: {lifetime}")),
            ("/access_token_lifetime", json!(3600), format!("access_token_lifetime: {lifetime}")),
            ("/single_session", json!("yes"), "single_session: true or false".into()),
            (
                "/player_permissions",
                json!([""]),
                "player_permissions: a list of at most 128 permissions without blanks, of 2048 characters in all"
                    .into(),
            ),
            ("/refresh", Value::Null, "refresh: a JSON object with distinct names".into()),
            ("/refresh/mode", json!("turn"), "refresh.mode: rotate or stable".into()),
            ("/refresh/idle", json!("91d"), "refresh.idle: no longer than absolute".into()),
            ("/refresh/absolute", json!("366d"), "refresh.absolute: a duration such as 90d, from 5m to 365d".into()),
            ("/refresh/lost_answer", json!("2h"), "refresh.lost_answer: a duration such as 5m, at most 1h".into()),
            (
                "/refresh/keys",
                json!([]),
                "refresh.keys: one or two objects with id and secret, the first of which signs".into(),
            ),
            (
                "/refresh/keys/0/secret",
                json!("c2hvcnQ="),
                "refresh.keys[0].secret: base64 of at least 32 random bytes".into(),
            ),
            ("/refresh/keys/0/id", json!(256), "refresh.keys[0].id: a whole number from 0 to 255".into()),
            ("/clients", json!([]), "clients: a list of 1 to 64 clients".into()),
            (
                "/clients/0/client_id",
                json!("a:b"),
                "clients[0].client_id: 1 to 64 visible ASCII characters without a colon".into(),
            ),
            (
                "/clients/0/secret_sha256",
                json!("secret"),
                "clients[0].secret_sha256: the SHA-256 of the secret in 64 hex digits, or a list of two such texts"
                    .into(),
            ),
            (
                "/clients/0/grants",
                json!(["oauth"]),
                format!("clients[0].grants: a list with some of {}", Grant::NAMES.join(", ")),
            ),
            ("/clients/0/create", json!(1), "clients[0].create: true or false".into()),
            (
                "/platforms",
                json!({ "steamy": {} }),
                "platforms: an unknown member; known are anon, google, apple, epic, nintendo_switch, steam, oidc, \
                 http"
                    .into(),
            ),
            (
                "/secrets",
                json!({}),
                "an unknown member; known are access_token_lifetime, refresh, single_session, player_permissions, \
                 clients, platforms"
                    .into(),
            ),
        ];
        for (place, value, expected) in cases {
            assert_eq!(refusal(place, value), expected);
        }
    }

    #[test]
    fn what_is_no_document_is_refused_with_the_place_where_it_is_no_json() {
        for json in ["[]", "1", r#"{"clients":[],"clients":[]}"#] {
            assert_eq!(LoginSettings::from_json(json).unwrap_err().to_string(), "a JSON object with distinct names");
        }
        for (json, line, column) in [("", 1, 0), ("{", 1, 1), ("{\n \"a\": 1,\n}", 3, 1), ("\u{feff}{}", 1, 1)] {
            let refused = LoginSettings::from_json(json).unwrap_err().to_string();
            let expected = format!("a JSON object with distinct names; line {line}, column {column} is not JSON");
            assert_eq!(refused, expected);
        }
    }

    #[test]
    fn ids_of_clients_and_keys_are_distinct() {
        let client = document()["clients"][0].clone();
        let twice = refusal("/clients", json!([client, client]));
        assert_eq!(twice, "clients[1].client_id: an id that no earlier client has");
        let key = document()["refresh"]["keys"][0].clone();
        assert_eq!(refusal("/refresh/keys", json!([key, key])), "refresh.keys: two keys with different ids");
    }

    #[test]
    fn no_debug_output_shows_a_secret() {
        let settings = LoginSettings::from_json(&document().to_string()).unwrap();
        let shown = format!("{settings:?}");
        assert!(shown.contains("refresh_tokens: RefreshTokens(…)"), "{shown}");
        assert!(shown.contains("Clients([Client(game)])"), "{shown}");
    }
}

//! The member `platforms` of the settings of login (docs/settings.md, "Platforms").

use std::{collections::BTreeSet, time::Duration};

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    Grant, Platforms, Source,
    epic::{self, Epic},
    nintendo::{self, Nintendo, is_hex16},
    signed::Signed,
    steam::Steam,
    verifier::Verifier,
};
use crate::{
    auth::{Algorithm, ClaimPath, IdTokenKeys},
    config::{Object, SettingsProblem},
    connections::Outside,
    json::Texts,
};

/// The time after which an unused connection to a platform is closed.
const IDLE: Duration = Duration::from_mins(1);
/// The largest number of texts in a list.
const MAX_COUNT: usize = 16;

const GOOGLE_KEYS: &str = "https://www.googleapis.com/oauth2/v3/certs";
const GOOGLE_ISSUERS: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];
const APPLE_KEYS: &str = "https://appleid.apple.com/auth/keys";
const APPLE_ISSUERS: [&str; 2] = ["https://appleid.apple.com", "https://account.apple.com"];
const EPIC_KEYS: &str = "https://api.epicgames.dev/epic/oauth/v2/.well-known/jwks.json";
const EPIC_OLD_KEYS: &str = "https://api.epicgames.dev/epic/oauth/v1/.well-known/jwks.json";
const EPIC_CONNECT_KEYS: &str = "https://api.epicgames.dev/auth/v1/oauth/jwks";
const NINTENDO: &str = "https://e0d67c509fb203858ebcb2fe3f88c2aa.baas.nintendo.com";
const NINTENDO_ACCOUNTS: &str = "https://accounts.nintendo.com";
const RELEASED: &str = "lp1";
const STEAM: &str = "https://partner.steam-api.com/ISteamUserAuth/AuthenticateUserTicket/v1/";
const DISCORD: (&str, &str) = ("https://discord.com", "https://discord.com/api/oauth2/keys");
const TWITCH: (&str, &str) = ("https://id.twitch.tv/oauth2", "https://id.twitch.tv/oauth2/keys");

/// Claims of every token, which name no account (RFC 7519 section 4.1).
const OTHER_CLAIMS: [&str; 7] = ["iss", "aud", "exp", "iat", "nbf", "azp", "jti"];

/// The members that name one grant each, besides `anon`.
const NAMED: [(&str, Grant, Parse); 5] = [
    ("google", Grant::Google, google),
    ("apple", Grant::Apple, apple),
    ("epic", Grant::Epic, epic),
    ("nintendo_switch", Grant::NintendoSwitch, nintendo),
    ("steam", Grant::Steam, steam),
];

type Parse = fn(&Object<'_>) -> Result<Source, SettingsProblem>;

impl Platforms {
    /// The platforms of this member. `anon` is for others to read.
    pub(in crate::login) fn parse(platforms: &Object<'_>) -> Result<Self, SettingsProblem> {
        platforms.knows(&["anon", "google", "apple", "epic", "nintendo_switch", "steam", "oidc", "http"])?;
        let mut on = Self::default();
        for (name, grant, parse) in NAMED {
            if let Some(object) = platforms.object(name)? {
                on.0.push((grant, parse(&object)?));
            }
        }
        for object in entries(platforms, "oidc", "a list of issuers")? {
            let grant = on.free_grant(&object)?;
            on.0.push((grant, oidc(&object, grant)?));
        }
        for object in entries(platforms, "http", "a list of verifiers")? {
            let grant = on.free_grant(&object)?;
            on.0.push((grant, http(&object, grant)?));
        }
        on.keep_distinct()?;
        Ok(on)
    }

    /// The grant of an entry, if it has none yet.
    fn free_grant(&self, object: &Object<'_>) -> Result<Grant, SettingsProblem> {
        let provable = Grant::ALL.into_iter().filter(|grant| grant.is_provable());
        let names: Vec<_> = provable.map(Grant::name).collect();
        let expected = format!("one of {}", names.join(", "));
        let name = object.text("grant", &expected)?;
        let grant = Grant::from_name(&name).filter(|grant| grant.is_provable());
        let grant = grant.ok_or_else(|| object.wrong("grant", &expected))?;
        if self.has(grant) { Err(object.wrong("grant", "a grant that no other entry has")) } else { Ok(grant) }
    }
}

/// The entries of a list, which is not empty.
fn entries<'a>(platforms: &Object<'a>, name: &str, expected: &str) -> Result<Vec<Object<'a>>, SettingsProblem> {
    match platforms.objects(name, expected)? {
        Some(entries) if entries.is_empty() => Err(platforms.wrong(name, expected)),
        entries => Ok(entries.unwrap_or_default()),
    }
}

fn google(object: &Object<'_>) -> Result<Source, SettingsProblem> {
    object.knows(&["audiences", "keys_url", "display_name"])?;
    Ok(Source::Signed(signed(object, Grant::Google, &GOOGLE_ISSUERS, GOOGLE_KEYS)?))
}

fn apple(object: &Object<'_>) -> Result<Source, SettingsProblem> {
    object.knows(&["audiences", "keys_url", "display_name"])?;
    Ok(Source::Signed(signed(object, Grant::Apple, &APPLE_ISSUERS, APPLE_KEYS)?))
}

fn epic(object: &Object<'_>) -> Result<Source, SettingsProblem> {
    const TOKENS: &str = "account or connect";
    object.knows(&["audiences", "tokens", "deployments", "keys_url", "old_keys_url", "display_name"])?;
    let is_connect = match object.optional::<String>("tokens", TOKENS)?.as_deref() {
        None | Some("account") => false,
        Some("connect") => true,
        Some(_) => return Err(object.wrong("tokens", TOKENS)),
    };
    if is_connect && object.has("old_keys_url") {
        return Err(object.wrong("old_keys_url", "absent, since tokens of EOS Connect have one version"));
    }
    let usual = if is_connect { EPIC_CONNECT_KEYS } else { EPIC_KEYS };
    Ok(Source::Epic(Epic {
        keys: keys(object, "keys_url", "epic", Some(usual), Algorithm::Rs256)?,
        old_keys: keys(object, "old_keys_url", "epic v1", Some(EPIC_OLD_KEYS), Algorithm::Rs256)?,
        audiences: texts(object, "audiences")?,
        deployments: object.has("deployments").then(|| texts(object, "deployments")).transpose()?,
        display_name: claim(object, "display_name")?.unwrap_or_else(|| ClaimPath::name(epic::DISPLAY_NAME)),
        is_connect,
    }))
}

fn nintendo(object: &Object<'_>) -> Result<Source, SettingsProblem> {
    const GAMES: &str = "a list of 1 to 16 distinct ids of games, each of 16 hex digits";
    object.knows(&["games", "environment", "issuer", "keys_url", "accounts"])?;
    let games = object.required::<Vec<String>>("games", GAMES)?;
    let games: Vec<_> = games.iter().map(|game| game.to_ascii_lowercase()).collect();
    let distinct: BTreeSet<_> = games.iter().filter(|game| is_hex16(game)).collect();
    if !(1..=MAX_COUNT).contains(&games.len()) || distinct.len() != games.len() {
        return Err(object.wrong("games", GAMES));
    }
    let environment = optional_text(object, "environment", "a text such as lp1")?.unwrap_or(RELEASED.into());
    let usual = (environment == RELEASED).then_some(NINTENDO);
    let name = Grant::NintendoSwitch.name();
    let audiences = vec![nintendo::AUDIENCE.into()];
    let tokens = signed_of(object, (Grant::NintendoSwitch, name), audiences, usual, nintendo_keys)?;
    let accounts = object.object("accounts")?;
    let accounts = accounts.map(|accounts| {
        accounts.knows(&["audiences", "issuer", "keys_url"])?;
        let audiences = texts(&accounts, "audiences")?;
        let of = (Grant::NintendoSwitch, "nintendo_account");
        signed_of(&accounts, of, audiences, Some(NINTENDO_ACCOUNTS), nintendo_keys)
    });
    Ok(Source::Nintendo(Nintendo { tokens, games, environment, accounts: accounts.transpose()? }))
}

/// The place where an issuer of Nintendo publishes its keys.
#[expect(clippy::unnecessary_wraps, reason = "other issuers have no such place")]
fn nintendo_keys(issuer: &str) -> Option<String> {
    Some(format!("{issuer}/1.0.0/certificates"))
}

fn steam(object: &Object<'_>) -> Result<Source, SettingsProblem> {
    const APP: &str = "the number of the game at Steam, without quotes";
    const KEY: &str = "a key of Steam's web API: 1 to 64 letters and digits";
    const IDENTITY: &str = "1 to 64 letters, digits and characters of -_.~";
    object.knows(&[
        "app_id",
        "key",
        "identity",
        "refuse_vac_banned",
        "refuse_publisher_banned",
        "refuse_family_sharing",
        "url",
    ])?;
    let key = object.text("key", KEY)?;
    if key.len() > 64 || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(object.wrong("key", KEY));
    }
    let identity = optional_text(object, "identity", IDENTITY)?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    if identity.as_ref().is_some_and(|identity| identity.len() > 64 || !identity.bytes().all(is_plain)) {
        return Err(object.wrong("identity", IDENTITY));
    }
    let app_id = object.required::<u32>("app_id", APP)?;
    if app_id == 0 {
        return Err(object.wrong("app_id", APP));
    }
    let flag = |name, usual| Ok(object.optional::<bool>(name, "true or false")?.unwrap_or(usual));
    Ok(Source::Steam(Steam {
        url: url(object, "url", Some(STEAM))?,
        app_id,
        key,
        identity,
        refuses_vac_banned: flag("refuse_vac_banned", false)?,
        refuses_publisher_banned: flag("refuse_publisher_banned", true)?,
        refuses_family_sharing: flag("refuse_family_sharing", false)?,
    }))
}

fn oidc(object: &Object<'_>, grant: Grant) -> Result<Source, SettingsProblem> {
    object.knows(&["grant", "audiences", "issuer", "keys_url", "algorithm", "user_id", "display_name"])?;
    let (issuer, keys_url) = match grant {
        Grant::Discord => (Some(DISCORD.0), Some(DISCORD.1)),
        Grant::Twitch => (Some(TWITCH.0), Some(TWITCH.1)),
        _ => (None, None),
    };
    let audiences = texts(object, "audiences")?;
    let keys_url = |_: &str| keys_url.map(str::to_owned);
    Ok(Source::Signed(signed_of(object, (grant, grant.name()), audiences, issuer, keys_url)?))
}

fn http(object: &Object<'_>, grant: Grant) -> Result<Source, SettingsProblem> {
    const SECRET: &str = "whsec_ and base64 of 24 to 64 random bytes, or a list of two such texts";
    object.knows(&["grant", "url", "secret"])?;
    let secrets = object.required::<Texts>("secret", SECRET)?.into_vec();
    let keys = secrets.iter().map(|secret| webhook_key(secret)).collect::<Option<Vec<_>>>();
    let keys = keys.filter(|keys| (1..=2).contains(&keys.len())).ok_or_else(|| object.wrong("secret", SECRET))?;
    let wrong = || object.wrong("grant", "a grant of a platform");
    Ok(Source::Verifier(Verifier {
        url: url(object, "url", None)?,
        platform: grant.platform().ok_or_else(wrong)?,
        keys,
    }))
}

/// The key in a secret of Standard Webhooks.
fn webhook_key(secret: &str) -> Option<hmac::Key> {
    let bytes = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    (24..=64).contains(&bytes.len()).then(|| hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

/// Tokens of a platform whose issuers are fixed.
fn signed(
    object: &Object<'_>,
    grant: Grant,
    issuers: &[&str],
    keys_url: &'static str,
) -> Result<Signed, SettingsProblem> {
    Ok(Signed {
        grant,
        keys: keys(object, "keys_url", grant.name(), Some(keys_url), Algorithm::Rs256)?,
        issuers: issuers.iter().map(|&issuer| issuer.to_owned()).collect(),
        audiences: texts(object, "audiences")?,
        user_id: ClaimPath::name("sub"),
        display_name: claim(object, "display_name")?,
    })
}

/// Tokens of a configured or usual issuer. The name is that of its keys in logs.
fn signed_of(
    object: &Object<'_>,
    (grant, name): (Grant, &str),
    audiences: Vec<String>,
    issuer: Option<&str>,
    usual_keys: impl Fn(&str) -> Option<String>,
) -> Result<Signed, SettingsProblem> {
    const ALGORITHM: &str = "one of RS256, ES256, ES384, EdDSA";
    const ISSUER: &str = "the iss of its tokens";
    const USER_ID: &str = "a claim that names the account, not one such as iss or aud";
    let issuer = match (optional_text(object, "issuer", ISSUER)?, issuer) {
        (Some(configured), _) => configured,
        (None, Some(usual)) => usual.to_owned(),
        (None, None) => return Err(object.wrong("issuer", ISSUER)),
    };
    let algorithm = match optional_text(object, "algorithm", ALGORITHM)? {
        Some(name) => Algorithm::from_name(&name).ok_or_else(|| object.wrong("algorithm", ALGORITHM))?,
        None => Algorithm::Rs256,
    };
    let user_id = claim(object, "user_id")?.unwrap_or_else(|| ClaimPath::name("sub"));
    if OTHER_CLAIMS.iter().any(|name| user_id.is_named(name)) {
        return Err(object.wrong("user_id", USER_ID));
    }
    Ok(Signed {
        grant,
        keys: keys(object, "keys_url", name, usual_keys(&issuer).as_deref(), algorithm)?,
        issuers: vec![issuer],
        audiences,
        user_id,
        display_name: claim(object, "display_name")?,
    })
}

/// The keys at the URL of this member, or at the usual one.
fn keys(
    object: &Object<'_>,
    member: &str,
    name: &str,
    usual: Option<&str>,
    algorithm: Algorithm,
) -> Result<IdTokenKeys, SettingsProblem> {
    let url = url_text(object, member, usual)?;
    IdTokenKeys::new(name, &url, algorithm).map_err(|problem| object.wrong(member, &problem.to_string()))
}

fn url(object: &Object<'_>, name: &str, usual: Option<&str>) -> Result<Outside, SettingsProblem> {
    let url = url_text(object, name, usual)?;
    Outside::new(&url, IDLE).map_err(|problem| object.wrong(name, &problem.to_string()))
}

fn url_text(object: &Object<'_>, name: &str, usual: Option<&str>) -> Result<String, SettingsProblem> {
    const URL: &str = "an https URL; http only for a loopback address";
    let configured = optional_text(object, name, URL)?;
    configured.or_else(|| usual.map(str::to_owned)).ok_or_else(|| object.wrong(name, URL))
}

fn optional_text(object: &Object<'_>, name: &str, expected: &str) -> Result<Option<String>, SettingsProblem> {
    if object.has(name) { object.text(name, expected).map(Some) } else { Ok(None) }
}

fn claim(object: &Object<'_>, name: &str) -> Result<Option<ClaimPath>, SettingsProblem> {
    object.optional(name, "the name of a claim, or a list of the names that lead to it")
}

/// A list of texts, which must not be empty: without one every token would be for us.
fn texts(object: &Object<'_>, name: &str) -> Result<Vec<String>, SettingsProblem> {
    const EXPECTED: &str = "a list of 1 to 16 distinct texts without blanks at their ends";
    let texts = object.required::<Vec<String>>(name, EXPECTED)?;
    let is_plain = |text: &String| !text.is_empty() && text.trim() == text;
    let distinct: BTreeSet<_> = texts.iter().collect();
    let is_good = (1..=MAX_COUNT).contains(&texts.len()) && distinct.len() == texts.len();
    if is_good && texts.iter().all(is_plain) { Ok(texts) } else { Err(object.wrong(name, EXPECTED)) }
}

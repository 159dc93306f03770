//! `AUTH_ISSUERS`: the settings of several issuers, or of one that publishes its keys.

use std::{collections::BTreeMap, time::Duration};

use serde_json::value::RawValue;

use super::{
    algorithm::Algorithm,
    permissions::{Form, PermissionRules},
    settings::{AuthSettings, IssuerSettings, KeySource},
};
use crate::{
    config::{Object, SettingsProblem},
    identity::Platform,
    json::Texts,
};

/// The largest number of issuers: more than the size limit of Lambda's environment variables
/// allows.
const MAX_ISSUERS: usize = 32;

/// The longest leeway. Every token stays valid for this much longer than it says.
const MAX_LEEWAY: Duration = Duration::from_mins(5);

/// The expected form of a claim's name, for errors.
const PATH: &str = "the name of a claim, or an array of names that leads to it";

impl AuthSettings {
    /// Parses the long form: a JSON array with one object for each issuer
    /// (docs/tokens.md, "Issuers").
    pub fn from_json(json: &str) -> Result<Self, SettingsProblem> {
        let array = "a JSON array of 1 to 32 issuers";
        let issuers: Vec<&RawValue> = serde_json::from_str(json).map_err(|_| SettingsProblem(array.into()))?;
        if issuers.is_empty() || issuers.len() > MAX_ISSUERS {
            return Err(SettingsProblem(array.into()));
        }
        let issuers = issuers.iter().enumerate().map(|(index, issuer)| {
            let object = Object::parse(format!("[{index}]"), issuer)?;
            IssuerSettings::read(&object)
        });
        let issuers = issuers.collect::<Result<Vec<_>, _>>()?;
        for (index, issuer) in issuers.iter().enumerate() {
            if issuers.iter().take(index).any(|earlier| earlier.issuer == issuer.issuer) {
                return Err(SettingsProblem(format!("[{index}].issuer: an earlier issuer has the same name")));
            }
        }
        Ok(Self { issuers })
    }
}

impl IssuerSettings {
    fn read(object: &Object<'_>) -> Result<Self, SettingsProblem> {
        object.knows(&[
            "issuer",
            "jwks",
            "jwks_url",
            "audience",
            "audience_claim",
            "algorithms",
            "permissions",
            "platform_claim",
            "platforms",
            "platform_user_id_claim",
            "leeway",
            "max_lifetime",
            "accept_at_hash",
        ])?;
        let usual = Self::usual(
            object.text("issuer", "the `iss` of the tokens")?,
            key_source(object)?,
            object.required::<Texts>("audience", "a text, or an array of texts")?.into_vec(),
        );
        if usual.audiences.is_empty() || usual.audiences.iter().any(String::is_empty) {
            return Err(object.wrong("audience", "a text, or an array of texts, none of them empty"));
        }
        Ok(Self {
            audience_claim: object.optional("audience_claim", PATH)?.unwrap_or(usual.audience_claim),
            algorithms: algorithms(object)?.unwrap_or(usual.algorithms),
            permissions: object
                .object("permissions")?
                .map_or(Ok(usual.permissions), |rules| permission_rules(&rules))?,
            platform: object.optional("platform_claim", PATH)?.unwrap_or(usual.platform),
            platforms: platforms(object)?,
            platform_user_id: object.optional("platform_user_id_claim", PATH)?.unwrap_or(usual.platform_user_id),
            leeway: object
                .duration("leeway", Duration::ZERO..=MAX_LEEWAY, "a duration such as 30s, at most 5m")?
                .unwrap_or(usual.leeway),
            max_lifetime: object.duration(
                "max_lifetime",
                Duration::from_secs(1)..=Duration::MAX,
                "a duration such as 24h or 30m, at least 1s",
            )?,
            accepts_at_hash: object.optional("accept_at_hash", "true or false")?.unwrap_or(usual.accepts_at_hash),
            ..usual
        })
    }
}

fn key_source(object: &Object<'_>) -> Result<KeySource, SettingsProblem> {
    let jwks = object.optional::<&RawValue>("jwks", "a JSON Web Key Set")?;
    let url = object.optional::<String>("jwks_url", "a URL")?;
    match (jwks, url) {
        (Some(jwks), None) => Ok(KeySource::Inline(jwks.get().to_owned())),
        (None, Some(url)) => Ok(KeySource::Url(url)),
        _ => Err(object.wrong("jwks_url", "exactly one of `jwks` and `jwks_url` must be set")),
    }
}

fn algorithms(object: &Object<'_>) -> Result<Option<Vec<Algorithm>>, SettingsProblem> {
    let expected = "an array with some of RS256, ES256, ES384, EdDSA";
    let Some(names) = object.optional::<Texts>("algorithms", expected)?.map(Texts::into_vec) else { return Ok(None) };
    if names.iter().any(|name| ["HS256", "HS384", "HS512"].contains(&name.to_ascii_uppercase().as_str())) {
        let why = "HS256, HS384 and HS512 need a key that every verifier would share: the issuer must use a key pair";
        return Err(object.wrong("algorithms", &format!("{expected}; {why}")));
    }
    let algorithms: Option<Vec<_>> = names.iter().map(|name| Algorithm::from_name(name)).collect();
    algorithms.filter(|algorithms| !algorithms.is_empty()).map(Some).ok_or(object.wrong("algorithms", expected))
}

fn platforms(object: &Object<'_>) -> Result<Option<BTreeMap<String, Platform>>, SettingsProblem> {
    let Some(names) = object.object("platforms")? else { return Ok(None) };
    let ours = Platform::NAMES.join(", ");
    let platforms = names.members::<String>(&ours)?;
    if platforms.is_empty() {
        return Err(object.wrong("platforms", "an object with at least one of the issuer's names"));
    }
    let platforms = platforms.into_iter().map(|(name, platform)| {
        let platform = Platform::from_name(&platform).ok_or_else(|| names.wrong(&name, &ours))?;
        Ok((name, platform))
    });
    platforms.collect::<Result<_, _>>().map(Some)
}

fn permission_rules(object: &Object<'_>) -> Result<PermissionRules, SettingsProblem> {
    object.knows(&["claim", "form", "prefix", "roles"])?;
    let forms = "array, words, commas or keys";
    let usual = PermissionRules::default();
    Ok(PermissionRules {
        claim: object.optional("claim", PATH)?.unwrap_or(usual.claim),
        form: match object.optional::<String>("form", forms)?.as_deref() {
            None | Some("array") => Form::Array,
            Some("words") => Form::Words,
            Some("commas") => Form::Commas,
            Some("keys") => Form::Keys,
            Some(_) => return Err(object.wrong("form", forms)),
        },
        prefix: object.optional("prefix", "a text")?,
        roles: match object.object("roles")? {
            Some(roles) => Some(roles.members("an array of permissions")?),
            None => None,
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn issuer(changes: &Value) -> Value {
        let mut issuer = json!({ "issuer": "i", "jwks_url": "https://i.test/keys", "audience": "a" });
        issuer.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        issuer
    }

    fn refusal(changes: &Value) -> String {
        AuthSettings::from_json(&json!([issuer(changes)]).to_string()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_not_said_is_as_in_the_short_form() {
        let long = AuthSettings::from_json(&json!([issuer(&json!({}))]).to_string()).unwrap();
        let mut short = AuthSettings::short("", "i", "a");
        short.issuers[0].keys = KeySource::Url("https://i.test/keys".into());
        assert_eq!(format!("{long:?}"), format!("{short:?}"));
    }

    #[test]
    fn everything_can_be_said() {
        let changes = json!({
            "audience": ["a", "b"], "audience_claim": ["x", "azp"], "algorithms": ["ES256", "es384"],
            "permissions": { "claim": ["x", "y"], "form": "words", "prefix": "p/", "roles": { "r": ["user:*"] } },
            "platform_claim": "https://roster.test/platform", "platform_user_id_claim": ["player", "id"],
            "platforms": { "steam": "Steam" }, "leeway": "5m", "max_lifetime": "1d", "accept_at_hash": true,
        });
        let settings = AuthSettings::from_json(&json!([issuer(&changes)]).to_string()).unwrap();
        let issuer = &settings.issuers[0];
        assert_eq!(issuer.audiences, ["a", "b"]);
        assert_eq!(issuer.audience_claim, serde_json::from_value(json!(["x", "azp"])).unwrap());
        assert_eq!(issuer.algorithms, [Algorithm::Es256, Algorithm::Es384]);
        assert_eq!(issuer.platforms, Some([("steam".to_owned(), Platform::Steam)].into()));
        assert_eq!((issuer.leeway, issuer.max_lifetime), (MAX_LEEWAY, Some(Duration::from_hours(24))));
        assert!(issuer.accepts_at_hash);
        assert_eq!(issuer.permissions.form, Form::Words);
        assert_eq!(issuer.permissions.prefix.as_deref(), Some("p/"));
        assert_eq!(issuer.permissions.roles.as_ref().unwrap()["r"], ["user:*"]);
    }

    #[test]
    fn a_refusal_says_where_and_what_it_should_be() {
        let cases = [
            (json!({ "issuer": "" }), "[0].issuer: the `iss` of the tokens"),
            (json!({ "audience": 1 }), "[0].audience: a text, or an array of texts"),
            (json!({ "audience": [] }), "[0].audience: a text, or an array of texts, none of them empty"),
            (
                json!({ "audience_claim": "" }),
                "[0].audience_claim: the name of a claim, or an array of names that leads to it",
            ),
            (json!({ "algorithms": ["RS512"] }), "[0].algorithms: an array with some of RS256, ES256, ES384, EdDSA"),
            (json!({ "algorithms": [] }), "[0].algorithms: an array with some of RS256, ES256, ES384, EdDSA"),
            (
                json!({ "algorithms": ["RS256", "hs256"] }),
                "[0].algorithms: an array with some of RS256, ES256, ES384, EdDSA; HS256, HS384 and HS512 need a \
                 key that every verifier would share: the issuer must use a key pair",
            ),
            (json!({ "leeway": "301s" }), "[0].leeway: a duration such as 30s, at most 5m"),
            (json!({ "leeway": 5 }), "[0].leeway: a duration such as 30s, at most 5m"),
            (json!({ "max_lifetime": "0s" }), "[0].max_lifetime: a duration such as 24h or 30m, at least 1s"),
            (json!({ "accept_at_hash": "yes" }), "[0].accept_at_hash: true or false"),
            (
                json!({ "platforms": { "steam": "steam" } }),
                "[0].platforms.steam: Anon, Basic, XboxLive, PSN, NintendoNAID, NintendoSwitch, NintendoPPID, Google, \
                 GooglePlay, Apple, Epic, Steam, Amazon, Twitch, RallyHere, LegacyName, AndroidDevice, iosDevice, Discord",
            ),
            (json!({ "platforms": {} }), "[0].platforms: an object with at least one of the issuer's names"),
            (json!({ "platforms": ["Steam"] }), "[0].platforms: a JSON object with distinct names"),
            (json!({ "permissions": { "roles": [] } }), "[0].permissions.roles: a JSON object with distinct names"),
            (json!({ "jwks": {} }), "[0].jwks_url: exactly one of `jwks` and `jwks_url` must be set"),
            (json!({ "permissions": [] }), "[0].permissions: a JSON object with distinct names"),
            (json!({ "permissions": { "form": "list" } }), "[0].permissions.form: array, words, commas or keys"),
            (
                json!({ "permissions": { "path": "x" } }),
                "[0].permissions: an unknown member; known are claim, form, prefix, roles",
            ),
            (
                json!({ "permissions": { "roles": { "r": "user:*" } } }),
                "[0].permissions.roles.r: an array of permissions",
            ),
            (
                json!({ "platform_claim": [] }),
                "[0].platform_claim: the name of a claim, or an array of names that leads to it",
            ),
        ];
        for (changes, expected) in cases {
            assert_eq!(refusal(&changes), expected);
        }
        let twice =
            r#"[{"issuer":"i","jwks_url":"https://i.test/","audience":"a","platforms":{"s":"Steam","s":"Epic"}}]"#;
        let refused = AuthSettings::from_json(twice).unwrap_err().to_string();
        assert_eq!(refused, "[0].platforms: a JSON object with distinct names");
        assert!(
            refusal(&json!({ "jwks_uri": "x" }))
                .starts_with("[0]: an unknown member; known are issuer, jwks, jwks_url, audience")
        );
    }

    #[test]
    fn issuers_are_a_bounded_list_of_objects_with_names_of_their_own() {
        let many = json!(vec![issuer(&json!({})); 33]).to_string();
        for json in ["", "{}", "[]", "null", &many] {
            let refused = AuthSettings::from_json(json).unwrap_err().to_string();
            assert_eq!(refused, "a JSON array of 1 to 32 issuers");
        }
        let twice = json!([issuer(&json!({})), issuer(&json!({ "audience": "b" }))]).to_string();
        let refused = AuthSettings::from_json(&twice).unwrap_err().to_string();
        assert_eq!(refused, "[1].issuer: an earlier issuer has the same name");
        let refused = AuthSettings::from_json("[1]").unwrap_err().to_string();
        assert_eq!(refused, "[0]: a JSON object with distinct names");
    }
}

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    algorithm::Algorithm,
    claim_path::ClaimPath,
    permissions::{Form, PermissionRules},
    settings_object::{Object, SettingsError},
};

/// The most issuers that are trusted at once: more than fit into what Lambda takes of variables.
const MAX_ISSUERS: usize = 32;

/// What the environment says about tokens.
#[derive(Debug, Clone)]
pub struct AuthSettings {
    /// Who may sign tokens, each with a name of its own.
    pub issuers: Vec<IssuerSettings>,
}

/// One trusted issuer: its keys vouch for tokens of this name and audience, and for no others.
#[derive(Debug, Clone)]
pub struct IssuerSettings {
    /// What `iss` must be.
    pub issuer: String,
    /// Where the public keys come from.
    pub keys: KeySource,
    /// What the token must be meant for: one of these.
    pub audiences: Vec<String>,
    /// The claim that says so.
    pub audience_claim: AudienceClaim,
    /// The algorithms whose keys are taken.
    pub algorithms: Vec<Algorithm>,
    /// Where permissions are, and how they are written.
    pub permissions: PermissionRules,
    /// The claim with the platform of the player who is logged in.
    pub platform: ClaimPath,
    /// The claim with the player's id there.
    pub platform_user_id: ClaimPath,
}

/// Where the public keys of an issuer come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// A JWK Set as it stands in the configuration (RFC 7517 section 5).
    Inline(String),
    /// The `https` URL of a JWK Set; `http` on a loopback address.
    Url(String),
}

/// Which claim says whom a token is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AudienceClaim {
    /// `aud`: a text or several (RFC 7519 section 4.1.3).
    Aud,
    /// `client_id`: a text (RFC 9068 section 2.2), for issuers whose access tokens have no `aud`.
    ClientId,
}

impl AuthSettings {
    /// The short form: one issuer with its keys at hand, and claims by their usual names.
    pub fn short(jwks: impl Into<String>, issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        let keys = KeySource::Inline(jwks.into());
        Self { issuers: vec![IssuerSettings::usual(issuer.into(), keys, vec![audience.into()])] }
    }

    /// The long form: a JSON array with an object for each issuer (README.md, "Where user tokens come from").
    pub fn from_json(json: &str) -> Result<Self, SettingsError> {
        let array = "a JSON array of 1 to 32 issuers";
        let issuers: Vec<&RawValue> = serde_json::from_str(json).map_err(|_| SettingsError(array.into()))?;
        if issuers.is_empty() || issuers.len() > MAX_ISSUERS {
            return Err(SettingsError(array.into()));
        }
        let issuers = issuers.iter().enumerate().map(|(index, issuer)| {
            let object = Object::parse(format!("[{index}]"), issuer)?;
            IssuerSettings::read(&object)
        });
        let issuers = issuers.collect::<Result<Vec<_>, _>>()?;
        for (index, issuer) in issuers.iter().enumerate() {
            if issuers.iter().take(index).any(|earlier| earlier.issuer == issuer.issuer) {
                return Err(SettingsError(format!("[{index}].issuer: an earlier one has the same name")));
            }
        }
        Ok(Self { issuers })
    }
}

impl IssuerSettings {
    /// An issuer whose claims have their usual names.
    fn usual(issuer: String, keys: KeySource, audiences: Vec<String>) -> Self {
        Self {
            issuer,
            keys,
            audiences,
            audience_claim: AudienceClaim::Aud,
            algorithms: Algorithm::ALL.to_vec(),
            permissions: PermissionRules::default(),
            platform: ClaimPath::name("platform"),
            platform_user_id: ClaimPath::name("platform_user_id"),
        }
    }

    fn read(object: &Object<'_>) -> Result<Self, SettingsError> {
        object.knows(&[
            "issuer",
            "jwks",
            "jwks_url",
            "audience",
            "audience_claim",
            "algorithms",
            "permissions",
            "platform_claim",
            "platform_user_id_claim",
        ])?;
        let usual = Self::usual(
            object.text("issuer", "the `iss` of the tokens")?,
            key_source(object)?,
            object.required::<Texts>("audience", "a text, or an array of texts")?.0,
        );
        if usual.audiences.is_empty() || usual.audiences.iter().any(String::is_empty) {
            return Err(object.wrong("audience", "a text, or an array of texts, none of them empty"));
        }
        let path = "the name of a claim, or an array of names that leads to it";
        Ok(Self {
            audience_claim: match object.optional::<String>("audience_claim", "aud or client_id")?.as_deref() {
                None | Some("aud") => AudienceClaim::Aud,
                Some("client_id") => AudienceClaim::ClientId,
                Some(_) => return Err(object.wrong("audience_claim", "aud or client_id")),
            },
            algorithms: algorithms(object)?.unwrap_or(usual.algorithms),
            permissions: object
                .object("permissions")?
                .map_or(Ok(usual.permissions), |rules| permission_rules(&rules))?,
            platform: object.optional("platform_claim", path)?.unwrap_or(usual.platform),
            platform_user_id: object.optional("platform_user_id_claim", path)?.unwrap_or(usual.platform_user_id),
            ..usual
        })
    }
}

fn key_source(object: &Object<'_>) -> Result<KeySource, SettingsError> {
    let jwks = object.optional::<&RawValue>("jwks", "a JSON Web Key Set")?;
    let url = object.optional::<String>("jwks_url", "a URL")?;
    match (jwks, url) {
        (Some(jwks), None) => Ok(KeySource::Inline(jwks.get().to_owned())),
        (None, Some(url)) => Ok(KeySource::Url(url)),
        _ => Err(object.wrong("jwks_url", "there where `jwks` is not, and the other way round")),
    }
}

fn algorithms(object: &Object<'_>) -> Result<Option<Vec<Algorithm>>, SettingsError> {
    let expected = "an array with some of RS256, ES256, EdDSA";
    let Some(names) = object.optional::<Vec<String>>("algorithms", expected)? else { return Ok(None) };
    let algorithms: Option<Vec<_>> = names.iter().map(|name| Algorithm::from_name(name)).collect();
    algorithms.filter(|algorithms| !algorithms.is_empty()).map(Some).ok_or(object.wrong("algorithms", expected))
}

fn permission_rules(object: &Object<'_>) -> Result<PermissionRules, SettingsError> {
    object.knows(&["claim", "form", "prefix", "roles"])?;
    let usual = PermissionRules::default();
    let path = "the name of a claim, or an array of names that leads to it";
    Ok(PermissionRules {
        claim: object.optional("claim", path)?.unwrap_or(usual.claim),
        form: match object.optional::<String>("form", "array, words or keys")?.as_deref() {
            None | Some("array") => Form::Array,
            Some("words") => Form::Words,
            Some("keys") => Form::Keys,
            Some(_) => return Err(object.wrong("form", "array, words or keys")),
        },
        prefix: object.optional("prefix", "a text")?,
        roles: object.optional("roles", "an object with an array of permissions for each role")?,
    })
}

/// One text or several.
#[derive(Deserialize)]
#[serde(from = "OneOrSeveral")]
struct Texts(Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrSeveral {
    One(String),
    Several(Vec<String>),
}

impl From<OneOrSeveral> for Texts {
    fn from(texts: OneOrSeveral) -> Self {
        match texts {
            OneOrSeveral::One(text) => Self(vec![text]),
            OneOrSeveral::Several(texts) => Self(texts),
        }
    }
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
            "audience": ["a", "b"], "audience_claim": "client_id", "algorithms": ["ES256"],
            "permissions": { "claim": ["x", "y"], "form": "words", "prefix": "p/", "roles": { "r": ["user:*"] } },
            "platform_claim": "https://roster.test/platform", "platform_user_id_claim": ["player", "id"],
        });
        let settings = AuthSettings::from_json(&json!([issuer(&changes)]).to_string()).unwrap();
        let issuer = &settings.issuers[0];
        assert_eq!((issuer.audiences.len(), issuer.audience_claim), (2, AudienceClaim::ClientId));
        assert_eq!(issuer.algorithms, [Algorithm::Es256]);
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
            (json!({ "audience_claim": "azp" }), "[0].audience_claim: aud or client_id"),
            (json!({ "algorithms": ["HS256"] }), "[0].algorithms: an array with some of RS256, ES256, EdDSA"),
            (json!({ "algorithms": [] }), "[0].algorithms: an array with some of RS256, ES256, EdDSA"),
            (json!({ "jwks": {} }), "[0].jwks_url: there where `jwks` is not, and the other way round"),
            (json!({ "permissions": [] }), "[0].permissions: a JSON object with distinct names"),
            (json!({ "permissions": { "form": "list" } }), "[0].permissions.form: array, words or keys"),
            (json!({ "permissions": { "path": "x" } }), "[0].permissions: nothing but claim, form, prefix, roles"),
            (
                json!({ "permissions": { "roles": { "r": "user:*" } } }),
                "[0].permissions.roles: an object with an array of permissions for each role",
            ),
            (
                json!({ "platform_claim": [] }),
                "[0].platform_claim: the name of a claim, or an array of names that leads to it",
            ),
        ];
        for (changes, expected) in cases {
            assert_eq!(refusal(&changes), expected);
        }
        assert!(refusal(&json!({ "jwks_uri": "x" })).starts_with("[0]: nothing but issuer, jwks, jwks_url, audience"));
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
        assert_eq!(refused, "[1].issuer: an earlier one has the same name");
        let refused = AuthSettings::from_json("[1]").unwrap_err().to_string();
        assert_eq!(refused, "[0]: a JSON object with distinct names");
    }
}

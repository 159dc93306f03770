use std::{borrow::Cow, time::Duration};

use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{
    caller::{Actor, Caller},
    claim_path::ClaimPath,
    error::TokenProblem,
    issuer::Issuer,
    own_user::PLAYER_UUID,
    settings::IssuerSettings,
};
use crate::{
    identity::{Platform, PlatformUserId, PlayerUuid, Timestamp},
    json::{Members, Mistyped, OneText},
};

/// Claims that name the kind of a token: `token_type` is ours, `token_use` is Cognito's and `typ`
/// is Keycloak's. A token of another kind is refused, whatever its audience.
const KINDS: [&str; 3] = ["token_type", "token_use", "typ"];

/// The values of the claims in [`KINDS`] that mark an access token, in any case.
const ACCESS: [&str; 5] = ["access", "access_token", "Bearer", "at+jwt", "application/at+jwt"];

/// The accepted values of `ver`, as the token writes them: ours, and those of Entra ID.
const VERSIONS: [&str; 5] = ["1", "1.0", r#""1""#, r#""1.0""#, r#""2.0""#];

/// Claims that no access token has: the first marks ID tokens (`OpenID` Connect Core section
/// 3.3.2.11), the second security events (RFC 8417 section 2.2).
const OTHER_KINDS: [&str; 2] = ["c_hash", EVENTS];

/// The claim of a security event, such as a logout token.
const EVENTS: &str = "events";

/// A claim of ID tokens (`OpenID` Connect Core section 3.1.3.6) that some issuers write into access
/// tokens too.
const AT_HASH: &str = "at_hash";

/// The caller that these claims describe, if they are for this audience and this time. The
/// signature has been verified.
pub(super) fn read_caller(claims: &Members<'_>, issuer: &Issuer, now: Timestamp) -> Result<Caller, TokenProblem> {
    check_kind(claims, &issuer.settings)?;
    let registered = Registered::read(claims)?;
    registered.check_issuer(issuer)?;
    issuer.check_audience(claims)?;
    registered.check_time(&issuer.settings, now)?;
    Ok(Caller {
        actor: Actor::of(&registered.iss, &registered.sub),
        permissions: issuer.settings.permissions.read(claims)?,
        platform_user: platform_user(claims, issuer)?,
        player_uuid: player_uuid(claims, issuer)?,
    })
}

/// `ver` and the claims of [`KINDS`] may be absent. Any other value than the accepted ones is
/// refused.
fn check_kind(claims: &Members<'_>, settings: &IssuerSettings) -> Result<(), TokenProblem> {
    let version = claims.read::<&RawValue>("ver").map_err(|Mistyped| TokenProblem::InvalidVersion)?;
    if version.is_some_and(|version| !VERSIONS.contains(&version.get())) {
        return Err(TokenProblem::InvalidVersion);
    }
    let may_be_access = |name: &&str| claims.one_text(name).is_ok_and(|kind| kind.is_none_or(|kind| is_access(&kind)));
    let is_other =
        OTHER_KINDS.iter().any(|name| claims.has(name)) || (claims.has(AT_HASH) && !settings.accepts_at_hash);
    if KINDS.iter().all(may_be_access) && !is_other { Ok(()) } else { Err(TokenProblem::InvalidType) }
}

/// The values of the claims in [`KINDS`] that mark an ID token, in any case.
const ID: [&str; 3] = ["id", "id_token", "JWT"];

/// Whether these may be the claims of an ID token, or of an access token where that is allowed: the
/// claims name no other kind, such as a refresh token or a security event.
pub(super) fn may_be_id_token(claims: &Members<'_>, or_access: bool) -> bool {
    let is_good = |kind: &str| ID.iter().any(|id| kind.eq_ignore_ascii_case(id)) || (or_access && is_access(kind));
    let may_be = |name: &&str| claims.text(name).is_ok_and(|kind| kind.is_none_or(|kind| is_good(&kind)));
    !claims.has(EVENTS) && KINDS.iter().all(may_be)
}

fn is_access(kind: &str) -> bool {
    ACCESS.iter().any(|access| kind.eq_ignore_ascii_case(access))
}

/// The registered claims (RFC 7519 section 4.1). All are read before any is judged.
struct Registered<'a> {
    iss: Cow<'a, str>,
    sub: Cow<'a, str>,
    exp: NumericDate,
    nbf: Option<NumericDate>,
    iat: Option<NumericDate>,
}

impl<'a> Registered<'a> {
    fn read(claims: &Members<'a>) -> Result<Self, TokenProblem> {
        if !["exp", "iss", "sub"].iter().all(|name| claims.has(name)) {
            return Err(TokenProblem::MalformedAccess);
        }
        let exp = required(claims, "exp")?;
        let nbf = optional(claims, "nbf")?;
        let iat = optional(claims, "iat")?;
        let text = |name| claims.text(name).ok().flatten().ok_or(TokenProblem::InvalidClaim(name));
        Ok(Self { exp, nbf, iat, iss: text("iss")?, sub: text("sub")? })
    }

    fn check_issuer(&self, issuer: &Issuer) -> Result<(), TokenProblem> {
        if self.iss == issuer.settings.issuer { Ok(()) } else { Err(TokenProblem::InvalidClaim("iss")) }
    }

    fn check_time(&self, settings: &IssuerSettings, now: Timestamp) -> Result<(), TokenProblem> {
        // RFC 7519 section 4.1.4: `exp` itself is already too late. Section 4.1.5: `nbf` itself is
        // early enough.
        if now >= self.exp.0.plus(settings.leeway) {
            return Err(TokenProblem::Expired);
        }
        if self.nbf.is_some_and(|nbf| now.plus(settings.leeway) < nbf.0) {
            return Err(TokenProblem::InvalidClaim("nbf"));
        }
        settings.max_lifetime.map_or(Ok(()), |max| self.check_lifetime(max, now.plus(settings.leeway)))
    }

    /// Refuses a token that lives longer than `max`. Refuses also an `iat` in the future, because
    /// such a token would be valid for longer than `max` from now.
    fn check_lifetime(&self, max: Duration, latest_now: Timestamp) -> Result<(), TokenProblem> {
        let issued = self.iat.map(|NumericDate(iat)| iat).filter(|iat| *iat <= latest_now);
        let issued = issued.ok_or(TokenProblem::InvalidClaim("iat"))?;
        if self.exp.0 <= issued.plus(max) { Ok(()) } else { Err(TokenProblem::InvalidClaim("exp")) }
    }
}

/// Seconds since the Unix epoch, fractions allowed (RFC 7519 section 2). Negative values are
/// refused, and so are years after 9999: they come from issuers that count in milliseconds.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "f64")]
pub(super) struct NumericDate(pub(super) Timestamp);

impl TryFrom<f64> for NumericDate {
    type Error = &'static str;

    fn try_from(seconds: f64) -> Result<Self, Self::Error> {
        let since_epoch = Duration::try_from_secs_f64(seconds).map_err(|_| "before the Unix epoch, or no time")?;
        let time = Timestamp::from_millis(0).plus(since_epoch);
        if time.round_down().is_writable() { Ok(Self(time)) } else { Err("after the year 9999") }
    }
}

/// The player, if this deployment issued the token for one.
fn player_uuid(claims: &Members<'_>, issuer: &Issuer) -> Result<Option<PlayerUuid>, TokenProblem> {
    if !issuer.settings.is_own {
        return Ok(None);
    }
    Ok(optional::<Uuid>(claims, PLAYER_UUID)?.map(PlayerUuid))
}

/// The platform user, if both claims are present. A present claim must be valid even if the other
/// is absent. Errors use our names for the claims.
fn platform_user(claims: &Members<'_>, issuer: &Issuer) -> Result<Option<(Platform, PlatformUserId)>, TokenProblem> {
    let IssuerSettings { platform, platforms, platform_user_id, .. } = &issuer.settings;
    // Some issuers' templates write `null` for a value that the user does not have.
    let name =
        platform.read::<Option<OneText<'_>>>(claims).map_err(|Mistyped| TokenProblem::InvalidClaim("platform"))?;
    let name = name.flatten().map(|OneText(name)| name);
    let platform = match (&name, platforms) {
        (None, _) => None,
        (Some(name), None) => Some(Platform::from_name(name).ok_or(TokenProblem::InvalidClaim("platform"))?),
        (Some(name), Some(platforms)) => platforms.get(name.as_ref()).copied(),
    };
    let id = account_id(claims, platform_user_id, platform.and(name.as_deref()))
        .map_err(|Mistyped| TokenProblem::InvalidClaim("platform_user_id"))?
        .map(|id| PlatformUserId::new(id).ok_or(TokenProblem::InvalidClaim("platform_user_id")))
        .transpose()?;
    Ok(platform.zip(id))
}

/// The account's id: a text, or the member for this platform in an object of ids.
fn account_id(claims: &Members<'_>, path: &ClaimPath, platform: Option<&str>) -> Result<Option<String>, Mistyped> {
    let text = |text: Option<OneText<'_>>| text.map(|OneText(text)| text.into_owned());
    match (path.read::<Option<OneText<'_>>>(claims), platform) {
        (Ok(id), _) => Ok(text(id.flatten())),
        (Err(Mistyped), Some(platform)) => {
            let ids = path.read::<Members<'_>>(claims)?.ok_or(Mistyped)?;
            text(ids.read(platform)?).map(Some).ok_or(Mistyped)
        }
        (Err(Mistyped), None) => path.read::<Members<'_>>(claims).map(|_| None),
    }
}

fn required<'a, T: Deserialize<'a>>(claims: &Members<'a>, name: &'static str) -> Result<T, TokenProblem> {
    optional(claims, name)?.ok_or(TokenProblem::InvalidClaim(name))
}

fn optional<'a, T: Deserialize<'a>>(claims: &Members<'a>, name: &'static str) -> Result<Option<T>, TokenProblem> {
    claims.read(name).map_err(|Mistyped| TokenProblem::InvalidClaim(name))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::auth::testing::{self, NOW, TestKey};

    const NOW_SECONDS: i64 = NOW.as_millis() / 1000;

    /// The result of verifying a valid token with these claims changed.
    fn verify_with(changes: &Value) -> Result<Caller, TokenProblem> {
        let mut claims = testing::claims();
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        testing::verify(&TestKey::ed25519().token(&claims))
    }

    fn refusal(changes: &Value) -> Option<TokenProblem> {
        verify_with(changes).err()
    }

    fn verify_without(name: &str) -> Result<Caller, TokenProblem> {
        let mut claims = testing::claims();
        claims.as_object_mut().unwrap().remove(name);
        testing::verify(&TestKey::ed25519().token(&claims))
    }

    fn verify_raw(claims: &str) -> Option<TokenProblem> {
        let key = TestKey::ed25519();
        testing::verify(&key.sign_parts(&key.header().to_string(), claims)).err()
    }

    #[test]
    fn claims_are_one_json_object_with_distinct_names() {
        let claims = testing::claims().to_string();
        let repeated = claims.replacen('{', r#"{"\u0073ub":"somebody","#, 1);
        for claims in ["", "null", "[]", "{", &format!("{claims}{claims}"), &repeated] {
            assert_eq!(verify_raw(claims), Some(TokenProblem::MalformedAccess), "{claims}");
        }
    }

    #[test]
    fn the_version_is_one_or_entra_ids_or_absent() {
        for version in [json!(1), json!(1.0), json!("1"), json!("1.0"), json!("2.0")] {
            assert_eq!(refusal(&json!({ "ver": version })), None, "{version}");
        }
        for version in [json!(2), json!(2.0), json!(0), json!("2"), json!("3.0"), json!(""), json!(null), json!([1])] {
            assert_eq!(refusal(&json!({ "ver": version })), Some(TokenProblem::InvalidVersion));
        }
    }

    #[test]
    fn the_kind_of_a_token_is_access_in_any_spelling_or_absent() {
        for name in KINDS {
            for kind in ["access", "Access", "access_token", "Bearer", "bearer", "BEARER", "at+jwt"] {
                assert_eq!(refusal(&json!({ name: kind })), None, "{name}: {kind}");
                assert_eq!(refusal(&json!({ name: [kind] })), None, "{name}: [{kind}]");
            }
            let others = [json!("refresh"), json!("id"), json!("access "), json!(""), json!(null), json!(1)];
            for kind in others.into_iter().chain([json!([]), json!(["access", "refresh"]), json!("DPoP")]) {
                assert_eq!(refusal(&json!({ name: kind })), Some(TokenProblem::InvalidType), "{name}: {kind}");
            }
        }
    }

    #[test]
    fn a_token_for_another_use_is_no_access_token() {
        for (name, access, other) in
            [("token_use", "access", "id"), ("typ", "Bearer", "Refresh"), ("typ", "Bearer", "ID")]
        {
            assert_eq!(refusal(&json!({ name: access })), None);
            assert_eq!(refusal(&json!({ name: other })), Some(TokenProblem::InvalidType), "{name}: {other}");
        }
    }

    #[test]
    fn expiry_issuer_and_subject_are_required() {
        for name in ["exp", "iss", "sub"] {
            assert_eq!(verify_without(name).unwrap_err(), TokenProblem::MalformedAccess, "{name}");
        }
    }

    #[test]
    fn a_mistyped_claim_is_named() {
        let mistyped = [json!({}), json!([1]), json!(true)];
        let registered = ["exp", "nbf", "iat", "iss", "sub", "aud"];
        let names = registered.iter().chain(&["permissions", "platform", "platform_user_id"]);
        for (name, value) in names.flat_map(|name| mistyped.iter().map(move |value| (*name, value))) {
            assert_eq!(refusal(&json!({ name: value })), Some(TokenProblem::InvalidClaim(name)), "{name}: {value}");
        }
        for name in registered {
            assert_eq!(refusal(&json!({ name: null })), Some(TokenProblem::InvalidClaim(name)), "{name}: null");
        }
    }

    #[test]
    fn a_time_is_a_number_that_is_neither_negative_nor_boundless() {
        for name in ["exp", "nbf", "iat"] {
            for value in ["-1", "-0.5", "1e300", "1e999", "99999999999999999999999", "\"1\"", "\"NaN\""] {
                let mut claims = testing::claims();
                claims.as_object_mut().unwrap().remove(name);
                let claims = claims.to_string().replacen('{', &format!("{{\"{name}\":{value},"), 1);
                assert_eq!(verify_raw(&claims), Some(TokenProblem::InvalidClaim(name)), "{name}: {value}");
            }
        }
    }

    #[test]
    fn a_time_is_in_the_year_9999_at_the_latest() {
        for name in ["exp", "nbf", "iat"] {
            for value in [json!(253_402_300_800_i64), json!(NOW_SECONDS * 1000), json!(1e19)] {
                assert_eq!(refusal(&json!({ name: value })), Some(TokenProblem::InvalidClaim(name)), "{name}: {value}");
            }
        }
        let last = json!(253_402_300_799.5);
        assert_eq!(refusal(&json!({ "exp": last, "iat": last })), None);
    }

    #[test]
    fn a_token_lives_until_five_seconds_after_its_expiry() {
        assert_eq!(refusal(&json!({ "exp": NOW_SECONDS + 1 })), None);
        assert_eq!(refusal(&json!({ "exp": NOW_SECONDS - 4 })), None);
        assert_eq!(refusal(&json!({ "exp": NOW_SECONDS - 5 })), Some(TokenProblem::Expired));
        assert_eq!(refusal(&json!({ "exp": 0 })), Some(TokenProblem::Expired));
    }

    #[test]
    fn fractions_of_a_second_count() {
        let now: f64 = NOW_SECONDS.to_string().parse().unwrap();
        assert_eq!(refusal(&json!({ "exp": now - 4.5 })), None);
        assert_eq!(refusal(&json!({ "exp": now - 5.5 })), Some(TokenProblem::Expired));
        assert_eq!(refusal(&json!({ "nbf": now + 5.5 })), Some(TokenProblem::InvalidClaim("nbf")));
    }

    #[test]
    fn a_token_lives_from_five_seconds_before_its_start() {
        assert_eq!(refusal(&json!({ "nbf": NOW_SECONDS + 5 })), None);
        assert_eq!(refusal(&json!({ "nbf": NOW_SECONDS + 6 })), Some(TokenProblem::InvalidClaim("nbf")));
    }

    #[test]
    fn the_issuer_is_ours_to_the_letter() {
        for issuer in ["", "https://issuer.test/", "HTTPS://ISSUER.TEST"] {
            assert_eq!(refusal(&json!({ "iss": issuer })), Some(TokenProblem::InvalidClaim("iss")));
        }
    }

    #[test]
    fn the_audience_is_ours_or_contains_it() {
        assert_eq!(refusal(&json!({ "aud": ["other", testing::AUDIENCE] })), None);
        for audience in [json!("other"), json!([]), json!(["other"]), json!([testing::AUDIENCE, 1])] {
            assert_eq!(refusal(&json!({ "aud": audience })), Some(TokenProblem::InvalidClaim("aud")));
        }
        assert_eq!(verify_without("aud").unwrap_err(), TokenProblem::InvalidClaim("aud"));
    }

    #[test]
    fn issuer_audience_and_expiry_are_judged_in_this_order() {
        let wrong = json!({ "iss": "x", "aud": 1, "exp": 0, "permissions": 1 });
        assert_eq!(refusal(&wrong), Some(TokenProblem::InvalidClaim("iss")));
        assert_eq!(refusal(&json!({ "aud": 1, "exp": 0, "permissions": 1 })), Some(TokenProblem::InvalidClaim("aud")));
        assert_eq!(refusal(&json!({ "exp": 0, "permissions": 1 })), Some(TokenProblem::Expired));
    }

    #[test]
    fn permissions_are_a_bounded_list_of_strings_and_may_be_absent() {
        let none = verify_without("permissions").unwrap();
        assert!(!none.holds(&crate::auth::Permission::READ_USER));
        assert_eq!(refusal(&json!({ "permissions": vec!["a"; 256] })), None);
        for permissions in [json!("user:* purge:*:*"), json!([1]), json!(vec!["a"; 257])] {
            assert_eq!(
                refusal(&json!({ "permissions": permissions })),
                Some(TokenProblem::InvalidClaim("permissions"))
            );
        }
    }

    #[test]
    fn a_platform_user_needs_both_claims() {
        let caller = verify_with(&json!({})).unwrap();
        let (platform, id) = caller.platform_user.unwrap();
        assert_eq!((platform, id.as_str()), (Platform::Steam, testing::PLATFORM_USER_ID));
        assert!(verify_without("platform").unwrap().platform_user.is_none());
        assert!(verify_without("platform_user_id").unwrap().platform_user.is_none());
    }

    #[test]
    fn an_unknown_platform_or_an_id_of_wrong_length_is_refused() {
        assert_eq!(refusal(&json!({ "platform": "steam" })), Some(TokenProblem::InvalidClaim("platform")));
        for id in [String::new(), "a".repeat(2049)] {
            let refused = refusal(&json!({ "platform_user_id": id }));
            assert_eq!(refused, Some(TokenProblem::InvalidClaim("platform_user_id")));
        }
    }
}

use std::{borrow::Cow, time::Duration};

use serde::Deserialize;

use super::{
    caller::{Actor, Caller},
    claim_path::ClaimPath,
    error::AuthError,
    issuer::Issuer,
    json::{Members, Mistyped},
};
use crate::identity::{Platform, PlatformUserId, Timestamp};

/// How far the clocks of issuer and server may be apart.
const LEEWAY: Duration = Duration::from_secs(5);

/// Claims that say what a token is for, with what an access token has there. `ver` and `token_type` are ours, `token_use` is
/// Cognito's, and `typ` Keycloak's: a token for something else is no access token, whoever it is for.
const KINDS: [(&str, &str); 3] = [("token_type", "access"), ("token_use", "access"), ("typ", "Bearer")];

/// The caller that claims with a valid signature describe, if they are for us and for now.
pub(super) fn read_caller(claims: &Members<'_>, issuer: &Issuer, now: Timestamp) -> Result<Caller, AuthError> {
    check_kind(claims)?;
    let registered = Registered::read(claims)?;
    registered.check_issuer(issuer)?;
    issuer.check_audience(claims)?;
    registered.check_time(now)?;
    Ok(Caller {
        actor: Actor::of(&registered.iss, &registered.sub),
        permissions: issuer.settings.permissions.read(claims)?,
        platform_user: platform_user(claims, issuer)?,
    })
}

/// Claims that no access token has, whatever their value: of ID tokens (`OpenID` Connect Core section 3.3.2.11) and of security
/// events (RFC 8417 section 2.2).
const OTHER_KINDS: [&str; 3] = ["at_hash", "c_hash", "events"];

/// `ver` and the claims of [`KINDS`] may be absent, and are refused when different.
fn check_kind(claims: &Members<'_>) -> Result<(), AuthError> {
    if !matches!(claims.read("ver"), Ok(None | Some(1_u64))) {
        return Err(AuthError::InvalidVersion);
    }
    let is_access =
        |(name, access): &(&str, &str)| claims.text(name).is_ok_and(|kind| kind.is_none_or(|kind| kind == *access));
    let is_other = OTHER_KINDS.iter().any(|name| claims.has(name));
    if KINDS.iter().all(is_access) && !is_other { Ok(()) } else { Err(AuthError::InvalidType) }
}

/// The claims of RFC 7519 section 4.1 that are read before any is judged.
struct Registered<'a> {
    iss: Cow<'a, str>,
    sub: Cow<'a, str>,
    exp: NumericDate,
    nbf: Option<NumericDate>,
}

impl<'a> Registered<'a> {
    fn read(claims: &Members<'a>) -> Result<Self, AuthError> {
        if !["exp", "iss", "sub"].iter().all(|name| claims.has(name)) {
            return Err(AuthError::MalformedAccess);
        }
        let exp = required(claims, "exp")?;
        let nbf = optional(claims, "nbf")?;
        optional::<NumericDate>(claims, "iat")?;
        let text = |name| claims.text(name).ok().flatten().ok_or(AuthError::InvalidClaim(name));
        Ok(Self { exp, nbf, iss: text("iss")?, sub: text("sub")? })
    }

    fn check_issuer(&self, issuer: &Issuer) -> Result<(), AuthError> {
        if self.iss == issuer.settings.issuer { Ok(()) } else { Err(AuthError::InvalidClaim("iss")) }
    }

    fn check_time(&self, now: Timestamp) -> Result<(), AuthError> {
        // RFC 7519 section 4.1.4: not accepted on or after `exp`; section 4.1.5: not before `nbf`.
        if now >= self.exp.0.plus(LEEWAY) {
            return Err(AuthError::Expired);
        }
        if self.nbf.is_some_and(|nbf| now.plus(LEEWAY) < nbf.0) {
            return Err(AuthError::InvalidClaim("nbf"));
        }
        Ok(())
    }
}

/// Seconds since the Unix epoch, fractions allowed (RFC 7519 section 2). Refused are negative ones and those after the year 9999:
/// an issuer that counts in milliseconds would mean such a year.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "f64")]
struct NumericDate(Timestamp);

impl TryFrom<f64> for NumericDate {
    type Error = &'static str;

    fn try_from(seconds: f64) -> Result<Self, Self::Error> {
        let since_epoch = Duration::try_from_secs_f64(seconds).map_err(|_| "before the Unix epoch, or no time")?;
        let time = Timestamp::from_millis(0).plus(since_epoch);
        if time.round_down().is_writable() { Ok(Self(time)) } else { Err("after the year 9999") }
    }
}

/// Both claims or nobody; a claim that is there must be valid even when the other is not.
fn platform_user(claims: &Members<'_>, issuer: &Issuer) -> Result<Option<(Platform, PlatformUserId)>, AuthError> {
    let platform = text(claims, &issuer.settings.platform, "platform")?
        .map(|name| Platform::from_name(&name).ok_or(AuthError::InvalidClaim("platform")))
        .transpose()?;
    let platform_user_id = text(claims, &issuer.settings.platform_user_id, "platform_user_id")?
        .map(|id| PlatformUserId::new(id).ok_or(AuthError::InvalidClaim("platform_user_id")))
        .transpose()?;
    Ok(platform.zip(platform_user_id))
}

/// A text wherever the issuer puts it; errors have our name for it.
fn text(claims: &Members<'_>, path: &ClaimPath, name: &'static str) -> Result<Option<String>, AuthError> {
    path.read(claims).map_err(|Mistyped| AuthError::InvalidClaim(name))
}

fn required<'a, T: Deserialize<'a>>(claims: &Members<'a>, name: &'static str) -> Result<T, AuthError> {
    optional(claims, name)?.ok_or(AuthError::InvalidClaim(name))
}

fn optional<'a, T: Deserialize<'a>>(claims: &Members<'a>, name: &'static str) -> Result<Option<T>, AuthError> {
    claims.read(name).map_err(|Mistyped| AuthError::InvalidClaim(name))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::auth::testing::{self, NOW, TestKey};

    const NOW_SECONDS: i64 = NOW.as_millis() / 1000;

    /// What becomes of a token whose claims are the usual ones but for these.
    fn verify_with(changes: &Value) -> Result<Caller, AuthError> {
        let mut claims = testing::claims();
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        testing::verify(&TestKey::ed25519().token(&claims))
    }

    fn refusal(changes: &Value) -> Option<AuthError> {
        verify_with(changes).err()
    }

    fn verify_without(name: &str) -> Result<Caller, AuthError> {
        let mut claims = testing::claims();
        claims.as_object_mut().unwrap().remove(name);
        testing::verify(&TestKey::ed25519().token(&claims))
    }

    fn verify_raw(claims: &str) -> Option<AuthError> {
        let key = TestKey::ed25519();
        testing::verify(&key.sign_parts(&key.header().to_string(), claims)).err()
    }

    #[test]
    fn claims_are_one_json_object_with_distinct_names() {
        let claims = testing::claims().to_string();
        let repeated = claims.replacen('{', r#"{"\u0073ub":"somebody","#, 1);
        for claims in ["", "null", "[]", "{", &format!("{claims}{claims}"), &repeated] {
            assert_eq!(verify_raw(claims), Some(AuthError::MalformedAccess), "{claims}");
        }
    }

    #[test]
    fn the_version_is_one_or_absent() {
        assert_eq!(refusal(&json!({ "ver": 1 })), None);
        for version in [json!(2), json!(0), json!("1"), json!(null), json!([1])] {
            assert_eq!(refusal(&json!({ "ver": version })), Some(AuthError::InvalidVersion));
        }
    }

    #[test]
    fn the_token_type_is_access_or_absent() {
        assert_eq!(refusal(&json!({ "token_type": "access" })), None);
        for token_type in [json!("refresh"), json!("Access"), json!(""), json!(null), json!(1)] {
            assert_eq!(refusal(&json!({ "token_type": token_type })), Some(AuthError::InvalidType));
        }
    }

    #[test]
    fn a_token_for_another_use_is_no_access_token() {
        for (name, access, other) in
            [("token_use", "access", "id"), ("typ", "Bearer", "Refresh"), ("typ", "Bearer", "ID")]
        {
            assert_eq!(refusal(&json!({ name: access })), None);
            assert_eq!(refusal(&json!({ name: other })), Some(AuthError::InvalidType), "{name}: {other}");
        }
    }

    #[test]
    fn expiry_issuer_and_subject_are_required() {
        for name in ["exp", "iss", "sub"] {
            assert_eq!(verify_without(name).unwrap_err(), AuthError::MalformedAccess, "{name}");
        }
    }

    #[test]
    fn a_mistyped_claim_is_named() {
        let mistyped = [json!(null), json!({}), json!([1]), json!(true)];
        let names = ["exp", "nbf", "iat", "iss", "sub", "aud", "permissions", "platform", "platform_user_id"];
        for (name, value) in names.iter().flat_map(|name| mistyped.iter().map(move |value| (*name, value))) {
            assert_eq!(refusal(&json!({ name: value })), Some(AuthError::InvalidClaim(name)), "{name}: {value}");
        }
    }

    #[test]
    fn a_time_is_a_number_that_is_neither_negative_nor_boundless() {
        for name in ["exp", "nbf", "iat"] {
            for value in ["-1", "-0.5", "1e300", "1e999", "99999999999999999999999", "\"1\"", "\"NaN\""] {
                let mut claims = testing::claims();
                claims.as_object_mut().unwrap().remove(name);
                let claims = claims.to_string().replacen('{', &format!("{{\"{name}\":{value},"), 1);
                assert_eq!(verify_raw(&claims), Some(AuthError::InvalidClaim(name)), "{name}: {value}");
            }
        }
    }

    #[test]
    fn a_time_is_in_the_year_9999_at_the_latest() {
        for name in ["exp", "nbf", "iat"] {
            for value in [json!(253_402_300_800_i64), json!(NOW_SECONDS * 1000), json!(1e19)] {
                assert_eq!(refusal(&json!({ name: value })), Some(AuthError::InvalidClaim(name)), "{name}: {value}");
            }
        }
        let last = json!(253_402_300_799.5);
        assert_eq!(refusal(&json!({ "exp": last, "iat": last })), None);
    }

    #[test]
    fn a_token_lives_until_five_seconds_after_its_expiry() {
        assert_eq!(refusal(&json!({ "exp": NOW_SECONDS + 1 })), None);
        assert_eq!(refusal(&json!({ "exp": NOW_SECONDS - 4 })), None);
        assert_eq!(refusal(&json!({ "exp": NOW_SECONDS - 5 })), Some(AuthError::Expired));
        assert_eq!(refusal(&json!({ "exp": 0 })), Some(AuthError::Expired));
    }

    #[test]
    fn fractions_of_a_second_count() {
        let now: f64 = NOW_SECONDS.to_string().parse().unwrap();
        assert_eq!(refusal(&json!({ "exp": now - 4.5 })), None);
        assert_eq!(refusal(&json!({ "exp": now - 5.5 })), Some(AuthError::Expired));
        assert_eq!(refusal(&json!({ "nbf": now + 5.5 })), Some(AuthError::InvalidClaim("nbf")));
    }

    #[test]
    fn a_token_lives_from_five_seconds_before_its_start() {
        assert_eq!(refusal(&json!({ "nbf": NOW_SECONDS + 5 })), None);
        assert_eq!(refusal(&json!({ "nbf": NOW_SECONDS + 6 })), Some(AuthError::InvalidClaim("nbf")));
    }

    #[test]
    fn the_issuer_is_ours_to_the_letter() {
        for issuer in ["", "https://issuer.test/", "HTTPS://ISSUER.TEST"] {
            assert_eq!(refusal(&json!({ "iss": issuer })), Some(AuthError::InvalidClaim("iss")));
        }
    }

    #[test]
    fn the_audience_is_ours_or_contains_it() {
        assert_eq!(refusal(&json!({ "aud": ["other", testing::AUDIENCE] })), None);
        for audience in [json!("other"), json!([]), json!(["other"]), json!([testing::AUDIENCE, 1])] {
            assert_eq!(refusal(&json!({ "aud": audience })), Some(AuthError::InvalidClaim("aud")));
        }
        assert_eq!(verify_without("aud").unwrap_err(), AuthError::InvalidClaim("aud"));
    }

    #[test]
    fn issuer_audience_and_expiry_are_judged_in_this_order() {
        let wrong = json!({ "iss": "x", "aud": 1, "exp": 0, "permissions": 1 });
        assert_eq!(refusal(&wrong), Some(AuthError::InvalidClaim("iss")));
        assert_eq!(refusal(&json!({ "aud": 1, "exp": 0, "permissions": 1 })), Some(AuthError::InvalidClaim("aud")));
        assert_eq!(refusal(&json!({ "exp": 0, "permissions": 1 })), Some(AuthError::Expired));
    }

    #[test]
    fn permissions_are_a_bounded_list_of_strings_and_may_be_absent() {
        let none = verify_without("permissions").unwrap();
        assert!(!none.holds(&crate::auth::Permission::READ_USER));
        assert_eq!(refusal(&json!({ "permissions": vec!["a"; 256] })), None);
        for permissions in [json!("user:*"), json!([1]), json!(vec!["a"; 257])] {
            assert_eq!(refusal(&json!({ "permissions": permissions })), Some(AuthError::InvalidClaim("permissions")));
        }
    }

    #[test]
    fn a_platform_user_needs_both_claims() {
        let caller = verify_with(&json!({})).unwrap();
        let (platform, id) = caller.platform_user().unwrap();
        assert_eq!((platform, id.as_str()), (Platform::Steam, testing::PLATFORM_USER_ID));
        assert!(verify_without("platform").unwrap().platform_user().is_none());
        assert!(verify_without("platform_user_id").unwrap().platform_user().is_none());
    }

    #[test]
    fn an_unknown_platform_or_an_id_of_wrong_length_is_refused() {
        assert_eq!(refusal(&json!({ "platform": "steam" })), Some(AuthError::InvalidClaim("platform")));
        for id in [String::new(), "a".repeat(2049)] {
            let refused = refusal(&json!({ "platform_user_id": id }));
            assert_eq!(refused, Some(AuthError::InvalidClaim("platform_user_id")));
        }
    }
}

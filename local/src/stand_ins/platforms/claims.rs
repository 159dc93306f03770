//! The claims of signed proofs (docs/contract/rallyhere.md, "Proof of a platform account").

use serde_json::{Value, json};
use shared::identity::Second;

use super::{LocalPlatform, NINTENDO_GAME, PLATFORM_AUDIENCE, PlatformTokenRequest};

/// Nintendo's issuer of the environment `lp1`, in which players play.
const NINTENDO: &str = "https://e0d67c509fb203858ebcb2fe3f88c2aa.baas.nintendo.com";
/// The issuer of Nintendo Accounts.
const NINTENDO_ACCOUNTS: &str = "https://accounts.nintendo.com";
/// The audience of every ID token of a user on a Nintendo Switch. The game is another claim.
const NINTENDO_AUDIENCE: &str = "ed9e2f05d286f7b8";

/// The members of the header beside algorithm and key.
pub(super) fn header(platform: LocalPlatform) -> Value {
    match platform {
        LocalPlatform::NintendoSwitch => json!({ "jku": format!("{NINTENDO}/1.0.0/certificates") }),
        LocalPlatform::NintendoAccount => json!({ "jku": format!("{NINTENDO_ACCOUNTS}/1.0.0/certificates") }),
        LocalPlatform::Apple => json!({}),
        _ => json!({ "typ": "JWT" }),
    }
}

/// The claims of a proof. `None` for Steam, whose tickets have none.
pub(super) fn claims(request: &PlatformTokenRequest, user: &str, at: Second, expires: Second) -> Option<Value> {
    let (issuer, usual_audience) = issuer(request.platform)?;
    let audience = request.audience.as_deref().unwrap_or(usual_audience);
    let mut claims = json!({
        "iss": issuer, "sub": user, "aud": audience, "iat": at.as_unix(), "exp": expires.as_unix(),
    });
    extend(&mut claims, of_platform(request, user, audience, at));
    Some(claims)
}

/// Adds members. Those without a value are left out.
pub(super) fn extend(object: &mut Value, more: Value) {
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
    }
}

/// The issuer of a platform's proofs, and their usual audience.
const fn issuer(platform: LocalPlatform) -> Option<(&'static str, &'static str)> {
    Some(match platform {
        LocalPlatform::Google => ("https://accounts.google.com", PLATFORM_AUDIENCE),
        LocalPlatform::Apple => ("https://appleid.apple.com", PLATFORM_AUDIENCE),
        LocalPlatform::Epic => ("https://api.epicgames.dev/epic/oauth/v2", PLATFORM_AUDIENCE),
        LocalPlatform::EpicV1 => ("https://api.epicgames.dev/epic/oauth/v1", PLATFORM_AUDIENCE),
        LocalPlatform::EpicConnect => ("https://api.epicgames.dev/auth/v1/oauth", PLATFORM_AUDIENCE),
        LocalPlatform::NintendoSwitch => (NINTENDO, NINTENDO_AUDIENCE),
        LocalPlatform::NintendoAccount => (NINTENDO_ACCOUNTS, PLATFORM_AUDIENCE),
        LocalPlatform::Discord => ("https://discord.com", PLATFORM_AUDIENCE),
        LocalPlatform::Twitch => ("https://id.twitch.tv/oauth2", PLATFORM_AUDIENCE),
        LocalPlatform::Steam => return None,
    })
}

/// The claims that only this platform has.
fn of_platform(request: &PlatformTokenRequest, user: &str, audience: &str, issued: Second) -> Value {
    let name = request.name.as_deref();
    match request.platform {
        LocalPlatform::Google => json!({ "azp": audience, "name": name }),
        LocalPlatform::Apple => json!({
            // Apple writes booleans as texts.
            "email": format!("{user}@privaterelay.appleid.com"), "email_verified": "true", "is_private_email": "true",
            "auth_time": issued.as_unix(), "nonce_supported": true,
        }),
        LocalPlatform::Epic | LocalPlatform::EpicV1 | LocalPlatform::EpicConnect => json!({
            "dn": name, "pfpid": "local-product", "pfdid": "local-deployment", "pfsid": "local-sandbox",
        }),
        LocalPlatform::NintendoSwitch => json!({
            "typ": "id_token", "nintendo": { "ai": request.app.as_deref().unwrap_or(NINTENDO_GAME), "av": "0001" },
        }),
        LocalPlatform::NintendoAccount => json!({ "typ": "id_token" }),
        LocalPlatform::Discord => json!({ "preferred_username": name }),
        LocalPlatform::Twitch => json!({ "azp": audience, "preferred_username": name }),
        LocalPlatform::Steam => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use shared::identity::Timestamp;

    use super::*;
    use crate::stand_ins::platforms::PlatformKey;

    const NOW: Timestamp = Timestamp::from_millis(1_742_896_414_999);

    /// The header and the claims of a proof. The header's `kid` must be a published one.
    fn read(request: &PlatformTokenRequest) -> (Value, Value) {
        let key = PlatformKey::in_memory();
        let proof = request.proof(&key, NOW).unwrap();
        let parts: Vec<_> = proof.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
        assert_eq!((parts.len(), parts[2].len()), (3, 256));
        let [mut header, claims] = [0, 1].map(|part| serde_json::from_slice::<Value>(&parts[part]).unwrap());
        assert_eq!(header["kid"].take(), key.key_set(request.platform).unwrap()["keys"][0]["kid"]);
        (header, claims)
    }

    fn of(platform: LocalPlatform) -> PlatformTokenRequest {
        PlatformTokenRequest::new(platform, "42")
    }

    #[test]
    fn each_platform_has_its_own_claims() {
        let jwt = json!({ "alg": "RS256", "kid": null, "typ": "JWT" });
        let epic = |path: &str| {
            json!({
                "iss": format!("https://api.epicgames.dev{path}"), "sub": "42", "aud": "local", "iat": 1_742_896_414,
                "exp": 1_742_900_014, "pfpid": "local-product", "pfdid": "local-deployment", "pfsid": "local-sandbox",
            })
        };
        let other = |issuer: &str| json!({ "iss": issuer, "sub": "42", "aud": "local", "iat": 1_742_896_414, "exp": 1_742_900_014 });
        let with = |mut claims: Value, more: Value| {
            extend(&mut claims, more);
            claims
        };
        let apple = json!({
            "email": "42@privaterelay.appleid.com", "email_verified": "true", "is_private_email": "true",
            "auth_time": 1_742_896_414, "nonce_supported": true,
        });
        for (platform, expected) in [
            (LocalPlatform::Google, with(other("https://accounts.google.com"), json!({ "azp": "local" }))),
            (LocalPlatform::Apple, with(other("https://appleid.apple.com"), apple)),
            (LocalPlatform::Epic, epic("/epic/oauth/v2")),
            (LocalPlatform::EpicV1, epic("/epic/oauth/v1")),
            (LocalPlatform::EpicConnect, epic("/auth/v1/oauth")),
            (LocalPlatform::Discord, other("https://discord.com")),
            (LocalPlatform::Twitch, with(other("https://id.twitch.tv/oauth2"), json!({ "azp": "local" }))),
        ] {
            let (header, claims) = read(&of(platform));
            assert_eq!(claims, expected, "{platform:?}");
            let expected =
                if platform == LocalPlatform::Apple { json!({ "alg": "RS256", "kid": null }) } else { jwt.clone() };
            assert_eq!(header, expected, "{platform:?}");
        }
    }

    #[test]
    fn a_user_on_a_switch_has_the_constant_audience_and_its_game_in_another_claim() {
        let issuer = "https://e0d67c509fb203858ebcb2fe3f88c2aa.baas.nintendo.com";
        let (header, claims) = read(&of(LocalPlatform::NintendoSwitch));
        let jku = format!("{issuer}/1.0.0/certificates");
        assert_eq!(header, json!({ "alg": "RS256", "kid": null, "jku": jku }));
        let expected = json!({
            "iss": issuer, "sub": "0000000000000042", "aud": "ed9e2f05d286f7b8", "iat": 1_742_896_414,
            "exp": 1_742_900_014, "typ": "id_token", "nintendo": { "ai": "0100000000000001", "av": "0001" },
        });
        assert_eq!(claims, expected);
        let (_, claims) = read(&of(LocalPlatform::NintendoSwitch).app("0100000000000002"));
        assert_eq!(claims["nintendo"]["ai"], "0100000000000002");
        let (_, claims) = read(&of(LocalPlatform::NintendoAccount));
        let expected = json!({
            "iss": "https://accounts.nintendo.com", "sub": "0000000000000042", "aud": "local", "iat": 1_742_896_414,
            "exp": 1_742_900_014, "typ": "id_token",
        });
        assert_eq!(claims, expected);
    }

    #[test]
    fn a_name_is_in_the_claim_of_its_platform() {
        for (platform, claim) in [
            (LocalPlatform::Google, "name"),
            (LocalPlatform::Epic, "dn"),
            (LocalPlatform::Discord, "preferred_username"),
            (LocalPlatform::Twitch, "preferred_username"),
        ] {
            let (_, claims) = read(&of(platform).name("Ada"));
            assert_eq!(claims[claim], "Ada");
        }
    }

    #[test]
    fn audience_and_lifetime_are_those_that_were_asked_for() {
        let request = of(LocalPlatform::Google).audience("other").expires_in(std::time::Duration::from_mins(5));
        let (_, claims) = read(&request);
        assert_eq!((&claims["aud"], &claims["azp"]), (&json!("other"), &json!("other")));
        assert_eq!(claims["exp"], 1_742_896_714);
    }
}

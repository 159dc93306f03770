//! The rules of tokens, and the answer to each token that breaks one.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use roster_local::SigningKey;
use serde_json::{Value, json};
use tests::World;

use crate::{CREATE, DEACTIVATE, bearer, rallyhere, refused, verdict, zitadel};

const MISSING: &str = "Invalid Authorization - missing";
const FORMAT: &str = "Invalid Authorization - expected Bearer and one token";
const MALFORMED: (&str, &str) = ("auth_malformed_access", "Invalid Authorization - malformed access token");
const KEY_ID: (&str, &str) = ("auth_invalid_key_id", "Invalid Authorization - Invalid Key ID in Access Token");
const SIGNATURE: (&str, &str) = ("auth_token_sig_invalid", "Token Signature is invalid");

/// The claims of a valid token.
fn claims(world: &World) -> Value {
    json!({
        "iss": "roster-local", "aud": "roster", "sub": "somebody", "iat": world.now(), "exp": world.now() + 3600,
        "ver": 1, "token_type": "access", "permissions": ["user:*", "purge:*:*"],
    })
}

/// A token with the usual claims and these changes. `null` removes a claim.
fn signed_with(world: &World, changes: &Value) -> String {
    let mut claims = claims(world);
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    world.bundle.signing_key().sign(&claims).unwrap()
}

fn another_key() -> SigningKey {
    SigningKey::from_pkcs8(&SigningKey::generate().unwrap().0).unwrap()
}

fn parts(token: &str) -> [String; 3] {
    token.split('.').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap()
}

fn encoded(json: &str) -> String {
    URL_SAFE_NO_PAD.encode(json)
}

/// Checks the answers of both dialects to a header.
async fn both(world: &World, authorization: &str, (code, desc): (&str, &str), zitadel: &str) {
    let answer = world.send("POST", CREATE, &[("authorization", authorization)], "").await;
    assert_eq!(verdict(&answer), (403, &*refused(false, code, desc)), "{authorization:.200}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let (method, path) = ("POST", DEACTIVATE);
    let answer = world.send(method, path, &[("authorization", authorization)], "").await;
    assert_eq!(verdict(&answer), (401, &*unauthenticated(zitadel)), "{authorization:.200}");
    assert_eq!(answer.header("www-authenticate"), Some(zitadel), "{authorization:.200}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

/// The body of a 401 of ZITADEL with this message. Its id and text are also the detail.
fn unauthenticated(message: &str) -> String {
    let (text, id) = message.strip_suffix(')').and_then(|message| message.split_once(" (")).unwrap();
    let detail = format!(r#"{{"@type":"type.googleapis.com/zitadel.v1.ErrorDetail","id":"{id}","message":"{text}"}}"#);
    format!(r#"{{"code":16,"message":"{message}","details":[{detail}]}}"#)
}

async fn bad_token(world: &World, token: &str, expected: (&str, &str)) {
    both(world, &bearer(token), expected, "Errors.Token.Invalid (AUTH-7fs1e)").await;
}

#[tokio::test]
async fn no_route_answers_without_a_token() {
    let world = World::start().await;
    for (method, path) in rallyhere() {
        let answer = world.send(&method, &path, &[], "").await;
        assert_eq!(verdict(&answer), (403, &*refused(false, "auth_token_format", MISSING)), "{method} {path}");
        assert_eq!(answer.header("www-authenticate"), None);
    }
    for (method, path) in zitadel() {
        let answer = world.send(&method, &path, &[], "").await;
        assert_eq!(verdict(&answer), (401, r#"{"code":16,"message":"auth header missing"}"#), "{method} {path}");
        assert_eq!(answer.header("www-authenticate"), Some("auth header missing"));
    }
}

#[tokio::test]
async fn every_route_verifies_the_token() {
    let world = World::start().await;
    let forged = bearer(&another_key().sign(&claims(&world)).unwrap());
    for (method, path) in rallyhere() {
        let answer = world.send(&method, &path, &[("authorization", &forged)], "").await;
        assert_eq!(verdict(&answer), (403, &*refused(false, KEY_ID.0, KEY_ID.1)), "{method} {path}");
    }
    for (method, path) in zitadel() {
        let answer = world.send(&method, &path, &[("authorization", &forged)], "").await;
        let expected = &*unauthenticated("Errors.Token.Invalid (AUTH-7fs1e)");
        assert_eq!(verdict(&answer), (401, expected), "{method} {path}");
    }
}

#[tokio::test]
async fn a_header_is_bearer_and_one_token() {
    let world = World::start().await;
    let token = world.admin();
    let headers = [
        String::new(),
        "Bearer".into(),
        token.clone(),
        format!("Basic {token}"),
        format!("Bearer{token}"),
        format!("Bearer {token} {token}"),
        format!("Bearer {token},Bearer {token}"),
    ];
    for header in headers {
        both(&world, &header, ("auth_token_format", FORMAT), "invalid auth header (AUTH-toLo1)").await;
    }
}

/// A browser also sends cookies with requests of other sites, so a cookie proves nothing.
#[tokio::test]
async fn a_token_in_a_cookie_is_no_token() {
    let world = World::start().await;
    let cookie = format!("Authorization={}; Authorization=Bearer {}", world.admin(), world.admin());
    for (method, path) in rallyhere() {
        let answer = world.send(&method, &path, &[("cookie", &cookie)], "").await;
        assert_eq!(verdict(&answer), (403, &*refused(false, "auth_token_format", MISSING)), "{method} {path}");
    }
    for (method, path) in zitadel() {
        let answer = world.send(&method, &path, &[("cookie", &cookie)], "").await;
        assert_eq!(verdict(&answer), (401, r#"{"code":16,"message":"auth header missing"}"#), "{method} {path}");
    }
}

#[tokio::test]
async fn two_authorization_headers_are_refused_even_if_one_is_good() {
    let world = World::start().await;
    let good = bearer(&world.admin());
    let forged = bearer(&another_key().sign(&claims(&world)).unwrap());
    let others = ["Basic eDp5", &*forged, &*good, "Bearer", ""];
    let orders = others.iter().flat_map(|other| [[&*good, *other], [*other, &*good]]);
    for headers in orders {
        let two = headers.map(|header| ("authorization", header));
        let answer = world.send("POST", CREATE, &two, "").await;
        assert_eq!(verdict(&answer), (403, &*refused(false, "auth_token_format", FORMAT)), "{headers:?}");
        let (method, path) = ("POST", DEACTIVATE);
        let answer = world.send(method, path, &two, "").await;
        assert_eq!(verdict(&answer), (401, &*unauthenticated("invalid auth header (AUTH-toLo1)")));
    }
}

#[tokio::test]
async fn the_scheme_is_read_in_any_case_by_rallyhere_and_exactly_by_zitadel() {
    let world = World::start().await;
    for scheme in ["bearer", "BEARER", "bEaReR"] {
        let header = format!("{scheme} {}", world.admin());
        let answer = world.send("POST", CREATE, &[("authorization", &header)], "").await;
        assert_eq!(answer.status, 422, "{scheme}: {}", answer.text);
        let (method, path) = ("POST", DEACTIVATE);
        let answer = world.send(method, path, &[("authorization", &header)], "").await;
        assert_eq!(verdict(&answer), (401, &*unauthenticated("invalid auth header (AUTH-toLo1)")));
    }
}

#[tokio::test]
async fn a_token_has_three_parts() {
    let world = World::start().await;
    let [header, claims, signature] = parts(&world.admin());
    let others = ["x".into(), format!("{header}.{claims}"), format!("{header}.{claims}.{signature}.")];
    for token in others {
        bad_token(&world, &token, ("auth_not_jwt", "Invalid Authorization")).await;
    }
}

#[tokio::test]
async fn each_part_is_base64url_of_what_it_should_be() {
    let world = World::start().await;
    let [header, claims, signature] = parts(&world.admin());
    let others = [
        format!("{header}=.{claims}.{signature}"),
        format!("{header}.{claims}=.{signature}"),
        format!("{header}.{claims}.{signature}=="),
        format!("{header}.{claims}.*{}", &signature[1..]),
        format!("{}.{claims}.{signature}", encoded("not json")),
        format!("{}.{claims}.{signature}", encoded("[]")),
        format!("{}.{claims}.{signature}", encoded("{}")),
        "..".into(),
    ];
    for token in others {
        bad_token(&world, &token, MALFORMED).await;
    }
}

#[tokio::test]
async fn expiry_issuer_and_subject_are_required() {
    let world = World::start().await;
    for name in ["exp", "iss", "sub"] {
        bad_token(&world, &signed_with(&world, &json!({ name: null })), MALFORMED).await;
    }
}

#[tokio::test]
async fn version_and_type_may_be_absent_and_are_refused_when_different() {
    let world = World::start().await;
    let absent = signed_with(&world, &json!({ "ver": null, "token_type": null }));
    let answer = world.send("POST", CREATE, &[("authorization", &bearer(&absent))], "").await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    for version in [json!(2), json!(0), json!("2"), json!([1])] {
        let token = signed_with(&world, &json!({ "ver": version }));
        bad_token(&world, &token, ("auth_invalid_version", "Invalid Authorization - version")).await;
    }
    for token_type in [json!("refresh"), json!("access "), json!(1)] {
        let token = signed_with(&world, &json!({ "token_type": token_type }));
        bad_token(&world, &token, ("auth_token_invalid_type", "Invalid Authorization - Invalid Token Type")).await;
    }
}

#[tokio::test]
async fn the_key_id_is_one_of_ours() {
    let world = World::start().await;
    bad_token(&world, &another_key().sign(&claims(&world)).unwrap(), KEY_ID).await;
    let [_, claims, signature] = parts(&world.admin());
    let kid = world.bundle.signing_key().kid();
    for kid in [json!(format!("{kid} ")), json!(kid.to_uppercase()), json!([kid]), json!(1)] {
        let header = json!({ "alg": "EdDSA", "kid": kid }).to_string();
        bad_token(&world, &format!("{}.{claims}.{signature}", encoded(&header)), KEY_ID).await;
    }
}

#[tokio::test]
async fn a_signature_is_by_that_key_and_over_these_bytes() {
    let world = World::start().await;
    let good = world.service(&["user:*"]);
    let [header, claims, signature] = parts(&good);
    let [_, forged_claims, forged] = parts(&another_key().sign(&self::claims(&world)).unwrap());
    let more: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&claims).unwrap()).unwrap();
    let more = encoded(&more.to_string().replace("user:*", "purge:*"));
    let kid = world.bundle.signing_key().kid();
    let none = encoded(&json!({ "alg": "none", "kid": kid }).to_string());
    let symmetric = encoded(&json!({ "alg": "HS256", "kid": kid }).to_string());
    let others = [
        format!("{header}.{claims}."),
        format!("{header}.{claims}.AAAA"),
        format!("{header}.{more}.{signature}"),
        format!("{header}.{forged_claims}.{forged}"),
        format!("{none}.{claims}."),
        format!("{none}.{claims}.{signature}"),
        format!("{symmetric}.{claims}.{signature}"),
    ];
    for token in others {
        bad_token(&world, &token, SIGNATURE).await;
    }
}

#[tokio::test]
async fn an_expired_token_is_told_so() {
    let world = World::start().await;
    let expired = ("auth_token_expired", "Token is expired");
    for seconds in [10, 3600] {
        bad_token(&world, &signed_with(&world, &json!({ "exp": world.now() - seconds })), expired).await;
    }
    bad_token(&world, &signed_with(&world, &json!({ "exp": 0 })), expired).await;
}

#[tokio::test]
async fn a_wrong_claim_is_named_and_its_value_is_not() {
    let world = World::start().await;
    let later = world.now() + 60;
    let wrong = [
        ("iss", json!("https://elsewhere.test")),
        ("iss", json!(1)),
        ("aud", json!("elsewhere")),
        ("aud", json!(["elsewhere"])),
        ("nbf", json!(later)),
        ("exp", json!("soon")),
        ("iat", json!("now")),
        ("sub", json!(7)),
        ("permissions", json!("user:* purge:*:*")),
        ("permissions", json!([1])),
        ("platform", json!("steam")),
        ("platform_user_id", json!("")),
        ("platform_user_id", json!(42)),
    ];
    for (name, value) in wrong {
        let desc = format!("Token contained invalid claim value: {name}");
        bad_token(&world, &signed_with(&world, &json!({ name: value })), ("auth_token_invalid_claim", &desc)).await;
    }
}

#[tokio::test]
async fn a_time_after_the_year_9999_is_a_wrong_claim() {
    /// The last second of the year 9999.
    const LAST: i64 = 253_402_300_799;
    let world = World::start().await;
    for name in ["exp", "nbf", "iat"] {
        let desc = format!("Token contained invalid claim value: {name}");
        for time in [json!(LAST + 1), json!((world.now() + 60) * 1000), json!(world.now() * 1_000_000_000), json!(1e19)]
        {
            let token = signed_with(&world, &json!({ name: time }));
            bad_token(&world, &token, ("auth_token_invalid_claim", &desc)).await;
        }
    }
    let token = signed_with(&world, &json!({ "exp": LAST, "iat": LAST }));
    assert_eq!(world.post(CREATE, &token, json!({})).await.status, 422);
}

#[tokio::test]
async fn an_audience_may_be_one_of_several() {
    let world = World::start().await;
    let token = signed_with(&world, &json!({ "aud": ["elsewhere", "roster"] }));
    assert_eq!(world.post(CREATE, &token, json!({})).await.status, 422);
}

#[tokio::test]
async fn a_token_over_8_kib_is_refused_unread() {
    let world = World::start().await;
    let unknown = ("auth_token_unknown", "Failed to parse token");
    bad_token(&world, &"a".repeat(8193), unknown).await;
    bad_token(&world, &"a".repeat(8192), ("auth_not_jwt", "Invalid Authorization")).await;
    bad_token(&world, &of_size(&world, 8193), unknown).await;
    let longest = bearer(&of_size(&world, 8192));
    let answer = world.send("POST", CREATE, &[("authorization", &longest)], "").await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    let answer = world.send("POST", DEACTIVATE, &[("authorization", &longest)], "").await;
    assert_ne!(answer.status, 401, "{}", answer.text);
}

/// A valid token of exactly so many bytes.
fn of_size(world: &World, bytes: usize) -> String {
    let with = |padding: usize| signed_with(world, &json!({ "padding": "a".repeat(padding) }));
    // Three bytes of claims become four characters.
    let padding = (bytes - with(0).len()) * 3 / 4;
    let sizes = padding.saturating_sub(2)..padding + 3;
    sizes.map(with).find(|token| token.len() == bytes).expect("padding of this length")
}

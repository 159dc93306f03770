//! The allowed error of an issuer's clock, and the longest lifetime of its tokens.

use serde_json::{Value, json};
use tests::{World, keys::Key};

use crate::{
    provider::{allowed, refused, with, wrong_claim},
    server::{AUDIENCE, ISSUER, verdict, world},
};

/// A bundle that trusts the key, with these settings.
async fn trusting(key: &Key, settings: Value) -> World {
    let issuer = json!({ "issuer": ISSUER, "audience": AUDIENCE, "jwks": { "keys": [key.jwk()] } });
    world(&json!([with(&issuer, &settings)])).await
}

/// The answer to a token with these times, in seconds from now.
async fn judged(world: &World, key: &Key, times: &[(&str, i64)]) -> (u16, String) {
    let mut claims = json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "s", "permissions": ["user:*"] });
    for (name, seconds) in times {
        claims[*name] = json!(world.now() + seconds);
    }
    verdict(world, &key.token(&claims)).await
}

#[tokio::test]
async fn leeway_is_the_issuers_and_five_seconds_where_nothing_is_said() {
    let key = Key::ed_dsa("key");
    for (settings, least, most) in
        [(json!({}), 2, 10), (json!({ "leeway": "5m" }), 290, 310), (json!({ "leeway": "0s" }), 0, 5)]
    {
        let world = trusting(&key, settings.clone()).await;
        let expired = refused("auth_token_expired");
        assert_eq!(judged(&world, &key, &[("exp", 60), ("nbf", least)]).await, allowed(), "{settings}");
        assert_eq!(judged(&world, &key, &[("exp", 60), ("nbf", most)]).await, wrong_claim(), "{settings}");
        assert_eq!(judged(&world, &key, &[("exp", 60 - least)]).await, allowed(), "{settings}");
        assert_eq!(judged(&world, &key, &[("exp", -most)]).await, expired, "{settings}");
        if least > 0 {
            assert_eq!(judged(&world, &key, &[("exp", -least)]).await, allowed(), "{settings}");
        }
    }
}

#[tokio::test]
async fn a_token_that_lives_longer_than_its_issuer_may_give_is_refused() {
    let key = Key::ed_dsa("key");
    let world = trusting(&key, json!({ "max_lifetime": "1h" })).await;
    for times in [[("iat", 0), ("exp", 3600)], [("iat", -3000), ("exp", 600)]] {
        assert_eq!(judged(&world, &key, &times).await, allowed(), "{times:?}");
    }
    for times in [
        &[("iat", 0), ("exp", 3601)][..],
        &[("iat", -3600), ("exp", 600)],
        &[("iat", 86_400), ("exp", 86_400 + 3600)],
        &[("exp", 60)],
    ] {
        assert_eq!(judged(&world, &key, times).await, wrong_claim(), "{times:?}");
    }
    let world = trusting(&key, json!({})).await;
    assert_eq!(judged(&world, &key, &[("exp", 10 * 365 * 86_400)]).await, allowed(), "no limit unless it is set");
}

//! Several issuers: each vouches for its own tokens and audience only (RFC 8725 section 3.8).

use serde_json::{Value, json};

use super::{Case, Verdict};
use crate::auth::{
    AuthSettings, Authenticator,
    testing::{self, TestKey},
};

const GAME: &str = "https://game.test";
const TOOLS: &str = "https://tools.test";
const POOL: &str = "https://pool.test";

/// Two issuers with a key of the same name and a key of their own each, and a third whose tokens
/// name the audience in `client_id`.
struct Issuers {
    authenticator: Authenticator,
    game: [TestKey; 2],
    tools: [TestKey; 2],
    pool: TestKey,
}

impl Issuers {
    fn new() -> Self {
        let game = [TestKey::new_ed25519("shared"), TestKey::new_ed25519("game")];
        let tools = [TestKey::new_ed25519("shared"), TestKey::new_p256("tools")];
        let pool = TestKey::new_p256("pool");
        let jwks = |keys: &[TestKey]| json!({ "keys": keys.iter().map(TestKey::jwk).collect::<Vec<_>>() });
        let settings = json!([
            { "issuer": GAME, "jwks": jwks(&game), "audience": "players", "algorithms": ["EdDSA"] },
            { "issuer": TOOLS, "jwks": jwks(&tools), "audience": ["staff", "robots"] },
            {
                "issuer": POOL, "jwks": { "keys": [pool.jwk()] }, "audience": "client",
                "audience_claim": "client_id", "algorithms": ["ES256"],
            },
        ]);
        let settings = AuthSettings::from_json(&settings.to_string()).unwrap();
        Self { authenticator: Authenticator::new(&settings).unwrap(), game, tools, pool }
    }
}

pub(super) fn cases() -> Vec<Case> {
    let issuers = Issuers::new();
    let cases: Vec<_> = [keys(&issuers), names(&issuers), audiences(&issuers)].into_iter().flatten().collect();
    cases.into_iter().map(|case| case.to(&issuers.authenticator)).collect()
}

/// Claims of this issuer for this audience.
fn claims(iss: impl Into<Value>, aud: impl Into<Value>) -> Value {
    let mut claims = testing::claims();
    claims["iss"] = iss.into();
    claims["aud"] = aud.into();
    claims
}

/// A token whose header names one key, signed by another.
fn forged(named: &TestKey, signer: &TestKey, claims: &Value) -> String {
    signer.sign_parts(&named.header().to_string(), &claims.to_string())
}

fn keys(issuers: &Issuers) -> Vec<Case> {
    let Issuers { game: [game_shared, game], tools: [tools_shared, tools], pool, .. } = issuers;
    let (of_game, of_tools) = (claims(GAME, "players"), claims(TOOLS, "staff"));
    let stranger = TestKey::new_ed25519("shared");
    let rows = [
        ("a token of each, the first", game.token(&of_game), Verdict::ACCEPTED),
        ("a token of each, the second", tools.token(&of_tools), Verdict::ACCEPTED),
        ("the first one's, by the key whose name both have", game_shared.token(&of_game), Verdict::ACCEPTED),
        ("the second one's, by the key whose name both have", tools_shared.token(&of_tools), Verdict::ACCEPTED),
        ("the first one's by the second's key of the same name", tools_shared.token(&of_game), Verdict::SIGNATURE),
        ("the second one's by the first's key of the same name", game_shared.token(&of_tools), Verdict::SIGNATURE),
        ("the first one's by a key that only the second has", tools.token(&of_game), Verdict::KEY_ID),
        ("the second one's by a key that only the first has", game.token(&of_tools), Verdict::KEY_ID),
        ("the first one's by a stranger's key of the same name", stranger.token(&of_game), Verdict::SIGNATURE),
        ("the first one's key under the second's name", forged(tools, game, &of_tools), Verdict::SIGNATURE),
        ("the second one's key under the first's name", forged(game, tools, &of_game), Verdict::SIGNATURE),
        ("the third one's key for the first", pool.token(&of_game), Verdict::KEY_ID),
    ];
    named(rows)
}

/// A token of an unknown issuer gets the code for that, after one verification with a key of ours.
/// A forged one gets the code of a wrong signature.
fn names(issuers: &Issuers) -> Vec<Case> {
    let Issuers { game: [game_shared, game], tools: [tools_shared, tools], .. } = issuers;
    let unknown = claims("https://other.test", "players");
    let both = claims(json!([GAME, TOOLS]), "players");
    let mut none = claims(GAME, "staff");
    super::members(&mut none).remove("iss");
    let good = claims(GAME, "players").to_string();
    let twice = good.replacen('{', &format!("{{\"iss\":\"{TOOLS}\","), 1);
    let header = |key: &TestKey| key.header().to_string();
    let rows = [
        ("an unknown one by a key of the first", game.token(&unknown), Verdict::claim("iss")),
        ("an unknown one by a key of the second", tools.token(&unknown), Verdict::claim("iss")),
        ("an unknown one by an unknown key", TestKey::new_ed25519("other").token(&unknown), Verdict::KEY_ID),
        ("an unknown one, forged", forged(game, game_shared, &unknown), Verdict::SIGNATURE),
        ("the first one's with a slash", game.token(&claims(format!("{GAME}/"), "players")), Verdict::claim("iss")),
        (
            "the first one's name and more, by the second",
            tools.token(&claims(format!("{GAME}.x"), "staff")),
            Verdict::claim("iss"),
        ),
        ("the first one's in upper case", game.token(&claims(GAME.to_uppercase(), "players")), Verdict::claim("iss")),
        ("no issuer, by a key of the second", tools.token(&none), Verdict::BAD_CLAIMS),
        ("both in an array, by a key of the first", game.token(&both), Verdict::claim("iss")),
        ("both in an array, by a key of the second", tools.token(&both), Verdict::claim("iss")),
        ("both by two claims, by a key of the first", game.sign_parts(&header(game), &twice), Verdict::BAD_CLAIMS),
        ("both by two claims, by a key of the second", tools.sign_parts(&header(tools), &twice), Verdict::BAD_CLAIMS),
        (
            "both by two claims, by the second's key of the same name",
            tools_shared.sign_parts(&header(tools_shared), &twice),
            Verdict::SIGNATURE,
        ),
    ];
    named(rows)
}

fn audiences(issuers: &Issuers) -> Vec<Case> {
    let Issuers { game: [_, game], tools: [_, tools], pool, .. } = issuers;
    let of_pool = |client: Value, aud: Value| {
        let mut claims = claims(POOL, aud);
        claims["client_id"] = client;
        claims
    };
    let mut without_aud = of_pool(json!("client"), json!(null));
    super::members(&mut without_aud).remove("aud");
    let mut id_token = of_pool(json!("client"), json!("client"));
    id_token["token_use"] = json!("id");
    let rows = [
        ("the first one's token for the second's audience", game.token(&claims(GAME, "staff")), Verdict::claim("aud")),
        (
            "the second one's token for the first's audience",
            tools.token(&claims(TOOLS, "players")),
            Verdict::claim("aud"),
        ),
        ("a token for both audiences", tools.token(&claims(TOOLS, json!(["players", "robots"]))), Verdict::ACCEPTED),
        ("client_id in the place of aud", pool.token(&without_aud), Verdict::ACCEPTED),
        ("client_id beside another aud", pool.token(&of_pool(json!("client"), json!("x"))), Verdict::claim("aud")),
        ("client_id beside the same aud", pool.token(&of_pool(json!("client"), json!("client"))), Verdict::ACCEPTED),
        ("another client_id", pool.token(&of_pool(json!("other"), json!("client"))), Verdict::claim("client_id")),
        ("client_id absent", pool.token(&claims(POOL, "client")), Verdict::claim("client_id")),
        ("client_id in an array", pool.token(&of_pool(json!(["client"]), json!("client"))), Verdict::ACCEPTED),
        (
            "client_id and another one in an array",
            pool.token(&of_pool(json!(["x", "client"]), json!("client"))),
            Verdict::claim("client_id"),
        ),
        ("another client_id in an array", pool.token(&of_pool(json!(["x"]), json!("x"))), Verdict::claim("client_id")),
        ("no client_id in an array", pool.token(&of_pool(json!([]), json!("x"))), Verdict::claim("client_id")),
        ("client_id null", pool.token(&of_pool(json!(null), json!("client"))), Verdict::claim("client_id")),
        ("an id token for the client", pool.token(&id_token), Verdict::TYPE),
        (
            "client_id where aud counts",
            game.token(&{
                let mut claims = claims(GAME, "other");
                claims["client_id"] = json!("players");
                claims
            }),
            Verdict::claim("aud"),
        ),
    ];
    named(rows)
}

fn named<const N: usize>(rows: [(&str, String, Verdict); N]) -> Vec<Case> {
    rows.map(|(name, token, verdict)| Case::new(format!("issuers: {name}"), token, verdict)).into()
}

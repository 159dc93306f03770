//! The canaries: a marked text for each place where a caller could put personal data.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use roster_local::TokenRequest;
use serde_json::json;
use tests::{
    Answer, World,
    canary::Finder,
    logs,
    openapi::{CLIENT, Operation},
    targets::{ACCOUNT, NAME, Target},
    ways::Call,
};

/// The canary in bodies, in place of another value or as an extra one.
pub const BODY: &str = "zqbody6n3w8dj5p1";
/// The canary in paths.
pub const PATH: &str = "zqpath2x7f4sg9c6";
/// The canary in queries.
pub const QUERY: &str = "zqquery8b1k5mv3t7";
/// The canary in headers.
pub const HEADER: &str = "zqheader3d9r6yh2q";
/// The canary in claims: unknown ones, and those about the caller.
const CLAIM: &str = "zqclaim5j2t8zn4f1";
const OWN: &str = "zqown9v4c7lb1s6k3";
const SUBJECT: &str = "zqsubject1g6p3wx8m";
/// The canary in the secret of a client.
const SECRET: &str = "zqsecret4k8m2tv6w";
const TOKEN: &str = "zqtoken7y2h5qd9r4";

/// The issuer of development tokens.
const ISSUER: &str = "roster-local";

/// The canaries that must not get out, and the headers of requests.
pub struct Cage {
    pub finder: Finder,
    /// The tokens that answers gave: the signatures of access tokens, and refresh tokens.
    issued: Mutex<Vec<String>>,
    /// The `Authorization` header of a caller with every permission.
    pub admin: String,
    /// The `Authorization` headers of all other callers.
    pub others: Vec<Option<String>>,
}

impl Cage {
    pub fn new(world: &World) -> Self {
        let mut finder = Finder::default();
        let named = [
            ("platform_user_id", ACCOUNT),
            ("display_name", NAME),
            ("a body", BODY),
            ("a path", PATH),
            ("a query", QUERY),
            ("a header", HEADER),
            ("a claim", CLAIM),
            ("the caller's platform_user_id", OWN),
            ("a token", TOKEN),
            ("a client's secret", SECRET),
            ("the client's credentials", CLIENT),
        ];
        named.into_iter().for_each(|(what, text)| finder.watch(what, text));
        finder.watch_account(OWN);
        finder.watch_subject(ISSUER, SUBJECT);
        let tokens = tokens(world);
        tokens.iter().for_each(|token| finder.watch_token(token));
        let bearer = |token: &String| format!("Bearer {token}");
        let mut others: Vec<_> = tokens[1..].iter().map(|token| Some(bearer(token))).collect();
        others.push(None);
        let junk = [
            TOKEN.to_owned(),
            format!("Bearer {TOKEN}"),
            format!("Bearer {TOKEN}.{TOKEN}.{TOKEN}"),
            format!("Basic {TOKEN}"),
            format!("Basic {}", STANDARD.encode(format!("local:{SECRET}"))),
            format!("Basic {}", STANDARD.encode(SECRET)),
            format!("Bearer {}", TOKEN.repeat(500)),
            format!("{},{}", bearer(&tokens[0]), bearer(&tokens[1])),
            format!("Bearer {TOKEN}{}", tokens[0]),
        ];
        others.extend(junk.map(Some));
        let issued = Mutex::default();
        Self { finder, issued, admin: bearer(&tokens[0]), others }
    }

    /// Adds the accounts and tokens of these users. All their ids have the same beginning.
    pub fn watch(&mut self, target: &Target) {
        for user in [&target.user, &target.other] {
            self.finder.watch_account(&user.platform_user_id);
        }
        if target.tokens.access.contains('.') {
            self.finder.watch_token(&target.tokens.access);
            self.finder.watch("a refresh token", &target.tokens.refresh);
        }
    }

    /// The `Authorization` header of a caller that may do everything with this operation.
    pub fn best(&self, operation: &Operation<'_>) -> Option<String> {
        operation.authorization(self.admin.strip_prefix("Bearer ").expect("a bearer token"))
    }

    /// Sends a request. Fails if the answer shows a canary.
    pub async fn send(&self, world: &World, call: &Call, headers: &[(&str, &str)]) -> Answer {
        let answer = world.send(&call.method, &call.path, headers, call.body.clone()).await;
        let place = format!("{} to {} {}", answer.status, call.method, call.path);
        self.finder.assert_absent_in_answer(&place, &answer);
        self.watch_issued(&answer);
        answer
    }

    /// Adds the tokens that an answer gives.
    fn watch_issued(&self, answer: &Answer) {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        let body = answer.json();
        let signature = body["access_token"].as_str().and_then(|token| token.rsplit('.').next());
        issued.extend(signature.into_iter().chain(body["refresh_token"].as_str()).map(str::to_owned));
    }

    /// Fails if a canary is in the log, in a message to a queue, or in a metric. Metrics are lines
    /// of the log here.
    pub fn assert_silent(&self, world: &World) {
        let logged = logs::text();
        self.finder.assert_absent("the log", logged.as_bytes());
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(!issued.iter().any(|token| logged.contains(token)), "a token that an answer gave is in the log");
        for call in world.made().iter().filter(|call| call.operation.starts_with("SendMessage")) {
            self.finder.assert_absent(&call.operation, call.body.to_string().as_bytes());
        }
    }
}

/// The first token has every permission, the second is a player's, and each other one is invalid in
/// its own way.
fn tokens(world: &World) -> Vec<String> {
    let bundle = &world.bundle;
    let now = world.now();
    let claims = json!({
        "iss": ISSUER, "aud": "roster", "sub": SUBJECT, "iat": now, "exp": now + 3600,
        "permissions": ["user:*", "purge:*:*", "user.*", CLAIM],
        "platform": "Steam", "platform_user_id": OWN, "person_id": CLAIM, "player_uuid": CLAIM, "active_player_uuid": CLAIM,
        "email": CLAIM, "name": { "given": [CLAIM] }, "jti": CLAIM, "nickname": CLAIM,
    });
    let with = |name: &str, value: serde_json::Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        bundle.signing_key().sign(&claims).expect("a token")
    };
    let (pkcs8, _) = roster_local::SigningKey::generate().expect("a key");
    let stranger = roster_local::SigningKey::from_pkcs8(&pkcs8).expect("a key");
    let good = with("iat", json!(now));
    let (message, signature) = good.rsplit_once('.').expect("three parts");
    let forged = format!("{message}.{}", signature.chars().rev().collect::<String>());
    let player = TokenRequest::new::<&str>([]).subject(SUBJECT).platform_user("Steam", OWN).person_id(CLAIM);
    vec![
        good.clone(),
        bundle.token(&player).expect("a token"),
        forged,
        stranger.sign(&claims).expect("a token"),
        with("exp", json!(1)),
        with("nbf", json!(now + 9999)),
        with("iss", json!(CLAIM)),
        with("aud", json!(CLAIM)),
        with("exp", json!(CLAIM)),
        with("permissions", json!({ CLAIM: CLAIM })),
        with("token_type", json!(CLAIM)),
        with("ver", json!(CLAIM)),
        with("platform", json!(CLAIM)),
        with("platform_user_id", json!({ CLAIM: [CLAIM] })),
    ]
}

/// The statuses of the answers so far.
#[derive(Debug, Default)]
pub struct Seen(pub BTreeSet<u16>);

impl Seen {
    /// Notes the HTTP status, and the gRPC status plus 1,000.
    pub fn note(&mut self, answer: &Answer) {
        self.0.insert(answer.status);
        let status = answer.text.split_once("grpc-status: ").and_then(|(_, status)| status.split("\r\n").next());
        self.0.extend(status.and_then(|status| status.parse::<u16>().ok()).map(|status| 1000 + status));
    }

    pub fn assert_has(&self, statuses: &[u16]) {
        let missing: Vec<_> = statuses.iter().filter(|status| !self.0.contains(status)).collect();
        assert!(missing.is_empty(), "{missing:?} were never answered, but {:?}", self.0);
    }
}

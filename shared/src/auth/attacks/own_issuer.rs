//! Tokens of the deployment's own issuer, whose keys are read with the first token that needs them.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Case, Verdict, members};
use crate::{
    auth::{
        AuthSettings, Authenticator, IssuerSettings, OwnUser, PublishKeys, PublishedKeys, TokenProblem, TokenRejection,
        testing::{self, NOW, TestKey},
    },
    identity::{Platform, PlatformUserId, PlayerUuid},
    validation::Account,
};

const OWN: &str = "https://api.test";
const PLAYER: &str = "8f8b1a0e-3c52-4f0e-9c55-6f7d2a9c1e10";

/// A source of the own issuer's key that counts how often it is asked.
#[derive(Debug, Default)]
struct Source {
    asked: AtomicUsize,
    is_down: Mutex<bool>,
}

impl Source {
    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl PublishKeys for Source {
    fn key_set(&self) -> PublishedKeys<'_> {
        Box::pin(async {
            self.asked.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            if *self.is_down.lock().unwrap() {
                return Err("KMS is silent".to_owned());
            }
            Ok(json!({ "keys": [TestKey::rsa().jwk()] }).to_string())
        })
    }
}

/// An authenticator that trusts the own issuer with the RSA key, and another issuer with the
/// Ed25519 key.
fn trusting(source: &Arc<Source>) -> Authenticator {
    let other = json!({ "keys": [TestKey::ed25519().jwk()] }).to_string();
    let mut settings = AuthSettings::short(other, testing::ISSUER, testing::AUDIENCE);
    settings.issuers.push(IssuerSettings::own(OWN, testing::AUDIENCE, Arc::<Source>::clone(source)));
    Authenticator::new(&settings).unwrap()
}

/// The claims of a player of this issuer, with some changed.
fn claims(iss: &str, changes: Value) -> Value {
    let mut claims = testing::claims();
    let Value::Object(changes) = changes else { panic!("an object") };
    members(&mut claims).extend(changes);
    claims["iss"] = json!(iss);
    claims
}

fn own(changes: Value) -> String {
    TestKey::rsa().token(&claims(OWN, changes))
}

fn own_with(header: &Value, signer: &TestKey) -> String {
    signer.sign_parts(&header.to_string(), &claims(OWN, json!({ "player_uuid": PLAYER })).to_string())
}

pub(super) fn cases() -> Vec<Case> {
    let authenticator = trusting(&Arc::default());
    // The keys are at hand from now on, so that no case waits for them.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(authenticator.verify(&own(json!({})), NOW)).unwrap();
    let cases = [players(), keys()].into_iter().flatten();
    cases.map(|case| case.to(&authenticator)).collect()
}

fn players() -> Vec<Case> {
    let (rsa, ed25519) = (TestKey::rsa(), TestKey::ed25519());
    let accepted = [
        ("a player", json!(PLAYER)),
        ("a player in capitals", json!(PLAYER.to_uppercase())),
        ("a player without dashes", json!(PLAYER.replace('-', ""))),
    ];
    let wrong = [
        ("an empty player", json!("")),
        ("a player with a digit too few", json!(&PLAYER[1..])),
        ("a player with a blank", json!(format!("{PLAYER} "))),
        ("a name for the player", json!("ada")),
        ("a number for the player", json!(1)),
        ("true for the player", json!(true)),
        ("null for the player", Value::Null),
        ("a list of players", json!([PLAYER])),
        ("an object for the player", json!({ "S": PLAYER })),
    ];
    let (accepted, wrong) = (accepted.to_vec(), wrong.to_vec());
    let row = |(name, player): (&str, Value), key: &TestKey, iss: &str, verdict| {
        let name = format!("own issuer: {name} of {iss}");
        Case::new(name, key.token(&claims(iss, json!({ "player_uuid": player }))), verdict)
    };
    let refused = Verdict::claim("player_uuid");
    let own = accepted.clone().into_iter().map(|case| row(case, rsa, OWN, Verdict::ACCEPTED));
    let own = own.chain(wrong.clone().into_iter().map(|case| row(case, rsa, OWN, refused)));
    // No other issuer names players, so its claim of that name is not read.
    let of_others = accepted.into_iter().chain(wrong);
    let of_others = of_others.map(|case| row(case, ed25519, testing::ISSUER, Verdict::ACCEPTED));
    own.chain(of_others).collect()
}

fn keys() -> Vec<Case> {
    let (rsa, ed25519, p256) = (TestKey::rsa(), TestKey::ed25519(), TestKey::p256());
    let under = |alg: &str| json!({ "alg": alg, "kid": rsa.kid, "typ": "at+jwt" });
    let to_other = claims(testing::ISSUER, json!({ "player_uuid": PLAYER }));
    let rows = [
        ("the type at+jwt", own_with(&under("RS256"), rsa), Verdict::ACCEPTED),
        ("another key under its name", own_with(&under("RS256"), p256), Verdict::SIGNATURE),
        ("another key and its algorithm", own_with(&under("ES256"), p256), Verdict::ALGORITHM),
        ("the other issuer's key", own_with(&ed25519.header(), ed25519), Verdict::KEY_ID),
        ("the other issuer's key under its name", own_with(&under("EdDSA"), ed25519), Verdict::ALGORITHM),
        ("PS256", own_with(&under("PS256"), rsa), Verdict::ALGORITHM),
        ("RS512", own_with(&under("RS512"), rsa), Verdict::ALGORITHM),
        ("HS256", own_with(&under("HS256"), rsa), Verdict::ALGORITHM),
        ("no algorithm", own_with(&under("none"), rsa), Verdict::ALGORITHM),
        ("an unknown key", own_with(&json!({ "alg": "RS256", "kid": "retired" }), rsa), Verdict::KEY_ID),
        ("its key for the other issuer", rsa.token(&to_other), Verdict::KEY_ID),
    ];
    rows.map(|(name, token, verdict)| Case::new(format!("own issuer: {name}"), token, verdict)).into()
}

fn account() -> Account {
    Account::new(Platform::Steam, &PlatformUserId::new(testing::PLATFORM_USER_ID.to_owned()).unwrap())
}

fn without_platform(mut claims: Value) -> Value {
    members(&mut claims).retain(|name, _| !name.starts_with("platform"));
    claims
}

#[tokio::test]
async fn only_the_own_issuer_names_the_player() {
    let authenticator = trusting(&Arc::default());
    let (named, unnamed) = (json!({ "player_uuid": PLAYER }), json!({}));
    let player = PlayerUuid(PLAYER.parse::<Uuid>().unwrap());
    let (own, other) = (|changes: &Value| claims(OWN, changes.clone()), claims(testing::ISSUER, named.clone()));
    let rows = [
        (TestKey::rsa().token(&own(&named)), Some(OwnUser::Player(player, Some(account())))),
        (TestKey::rsa().token(&without_platform(own(&named))), Some(OwnUser::Player(player, None))),
        (TestKey::rsa().token(&own(&unnamed)), Some(OwnUser::Account(account()))),
        (TestKey::rsa().token(&without_platform(own(&unnamed))), None),
        (TestKey::ed25519().token(&other), Some(OwnUser::Account(account()))),
        (TestKey::ed25519().token(&without_platform(other)), None),
    ];
    for (index, (token, expected)) in rows.into_iter().enumerate() {
        let caller = authenticator.verify(&token, NOW).await.unwrap();
        assert_eq!(caller.own_user(), expected, "row {index}");
    }
}

#[tokio::test]
async fn the_keys_are_fetched_once_with_the_first_token_that_needs_them() {
    let source = Arc::<Source>::default();
    let authenticator = trusting(&source);
    authenticator.fetch_keys(NOW).await;
    let other = TestKey::ed25519().token(&testing::claims());
    assert!(authenticator.verify(&other, NOW).await.is_ok());
    let header = json!({ "alg": "EdDSA", "kid": "ed25519" });
    let refused = authenticator.verify(&own_with(&header, TestKey::ed25519()), NOW).await.unwrap_err();
    assert_eq!(refused, TokenRejection::Refused(TokenProblem::InvalidKeyId));
    assert_eq!(source.asked(), 0);
    let token = own(json!({ "player_uuid": PLAYER }));
    let verified = join_all((0..10).map(|_| authenticator.verify(&token, NOW))).await;
    assert!(verified.iter().all(Result::is_ok));
    assert_eq!(source.asked(), 1);
}

#[tokio::test]
async fn an_unknown_key_is_looked_for_once_a_minute() {
    let source = Arc::<Source>::default();
    let authenticator = trusting(&source);
    let retired = own_with(&json!({ "alg": "RS256", "kid": "retired" }), TestKey::rsa());
    for (seconds, asked) in [(0, 1), (30, 1), (60, 2), (90, 2)] {
        let refused = authenticator.verify(&retired, NOW.plus(Duration::from_secs(seconds))).await.unwrap_err();
        assert_eq!(refused, TokenRejection::Refused(TokenProblem::InvalidKeyId));
        assert_eq!(source.asked(), asked, "after {seconds} s");
    }
}

#[tokio::test]
async fn without_its_keys_a_token_is_not_refused_and_other_issuers_are_not_affected() {
    let source = Arc::<Source>::default();
    *source.is_down.lock().unwrap() = true;
    let authenticator = trusting(&source);
    let token = own(json!({ "player_uuid": PLAYER }));
    for _ in 0..3 {
        let unavailable = authenticator.verify(&token, NOW).await.unwrap_err();
        assert_eq!(unavailable, TokenRejection::KeysUnavailable);
    }
    assert_eq!(source.asked(), 1);
    assert!(authenticator.verify(&TestKey::ed25519().token(&testing::claims()), NOW).await.is_ok());
    *source.is_down.lock().unwrap() = false;
    assert!(authenticator.verify(&token, NOW.plus(Duration::from_secs(5))).await.is_ok());
    assert_eq!(source.asked(), 2);
}

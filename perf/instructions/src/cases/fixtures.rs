//! The records of the cases: a service, a player, and a person with three users and a due purge.

use std::{
    future::Future,
    pin::pin,
    sync::{Arc, LazyLock},
    task::{Context, Poll, Waker},
};

use serde_json::{Value, json};
use shared::{
    ambient::Ambient,
    auth::{AuthSettings, Authenticator, IssuerSettings, PublishKeys, PublishedKeys},
    identity::{
        Claim, DisplayName, IdentityKey, LinkedUser, OperationId, Person, PersonId, Platform, PlatformUser,
        PlatformUserId, PlayerId, PlayerUuid, Purge, PurgeId, PurgeStatus, Receipt, Requester, Second, SubjectHash,
        Timestamp, UserState,
    },
};
use uuid::Uuid;

static TOKENS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../fixtures/tokens.json")).expect("tokens.json is JSON"));

pub const PLATFORMS: [Platform; 3] = [Platform::Steam, Platform::Epic, Platform::Psn];
pub const PLATFORM_USER_ID: &str = "76561198000000001";

/// The account of another person.
pub const FOREIGN_ID: &str = "76561198000000002";

/// A token by its name in tokens.json.
pub fn token(name: &str) -> &'static str {
    TOKENS["tokens"][name].as_str().expect("there is such a token")
}

/// A time at which the tokens are valid.
pub fn now() -> Timestamp {
    Timestamp::from_millis(TOKENS["now"].as_i64().expect("now") * 1000)
}

pub fn authenticator() -> Authenticator {
    let settings = AuthSettings::short(TOKENS["jwks"].to_string(), "https://issuer.test", "roster");
    Authenticator::new(&settings).expect("the keys are good")
}

/// The verifier of tokens of the deployment's own login.
pub fn own_authenticator() -> Authenticator {
    let own = IssuerSettings::own("https://api.example.com", "game", Arc::new(OwnKeys));
    Authenticator::new(&AuthSettings { issuers: vec![own] }).expect("the keys are read later")
}

/// The RSA key of the tokens.
#[derive(Debug)]
struct OwnKeys;

impl PublishKeys for OwnKeys {
    fn key_set(&self) -> PublishedKeys<'_> {
        Box::pin(async { Ok(json!({ "keys": [TOKENS["jwks"]["keys"][0]] }).to_string()) })
    }
}

/// A clock that does not move, and random numbers that are always the same.
pub fn ambient() -> Ambient {
    let now = now();
    Ambient::system().with_clock(move || now).with_random(|| uuid(99))
}

/// A version 4 uuid in which all digits differ, as in a random one.
pub fn uuid(number: u128) -> Uuid {
    uuid::Builder::from_u128(number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
        .with_version(uuid::Version::Random)
        .with_variant(uuid::Variant::RFC4122)
        .into_uuid()
}

pub fn person_id() -> PersonId {
    PersonId(uuid(1))
}

pub fn operation() -> OperationId {
    OperationId(uuid(2))
}

pub fn player(index: usize) -> PlayerUuid {
    PlayerUuid(uuid(10 + index as u128))
}

pub fn identity(index: usize) -> IdentityKey {
    IdentityKey::of(PLATFORMS[index], &platform_user_id())
}

pub fn platform_user_id() -> PlatformUserId {
    PlatformUserId::new(PLATFORM_USER_ID.to_owned()).expect("an id")
}

fn player_id(index: usize) -> PlayerId {
    PlayerId::new(u32::try_from(index).expect("small") + 1_000_017).expect("a player id")
}

pub fn user(index: usize) -> PlatformUser {
    PlatformUser {
        player_uuid: player(index),
        player_id: player_id(index),
        platform: PLATFORMS[index],
        platform_user_id: platform_user_id(),
        display_name: DisplayName::new("Ada Lovelace".to_owned()),
        person_id: person_id(),
        state: UserState::Active,
        sequence: 7,
        created: Timestamp::from_millis(1_700_000_000_123),
        changed: Timestamp::from_millis(1_710_000_000_456),
    }
}

pub fn claim(index: usize) -> Claim {
    Claim { player_uuid: player(index), player_id: player_id(index), person_id: person_id() }
}

pub fn person(person_id: PersonId) -> Person {
    let users = PLATFORMS.iter().enumerate().map(|(index, platform)| {
        let user = LinkedUser { player_uuid: player(index), player_id: player_id(index), identity: identity(index) };
        (*platform, user)
    });
    Person { person_id, users: users.collect(), active_player: Some(player(0)), purge: Some(purge()), version: 12 }
}

pub fn purge_id() -> PurgeId {
    PurgeId(uuid(3))
}

pub fn requester() -> Requester {
    Requester::Service(SubjectHash::new([0xab; 32]))
}

/// A purge that was due some seconds ago.
pub fn purge() -> Purge {
    let second = now().round_down().as_unix();
    Purge {
        purge_id: purge_id(),
        purge_on: Second::from_unix(second - 5),
        created_on: Second::from_unix(second - 86_400),
        modified_on: Second::from_unix(second - 86_400),
        status: PurgeStatus::Queued,
        due_on: Second::from_unix(second - 5),
        dispatches: 1,
        requested_by: requester(),
    }
}

/// The receipt of one of the purges of an hour.
pub fn receipt(number: u128) -> Receipt {
    let second = now().round_down().as_unix();
    Receipt {
        person_id: PersonId(uuid(1000 + number)),
        purge_id: PurgeId(uuid(2000 + number)),
        created_on: Second::from_unix(second - 86_400),
        purge_on: Second::from_unix(second - 5),
        completed_on: Second::from_unix(second),
        requested_by: requester(),
        players: (0..PLATFORMS.len()).map(player).collect(),
        dispatches: 1,
        erased_everywhere_by: Second::from_unix(second + 35 * 86_400),
        expires_on: Second::from_unix(second + 1095 * 86_400),
    }
}

/// The result of work that never waits.
pub fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("there is nothing to wait for"),
    }
}

//! Items of the tables, as the functions write them.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use shared::{
    ambient::Ambient,
    identity::{
        Hour, HourOfReceipts, IdentityKey, PersonId, Platform, PlatformUserId, PlayerUuid, PurgeId, Receipt, Requester,
        Seal, Second, SubjectHash, Timestamp,
    },
};
use uuid::{Uuid, uuid};

use crate::{answers::Answers, environment, login};

/// The person that every event is about.
pub(crate) const PERSON: &str = "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10";
/// The player of that person.
pub(crate) const PLAYER: &str = "66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e";
/// The account of that player.
pub(crate) const STEAM: (&str, &str) = ("Steam", "76561198000000001");
/// The anonymous account of a login. Its player is the same.
pub(crate) const ANON: (&str, &str) = ("Anon", "7d1f6a0c-5d53-4a7e-9b0f-2f1d2c3b4a59");
/// Another account, which may belong to the same person.
pub(crate) const EPIC: (&str, &str) = ("Epic", "c4f2a1d0b7e94f0f8a52");

const OTHER_PERSON: &str = "0b0c1d2e-3f40-4a51-8b62-7c83d9e4f5a6";
const OTHER_PLAYER: &str = "1f2e3d4c-5b6a-4978-8695-a4b3c2d1e0f1";
const PURGE: Uuid = uuid!("5a4b3c2d-1e0f-4a9b-8c7d-6e5f4a3b2c1d");
const OPERATION: &str = "9e8d7c6b-5a49-4837-a625-143f2e1d0c9b";
const DAY: Duration = Duration::from_hours(24);

/// Items as of one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Records {
    now: Timestamp,
}

impl Records {
    pub(crate) fn now() -> Self {
        Self { now: Ambient::system().now() }
    }

    /// The item with many free player ids.
    pub(crate) fn sequence() -> Answers {
        Answers::default().with(environment::SEQUENCES, json!({ "name": s("player_id"), "next": n(1_048_577) }))
    }

    /// One person with both accounts.
    pub(crate) fn two_users(self) -> Answers {
        let person = person(PERSON, &[(STEAM, PLAYER, 4711), (EPIC, OTHER_PLAYER, 4712)]);
        let steam = self.user(STEAM, PLAYER, 4711, PERSON, "active");
        let epic = self.user(EPIC, OTHER_PLAYER, 4712, PERSON, "active");
        Answers::default()
            .with(environment::PERSONS, person)
            .with(environment::USERS, steam)
            .with(environment::USERS, epic)
            .with(environment::IDENTITIES, claim(STEAM, PLAYER, 4711, PERSON))
            .with(environment::IDENTITIES, claim(EPIC, OTHER_PLAYER, 4712, PERSON))
    }

    /// A person for each account.
    pub(crate) fn two_persons() -> Answers {
        Answers::default()
            .with(environment::IDENTITIES, claim(STEAM, PLAYER, 4711, PERSON))
            .with(environment::IDENTITIES, claim(EPIC, OTHER_PLAYER, 4712, OTHER_PERSON))
    }

    /// One user, whose state has just been changed to this one.
    pub(crate) fn user_in_state(self, state: &str) -> Answers {
        Answers::default().with(environment::USERS, self.user(STEAM, PLAYER, 4711, PERSON, state))
    }

    /// A user with one session.
    pub(crate) fn logged_in(self) -> Answers {
        let mut user = self.user(ANON, PLAYER, 4711, PERSON, "active");
        let now = n(self.now.as_millis());
        let session = json!({ "n": n(1), "client": s("local"), "issued": now, "used": now, "ends": n(self.now.plus(30 * DAY).as_millis()) });
        if let Some(members) = user.as_object_mut() {
            members.insert("sessions".into(), json!({ "M": { login::SESSION: { "M": session } } }));
            members.insert("last_login".into(), now);
        }
        Answers::default()
            .with(environment::PERSONS, person(PERSON, &[(ANON, PLAYER, 4711)]))
            .with(environment::USERS, user)
            .with(environment::IDENTITIES, claim(ANON, PLAYER, 4711, PERSON))
    }

    /// A person with a purge that is due in two weeks.
    pub(crate) fn queued_purge(self) -> Answers {
        let second = self.now.round_down();
        Answers::default().with(environment::PERSONS, purged_person(second, second.plus(14 * DAY)))
    }

    /// A person with a due purge.
    pub(crate) fn due_purge(self) -> Answers {
        let second = self.now.round_down();
        Answers::default()
            .with(environment::PERSONS, purged_person(second.minus(14 * DAY), second.minus(Duration::from_mins(1))))
    }

    /// The message of the due purge.
    pub(crate) fn message() -> Value {
        json!({ "person_id": PERSON, "purge_id": PURGE })
    }

    /// A receipt of yesterday under its seal.
    pub(crate) fn sealed_receipt(self) -> Answers {
        let receipt = receipt(self.now.round_down().minus(DAY));
        let seal = Seal::after(None, receipt.hour(), &hour_of(&receipt), self.now);
        Answers::default()
            .with(environment::RECEIPTS, receipt_item(&receipt))
            .with(environment::SEALS, seal_item(&seal))
    }

    /// An hour with a receipt, and the seal of the hour before it.
    pub(crate) fn unsealed_hour(self) -> Answers {
        let hour = Hour::last_settled(self.now);
        let receipt = receipt(hour.start().plus(Duration::from_mins(5)));
        let before = Seal::after(None, hour.before(), &HourOfReceipts::new([]), self.now);
        Answers::default()
            .with(environment::RECEIPTS, receipt_item(&receipt))
            .with(environment::SEALS, seal_item(&before))
    }

    fn user(self, (platform, id): (&str, &str), player: &str, player_id: u32, person: &str, state: &str) -> Value {
        let millis = self.now.as_millis();
        json!({
            "player_uuid": s(player), "player_id": n(player_id), "platform": s(platform), "platform_user_id": s(id),
            "display_name": s("Ada"), "person_id": s(person), "state": s(state), "sequence": n(2),
            "created": n(millis - 86_400_000), "changed": n(millis), "operations": operations(),
        })
    }
}

fn person(person_id: &str, users: &[((&str, &str), &str, u32)]) -> Value {
    let linked = users.iter().map(|(account, player, player_id)| {
        let user = json!({ "player_uuid": s(player), "player_id": n(player_id), "identity": s(identity(*account)) });
        (account.0.to_owned(), json!({ "M": user }))
    });
    let users: serde_json::Map<_, _> = linked.collect();
    json!({ "person_id": s(person_id), "users": { "M": users }, "version": n(3), "operations": operations() })
}

fn purged_person(created_on: Second, purge_on: Second) -> Value {
    let mut item = person(PERSON, &[(STEAM, PLAYER, 4711)]);
    let purge = json!({
        "purge_id": s(PURGE), "purge_on": n(purge_on.as_unix()), "purge_created_on": n(created_on.as_unix()),
        "purge_modified_on": n(created_on.as_unix()), "purge_status": s("queued"), "due_on": n(purge_on.as_unix()),
        "purge_shard": n(0), "dispatches": n(0), "purge_requested_by": s(format!("service {}", "ab".repeat(32))),
    });
    if let (Some(item), Value::Object(purge)) = (item.as_object_mut(), purge) {
        item.extend(purge);
    }
    item
}

fn claim(account: (&str, &str), player: &str, player_id: u32, person: &str) -> Value {
    json!({
        "identity": s(identity(account)), "player_uuid": s(player), "player_id": n(player_id), "person_id": s(person),
    })
}

fn identity((platform, id): (&str, &str)) -> String {
    let key = Platform::from_name(platform).zip(PlatformUserId::new(id.to_owned()));
    key.map(|(platform, id)| IdentityKey::of(platform, &id).as_str().to_owned()).unwrap_or_default()
}

fn receipt(completed_on: Second) -> Receipt {
    Receipt {
        person_id: PersonId(Uuid::try_parse(PERSON).unwrap_or_default()),
        purge_id: PurgeId(PURGE),
        created_on: completed_on.minus(14 * DAY),
        purge_on: completed_on.minus(Duration::from_secs(40)),
        completed_on,
        requested_by: Requester::Service(SubjectHash::new([0xab; 32])),
        players: vec![PlayerUuid(Uuid::try_parse(PLAYER).unwrap_or_default())],
        dispatches: 1,
        erased_everywhere_by: completed_on.plus(35 * DAY),
        expires_on: completed_on.plus(1095 * DAY),
    }
}
fn receipt_item(receipt: &Receipt) -> Value {
    let players: Vec<_> = receipt.players.iter().map(s).collect();
    json!({
        "person_id": s(receipt.person_id), "purge_id": s(receipt.purge_id), "purge_on": n(receipt.purge_on.as_unix()),
        "created_on": n(receipt.created_on.as_unix()), "completed_on": n(receipt.completed_on.as_unix()),
        "requested_by": s(&receipt.requested_by), "players": { "L": players }, "dispatches": n(receipt.dispatches),
        "erased_everywhere_by": n(receipt.erased_everywhere_by.as_unix()),
        "expires_on": n(receipt.expires_on.as_unix()), "hour": n(receipt.hour().start().as_unix()),
        "digest": s(receipt.digest()),
    })
}

fn hour_of(receipt: &Receipt) -> HourOfReceipts {
    HourOfReceipts::new([(receipt.digest(), receipt.expires_on)])
}

fn seal_item(seal: &Seal) -> Value {
    let mut item = json!({
        "chain": s("receipts"), "number": n(seal.number), "hour": n(seal.hour.start().as_unix()),
        "count": n(seal.count), "root": s(seal.root), "sealed_on": n(seal.sealed_on.as_unix()),
        "key_id": s(environment::SEAL_KEY), "signature": { "B": STANDARD.encode([0x30; 71]) },
    });
    if let (Some(members), Some(expire_from)) = (item.as_object_mut(), seal.expire_from) {
        members.insert("expire_from".into(), n(expire_from.as_unix()));
    }
    item
}

fn operations() -> Value {
    json!({ "L": vec![s(OPERATION); 4] })
}

fn s(text: impl std::fmt::Display) -> Value {
    json!({ "S": text.to_string() })
}

fn n(number: impl std::fmt::Display) -> Value {
    json!({ "N": number.to_string() })
}

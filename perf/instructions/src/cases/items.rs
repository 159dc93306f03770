//! The records of the fixtures as items of their tables.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Map, Value, json};

use crate::fixtures::{now, operation, person, person_id, purge, receipt, user, uuid};

pub type Item = HashMap<String, AttributeValue>;

pub fn user_item() -> Item {
    let user = user(0);
    item(json!({
        "player_uuid": user.player_uuid, "player_id": user.player_id.get(), "platform": user.platform.as_str(),
        "platform_user_id": user.platform_user_id.as_str(), "display_name": "Ada Lovelace",
        "person_id": user.person_id, "state": user.state.as_str(), "sequence": user.sequence,
        "created": user.created.as_millis(), "changed": user.changed.as_millis(), "operations": [operation().to_string()],
    }))
}

pub fn claim_item() -> Item {
    let user = user(0);
    item(json!({
        "identity": crate::fixtures::identity(0).as_str(), "player_uuid": user.player_uuid,
        "player_id": user.player_id.get(), "person_id": user.person_id,
    }))
}

/// The user with one session, whose token has this number.
pub fn session_item(number: u32) -> Item {
    let millis = now().as_millis();
    let session = json!({ "n": number, "client": "local", "issued": millis - 60_000, "used": millis - 60_000, "ends": millis + 86_400_000 });
    let mut user = user_item();
    user.extend(item(json!({ "sessions": { uuid(7).simple().to_string(): session }, "last_login": millis })));
    user
}

/// The item of a person with this user alone, and without a purge.
pub fn lone_person_item() -> Item {
    let (user, linked) = (user(0), &person(person_id()).users[&user(0).platform]);
    let linked = json!({
        "player_uuid": linked.player_uuid, "player_id": linked.player_id.get(), "identity": linked.identity.as_str(),
    });
    item(json!({
        "person_id": user.person_id, "users": { user.platform.as_str(): linked }, "version": 3,
        "operations": [operation().to_string()],
    }))
}

/// The item of the person, with a purge.
pub fn person_item() -> Item {
    let (person, purge) = (person(person_id()), purge());
    let users = person.users.iter().map(|(platform, user)| {
        let user = json!({
            "player_uuid": user.player_uuid, "player_id": user.player_id.get(), "identity": user.identity.as_str(),
        });
        (platform.as_str().to_owned(), user)
    });
    item(json!({
        "person_id": person.person_id, "users": users.collect::<Map<_, _>>(), "version": person.version,
        "active_player_uuid": person.active_player, "purge_id": purge.purge_id, "purge_on": purge.purge_on.as_unix(),
        "purge_created_on": purge.created_on.as_unix(), "purge_modified_on": purge.modified_on.as_unix(),
        "purge_status": purge.status.as_str(), "due_on": purge.due_on.as_unix(), "dispatches": purge.dispatches,
        "purge_requested_by": purge.requested_by.to_string(), "operations": [operation().to_string()],
    }))
}

pub fn receipt_item() -> Item {
    let receipt = receipt(1);
    item(json!({
        "person_id": receipt.person_id, "purge_id": receipt.purge_id, "purge_on": receipt.purge_on.as_unix(),
        "created_on": receipt.created_on.as_unix(), "completed_on": receipt.completed_on.as_unix(),
        "requested_by": receipt.requested_by.to_string(), "players": receipt.players,
        "dispatches": receipt.dispatches, "erased_everywhere_by": receipt.erased_everywhere_by.as_unix(),
        "expires_on": receipt.expires_on.as_unix(), "hour": receipt.hour().start().as_unix(),
        "digest": receipt.digest(),
    }))
}

/// The counter of player ids after a lease.
pub fn lease_item() -> Item {
    item(json!({ "next": 1_000_025 }))
}

fn item(value: Value) -> Item {
    let Value::Object(attributes) = value else { panic!("an item is an object") };
    attributes.into_iter().map(|(name, value)| (name, attribute(value))).collect()
}

fn attribute(value: Value) -> AttributeValue {
    match value {
        Value::String(text) => AttributeValue::S(text),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::Array(values) => AttributeValue::L(values.into_iter().map(attribute).collect()),
        value => AttributeValue::M(item(value)),
    }
}

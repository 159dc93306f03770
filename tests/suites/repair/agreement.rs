//! Checks that the tables agree, from the items alone.

use std::collections::{BTreeMap, BTreeSet};

use shared::identity::{IdentityKey, Platform, PlatformUserId};
use tests::World;

use crate::scene::Item;

fn text(item: &Item, name: &str) -> String {
    item.get(name).and_then(|value| value.as_s().ok()).unwrap_or_else(|| panic!("no text {name}: {item:?}")).clone()
}

fn number(item: &Item, name: &str) -> u64 {
    item[name].as_n().unwrap().parse().unwrap()
}

fn account(user: &Item) -> String {
    let platform = Platform::from_name(&text(user, "platform")).unwrap();
    let id = PlatformUserId::new(text(user, "platform_user_id")).unwrap();
    IdentityKey::of(platform, &id).as_str().to_owned()
}

fn by(items: Vec<Item>, key: &str) -> BTreeMap<String, Item> {
    items.into_iter().map(|item| (text(&item, key), item)).collect()
}

/// All disagreements between persons, users, identities and receipts.
pub async fn disagreements(world: &World) -> Vec<String> {
    let persons = by(world.items("PersonsTable").await, "person_id");
    let users = by(world.items("UsersTable").await, "player_uuid");
    let claims = by(world.items("IdentitiesTable").await, "identity");
    let mut wrong = Vec::new();
    for (id, user) in &users {
        let person_id = text(user, "person_id");
        let listed = persons.get(&person_id).and_then(|person| {
            person["users"].as_m().unwrap().get(&text(user, "platform")).map(|entry| entry.as_m().unwrap())
        });
        match listed {
            Some(entry) => {
                let entry = (text(entry, "player_uuid"), number(entry, "player_id"), text(entry, "identity"));
                if entry != (id.clone(), number(user, "player_id"), account(user)) {
                    wrong.push(format!("user {id} is not what its person lists"));
                }
            }
            None => wrong.push(format!("user {id} is not listed by its person")),
        }
        let claim = claims
            .get(&account(user))
            .map(|claim| (text(claim, "player_uuid"), number(claim, "player_id"), text(claim, "person_id")));
        if claim != Some((id.clone(), number(user, "player_id"), person_id)) {
            wrong.push(format!("user {id} has the claim {claim:?}"));
        }
    }
    for (id, person) in &persons {
        let entries = person["users"].as_m().unwrap();
        let listed: BTreeSet<_> = entries.values().map(|entry| text(entry.as_m().unwrap(), "player_uuid")).collect();
        let strays = listed.iter().filter(|user| users.get(*user).is_none_or(|user| text(user, "person_id") != *id));
        wrong.extend(strays.map(|user| format!("person {id} lists {user}")));
        if listed.is_empty() || listed.len() != entries.len() {
            wrong.push(format!("person {id} is empty or lists a user twice"));
        }
        if person.contains_key("active_player_uuid") && !listed.contains(&text(person, "active_player_uuid")) {
            wrong.push(format!("person {id} has a foreign active player"));
        }
    }
    let strays = claims.values().filter(|claim| !users.contains_key(&text(claim, "player_uuid")));
    wrong.extend(strays.map(|claim| format!("a claim of {}", text(claim, "player_uuid"))));
    wrong.extend(ghosts(world).await);
    wrong
}

/// Ids of purged persons and users that any table still holds.
async fn ghosts(world: &World) -> Vec<String> {
    let (persons, players) = purged(world).await;
    let mut found = Vec::new();
    for table in ["PersonsTable", "UsersTable", "IdentitiesTable"] {
        let shown: Vec<_> = world.items(table).await.iter().map(|item| format!("{item:?}")).collect();
        let back = persons.iter().chain(&players).filter(|id| shown.iter().any(|item| item.contains(*id)));
        found.extend(back.map(|id| format!("{id} was purged and is in {table}")));
    }
    found
}

/// The ids of purged persons and players.
pub async fn purged(world: &World) -> (BTreeSet<String>, BTreeSet<String>) {
    let receipts = world.items("ReceiptsTable").await;
    let persons = receipts.iter().map(|receipt| text(receipt, "person_id")).collect();
    let players = receipts.iter().flat_map(|receipt| receipt["players"].as_l().unwrap().clone());
    (persons, players.map(|player| player.as_s().unwrap().clone()).collect())
}

/// Fails unless everything agrees.
pub async fn assert_agreement(world: &World) {
    let wrong = disagreements(world).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

//! Checks on the tables themselves that persons, users and identities agree.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::World;
use aws_sdk_dynamodb::types::AttributeValue;
use shared::identity::{IdentityKey, Platform, PlatformUserId};

/// The attributes of an item.
pub type Item = HashMap<String, AttributeValue>;

/// The players of each person.
pub type Persons = BTreeMap<String, BTreeSet<String>>;

/// Reads every table and fails unless each user, its claim and its person agree, in both
/// directions.
pub async fn consistent(world: &World) -> Persons {
    let persons = items(world, "PersonsTable").await;
    let (users, identities) = (items(world, "UsersTable").await, items(world, "IdentitiesTable").await);
    let mut players = Persons::new();
    for (person_id, person) in &persons {
        let members: BTreeSet<String> = map(person, "users")
            .iter()
            .map(|(platform, linked)| member(platform, linked, person_id, &users, &identities))
            .collect();
        assert!(!members.is_empty(), "an empty person is left");
        if person.contains_key("active_player_uuid") {
            assert!(members.contains(&text(person, "active_player_uuid")), "the active player is somebody else's");
        }
        players.insert(person_id.clone(), members);
    }
    let linked = players.values().map(BTreeSet::len).sum::<usize>();
    let player_ids: BTreeSet<_> = users.values().map(|user| number(user, "player_id")).collect();
    assert_eq!((users.len(), identities.len(), player_ids.len()), (linked, linked, linked), "somebody is left over");
    players
}

/// Every item of a table, by its key.
pub async fn items(world: &World, table: &str) -> BTreeMap<String, Item> {
    let key = match table {
        "PersonsTable" | "ReceiptsTable" => "person_id",
        "UsersTable" => "player_uuid",
        "IdentitiesTable" => "identity",
        _ => "name",
    };
    by_key(world.items(table).await, key)
}

/// The player of one entry of a person. Its user and its claim must confirm the entry.
fn member(
    platform: &str,
    linked: &AttributeValue,
    person_id: &str,
    users: &BTreeMap<String, Item>,
    identities: &BTreeMap<String, Item>,
) -> String {
    let linked = linked.as_m().expect("a map");
    let player_uuid = text(linked, "player_uuid");
    let user = users.get(&player_uuid).expect("the user of a person is there");
    let identity = identities.get(&text(linked, "identity")).expect("the claim of a person's user is there");
    assert_eq!(text(user, "platform"), platform);
    assert_eq!(text(user, "person_id"), person_id);
    assert_eq!(text(identity, "person_id"), person_id);
    assert_eq!(text(identity, "player_uuid"), player_uuid);
    assert_eq!(number(user, "player_id"), number(linked, "player_id"));
    assert_eq!(number(identity, "player_id"), number(linked, "player_id"));
    let id = PlatformUserId::new(text(user, "platform_user_id")).expect("a valid id");
    let key = IdentityKey::of(Platform::from_name(platform).expect("a platform"), &id);
    assert_eq!(text(linked, "identity"), key.as_str());
    player_uuid
}

fn by_key(items: Vec<Item>, key: &str) -> BTreeMap<String, Item> {
    items.into_iter().map(|item| (text(&item, key), item)).collect()
}

fn text(item: &Item, name: &str) -> String {
    item[name].as_s().expect("text").clone()
}

fn number(item: &Item, name: &str) -> String {
    item[name].as_n().expect("a number").clone()
}

fn map<'a>(item: &'a Item, name: &str) -> &'a Item {
    item[name].as_m().expect("a map")
}

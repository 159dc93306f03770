//! Findings that an operator must decide. A repair reports them and changes nothing of them.

use aws_sdk_dynamodb::types::AttributeValue;
use shared::identity::repair::Finding;
use tests::World;
use uuid::Uuid;

use crate::scene::{APPLY, Item, everything, item, run, world};

async fn put(world: &World, table: &str, item: Item) {
    world.bundle.dynamodb().put_item().table_name(table).set_item(Some(item)).send().await.unwrap();
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

#[tokio::test]
async fn two_users_of_one_account_are_told_and_left_alone() {
    let world = world().await;
    let ada = world.create("Steam", "1").await;
    let mut twin = item(&world, "UsersTable", &ada.player_uuid).await.unwrap();
    let uuid = Uuid::new_v4().to_string();
    twin.insert("player_uuid".into(), s(&uuid));
    put(&world, "UsersTable", twin).await;
    let before = everything(&world).await;
    let (told, report) = run(&world, APPLY).await;
    assert!(matches!(told[..], [Finding::SameAccount(one, _)] if one.to_string() == uuid), "{told:?}");
    assert!(report.needs_somebody());
    assert_eq!(everything(&world).await, before);
}

#[tokio::test]
async fn two_users_of_one_person_on_one_platform_are_told_and_left_alone() {
    let world = world().await;
    let (ada, other) = (world.create("Steam", "1").await, world.create("Steam", "2").await);
    let mut moved = item(&world, "UsersTable", &other.player_uuid).await.unwrap();
    moved.insert("person_id".into(), s(&ada.person_id));
    put(&world, "UsersTable", moved).await;
    let users = world.items("UsersTable").await;
    let (told, report) = run(&world, APPLY).await;
    assert!(told.iter().any(|finding| matches!(finding, Finding::SamePlatform(..))), "{told:?}");
    assert!(report.needs_somebody());
    assert_eq!(world.items("UsersTable").await, users);
    let person = item(&world, "PersonsTable", &ada.person_id).await.unwrap();
    assert!(format!("{person:?}").contains(&ada.player_uuid) && !format!("{person:?}").contains(&other.player_uuid));
}

#[tokio::test]
async fn an_item_that_cannot_be_read_is_told_by_its_id_and_shows_nothing_else() {
    let world = world().await;
    let ada = world.create("Steam", "a secret account").await;
    let mut broken = item(&world, "PersonsTable", &ada.person_id).await.unwrap();
    broken.remove("version");
    let id = Uuid::new_v4();
    broken.insert("person_id".into(), s(&id.to_string()));
    put(&world, "PersonsTable", broken).await;
    let (told, report) = run(&world, APPLY).await;
    assert_eq!(told, [Finding::Unreadable("persons", Some(id))]);
    assert!(report.needs_somebody() && !format!("{told:?}").contains("secret"));
}

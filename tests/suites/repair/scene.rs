//! Backups of the tables, and a repair of them.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, DeleteRequest, PutRequest, WriteRequest},
};
use roster_local::{
    Options,
    repair::{Order, Report, repair},
};
use serde_json::json;
use shared::{
    ambient::Ambient,
    identity::{Second, Timestamp, repair::Finding},
    store::DynamoStore,
    tables::Tables,
};
use tests::{
    User, World,
    world::{TABLES, purge_path},
};

pub type Item = HashMap<String, AttributeValue>;

/// The tables that are restored together, and `SequencesTable`, which should not be restored.
pub const RESTORED: [&str; 4] = ["PersonsTable", "UsersTable", "IdentitiesTable", "SequencesTable"];

/// A backup: all items of these tables at one moment.
#[derive(Debug, Clone)]
pub struct Backup {
    /// The time of the backup, by the functions' clock.
    pub taken: Second,
    tables: BTreeMap<&'static str, Vec<Item>>,
}

impl Backup {
    pub async fn of(world: &World) -> Self {
        let mut tables = BTreeMap::new();
        for table in RESTORED {
            tables.insert(table, world.items(table).await);
        }
        Self { taken: Second::from_unix(world.now()), tables }
    }

    pub fn items(&self, table: &str) -> &[Item] {
        &self.tables[table]
    }

    /// Restores one table.
    pub async fn restore(&self, world: &World, table: &'static str) {
        let key = key_of(table);
        let now = world.items(table).await;
        let then = self.items(table);
        let gone = now.iter().filter(|item| !then.iter().any(|old| old[key] == item[key]));
        let deletes = gone.map(|item| {
            let key = (key.to_owned(), item[key].clone());
            let delete = DeleteRequest::builder().key(key.0, key.1).build().unwrap();
            WriteRequest::builder().delete_request(delete).build()
        });
        let puts = then.iter().filter(|old| !now.contains(old)).map(|old| {
            let put = PutRequest::builder().set_item(Some(old.clone())).build().unwrap();
            WriteRequest::builder().put_request(put).build()
        });
        let writes: Vec<_> = deletes.chain(puts).collect();
        for batch in writes.chunks(25) {
            let request = world.bundle.dynamodb().batch_write_item().request_items(table, batch.to_vec());
            request.send().await.unwrap();
        }
        assert_eq!(world.items(table).await.len(), then.len());
    }

    /// Restores persons, users and identities.
    pub async fn restore_all(&self, world: &World) {
        for table in ["PersonsTable", "UsersTable", "IdentitiesTable"] {
            self.restore(world, table).await;
        }
    }
}

pub fn key_of(table: &str) -> &'static str {
    match table {
        "PersonsTable" | "ReceiptsTable" => "person_id",
        "UsersTable" => "player_uuid",
        "IdentitiesTable" => "identity",
        "SequencesTable" => "name",
        other => panic!("a table {other}"),
    }
}

/// A world in which purges are carried out when a test tells the worker to.
pub async fn world() -> World {
    World::start_with(Options { worker: false, ..Options::default() }).await
}

/// Moves the clock ahead.
pub fn later(world: &World, minutes: u64) {
    world.advance(Duration::from_secs(minutes * 60));
}

/// The store that a repair works on.
pub fn store(world: &World, client: Client) -> DynamoStore {
    let name = |logical: &str| logical.to_owned();
    let tables = Tables {
        persons: name("PersonsTable"),
        users: name("UsersTable"),
        identities: name("IdentitiesTable"),
        receipts: name("ReceiptsTable"),
        seals: name("SealsTable"),
        sequences: name("SequencesTable"),
    };
    DynamoStore::new(client, tables, ambient(world))
}

pub fn ambient(world: &World) -> Ambient {
    let now = Timestamp::from_millis(world.now() * 1000);
    Ambient::system().with_clock(move || now)
}

/// Runs a repair. Returns its findings and its report.
pub async fn run(world: &World, order: Order) -> (Vec<Finding>, Report) {
    let mut told = Vec::new();
    let store = store(world, world.bundle.dynamodb().clone());
    let report = repair(&store, order, &ambient(world), &mut |finding| told.push(*finding)).await.unwrap();
    (told, report)
}

pub const APPLY: Order = Order { apply: true, restored_to: None, skip_player_ids: 0 };
pub const DRY: Order = Order { apply: false, ..APPLY };

/// All items of all tables.
pub async fn everything(world: &World) -> BTreeMap<&'static str, Vec<Item>> {
    let mut tables = BTreeMap::new();
    for table in TABLES {
        tables.insert(table, world.items(table).await);
    }
    tables
}

/// One item, by its key.
pub async fn item(world: &World, table: &str, id: &str) -> Option<Item> {
    let items = world.items(table).await;
    items.into_iter().find(|item| item[key_of(table)].as_s().is_ok_and(|key| key == id))
}

/// The person to which a user belongs now.
pub async fn person_of(world: &World, user: &User) -> Option<String> {
    let user = item(world, "UsersTable", &user.player_uuid).await?;
    user["person_id"].as_s().ok().cloned()
}

/// Queues a purge for now and lets the real worker carry it out.
pub async fn purge(world: &World, person_id: &str) {
    let queued = world.purge_now(person_id).await;
    assert_eq!(queued.status, 202, "{}", queued.text);
    carry_out(world, person_id).await;
    assert_eq!(world.purge_status(person_id).await, "complete");
}

/// Sends the worker the message about a person's purge.
pub async fn carry_out(world: &World, person_id: &str) {
    // A purge for now is due at the end of this second.
    world.advance(Duration::from_secs(2));
    let person = item(world, "PersonsTable", person_id).await.expect("the person");
    let body = json!({ "person_id": person_id, "purge_id": person["purge_id"].as_s().unwrap() }).to_string();
    let record = json!({ "messageId": "m", "body": body, "attributes": {}, "messageAttributes": {} });
    let answer = world.bundle.invoke("purge-person", json!({ "Records": [record] })).await.unwrap();
    assert_eq!(answer["batchItemFailures"].as_array().map_or(0, Vec::len), 0, "{answer}");
}

/// Fails if this user can be found by its account, its uuid or its person, or in any table.
pub async fn assert_gone(world: &World, user: &User) {
    assert_eq!(world.find(user).await, Err(404));
    let shown = world.get(&format!("/v2/users/{}", user.player_uuid), &world.admin()).await;
    assert_eq!(shown.status, 404, "{}", shown.text);
    for table in ["PersonsTable", "UsersTable", "IdentitiesTable"] {
        let found = world.items(table).await.into_iter().find(|item| format!("{item:?}").contains(&user.player_uuid));
        assert!(found.is_none(), "{table}: {found:?}");
    }
}

/// Fails unless this user exists, alone in a person or with others.
pub async fn assert_there(world: &World, user: &User) {
    let found = world.find(user).await.unwrap();
    assert_eq!(found["player_uuid"], json!(user.player_uuid));
    let links = world.get(&format!("/users/v2/player/{}/links", user.player_uuid), &world.admin()).await;
    assert_eq!(links.status, 200, "{}", links.text);
    let purge = world.get(&purge_path(found["person_id"].as_str().unwrap()), &world.admin()).await;
    assert_ne!(purge.json()["status"], json!("complete"));
}

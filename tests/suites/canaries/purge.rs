//! After a purge no personal data is left in any place.

use std::{fs, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName};
use roster_local::{Options, compact};
use serde_json::json;
use tests::{
    Fault, World, logs,
    roster::Folder,
    targets::{ACCOUNT, Target},
    ways::Call,
    world::purge_path,
};

use super::cage::Cage;

/// The attributes of a receipt: ids, times, counts, and their proof.
const KEPT: [&str; 12] = [
    "completed_on",
    "created_on",
    "digest",
    "dispatches",
    "erased_everywhere_by",
    "expires_on",
    "hour",
    "person_id",
    "players",
    "purge_id",
    "purge_on",
    "requested_by",
];

/// The bytes of all files of a folder, joined.
pub fn bytes(folder: &Folder) -> Vec<u8> {
    let files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
    files.flat_map(|file| fs::read(file).unwrap()).collect()
}

/// Every text and number in every table, each on its own line.
async fn stored(world: &World) -> String {
    fn texts(value: &AttributeValue, into: &mut Vec<String>) {
        match value {
            AttributeValue::S(text) | AttributeValue::N(text) => into.push(text.clone()),
            AttributeValue::B(bytes) => into.push(format!("{:?}", bytes.as_ref())),
            AttributeValue::Bool(_) | AttributeValue::Null(_) => {}
            AttributeValue::L(list) => list.iter().for_each(|value| texts(value, into)),
            AttributeValue::M(map) => map.iter().for_each(|(name, value)| {
                into.push(name.clone());
                texts(value, into);
            }),
            other => panic!("{other:?} is searched by nobody"),
        }
    }
    let mut lines = Vec::new();
    let tables = world.bundle.dynamodb().list_tables().send().await.unwrap();
    for table in tables.table_names() {
        world.items(table).await.into_iter().for_each(|item| texts(&AttributeValue::M(item), &mut lines));
    }
    lines.join("\n")
}

/// Polls until the condition is true.
async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{what}: not after two minutes");
}

async fn depth(world: &World, queue: &str) -> u64 {
    let names = [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
    ];
    let url = world.bundle.queue_url(queue).unwrap();
    let asked = world.bundle.sqs().get_queue_attributes().queue_url(url).set_attribute_names(Some(names.into()));
    let attributes = asked.send().await.unwrap().attributes.unwrap_or_default();
    attributes.values().map(|count| count.parse::<u64>().unwrap()).sum()
}

/// A world in a folder. Its worker and its dispatcher run by themselves, and failed messages come
/// again at once.
async fn lively(folder: &Folder) -> World {
    let environment = [("DISPATCH_LEASE".to_owned(), "5s".to_owned())].into();
    World::start_with(Options {
        data: Some(folder.path().to_owned()),
        dispatch_every: Some(Duration::from_secs(1)),
        visibility_timeout: Some(Duration::from_secs(1)),
        environment,
        ..Options::default()
    })
    .await
}

/// Queues a purge for this time, as a caller whose subject is a canary.
async fn queue(world: &World, cage: &Cage, person_id: &str, time: i64) {
    let headers = [("authorization", cage.admin.as_str()), ("content-type", "application/json")];
    let body = json!({ "suggested_purge_time": time }).to_string();
    let call = Call {
        method: "POST".into(),
        path: purge_path(person_id),
        content_type: "application/json",
        body: body.into(),
    };
    assert_eq!(cage.send(world, &call, &headers).await.status, 202);
}

#[tokio::test]
async fn a_purge_leaves_nothing_personal_in_tables_queues_logs_and_files() {
    logs::capture_all();
    let folder = Folder::new();
    let world = lively(&folder).await;
    let mut cage = Cage::new(&world);
    let targets = [Target::plain(&world).await, Target::plain(&world).await, Target::plain(&world).await];
    targets.iter().for_each(|target| cage.watch(target));
    world.link(&targets[0].user, &targets[0].other).await;
    // The id has a character that each encoding must escape.
    let odd = world.create("PSN", &format!("Zo\u{eb} \"{ACCOUNT}\"/\u{1f3ae}#%\\\t\u{3b1}+<&>=")).await;
    cage.finder.watch_account(&odd.platform_user_id);
    world.link(&targets[0].user, &odd).await;
    world.find(&odd).await.expect("found by a query");
    let uuid = &targets[0].user.player_uuid;
    for change in ["deactivate", "reactivate", "lock", "unlock"] {
        assert_eq!(world.post(&format!("/v2/users/{uuid}/{change}"), &world.admin(), json!({})).await.status, 200);
    }
    let personal = ["platform_user_id", "display_name"];
    assert!(cage.finder.found(stored(&world).await.as_bytes()).is_superset(&personal.into()));
    assert!(cage.finder.found(&bytes(&folder)).is_superset(&personal.into()));

    // The first purge fails until its message becomes a dead letter. Then the purge is dispatched
    // again.
    (0..5 * 6).for_each(|_| world.fault("purge-person", "TransactWriteItems", Fault::ServerError));
    queue(&world, &cage, &targets[0].user.person_id, world.now()).await;
    eventually("a dead letter", async || depth(&world, "PurgeDeadLetterQueue").await > 0).await;
    let letters =
        world.bundle.sqs().receive_message().queue_url(world.bundle.queue_url("PurgeDeadLetterQueue").unwrap());
    let letters = letters.message_system_attribute_names(MessageSystemAttributeName::All).max_number_of_messages(10);
    let letters = format!("{:?}", letters.send().await.unwrap());
    assert!(letters.contains(&targets[0].user.person_id), "{letters}");
    cage.finder.assert_absent("the dead letters", letters.as_bytes());

    let persons = world.items("PersonsTable").await;
    let persons = persons.iter().map(|person| person["person_id"].as_s().unwrap().clone());
    for person_id in persons.filter(|person_id| *person_id != targets[0].user.person_id) {
        queue(&world, &cage, &person_id, world.now() + 2).await;
    }
    let known = stored(&world).await;
    let of_the_caller =
        cage.finder.found(known.as_bytes()).into_iter().filter(|what| what.contains("sub") || what.contains("actor"));
    assert_eq!(of_the_caller.collect::<Vec<_>>(), [""; 0], "who asked for a purge is kept under a key at most");
    eventually("all purged", async || world.items("PersonsTable").await.is_empty()).await;
    eventually("an empty queue", async || depth(&world, "PurgeQueue").await == 0).await;
    assert_eq!(world.items("ReceiptsTable").await.len(), 5, "receipts are there to be searched");
    for receipt in world.items("ReceiptsTable").await {
        let mut kept: Vec<_> = receipt.keys().map(String::as_str).collect();
        kept.sort_unstable();
        assert_eq!(kept, KEPT);
    }
    cage.finder.assert_absent("the tables", stored(&world).await.as_bytes());
    cage.assert_silent(&world);

    let person_id = targets[0].user.person_id.clone();
    world.bundle.stop().await;
    let left = cage.finder.found(&bytes(&folder)).len();
    let sizes = compact(folder.path()).unwrap();
    println!("{left} of the canaries were in the files before {sizes:?}");
    let bytes = bytes(&folder);
    assert!(bytes.windows(person_id.len()).any(|window| window == person_id.as_bytes()), "receipts are in the file");
    cage.finder.assert_absent("the files", &bytes);
    for companion in ["roster.db-wal", "roster.db-shm"] {
        assert!(!folder.path().join(companion).exists(), "{companion}");
    }
}

#[tokio::test]
async fn without_compaction_deleted_bytes_stay_in_the_file_and_the_search_finds_them() {
    let folder = Folder::new();
    let world = lively(&folder).await;
    let mut cage = Cage::new(&world);
    for _ in 0..20 {
        let target = Target::plain(&world).await;
        cage.watch(&target);
        for user in [target.user, target.other] {
            assert_eq!(world.purge_now(&user.person_id).await.status, 202);
        }
    }
    eventually("all purged", async || world.items("PersonsTable").await.is_empty()).await;
    world.bundle.stop().await;
    assert!(!cage.finder.found(&bytes(&folder)).is_empty(), "compaction would have nothing to do");
    let sizes = compact(folder.path()).unwrap();
    assert!(sizes.after <= sizes.before, "{sizes:?}");
    cage.finder.assert_absent("the files", &bytes(&folder));
    // A second compaction frees nothing and breaks nothing.
    assert_eq!(compact(folder.path()).unwrap().after, sizes.after);
    let world = lively(&folder).await;
    assert!(compact(folder.path()).is_err(), "the folder is in use");
    assert_eq!(world.items("ReceiptsTable").await.len(), 40);
}

//! Compares the tables and the logs at the end with the answers that clients got.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use roster_local::Options;
use serde_json::Value;
use tests::{
    World,
    roster::Folder,
    tables::{consistent, items},
};

use crate::ledger::{Ledger, Standing};

/// Fails unless every person that was not purged is complete, every purged one has left only a
/// receipt, and there are no others.
pub async fn tables(data: &Folder, ledgers: &[Ledger]) {
    let options = Options { data: Some(PathBuf::from(data.text())), worker: false, ..Options::default() };
    let world = World::start_with(options).await;
    let players = |ledger: &Ledger| ledger.users.iter().map(|user| user.player_uuid.clone()).collect::<BTreeSet<_>>();
    let is_purged = |ledger: &&Ledger| matches!(ledger.certain(), Standing::Complete(_));
    let (purged, kept): (Vec<_>, Vec<_>) = ledgers.iter().partition(is_purged);
    let expected: BTreeMap<_, _> = kept.iter().map(|it| (it.person_id().to_owned(), players(it))).collect();
    assert_eq!(consistent(&world).await, expected);
    let receipts = items(&world, "ReceiptsTable").await;
    let ids: BTreeSet<_> = purged.iter().map(|it| it.person_id().to_owned()).collect();
    assert_eq!(receipts.into_keys().collect::<BTreeSet<_>>(), ids);
    let (persons, users) = (items(&world, "PersonsTable").await, items(&world, "UsersTable").await);
    for ledger in kept {
        let person = &persons[ledger.person_id()];
        let active = person.get("active_player_uuid").map(|player| player.as_s().unwrap().as_str());
        assert_eq!(active, ledger.active.map(|index| &*ledger.users[index].player_uuid), "{ledger:?}");
        let purge_on = person.get("purge_on").map(|on| on.as_n().unwrap().parse().unwrap());
        assert_eq!(purge_on.map_or(Standing::None, Standing::Queued), ledger.certain(), "{ledger:?}");
        for (user, inactive) in ledger.users.iter().zip(&ledger.inactive) {
            let stored = &users[&user.player_uuid];
            let is = |name: &str, value: &str| assert_eq!(stored[name].as_s().unwrap(), value, "{ledger:?}");
            is("platform_user_id", &user.platform_user_id);
            is("platform", &user.platform);
            is("state", if *inactive { "inactive" } else { "active" });
            assert_eq!(*stored["player_id"].as_n().unwrap(), user.player_id.to_string(), "{ledger:?}");
        }
    }
    world.bundle.stop().await;
}

/// Fails if the logs of all processes say twice that a person was purged.
pub fn purged_once(logs: &[String], ledgers: &[Ledger]) {
    let mut times = BTreeMap::<String, usize>::new();
    for line in logs.iter().flat_map(|log| log.lines()) {
        let line: Value = serde_json::from_str(line).unwrap_or_default();
        if line["action"] == "purge-person" && line["outcome"] == "complete" {
            *times.entry(line["subject"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    let purged = |ledger: &&Ledger| matches!(ledger.certain(), Standing::Complete(_));
    let purged: BTreeSet<_> = ledgers.iter().filter(purged).map(Ledger::person_id).collect();
    for (person_id, times) in &times {
        assert!(*times == 1 && purged.contains(&**person_id), "{person_id} was purged {times} times");
    }
    // A process that is killed between a purge and its log line writes no line.
    assert!(times.len() * 10 >= purged.len() * 9, "{} of {} purges are logged", times.len(), purged.len());
}

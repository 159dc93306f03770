//! Single examples of restores from a backup.

use roster_local::repair::Order;
use serde_json::json;
use tests::{
    World,
    world::{PLATFORMS, purge_path},
};

use crate::{
    agreement::assert_agreement,
    scene::{
        APPLY, Backup, DRY, ambient, assert_gone, assert_there, carry_out, everything, item, later, person_of, purge,
        run, store, world,
    },
};

async fn act(world: &World, path: &str, body: serde_json::Value) {
    let answer = world.post(path, &world.admin(), body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

fn named(user: &tests::User) -> serde_json::Value {
    json!({ "platform": user.platform, "platform_user_id": user.platform_user_id })
}

#[tokio::test]
async fn who_was_purged_after_the_backup_does_not_come_back_and_nobody_else_is_touched() {
    let world = world().await;
    let (ada, eve, bob) =
        (world.create("Steam", "1").await, world.create("Epic", "2").await, world.create("Steam", "3").await);
    world.link(&ada, &eve).await;
    act(&world, "/users/v1/cross-progression/enable", named(&bob)).await;
    let backup = Backup::of(&world).await;
    let bob_then = item(&world, "PersonsTable", &bob.person_id).await;
    later(&world, 30);
    purge(&world, &ada.person_id).await;
    let receipt = world.items("ReceiptsTable").await;
    backup.restore_all(&world).await;
    assert!(world.find(&ada).await.is_ok(), "the restore brought her back");

    let (told, report) = run(&world, APPLY).await;
    assert_eq!((told.len(), report.of("purged-person"), report.of("purged-user")), (3, 1, 2), "{report}");
    assert!(!report.needs_somebody());
    for user in [&ada, &eve] {
        assert_gone(&world, user).await;
    }
    assert_eq!(world.items("ReceiptsTable").await, receipt, "the first receipt stays");
    assert_eq!(world.purge_status(&ada.person_id).await, "complete");
    assert_eq!(item(&world, "PersonsTable", &bob.person_id).await, bob_then);
    assert_there(&world, &bob).await;
    assert_agreement(&world).await;
    let (_, again) = run(&world, APPLY).await;
    assert!(again.is_empty(), "{again}");
}

#[tokio::test]
async fn a_dry_run_finds_the_same_and_changes_nothing() {
    let world = world().await;
    let ada = world.create("Steam", "1").await;
    let backup = Backup::of(&world).await;
    purge(&world, &ada.person_id).await;
    backup.restore_all(&world).await;
    let before = everything(&world).await;
    let (told, dry) = run(&world, DRY).await;
    assert_eq!(everything(&world).await, before);
    assert_eq!(run(&world, APPLY).await, (told, dry));
    assert_ne!(everything(&world).await, before);
}

#[tokio::test]
async fn an_account_that_was_created_anew_after_its_purge_is_untouched() {
    let world = world().await;
    let ada = world.create("Steam", "1").await;
    let old = Backup::of(&world).await;
    purge(&world, &ada.person_id).await;
    let anew = world.create("Steam", "1").await;
    assert_ne!(anew.player_uuid, ada.player_uuid);
    for table in ["PersonsTable", "UsersTable", "IdentitiesTable"] {
        let today = Backup::of(&world).await;
        old.restore(&world, table).await;
        // The other two tables know the new user. Only the items that the restored table lost are
        // gone.
        run(&world, APPLY).await;
        assert_agreement(&world).await;
        let uuid = world.find(&anew).await.map(|found| found["player_uuid"].clone());
        let expected = if table == "UsersTable" { Err(404) } else { Ok(json!(anew.player_uuid)) };
        assert_eq!(uuid, expected, "{table}");
        today.restore_all(&world).await;
    }
}

#[tokio::test]
async fn a_user_that_was_linked_after_the_backup_and_purged_there_leaves_its_old_person_to_the_others() {
    let world = world().await;
    let (leader, moves, stays) =
        (world.create("Steam", "1").await, world.create("Epic", "2").await, world.create("PSN", "3").await);
    world.link(&stays, &moves).await;
    act(&world, "/users/v1/cross-progression/enable", named(&moves)).await;
    let backup = Backup::of(&world).await;
    act(&world, "/users/v1/cross-progression/disable", named(&moves)).await;
    act(&world, "/users/v1/unlink", named(&moves)).await;
    world.link(&leader, &moves).await;
    purge(&world, &leader.person_id).await;
    backup.restore_all(&world).await;
    run(&world, APPLY).await;
    for user in [&leader, &moves] {
        assert_gone(&world, user).await;
    }
    assert_there(&world, &stays).await;
    let person = item(&world, "PersonsTable", &stays.person_id).await.unwrap();
    assert!(!person.contains_key("active_player_uuid"), "{person:?}");
    assert_agreement(&world).await;
}

#[tokio::test]
async fn a_user_that_left_a_person_before_that_was_purged_stays_and_gets_another() {
    let world = world().await;
    let (leader, leaves) = (world.create("Steam", "1").await, world.create("Epic", "2").await);
    world.link(&leader, &leaves).await;
    let backup = Backup::of(&world).await;
    act(&world, "/users/v1/unlink", named(&leaves)).await;
    let home = person_of(&world, &leaves).await.unwrap();
    purge(&world, &leader.person_id).await;
    let today = Backup::of(&world).await;
    for (tables, knows_its_home) in [
        (&["PersonsTable", "UsersTable", "IdentitiesTable"][..], false),
        (&["UsersTable"][..], true),
        (&["PersonsTable", "IdentitiesTable"][..], true),
    ] {
        today.restore_all(&world).await;
        for table in tables {
            backup.restore(&world, table).await;
        }
        let (_, report) = run(&world, APPLY).await;
        assert!(!report.needs_somebody(), "{report}");
        assert_gone(&world, &leader).await;
        assert_there(&world, &leaves).await;
        let person = person_of(&world, &leaves).await.unwrap();
        assert_eq!((person != leader.person_id, person == home), (true, knows_its_home), "{tables:?}");
        assert_agreement(&world).await;
    }
}

#[tokio::test]
async fn only_receipts_since_the_hour_before_the_restore_point_are_replayed_when_it_is_given() {
    let world = world().await;
    let (before, after) = (world.create("Steam", "1").await, world.create("Steam", "2").await);
    let early = Backup::of(&world).await;
    purge(&world, &before.person_id).await;
    later(&world, 4 * 60);
    let late = Backup::of(&world).await;
    later(&world, 4 * 60);
    purge(&world, &after.person_id).await;
    late.restore_all(&world).await;
    let since = |backup: &Backup| Order { restored_to: Some(backup.taken), ..APPLY };
    let (_, report) = run(&world, since(&late)).await;
    assert_eq!((report.of("purged-person"), report.of("purged-user")), (1, 1), "{report}");
    assert_gone(&world, &after).await;

    // The backup is older than the given time. Receipts before that time are not read, and a full
    // run finds them.
    early.restore_all(&world).await;
    let (_, short) = run(&world, Order { apply: false, ..since(&late) }).await;
    let (_, right) = run(&world, Order { apply: false, ..since(&early) }).await;
    let (_, full) = run(&world, DRY).await;
    assert_eq!([&short, &right, &full].map(|report| report.of("purged-person")), [1, 2, 2]);
    run(&world, since(&early)).await;
    assert_gone(&world, &before).await;
    assert_agreement(&world).await;
}

#[tokio::test]
async fn a_purge_that_was_queued_at_the_restore_point_simply_runs_and_another_can_be_queued() {
    let world = world().await;
    let (queued, other) = (world.create("Steam", "1").await, world.create("Epic", "2").await);
    assert_eq!(world.queue_purge(&queued.person_id, Some(world.now() + 600)).await.status, 202);
    let backup = Backup::of(&world).await;
    later(&world, 60);
    backup.restore_all(&world).await;
    let (_, report) = run(&world, APPLY).await;
    assert!(report.is_empty(), "{report}");
    carry_out(&world, &queued.person_id).await;
    assert_eq!(world.purge_status(&queued.person_id).await, "complete");
    purge(&world, &other.person_id).await;
    assert_gone(&world, &other).await;
}

#[tokio::test]
async fn after_it_no_number_is_given_out_a_second_time() {
    let world = world().await;
    let fresh = async || {
        // A new process holds no leased numbers.
        let user = shared::identity::NewUser {
            platform: shared::identity::Platform::Steam,
            platform_user_id: shared::identity::PlatformUserId::new(uuid::Uuid::new_v4().to_string()).unwrap(),
            display_name: None,
            player_uuid: shared::identity::PlayerUuid(uuid::Uuid::new_v4()),
            person_id: shared::identity::PersonId(uuid::Uuid::new_v4()),
            first_login: None,
            operation: ambient(&world).operation(),
            now: ambient(&world).now(),
        };
        let store = store(&world, world.bundle.dynamodb().clone());
        let shared::store::Created::User(user) = shared::store::CreateUsers::create_user(&store, &user).await.unwrap()
        else {
            panic!("the account is taken")
        };
        user.player_id.get()
    };
    let old = Backup::of(&world).await;
    let mut given = Vec::new();
    for _ in 0..20 {
        given.push(fresh().await);
    }
    let largest = *given.iter().max().unwrap();
    old.restore(&world, "SequencesTable").await;
    let (_, report) = run(&world, APPLY).await;
    assert_eq!(report.of("sequence-behind"), 1, "{report}");
    assert_eq!(fresh().await, largest + 1);

    // All tables were restored, so no item shows the numbers in use. The operator gives them.
    for table in ["PersonsTable", "UsersTable", "IdentitiesTable", "SequencesTable"] {
        old.restore(&world, table).await;
    }
    assert!(run(&world, APPLY).await.1.is_empty());
    let (_, report) = run(&world, Order { skip_player_ids: largest + 100, ..APPLY }).await;
    assert_eq!(report.of("sequence-behind"), 1, "{report}");
    assert!(fresh().await > largest + 100);
}

#[tokio::test]
async fn a_person_with_a_user_on_every_platform_goes_whole() {
    let world = world().await;
    let leader = world.create(PLATFORMS[0], "0").await;
    let mut users = vec![leader.clone()];
    for platform in &PLATFORMS[1..] {
        users.push(world.create(platform, "0").await);
    }
    let apart = Backup::of(&world).await;
    for user in &users[1..] {
        world.link(&leader, user).await;
    }
    let together = Backup::of(&world).await;
    purge(&world, &leader.person_id).await;
    for backup in [apart, together] {
        backup.restore_all(&world).await;
        let (_, report) = run(&world, APPLY).await;
        assert_eq!((report.of("purged-person"), report.of("purged-user")), (1, 19), "{report}");
        for table in ["PersonsTable", "UsersTable", "IdentitiesTable"] {
            assert!(world.items(table).await.is_empty(), "{table}");
        }
    }
    assert_eq!(world.get(&purge_path(&leader.person_id), &world.admin()).await.json()["status"], "complete");
}

/// Tests tables with more items than a page holds.
#[tokio::test]
async fn more_than_a_page_of_each_table_is_seen() {
    const PERSONS: usize = 130;
    let world = world().await;
    let mut users = Vec::new();
    for number in 0..PERSONS {
        users.push(world.create("Steam", &number.to_string()).await);
    }
    let backup = Backup::of(&world).await;
    let purged: Vec<_> = users.iter().step_by(2).collect();
    for user in &purged {
        purge(&world, &user.person_id).await;
    }
    for restored_to in [None, Some(backup.taken)] {
        backup.restore_all(&world).await;
        let (_, report) = run(&world, Order { restored_to, ..APPLY }).await;
        let expected = u64::try_from(purged.len()).unwrap();
        assert_eq!((report.of("purged-person"), report.of("purged-user")), (expected, expected), "{report}");
        assert_eq!(world.items("UsersTable").await.len(), PERSONS - purged.len());
        assert_agreement(&world).await;
    }
    for table in ["PersonsTable", "IdentitiesTable"] {
        for item in world.items(table).await {
            let key = crate::scene::key_of(table);
            let delete = world.bundle.dynamodb().delete_item().table_name(table).key(key, item[key].clone());
            delete.send().await.unwrap();
        }
        let (_, report) = run(&world, APPLY).await;
        assert_eq!(report.of("user-without-person") + report.of("user-without-claim"), 65, "{table}: {report}");
        assert_agreement(&world).await;
    }
}

//! If a repair ends at any of its writes, another repair completes it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use aws_sdk_dynamodb::{Client, config::retry::RetryConfig};
use roster_local::repair::repair;
use serde_json::Value;
use shared::identity::repair::Finding;
use tests::{
    World,
    faults::Disturbance,
    watch::{Disturb, watch},
};
use tokio::sync::Notify;

use crate::{
    agreement::{assert_agreement, purged},
    scene::{APPLY, Backup, ambient, item, later, person_of, purge, run, store, world},
};

/// Ends the process at one write: before the write is sent, or after it was carried out.
#[derive(Debug)]
struct End {
    left: AtomicUsize,
    carried_out: bool,
    /// The write that was carried out, and whose answer is lost.
    last: Mutex<Option<Value>>,
    reached: Notify,
}

const WRITES: [&str; 4] = ["UpdateItem", "TransactWriteItems", "PutItem", "DeleteItem"];

impl Disturb for End {
    fn disturbance(&self, _: &str, operation: &str, body: Value) -> Option<Disturbance> {
        if !WRITES.contains(&operation) {
            return None;
        }
        let mut last = self.last.lock().unwrap();
        let repeats = last.as_ref() == Some(&body);
        let left = self.left.load(Ordering::SeqCst);
        self.left.store(left.saturating_sub(1), Ordering::SeqCst);
        if repeats || left == 0 && !self.carried_out {
            self.reached.notify_one();
            return Some(Disturbance::unreachable());
        }
        (left == 0).then(|| {
            *last = Some(body);
            Disturbance::lost_answer()
        })
    }
}

/// Whether the repair completed before it reached this write.
async fn runs_through(world: &World, write: usize, carried_out: bool) -> bool {
    let end =
        Arc::new(End { left: AtomicUsize::new(write), carried_out, last: Mutex::default(), reached: Notify::new() });
    let config = world.bundle.dynamodb().config().to_builder();
    let config = config.retry_config(RetryConfig::disabled()).interceptor(watch(Arc::<End>::clone(&end), "repair"));
    let store = store(world, Client::from_conf(config.build()));
    let ambient = ambient(world);
    let mut told = |_: &Finding| {};
    tokio::select! {
        biased;
        () = end.reached.notified() => false,
        report = repair(&store, APPLY, &ambient, &mut told) => { report.unwrap(); true }
    }
}

#[tokio::test]
async fn a_repair_that_ends_at_any_write_is_made_good_by_another() {
    let world = world().await;
    let mut users = Vec::new();
    for (number, platform) in ["Steam", "Epic", "PSN", "Apple", "Twitch"].into_iter().enumerate() {
        users.push(world.create(platform, &format!("account {number}")).await);
    }
    let [leader, leaves, joins, stays, moves] = users.try_into().unwrap();
    world.link(&leader, &leaves).await;
    world.link(&stays, &joins).await;
    let old = Backup::of(&world).await;
    later(&world, 30);
    for user in [&leaves, &joins] {
        let body = serde_json::json!({ "platform": user.platform, "platform_user_id": user.platform_user_id });
        assert_eq!(world.post("/users/v1/unlink", &world.admin(), body).await.status, 200);
    }
    world.link(&leader, &joins).await;
    world.link(&stays, &moves).await;
    purge(&world, &leader.person_id).await;
    let new = Backup::of(&world).await;
    let (_, gone) = purged(&world).await;
    assert_eq!(gone.len(), 2);

    // Either all tables are restored to the same moment, or old users meet current persons and
    // claims.
    for tables in [vec!["PersonsTable", "UsersTable", "IdentitiesTable"], vec!["UsersTable"]] {
        for carried_out in [false, true] {
            for write in 0.. {
                assert!(write < 50, "the repair never comes to its end");
                new.restore_all(&world).await;
                for table in &tables {
                    old.restore(&world, table).await;
                }
                let is_over = runs_through(&world, write, carried_out).await;
                run(&world, APPLY).await;
                assert_agreement(&world).await;
                for user in [&leaves, &stays, &moves] {
                    assert!(person_of(&world, user).await.is_some(), "{user:?} is lost");
                }
                assert_eq!(item(&world, "UsersTable", &joins.player_uuid).await, None);
                let (_, again) = run(&world, APPLY).await;
                assert!(again.is_empty(), "{again}");
                if is_over {
                    assert!(write > 1, "there were only {write} writes");
                    break;
                }
            }
        }
    }
}

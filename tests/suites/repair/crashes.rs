//! A repair that ends at any of its writes is made good by another.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use aws_sdk_dynamodb::{
    Client,
    config::{ConfigBag, Intercept, RuntimeComponents, retry::RetryConfig},
    error::BoxError,
};
use aws_smithy_runtime_api::client::interceptors::{
    context::{BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextMut},
    dyn_dispatch_hint,
};
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use roster_local::repair::repair;
use shared::identity::repair::Finding;
use tests::World;
use tokio::sync::Notify;

use crate::{
    agreement::{assert_agreement, purged},
    scene::{APPLY, Backup, ambient, item, later, person_of, purge, run, store, world},
};

/// The process ends at one write: before it is sent, or when it was carried out.
#[derive(Debug)]
struct End {
    left: AtomicUsize,
    carried_out: bool,
    reached: Notify,
}

const TARGET: &str = "x-amz-target";

fn is_write(operation: &str) -> bool {
    ["UpdateItem", "TransactWriteItems", "PutItem", "DeleteItem"].iter().any(|write| operation.ends_with(write))
}

/// Shared between the interceptor and the test.
#[derive(Debug, Clone)]
struct Watch(Arc<End>);

/// Marks the call whose answer nobody hears.
#[derive(Debug)]
struct Last;

impl Storable for Last {
    type Storer = StoreReplace<Self>;
}

#[dyn_dispatch_hint]
impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "End"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if !context.request().headers().get(TARGET).is_some_and(is_write) {
            return Ok(());
        }
        let left = self.0.left.load(Ordering::SeqCst);
        self.0.left.store(left.saturating_sub(1), Ordering::SeqCst);
        if left == 0 && !self.0.carried_out {
            self.0.reached.notify_one();
            return Err("the process ends".into());
        }
        if left == 0 {
            config.interceptor_state().store_put(Last);
        }
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        _: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if config.load::<Last>().is_some() {
            self.0.reached.notify_one();
            return Err("the process ends".into());
        }
        Ok(())
    }
}

/// Whether the repair came to its end before it reached this write.
async fn runs_through(world: &World, write: usize, carried_out: bool) -> bool {
    let end = Arc::new(End { left: AtomicUsize::new(write), carried_out, reached: Notify::new() });
    let config = world.bundle.dynamodb().config().to_builder();
    let config = config.retry_config(RetryConfig::disabled()).interceptor(Watch(Arc::clone(&end)));
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

    // All at the same moment; and users of old among persons and claims of today.
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

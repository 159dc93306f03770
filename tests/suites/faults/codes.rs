//! Every error with which the services can answer a call, in its real form. One retry is enough
//! after each.

use std::time::Duration;

use tests::{Fault, User, World, world::purge_path};

use crate::without_worker;

const CALLS: [(&str, &str); 7] = [
    ("create-platform-user", "TransactWriteItems"),
    ("link-platform-user", "BatchGetItem"),
    ("queue-person-purge", "UpdateItem"),
    ("queue-person-purge", "SendMessage"),
    ("get-person-purge", "GetItem"),
    ("dispatch-due-purges", "GetQueueAttributes"),
    ("dispatch-due-purges", "SendMessageBatch"),
];

/// Creates two persons. The first has a due purge if the function is the dispatcher.
async fn prepare(world: &World, function: &str, name: &str) -> [User; 2] {
    let users = [world.create("Steam", name).await, world.create("Epic", name).await];
    if function == "dispatch-due-purges" {
        assert_eq!(world.purge_now(&users[0].person_id).await.status, 202);
        world.advance(Duration::from_secs(20));
    }
    world.calls.forget();
    users
}

/// Performs an act that must succeed in spite of the fault.
async fn act(world: &World, function: &str, [leader, follower]: &[User; 2]) {
    match function {
        "create-platform-user" => drop(world.create("PSN", &leader.platform_user_id).await),
        "link-platform-user" => world.link(leader, follower).await,
        "queue-person-purge" => assert_eq!(world.purge_now(&leader.person_id).await.status, 202),
        "get-person-purge" => assert_eq!(world.purge_status(&leader.person_id).await, "purge_not_found"),
        _ => world.tick().await,
    }
}

/// The number of calls of the operation, with this fault or with none.
async fn count(world: &World, (function, operation): (&str, &str), fault: Option<Fault>) -> usize {
    let users = prepare(world, function, &format!("{function} {operation} {fault:?}")).await;
    if let Some(fault) = fault {
        world.fault(function, operation, fault);
    }
    act(world, function, &users).await;
    assert_eq!(world.calls.faults_left(), 0, "{function} {operation} {fault:?}");
    let called = world.operations(function).into_iter().filter(|called| called == operation).count();
    // Otherwise the next round of the dispatcher would find it too.
    world.delete(&purge_path(&users[0].person_id), &world.admin()).await;
    called
}

#[tokio::test]
async fn a_call_that_met_a_passing_error_is_made_once_more() {
    let world = without_worker().await;
    for call in CALLS {
        let undisturbed = count(&world, call, None).await;
        // A refused message is left to the next round and not sent again at once.
        let met = |fault: &Fault| fault.may_meet(call.1) && *fault != Fault::PartlyRefused;
        for fault in Fault::ALL.into_iter().filter(met) {
            assert_eq!(count(&world, call, Some(fault)).await, undisturbed + 1, "{call:?} {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_message_that_the_queue_refuses_is_sent_by_the_next_round() {
    let world = without_worker().await;
    let users = prepare(&world, "dispatch-due-purges", "42").await;
    world.fault("dispatch-due-purges", "SendMessageBatch", Fault::PartlyRefused);
    for lease in [0, 1, 0] {
        act(&world, "dispatch-due-purges", &users).await;
        let leases =
            world.operations("dispatch-due-purges").into_iter().filter(|called| called == "UpdateItem").count();
        assert_eq!(leases, lease, "only what was accepted is leased");
    }
}

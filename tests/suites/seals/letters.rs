//! `roster redrive`: dead letters go back to the queue, and do no harm there.

use std::time::Duration;

use roster_local::{
    Problem,
    operate::{Queues, Redriven, Target, redrive},
};
use tests::World;

use crate::scene::*;

fn urls(world: &World) -> (String, String) {
    let addresses = world.bundle.addresses();
    (addresses.purge_queue, addresses.dead_letter_queue)
}

async fn die(world: &World, body: &str) {
    let (_, dead_letters) = urls(world);
    world.bundle.sqs().send_message().queue_url(dead_letters).message_body(body).send().await.unwrap();
}

/// Receives and deletes all messages of a queue that are visible now.
async fn drain(world: &World, url: &str) -> Vec<String> {
    let mut bodies = Vec::new();
    loop {
        let received = world.bundle.sqs().receive_message().queue_url(url).max_number_of_messages(10).send().await;
        let messages = received.unwrap().messages.unwrap_or_default();
        if messages.is_empty() {
            bodies.sort();
            return bodies;
        }
        for message in messages {
            let handle = message.receipt_handle.unwrap();
            world.bundle.sqs().delete_message().queue_url(url).receipt_handle(handle).send().await.unwrap();
            bodies.push(message.body.unwrap());
        }
    }
}

#[tokio::test]
async fn dead_letters_wait_in_the_queue_again_and_what_is_not_ours_stays() {
    let world = without_worker().await;
    let (purges, dead_letters) = urls(&world);
    let letter = |index: u32| {
        format!(
            r#"{{"person_id":"00000000-0000-4000-8000-{index:012}","purge_id":"00000000-0000-4000-8000-000000000001"}}"#
        )
    };
    let letters: Vec<_> = (0..25).map(letter).collect();
    for body in letters.iter().map(String::as_str).chain(["not ours", "{}"]) {
        die(&world, body).await;
    }
    let done = redrive(&world.target()).await.unwrap();
    assert_eq!(done, Redriven { moved: 25, refused: 0, foreign: 2 });
    assert_eq!(drain(&world, &purges).await, letters);
    assert_eq!(drain(&world, &dead_letters).await, [""; 0], "hidden for a minute");
    assert_eq!(redrive(&world.target()).await.unwrap(), Redriven::default());
}

#[tokio::test]
async fn letters_of_purges_that_are_over_cancelled_put_off_and_due_do_what_is_right() {
    let world = without_worker().await;
    let mut users = Vec::new();
    for name in ["over", "cancelled", "put off", "due", "queued anew"] {
        let user = world.create("Steam", name).await;
        world.purge_now(&user.person_id).await;
        die(&world, &message(&world, &user).await).await;
        users.push(user);
    }
    let [over, cancelled, put_off, due, anew] = users.as_slice() else { panic!() };
    world.advance(Duration::from_secs(1));
    work(&world, &[&message(&world, over).await]).await;
    let first = receipt(&world, &over.person_id).await.text;
    for user in [cancelled, anew] {
        let path = tests::world::purge_path(&user.person_id);
        assert_eq!(world.delete(&path, &world.admin()).await.status, 204);
    }
    for user in [put_off, anew] {
        world.queue_purge(&user.person_id, Some(world.now() + 3600)).await;
    }
    // The account of the finished purge was created again meanwhile.
    let returned = world.create("Steam", "over").await;
    let (purges, _) = urls(&world);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    drain(&world, &purges).await;
    assert_eq!(redrive(&world.target()).await.unwrap(), Redriven { moved: 5, refused: 0, foreign: 0 });
    let letters = drain(&world, &purges).await;
    assert_eq!(letters.len(), 5);
    let twice: Vec<_> = letters.iter().chain(&letters).map(String::as_str).collect();
    work(&world, &twice[..5]).await;
    work(&world, &twice[5..]).await;
    for (user, status) in
        [(over, "complete"), (cancelled, "purge_not_found"), (put_off, "queued"), (due, "complete"), (anew, "queued")]
    {
        assert_eq!(world.purge_status(&user.person_id).await, status);
    }
    assert_eq!(receipt(&world, &over.person_id).await.text, first);
    for user in [cancelled, put_off, anew, &returned] {
        assert_eq!(world.find(user).await.unwrap()["player_uuid"], user.player_uuid.as_str());
    }
    assert_eq!(world.items("ReceiptsTable").await.len(), 2);
}

#[tokio::test]
async fn without_a_queue_it_is_said_what_is_missing() {
    let folder = std::env::temp_dir().join(format!("roster-letters-{}", uuid::Uuid::new_v4()));
    let options = roster_local::Options { data: Some(folder.clone()), worker: false, ..Default::default() };
    roster_local::Bundle::start(options).await.unwrap().stop().await;
    let target = Target::folder(&folder, shared::ambient::Ambient::system()).await.unwrap();
    assert_eq!(target.sqs().1, &Queues::Nowhere);
    let error = redrive(&target).await.unwrap_err();
    assert!(matches!(error, Problem::Input(ref text) if text.contains("no roster runs")), "{error}");
    target.close().await;
    std::fs::remove_dir_all(folder).unwrap();
}

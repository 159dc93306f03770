//! The delivery and the deletion of messages.

use std::time::Duration;

use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, MessageSystemAttributeName as Of, QueueAttributeName, SendMessageBatchRequestEntry,
};
use tokio::time::{Instant, sleep};

use crate::scene::{Queue, Scene};

crate::checks!(
    Sqs:
    a_delayed_message_comes_late,
    a_received_message_is_hidden_and_comes_back,
    a_deleted_message_does_not_come_back,
    each_delivery_counts,
    a_message_that_fails_too_often_is_a_dead_letter,
    a_batch_is_sent_message_by_message,
    what_is_deleted_in_a_batch_does_not_come_back,
    deleting_twice_is_no_error,
    deleting_by_an_older_handle_is_no_error,
    a_handle_that_never_was_is_refused,
    attributes_come_when_they_are_asked_for,
    a_long_poll_ends_with_the_first_message,
    messages_are_counted_where_they_are,
);

const VISIBILITY: QueueAttributeName = QueueAttributeName::VisibilityTimeout;

async fn a_delayed_message_comes_late(scene: &Scene) {
    let queue = scene.queue(&[]).await;
    let started = Instant::now();
    let send = queue.client.send_message().queue_url(&queue.url).message_body("later").delay_seconds(2);
    send.send().await.unwrap();
    assert_eq!(queue.next().await.body(), Some("later"));
    assert!(started.elapsed() >= Duration::from_millis(1900), "after {:?}", started.elapsed());
}

async fn a_received_message_is_hidden_and_comes_back(scene: &Scene) {
    let queue = scene.queue(&[(VISIBILITY, "2")]).await;
    queue.send("m").await;
    let first = queue.next().await;
    let received = Instant::now();
    let second = queue.next().await;
    assert!(received.elapsed() >= Duration::from_millis(1900), "after {:?}", received.elapsed());
    assert_eq!((first.message_id(), first.body()), (second.message_id(), second.body()));
    assert_ne!(first.receipt_handle(), second.receipt_handle(), "each delivery has a handle of its own");
}

async fn a_deleted_message_does_not_come_back(scene: &Scene) {
    let queue = scene.queue(&[(VISIBILITY, "1")]).await;
    queue.send("m").await;
    let handle = queue.next().await.receipt_handle;
    delete(&queue, handle.as_deref().unwrap()).await.unwrap();
    sleep(Duration::from_secs(2)).await;
    assert_eq!(queue.receive().await, []);
}

async fn delete(queue: &Queue<'_>, handle: &str) -> Result<(), String> {
    let deleted = queue.client.delete_message().queue_url(&queue.url).receipt_handle(handle).send().await;
    deleted.map(drop).map_err(|error| error.into_service_error().meta().code().unwrap_or("no code").to_owned())
}

async fn each_delivery_counts(scene: &Scene) {
    let queue = scene.queue(&[(VISIBILITY, "1")]).await;
    queue.send("m").await;
    for expected in ["1", "2", "3"] {
        assert_eq!(queue.next().await.attributes.unwrap()[&Of::ApproximateReceiveCount], expected);
    }
}

async fn a_message_that_fails_too_often_is_a_dead_letter(scene: &Scene) {
    let dead = scene.queue(&[]).await;
    let arn = dead.attribute(QueueAttributeName::QueueArn).await;
    let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":2}}"#);
    let queue = scene.queue(&[(VISIBILITY, "1"), (QueueAttributeName::RedrivePolicy, &policy)]).await;
    queue.send("poison").await;
    let first = queue.next().await;
    queue.next().await;
    assert_eq!(dead.receive().await, [], "two deliveries are allowed");
    let deadline = Instant::now() + Duration::from_secs(60);
    let letter = loop {
        assert_eq!(queue.receive().await, [], "a third delivery");
        if let Some(letter) = dead.receive().await.pop() {
            break letter;
        }
        assert!(Instant::now() < deadline, "no dead letter came");
        sleep(Duration::from_millis(200)).await;
    };
    assert_eq!((letter.body(), letter.message_id()), (Some("poison"), first.message_id()));
}

fn entry(id: usize) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder().id(id.to_string()).message_body(format!("m{id}")).build().unwrap()
}

async fn a_batch_is_sent_message_by_message(scene: &Scene) {
    let queue = scene.queue(&[]).await;
    let send = queue.client.send_message_batch().queue_url(&queue.url).set_entries(Some((0..10).map(entry).collect()));
    let answer = send.send().await.unwrap();
    let mut sent: Vec<_> = answer.successful().iter().map(|sent| sent.id().parse::<usize>().unwrap()).collect();
    sent.sort_unstable();
    assert_eq!((sent, answer.failed().len()), ((0..10).collect(), 0));
    let mut bodies = std::collections::BTreeSet::new();
    let deadline = Instant::now() + Duration::from_secs(60);
    while bodies.len() < 10 {
        bodies.extend(queue.receive().await.into_iter().map(|message| message.body.unwrap()));
        assert!(Instant::now() < deadline, "only {bodies:?} came");
    }
}

async fn what_is_deleted_in_a_batch_does_not_come_back(scene: &Scene) {
    let queue = scene.queue(&[(VISIBILITY, "2")]).await;
    for body in ["kept", "gone"] {
        queue.send(body).await;
    }
    let mut messages = vec![queue.client.receive_message().queue_url(&queue.url).send().await.unwrap()];
    messages.push(queue.client.receive_message().queue_url(&queue.url).send().await.unwrap());
    let messages: Vec<_> = messages.into_iter().flat_map(|received| received.messages.unwrap_or_default()).collect();
    let gone = messages.iter().find(|message| message.body() == Some("gone")).unwrap().receipt_handle().unwrap();
    let entry = DeleteMessageBatchRequestEntry::builder().id("0").receipt_handle(gone).build().unwrap();
    let answer = queue.client.delete_message_batch().queue_url(&queue.url).entries(entry).send().await.unwrap();
    assert_eq!((answer.successful().len(), answer.failed().len()), (1, 0));
    assert_eq!(queue.next().await.body(), Some("kept"));
    assert_eq!(queue.receive().await, []);
}

async fn deleting_twice_is_no_error(scene: &Scene) {
    let queue = scene.queue(&[]).await;
    queue.send("m").await;
    let handle = queue.next().await.receipt_handle.unwrap();
    assert_eq!((delete(&queue, &handle).await, delete(&queue, &handle).await), (Ok(()), Ok(())));
}

/// "The request succeeds, but the message might not be deleted."
async fn deleting_by_an_older_handle_is_no_error(scene: &Scene) {
    let queue = scene.queue(&[(VISIBILITY, "1")]).await;
    queue.send("m").await;
    let older = queue.next().await.receipt_handle.unwrap();
    queue.next().await;
    assert_eq!(delete(&queue, &older).await, Ok(()));
}

async fn a_handle_that_never_was_is_refused(scene: &Scene) {
    let queue = scene.queue(&[]).await;
    assert_eq!(delete(&queue, "nonsense").await, Err("ReceiptHandleIsInvalid".to_owned()));
}

async fn attributes_come_when_they_are_asked_for(scene: &Scene) {
    let queue = scene.queue(&[(VISIBILITY, "0")]).await;
    queue.send("m").await;
    let asked = queue.next().await.attributes.unwrap_or_default();
    for name in [Of::SentTimestamp, Of::ApproximateReceiveCount, Of::ApproximateFirstReceiveTimestamp, Of::SenderId] {
        assert!(asked.contains_key(&name), "no {name}");
    }
    let sent: u64 = asked[&Of::SentTimestamp].parse().unwrap();
    assert!((1_700_000_000_000..10_000_000_000_000).contains(&sent), "milliseconds: {sent}");
    let plain = queue.client.receive_message().queue_url(&queue.url).send().await.unwrap().messages.unwrap();
    assert!(plain[0].attributes.as_ref().is_none_or(std::collections::HashMap::is_empty));
}

async fn a_long_poll_ends_with_the_first_message(scene: &Scene) {
    let queue = scene.queue(&[]).await;
    let poll = queue.client.receive_message().queue_url(&queue.url).wait_time_seconds(20).send();
    let late = async {
        sleep(Duration::from_secs(1)).await;
        queue.send("m").await;
    };
    let (received, ()) = tokio::join!(poll, late);
    assert_eq!(received.unwrap().messages.unwrap_or_default().len(), 1);
}

async fn messages_are_counted_where_they_are(scene: &Scene) {
    let queue = scene.queue(&[]).await;
    for body in ["waiting", "received"] {
        queue.send(body).await;
    }
    let delayed = queue.client.send_message().queue_url(&queue.url).message_body("delayed").delay_seconds(900);
    delayed.send().await.unwrap();
    queue.client.receive_message().queue_url(&queue.url).send().await.unwrap();
    for name in [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        QueueAttributeName::ApproximateNumberOfMessagesDelayed,
    ] {
        assert_eq!(queue.attribute(name.clone()).await, "1", "{name}");
    }
}

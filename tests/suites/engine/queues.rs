//! The limits of a queue: SQS's quotas.

use aws_sdk_sqs::{
    error::{ProvideErrorMetadata, SdkError},
    types::{QueueAttributeName, SendMessageBatchRequestEntry},
};
use uuid::Uuid;

use crate::scene::{Queue, Scene};

crate::checks!(
    Sqs:
    a_delay_is_900_seconds_at_most,
    a_batch_that_names_an_id_twice_is_refused,
    a_batch_has_10_messages_at_most,
    a_batch_has_a_message,
    an_overlong_delay_in_a_batch_fails_alone,
    ten_messages_are_received_at_most,
    a_visibility_timeout_is_12_hours_at_most,
    a_retention_is_between_a_minute_and_14_days,
    a_queue_is_made_once,
    a_queue_of_the_same_name_with_other_settings_is_refused,
    a_missing_queue_does_not_exist,
    settings_are_kept,
);

/// The error code without the prefix that AWS gives to older codes.
fn code<T, E: ProvideErrorMetadata>(result: Result<T, SdkError<E>>) -> String {
    let code =
        result.err().map(|error| error.as_service_error().and_then(|error| error.code()).unwrap_or("?").to_owned());
    code.map_or_else(String::new, |code| code.rsplit('.').next().unwrap_or_default().to_owned())
}

fn entry(id: &str) -> aws_sdk_sqs::types::builders::SendMessageBatchRequestEntryBuilder {
    SendMessageBatchRequestEntry::builder().id(id).message_body("m")
}

async fn send_batch(queue: &Queue<'_>, ids: &[&str]) -> String {
    let entries = ids.iter().map(|id| entry(id).build().unwrap()).collect();
    code(queue.client.send_message_batch().queue_url(&queue.url).set_entries(Some(entries)).send().await)
}

async fn a_delay_is_900_seconds_at_most(scene: &Scene) {
    let queue = scene.queue(&[]).await;
    let send = |delay| queue.client.send_message().queue_url(&queue.url).message_body("m").delay_seconds(delay).send();
    assert_eq!(code(send(900).await), "");
    assert_eq!(code(send(901).await), "InvalidParameterValue");
}

async fn a_batch_that_names_an_id_twice_is_refused(scene: &Scene) {
    let queue = scene.queue(&[]).await;
    assert_eq!(send_batch(&queue, &["a", "b", "a"]).await, "BatchEntryIdsNotDistinct");
    assert_eq!(queue.receive().await, []);
}

async fn a_batch_has_10_messages_at_most(scene: &Scene) {
    let queue = scene.queue(&[]).await;
    let ids = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"];
    assert_eq!(send_batch(&queue, &ids).await, "TooManyEntriesInBatchRequest");
}

async fn a_batch_has_a_message(scene: &Scene) {
    assert_eq!(send_batch(&scene.queue(&[]).await, &[]).await, "EmptyBatchRequest");
}

async fn an_overlong_delay_in_a_batch_fails_alone(scene: &Scene) {
    let queue = scene.queue(&[]).await;
    let entries = vec![entry("fine").build().unwrap(), entry("late").delay_seconds(901).build().unwrap()];
    let answer =
        queue.client.send_message_batch().queue_url(&queue.url).set_entries(Some(entries)).send().await.unwrap();
    let sent: Vec<_> = answer.successful().iter().map(|sent| sent.id().to_owned()).collect();
    let failed: Vec<_> = answer.failed().iter().map(|failed| (failed.id().to_owned(), failed.sender_fault())).collect();
    assert_eq!((sent, failed), (vec!["fine".to_owned()], vec![("late".to_owned(), true)]));
}

async fn ten_messages_are_received_at_most(scene: &Scene) {
    let queue = scene.queue(&[]).await;
    let receive = queue.client.receive_message().queue_url(&queue.url).max_number_of_messages(11).send().await;
    let answer = code(receive);
    assert!(["InvalidParameterValue", "ReadCountOutOfRange"].contains(&answer.as_str()), "{answer:?}");
}

async fn create(scene: &Scene, name: &str, attribute: QueueAttributeName, value: &str) -> String {
    code(scene.sqs().create_queue().queue_name(name).attributes(attribute, value).send().await)
}

async fn a_visibility_timeout_is_12_hours_at_most(scene: &Scene) {
    for (seconds, expected) in [("0", ""), ("43200", ""), ("43201", "InvalidAttributeValue")] {
        let name = format!("q-{}", Uuid::new_v4());
        let answer = create(scene, &name, QueueAttributeName::VisibilityTimeout, seconds).await;
        assert_eq!(answer, expected, "{seconds}");
    }
}

async fn a_retention_is_between_a_minute_and_14_days(scene: &Scene) {
    let refused = "InvalidAttributeValue";
    for (seconds, expected) in [("59", refused), ("60", ""), ("1209600", ""), ("1209601", refused)] {
        let name = format!("q-{}", Uuid::new_v4());
        let answer = create(scene, &name, QueueAttributeName::MessageRetentionPeriod, seconds).await;
        assert_eq!(answer, expected, "{seconds}");
    }
}

async fn a_queue_is_made_once(scene: &Scene) {
    let name = format!("q-{}", Uuid::new_v4());
    let make = || scene.sqs().create_queue().queue_name(&name).attributes(QueueAttributeName::VisibilityTimeout, "7");
    let (first, second) = (make().send().await.unwrap(), make().send().await.unwrap());
    assert_eq!(first.queue_url(), second.queue_url());
}

async fn a_queue_of_the_same_name_with_other_settings_is_refused(scene: &Scene) {
    let name = format!("q-{}", Uuid::new_v4());
    let timeout = QueueAttributeName::VisibilityTimeout;
    assert_eq!(create(scene, &name, timeout.clone(), "7").await, "");
    let other = create(scene, &name, timeout, "8").await;
    assert!(["QueueAlreadyExists", "QueueNameExists"].contains(&other.as_str()), "{other:?}");
}

async fn a_missing_queue_does_not_exist(scene: &Scene) {
    let queue = scene.queue(&[]).await;
    let url = queue.url.replace("q-", "nothing-");
    let answer = code(queue.client.send_message().queue_url(url).message_body("m").send().await);
    assert!(["QueueDoesNotExist", "NonExistentQueue"].contains(&answer.as_str()), "{answer:?}");
}

async fn settings_are_kept(scene: &Scene) {
    let settings = [
        (QueueAttributeName::VisibilityTimeout, "180"),
        (QueueAttributeName::MessageRetentionPeriod, "345600"),
        (QueueAttributeName::DelaySeconds, "3"),
    ];
    let queue = scene.queue(&settings).await;
    for (name, value) in settings {
        assert_eq!(queue.attribute(name.clone()).await, value, "{name}");
    }
}

use std::{sync::Arc, time::Duration};

use aws_sdk_sqs::{
    Client,
    types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName},
};
use tokio::{
    sync::{Semaphore, watch},
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};

use super::{
    event::{failed, sqs_event},
    server::QueueAddress,
};
use crate::{problem::cause, stand_ins::LocalFunction, template::QueueTrigger};

/// How long one request waits for messages, which is the longest wait that SQS allows.
const LONG_POLL_SECONDS: i32 = 20;
/// The most messages that one request can receive.
const RECEIVE_LIMIT: u64 = 10;
/// The pause after a queue did not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// How long batches in flight may take to finish once the poller stops.
const GRACE: Duration = Duration::from_secs(5);

/// A queue and the function that handles its messages.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) client: Client,
    pub(crate) queue: QueueAddress,
    pub(crate) trigger: QueueTrigger,
    pub(crate) function: Arc<LocalFunction>,
}

/// A running poller. Dropping it stops it too, but does not wait.
#[derive(Debug)]
pub(crate) struct Poller {
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

impl Poller {
    pub(crate) fn start(source: Source) -> Self {
        let (stop, stopped) = watch::channel(());
        Self { stop, task: tokio::spawn(poll(Arc::new(source), stopped)) }
    }

    /// Stops receiving, and waits a few seconds for the batches in flight.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        // A panic in a batch has already been logged.
        let _ = self.task.await;
    }
}

async fn poll(source: Arc<Source>, mut stopped: watch::Receiver<()>) {
    let concurrency = usize::try_from(source.trigger.maximum_concurrency).unwrap_or(1);
    let free = Arc::new(Semaphore::new(concurrency));
    let mut batches = JoinSet::new();
    loop {
        let next = async {
            let permit = Arc::clone(&free).acquire_owned().await;
            (permit, receive(&source).await)
        };
        let (permit, messages) = tokio::select! {
            _ = stopped.changed() => break,
            next = next => next,
        };
        while batches.try_join_next().is_some() {}
        if !messages.is_empty() {
            let source = Arc::clone(&source);
            batches.spawn(async move {
                handle(&source, messages).await;
                drop(permit);
            });
        }
    }
    let finished = async { while batches.join_next().await.is_some() {} };
    if timeout(GRACE, finished).await.is_err() {
        tracing::warn!("messages were still being handled after {GRACE:?} and stay in the queue");
    }
}

async fn receive(source: &Source) -> Vec<Message> {
    let most = i32::try_from(source.trigger.batch_size.min(RECEIVE_LIMIT)).unwrap_or(1);
    let request = source
        .client
        .receive_message()
        .queue_url(&source.queue.url)
        .max_number_of_messages(most)
        .wait_time_seconds(LONG_POLL_SECONDS)
        .message_system_attribute_names(MessageSystemAttributeName::All);
    match request.send().await {
        Ok(received) => received.messages.unwrap_or_default(),
        Err(error) => {
            tracing::warn!(error = cause(&error), "messages could not be received");
            sleep(PAUSE).await;
            Vec::new()
        }
    }
}

/// Calls the function and deletes the messages that it did not report as failed. The others become
/// visible again later.
async fn handle(source: &Source, messages: Vec<Message>) {
    let answer = match source.function.call(sqs_event(&messages, &source.queue.arn)).await {
        Ok(answer) => answer,
        Err(error) => return tracing::warn!(%error, function = source.function.name(), "a batch failed"),
    };
    let failed = failed(&answer, &messages, source.trigger.reports_failures);
    let done = messages.iter().filter(|message| message.message_id.as_ref().is_none_or(|id| !failed.contains(id)));
    let entries: Vec<_> = done
        .enumerate()
        .filter_map(|(position, message)| {
            let handle = message.receipt_handle.clone()?;
            DeleteMessageBatchRequestEntry::builder().id(position.to_string()).receipt_handle(handle).build().ok()
        })
        .collect();
    if entries.is_empty() {
        return;
    }
    let request = source.client.delete_message_batch().queue_url(&source.queue.url).set_entries(Some(entries));
    if let Err(error) = request.send().await {
        tracing::warn!(error = cause(&error), "handled messages could not be deleted and will be delivered again");
    }
}

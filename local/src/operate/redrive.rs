//! `roster redrive`: moves dead letters back to the purge queue. A message is only a hint to the
//! worker, so one too many or too few does no harm.

use std::collections::HashSet;

use aws_sdk_sqs::{
    Client,
    types::{Message, QueueAttributeName},
};
use shared::queue::{BATCH, PurgeMessage, Record, SendPurges, SqsQueue};

use super::{Queues, Target, failed};
use crate::problem::{Problem, cause};

/// How long a letter stays hidden from others while it is moved, in seconds.
const HIDDEN_SECONDS: i32 = 60;

/// How long one request waits for letters, in seconds. SQS spreads a queue over many servers, and a
/// request that does not wait asks only some of them.
const WAIT_SECONDS: i32 = 2;

/// The result for the dead letters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Redriven {
    /// Letters that are in the purge queue again.
    pub moved: u64,
    /// Letters that the purge queue did not accept. They stay where they are.
    pub refused: u64,
    /// Letters that are not about purges. They stay where they are.
    pub foreign: u64,
}

/// Moves dead letters back. It moves at most as many as there are at the start, so that a letter
/// that fails again meanwhile is left for the next run.
///
/// Each letter is sent before it is deleted. A crash in between leaves a duplicate, which does no
/// harm: workers do nothing twice.
pub async fn redrive(target: &Target) -> Result<Redriven, Problem> {
    let (client, queues) = target.sqs();
    let (purges, dead_letters) = match queues {
        Queues::At { purges, dead_letters } => (purges, dead_letters),
        Queues::Nowhere => {
            let nothing = "no roster runs on this folder, so it has no dead letters: a roster keeps them in memory";
            return Err(Problem::Input(nothing.to_owned()));
        }
        Queues::NotSet(name) => {
            return Err(Problem::Input(format!("{name} is not set: it must be the URL of a queue")));
        }
    };
    let queue = SqsQueue::new(client.clone(), purges.clone(), target.ambient().clone());
    let at_most = depth(client, dead_letters).await?.max(1);
    let (mut done, mut foreign) = (Redriven::default(), HashSet::new());
    while done.moved + done.refused < at_most {
        let letters = receive(client, dead_letters).await?;
        let known = foreign.len();
        let ours: Vec<_> = letters.into_iter().filter_map(|letter| ours(letter, &mut foreign)).collect();
        // Only letters that were already seen are left.
        if ours.is_empty() && foreign.len() == known {
            break;
        }
        done.add(move_all(client, &queue, dead_letters, &ours).await?);
    }
    done.foreign = u64::try_from(foreign.len()).unwrap_or(u64::MAX);
    Ok(done)
}

impl Redriven {
    fn add(&mut self, more: Self) {
        self.moved += more.moved;
        self.refused += more.refused;
    }
}

/// A letter and its content, if it is about a purge. Other letters are only counted.
fn ours(letter: Message, foreign: &mut HashSet<String>) -> Option<(Message, PurgeMessage)> {
    let message = letter.body().and_then(PurgeMessage::parse);
    if message.is_none() {
        foreign.insert(letter.message_id.clone().unwrap_or_default());
    }
    message.map(|message| (letter, message))
}

async fn receive(client: &Client, url: &str) -> Result<Vec<Message>, Problem> {
    let request = client
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(i32::try_from(BATCH).unwrap_or(1))
        .visibility_timeout(HIDDEN_SECONDS)
        .wait_time_seconds(WAIT_SECONDS);
    let received = request.send().await;
    let received = received.map_err(|error| Problem::call("receiving dead letters", &cause(&error)))?;
    Ok(received.messages.unwrap_or_default())
}

async fn move_all(
    client: &Client,
    queue: &SqsQueue,
    dead_letters: &str,
    letters: &[(Message, PurgeMessage)],
) -> Result<Redriven, Problem> {
    let mut done = Redriven::default();
    if letters.is_empty() {
        return Ok(done);
    }
    let messages: Vec<_> = letters.iter().map(|(_, message)| *message).collect();
    let accepted = queue.send_batch(&messages).await.map_err(failed("sending to the purge queue"))?;
    for ((letter, _), accepted) in letters.iter().zip(accepted) {
        if !accepted {
            done.refused += 1;
            continue;
        }
        let delete = client.delete_message().queue_url(dead_letters);
        let deleted = delete.set_receipt_handle(letter.receipt_handle.clone()).send().await;
        let what = "deleting a dead letter";
        deleted.map_err(|error| Problem::call(what, &cause(&error)))?;
        done.moved += 1;
    }
    Ok(done)
}

/// The approximate number of letters.
async fn depth(client: &Client, url: &str) -> Result<u64, Problem> {
    let name = QueueAttributeName::ApproximateNumberOfMessages;
    let got = client.get_queue_attributes().queue_url(url).attribute_names(name.clone()).send().await;
    let what = "counting the dead letters";
    let got = got.map_err(|error| Problem::call(what, &cause(&error)))?;
    let depth = got.attributes().and_then(|attributes| attributes.get(&name)).and_then(|depth| depth.parse().ok());
    depth.ok_or_else(|| Problem::call(what, &"the queue does not say"))
}

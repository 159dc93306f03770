//! The queue in memory: at least once, in any order, with dead letters.

use shared::queue::{PurgeMessage, Record};

use super::dice::Dice;

/// How long a message that was received is hidden, in milliseconds.
const VISIBILITY: i64 = 60_000;

/// After so many deliveries a message is a dead letter.
const MAX_RECEIVES: u32 = 5;

/// A message that waits.
#[derive(Debug, Clone)]
pub struct Message {
    pub id: u64,
    pub body: String,
    visible_at: i64,
    receives: u32,
}

/// The messages that wait, and those that were given up.
#[derive(Debug, Default)]
pub struct Queue {
    messages: Vec<Message>,
    dead: Vec<Message>,
    sent: u64,
}

impl Queue {
    pub fn send(&mut self, message: PurgeMessage, visible_at: i64) {
        self.put(serde_json::to_string(&message).expect("a message"), visible_at);
    }

    pub fn put(&mut self, body: String, visible_at: i64) {
        self.sent += 1;
        self.messages.push(Message { id: self.sent, body, visible_at, receives: 0 });
    }

    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Up to so many messages, in any order. One may stay visible: it is delivered twice.
    pub fn receive(&mut self, most: usize, now: i64, dice: &mut Dice, twice: usize) -> Vec<Message> {
        let mut received = Vec::new();
        while received.len() < most {
            let visible = |message: &Message| {
                message.visible_at <= now && !received.iter().any(|other: &Message| other.id == message.id)
            };
            let waiting: Vec<_> = (0..self.messages.len()).filter(|index| visible(&self.messages[*index])).collect();
            if waiting.is_empty() {
                break;
            }
            let index = *dice.pick(&waiting);
            if self.messages[index].receives >= MAX_RECEIVES {
                self.dead.push(self.messages.remove(index));
                continue;
            }
            let message = &mut self.messages[index];
            message.receives += 1;
            if !dice.often(twice) {
                message.visible_at = now + VISIBILITY;
            }
            received.push(message.clone());
        }
        received
    }

    pub fn delete(&mut self, id: u64) {
        self.messages.retain(|message| message.id != id);
    }

    /// Everything that waits may be received at once.
    pub fn show_all(&mut self) {
        self.messages.iter_mut().for_each(|message| message.visible_at = 0);
    }

    /// Whether something waits, or is a dead letter, that is none of our messages.
    pub fn poison(&self) -> (bool, bool) {
        let is_poison = |message: &Message| PurgeMessage::parse(&message.body).is_none();
        (self.messages.iter().any(is_poison), self.dead.iter().any(is_poison))
    }

    /// Loses everything that waits, as when it became dead letters.
    pub fn forget(&mut self) {
        self.messages.clear();
    }
}

//! The queue in memory. It delivers at least once, in any order, and has dead letters.

use shared::queue::{PurgeMessage, Record};

use super::dice::Dice;

/// How long a message that was received is hidden, in milliseconds.
const VISIBILITY: i64 = 60_000;

/// The number of deliveries after which a message becomes a dead letter.
const MAX_RECEIVES: u32 = 5;

/// A message in the queue.
#[derive(Debug, Clone)]
pub struct Message {
    pub id: u64,
    pub body: String,
    visible_at: i64,
    receives: u32,
}

/// The waiting messages, and the dead letters.
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

    /// Receives up to so many messages, in any order. One of them may stay visible, so that it is
    /// delivered twice.
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

    /// Makes all waiting messages visible.
    pub fn show_all(&mut self) {
        self.messages.iter_mut().for_each(|message| message.visible_at = 0);
    }

    /// Whether a foreign message waits, and whether one is a dead letter.
    pub fn poison(&self) -> (bool, bool) {
        let is_poison = |message: &Message| PurgeMessage::parse(&message.body).is_none();
        (self.messages.iter().any(is_poison), self.dead.iter().any(is_poison))
    }

    /// Loses all waiting messages, as if they had become dead letters.
    pub fn forget(&mut self) {
        self.messages.clear();
    }
}

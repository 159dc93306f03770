//! The ids of new players: leased in blocks, each id used once.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::DynamoStore;
use crate::{
    aws::CallError,
    dynamo::{Reader, Updated},
    identity::{PlayerId, Timestamp},
    tables::sequences,
    telemetry,
};

/// The ids that this process has leased and not yet used.
#[derive(Debug)]
pub(super) struct PlayerIds {
    block: tokio::sync::Mutex<Block>,
    /// Ids that were taken from a block but not used. The lock is never held across a call.
    returned: Mutex<Vec<PlayerId>>,
}

/// A block of leased ids.
#[derive(Debug)]
struct Block {
    next: u32,
    end: u32,
    size: u32,
    leased: Timestamp,
}

impl PlayerIds {
    pub(super) fn new(now: Timestamp) -> Self {
        let block = Block { next: 0, end: 0, size: 0, leased: now };
        Self { block: tokio::sync::Mutex::new(block), returned: Mutex::default() }
    }

    fn returned(&self) -> std::sync::MutexGuard<'_, Vec<PlayerId>> {
        self.returned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DynamoStore {
    /// The next free player id: a returned one, else the next of the block. Leases a new block if
    /// both are used up.
    ///
    /// The first block has 8 ids. Blocks that are used up within a minute double, up to 256. So
    /// there are few gaps, and the counter is not a hot item.
    pub(super) async fn next_player_id(&self) -> Result<PlayerId, CallError> {
        const FIRST: u32 = 8;
        const LARGEST: u32 = 256;
        const QUICK: Duration = Duration::from_mins(1);
        let mut block = self.player_ids.block.lock().await;
        if let Some(id) = self.player_ids.returned().pop() {
            return Ok(id);
        }
        if block.next == block.end {
            let now = self.dynamo.ambient().now();
            let quick = block.size > 0 && now < block.leased.plus(QUICK);
            let size = if quick { (block.size * 2).min(LARGEST) } else { FIRST };
            let end = self.lease_player_ids(size).await?;
            *block = Block { next: end - size, end, size, leased: now };
        }
        let id = PlayerId::new(block.next).ok_or_else(|| CallError::Broken("player id out of range".into()))?;
        block.next += 1;
        Ok(id)
    }

    /// Returns an unused player id. It is the next one to be used.
    ///
    /// Only for an id that no write can use any more. An id stays a gap if the outcome of its write
    /// is unknown, or if the request was dropped.
    pub(super) fn return_player_id(&self, id: PlayerId) {
        self.player_ids.returned().push(id);
    }

    /// Leases a block of this size, and returns its end, which is the start of the next block.
    async fn lease_player_ids(&self, size: u32) -> Result<u32, CallError> {
        match self.dynamo.update(sequences::lease(&self.tables, size)).await? {
            Updated::Done(item) => Reader::new(sequences::TABLE, &item).number(sequences::NEXT),
            Updated::Refused(_) => {
                telemetry::metric("PlayerIdsExhausted", "Count", 1, self.dynamo.ambient().now());
                tracing::error!("no player ids are left below 2^31");
                Err(CallError::Exhausted)
            }
        }
    }
}

//! The calls of dispatcher and worker, and the queue between them.

use std::time::Duration;

use super::Actor;
use crate::{invariants, tables::shard_of};
use shared::{
    aws::CallError,
    identity::{DuePurge, OperationId, Person, PersonId, Purge, Receipt, Second},
    queue::{PurgeMessage, SendPurge, SendPurges},
    store::{DuePage, LeasePurges, PageKey, PurgePersons, Purged},
};

impl LeasePurges for Actor {
    async fn due_purges(
        &self,
        shard: u8,
        until: Second,
        limit: u32,
        _: Option<&PageKey>,
    ) -> Result<DuePage, CallError> {
        // Most shards of a small world are empty, and to query them would only cost time.
        let none_ever = {
            let state = self.0.state();
            !state.index.iter().flatten().any(|purge| shard_of(purge.person_id) == shard)
        };
        if none_ever {
            return Ok(DuePage { purges: Vec::new(), next: None });
        }
        self.call("due_purges", |state| {
            let lag = if state.faults > 0 { state.dice.below(state.index.len().min(3)) } else { 0 };
            let shown = &state.index[state.index.len() - 1 - lag];
            let due = shown.iter().filter(|purge| shard_of(purge.person_id) == shard && purge.due_on <= until);
            let purges = due.copied().take(usize::try_from(limit).expect("a limit")).collect();
            DuePage { purges, next: None }
        })
        .await
    }

    async fn lease_purge(&self, purge: &DuePurge, due_on: Second) -> Result<(), CallError> {
        invariants::leased_was_sent(&mut self.0.state(), purge);
        self.write("lease_purge", |tables| tables.lease_purge(purge, due_on)).await
    }
}

impl PurgePersons for Actor {
    async fn purge(&self, person: &Person, receipt: &Receipt, operation: OperationId) -> Result<Purged, CallError> {
        self.write("purge", |tables| tables.purge(person, receipt, operation)).await?
    }

    async fn postpone(&self, person_id: PersonId, purge: &Purge) -> Result<(), CallError> {
        self.write("postpone", |tables| tables.postpone(person_id, purge)).await
    }
}

impl SendPurge for Actor {
    async fn send(&self, message: PurgeMessage, delay: Duration) -> Result<(), CallError> {
        let delay = i64::try_from(delay.as_millis()).expect("a delay");
        self.call("send", |state| {
            let visible_at = state.now + delay;
            state.queue.send(message, visible_at);
        })
        .await
    }
}

impl SendPurges for Actor {
    async fn send_batch(&self, messages: &[PurgeMessage]) -> Result<Vec<bool>, CallError> {
        self.call("send_batch", |state| {
            let faults = state.faults;
            let send = |message: &PurgeMessage| {
                if state.dice.often(faults) {
                    return false;
                }
                let now = state.now;
                state.queue.send(*message, now);
                state.note().accepted.push(message.purge_id());
                true
            };
            messages.iter().map(send).collect()
        })
        .await
    }

    async fn depth(&self) -> Result<u64, CallError> {
        self.call("depth", |state| u64::try_from(state.queue.len()).expect("a depth")).await
    }
}

//! The clock and the random numbers, which a test or a simulation replaces.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use uuid::Uuid;

use crate::identity::{OperationId, Timestamp};

/// The future of a wait.
type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The source of time, of random values and of waits.
#[derive(Clone)]
pub struct Ambient {
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    random: Arc<dyn Fn() -> Uuid + Send + Sync>,
    sleep: Arc<dyn Fn(Duration) -> Sleep + Send + Sync>,
}

impl Ambient {
    /// The system's clock and random numbers.
    pub fn system() -> Self {
        Self {
            clock: Arc::new(system_time),
            random: Arc::new(Uuid::new_v4),
            sleep: Arc::new(|time| Box::pin(tokio::time::sleep(time))),
        }
    }

    /// Replaces the clock.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Replaces the random numbers.
    #[must_use]
    pub fn with_random(mut self, random: impl Fn() -> Uuid + Send + Sync + 'static) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// Replaces the way to wait.
    #[must_use]
    pub fn with_sleep<F: Future<Output = ()> + Send + 'static>(
        mut self,
        sleep: impl Fn(Duration) -> F + Send + Sync + 'static,
    ) -> Self {
        self.sleep = Arc::new(move |time| Box::pin(sleep(time)));
        self
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// A random UUID, version 4.
    pub fn uuid(&self) -> Uuid {
        (self.random)()
    }

    /// A new operation id. Drawn once for each write, before any retry of it.
    pub fn operation(&self) -> OperationId {
        OperationId(self.uuid())
    }

    /// A random number below `limit`, evenly enough for shards and jitter.
    pub fn below(&self, limit: u64) -> u64 {
        // The top 32 bits of a version 4 UUID are all random.
        let (top, ..) = self.uuid().as_fields();
        (u64::from(top) * limit) >> 32
    }

    /// A random part of `most`.
    pub fn jitter(&self, most: Duration) -> Duration {
        Duration::from_micros(self.below(u64::try_from(most.as_micros()).unwrap_or(u64::MAX >> 32)))
    }

    /// Waits for a random part of `most`.
    pub async fn pause(&self, most: Duration) {
        self.wait(self.jitter(most)).await;
    }

    /// Waits for this time.
    pub async fn wait(&self, time: Duration) {
        (self.sleep)(time).await;
    }
}

impl fmt::Debug for Ambient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ambient")
    }
}

fn system_time() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_below_their_limit() {
        let ambient = Ambient::system();
        assert!((0..1000).all(|_| ambient.below(16) < 16));
        assert!(ambient.jitter(Duration::from_millis(25)) < Duration::from_millis(25));
    }
}

//! The schedules of the template. Each makes one call after the other, never two at the same time.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{MissedTickBehavior, interval, timeout},
};
use uuid::Uuid;

use super::{DueIndex, LocalFunction};
use crate::template::{ACCOUNT, REGION, Schedule, ScheduleKind};

/// How long a call in flight may take to finish once the schedule stops.
const GRACE: Duration = Duration::from_secs(5);

/// A running schedule. Dropping it stops it too, but does not wait.
#[derive(Debug)]
pub(crate) struct Ticker {
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

impl Ticker {
    /// Calls the function at once and then every `period`. A call that takes longer than that
    /// delays the next one. With an index, the function is called only if a purge is due.
    pub(crate) fn start(
        schedule: Schedule,
        function: Arc<LocalFunction>,
        period: Duration,
        due: Option<DueIndex>,
    ) -> Self {
        let due = due.map(Arc::new);
        let (stop, mut stopped) = watch::channel(());
        let task = tokio::spawn(async move {
            let mut ticks = interval(period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    _ = stopped.changed() => return,
                    _ = ticks.tick() => {}
                }
                if !is_worthwhile(due.clone()).await {
                    continue;
                }
                if let Err(error) = function.call(event(&schedule, OffsetDateTime::now_utc())).await {
                    tracing::warn!(%error, function = function.name(), "a scheduled call failed; the schedule goes on with the next");
                }
            }
        });
        Self { stop, task }
    }

    /// Waits a few seconds for a call in flight.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        if timeout(GRACE, self.task).await.is_err() {
            tracing::warn!("a scheduled call was still running after {GRACE:?}");
        }
    }
}

/// Whether to call now. The engine works synchronously and can wait for the disk, so this asks it
/// on a thread that may block.
async fn is_worthwhile(due: Option<Arc<DueIndex>>) -> bool {
    let Some(due) = due else { return true };
    tokio::task::spawn_blocking(move || due.has_due()).await.unwrap_or(true)
}

/// The event of a schedule, at this time.
pub(crate) fn event(schedule: &Schedule, now: OffsetDateTime) -> Value {
    let name = &schedule.name;
    let time = now.replace_nanosecond(0).unwrap_or(now).format(&Rfc3339).unwrap_or_default();
    // EventBridge Scheduler writes the detail as text, a rule writes it as an object.
    let (source, resource, detail) = match schedule.kind {
        ScheduleKind::Scheduler => {
            ("aws.scheduler", format!("arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{name}"), json!("{}"))
        }
        ScheduleKind::Rule => ("aws.events", format!("arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}"), json!({})),
    };
    json!({
        "version": "0",
        "id": Uuid::new_v4(),
        "detail-type": "Scheduled Event",
        "source": source,
        "account": ACCOUNT,
        "time": time,
        "region": REGION,
        "resources": [resource],
        "detail": detail,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::value::RawValue;
    use shared::lambda::Invoke;

    use super::*;

    fn schedule() -> Schedule {
        Schedule { name: "EveryMinute".into(), kind: ScheduleKind::Scheduler }
    }

    #[test]
    fn the_event_is_eventbridges() {
        let event = event(&schedule(), OffsetDateTime::from_unix_timestamp(1_795_335_907).unwrap());
        assert_eq!(event["time"], "2026-11-22T08:25:07Z");
        assert_eq!((&event["source"], &event["detail"]), (&json!("aws.scheduler"), &json!("{}")));
        assert_eq!(event["resources"][0], "arn:aws:scheduler:eu-west-1:000000000000:schedule/default/EveryMinute");
    }

    #[tokio::test]
    async fn calls_never_overlap_and_one_in_flight_is_waited_for() {
        let (running, most, done) =
            (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (inside, seen, count) = (Arc::clone(&running), Arc::clone(&most), Arc::clone(&done));
        let invoke: Invoke = Arc::new(move |_, _| {
            let (inside, seen, count) = (Arc::clone(&inside), Arc::clone(&seen), Arc::clone(&count));
            Box::pin(async move {
                seen.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(20)).await;
                inside.fetch_sub(1, Ordering::SeqCst);
                count.fetch_add(1, Ordering::SeqCst);
                Ok(RawValue::NULL.to_owned())
            })
        });
        let function = Arc::new(LocalFunction::new("tick", Duration::from_secs(5), invoke));
        let ticker = Ticker::start(schedule(), function, Duration::from_millis(1), None);
        while done.load(Ordering::SeqCst) < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        ticker.stop().await;
        assert_eq!((running.load(Ordering::SeqCst), most.load(Ordering::SeqCst)), (0, 1));
    }
}

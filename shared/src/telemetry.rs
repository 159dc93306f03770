//! JSON logs and metrics without personal data: one line a request, uuids and hashes only.

use std::{panic, sync::OnceLock};

use tracing_subscriber::{EnvFilter, fmt::format::FmtSpan};

use crate::identity::Timestamp;

/// Set where CloudWatch reads standard output.
static ON_LAMBDA: OnceLock<()> = OnceLock::new();

/// Starts JSON logging to standard output, where Lambda collects it. The function's own log level narrows it.
pub fn start() {
    let filter = EnvFilter::try_from_env("AWS_LAMBDA_LOG_LEVEL").unwrap_or_else(|_| EnvFilter::new("info"));
    let logging = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_span_events(FmtSpan::NONE)
        .with_target(false)
        .with_env_filter(filter)
        .with_ansi(false);
    ON_LAMBDA.get_or_init(|| ());
    // A second start (several functions in one process) keeps the first subscriber.
    logging.try_init().ok();
    quiet_panics();
}

/// Logs where a panic happened, never its message: that may quote what the caller sent.
pub fn quiet_panics() {
    panic::set_hook(Box::new(|panicked| {
        let place = panicked.location();
        tracing::error!(
            file = place.map_or("unknown", panic::Location::file),
            line = place.map_or(0, panic::Location::line),
            "panic"
        );
    }));
}

/// A metric in CloudWatch's embedded metric format, in the namespace `Roster`, without dimensions.
///
/// Only a debug line where nobody collects metrics.
pub fn metric(name: &'static str, unit: &'static str, value: u64, now: Timestamp) {
    if ON_LAMBDA.get().is_none() {
        tracing::debug!(name, unit, value, "metric");
        return;
    }
    let line = serde_json::json!({
        "_aws": {
            "Timestamp": now.as_millis(),
            "CloudWatchMetrics": [{ "Namespace": "Roster", "Dimensions": [[]], "Metrics": [{ "Name": name, "Unit": unit }] }],
        },
        name: value,
    });
    // CloudWatch reads the format only from a line that is this JSON and nothing else.
    #[expect(clippy::print_stdout, reason = "the embedded metric format is a line on standard output")]
    {
        println!("{line}");
    }
}

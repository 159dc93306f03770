//! JSON logs and metrics without personal data: one line a request, uuids and hashes only.

use std::{panic, sync::OnceLock};

use tracing_subscriber::{EnvFilter, filter::LevelFilter, fmt::format::FmtSpan};

use crate::identity::Timestamp;

/// Set where CloudWatch reads standard output.
static ON_LAMBDA: OnceLock<()> = OnceLock::new();

/// Starts JSON logging to standard output, where Lambda collects it, at the level that Lambda was told.
pub fn start(function: &str) {
    let level = std::env::var("AWS_LAMBDA_LOG_LEVEL").ok().and_then(|level| level.parse().ok());
    let filter = EnvFilter::new(levels(level.unwrap_or(LevelFilter::INFO), function));
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

/// The levels of all crates. Below INFO the runtime and the SDK log whole events and requests, tokens among them: however
/// much is asked for, only our own code says more.
fn levels(asked: LevelFilter, function: &str) -> String {
    if asked <= LevelFilter::INFO { asked.to_string() } else { format!("info,shared={asked},{function}={asked}") }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_narrows_everything_and_widens_only_what_is_ours() {
        assert_eq!(levels(LevelFilter::WARN, "get_user"), "warn");
        assert_eq!(levels(LevelFilter::INFO, "get_user"), "info");
        assert_eq!(levels(LevelFilter::TRACE, "get_user"), "info,shared=trace,get_user=trace");
    }
}

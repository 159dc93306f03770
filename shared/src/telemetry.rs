//! JSON logs and metrics without personal data: one line for each request, with uuids and hashes
//! only.

use std::{cell::Cell, io::Write, panic, sync::OnceLock};

use serde_json::{Value, json};
use tracing::{Level, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer,
    filter::FilterFn,
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    registry,
    util::SubscriberInitExt,
};

use crate::identity::Timestamp;

/// Set if CloudWatch reads standard output.
static ON_LAMBDA: OnceLock<()> = OnceLock::new();

/// Starts JSON logging to standard output, which Lambda collects, at the level in Lambda's
/// configuration.
pub fn start(function: &str) {
    let level = std::env::var("AWS_LAMBDA_LOG_LEVEL").ok().and_then(|level| level.parse().ok());
    ON_LAMBDA.get_or_init(|| ());
    // A second start in the same process keeps the first subscriber.
    lines(level.unwrap_or(LevelFilter::INFO), function, std::io::stdout).try_init().ok();
    quiet_panics();
}

/// The subscriber that writes the lines on Lambda: one JSON object for each event of at least this
/// level.
pub fn lines<W>(level: LevelFilter, function: &str, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let function = function.to_owned();
    // No line shows spans, so they are not recorded.
    let filter = FilterFn::new(move |metadata| {
        metadata.is_event() && shows(level, &function, *metadata.level(), metadata.target())
    });
    let lines = fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
    registry().with(lines.with_target(false).with_writer(writer).with_filter(filter.with_max_level_hint(level)))
}

fn shows(asked: LevelFilter, function: &str, level: Level, target: &str) -> bool {
    level <= asked && may_show(level, target, |name| name == "shared" || name == function)
}

/// Whether a line may be shown at all. Below INFO the runtime, the SDK and the engines log whole
/// events and requests, with tokens in them. So at these levels only our own crates may log.
pub fn may_show(level: Level, target: &str, is_ours: impl Fn(&str) -> bool) -> bool {
    level <= Level::INFO || is_ours(target.split("::").next().unwrap_or_default())
}

/// Logs the place of a panic, never its message: that may quote what the caller sent.
pub fn quiet_panics() {
    panic::set_hook(Box::new(|panicked| {
        if panic_is_expected() {
            return;
        }
        let place = panicked.location();
        tracing::error!(
            file = place.map_or("unknown", panic::Location::file),
            line = place.map_or(0, panic::Location::line),
            "panic"
        );
    }));
}

thread_local! {
    /// Whether the running code catches its own panics.
    static SILENT: Cell<bool> = const { Cell::new(false) };
}

/// Runs code that catches its own panics. They need not be logged.
pub(crate) fn silently<T>(run: impl FnOnce() -> T) -> T {
    SILENT.set(true);
    let result = run();
    SILENT.set(false);
    result
}

/// Whether the running code catches its own panics, so that a hook need not report them.
pub fn panic_is_expected() -> bool {
    SILENT.get()
}

/// The kind of a 5xx. Only a fault needs the operator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FailureKind {
    /// A failure of ours or of AWS: a mistake, a lost response, a timeout.
    #[default]
    Fault,
    /// Other requests about the same person kept changing the records.
    Contention,
    /// A service of AWS throttled the calls.
    Throttled,
    /// A platform gave no usable answer about a player's proof.
    Platform,
}

impl FailureKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Fault, Self::Contention, Self::Throttled, Self::Platform];

    /// The value of the metric's dimension `kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Contention => "contention",
            Self::Throttled => "throttled",
            Self::Platform => "platform",
        }
    }
}

/// Counts a response that the gateway counts as 5xx, by its kind.
pub fn server_error(kind: FailureKind, now: Timestamp) {
    write_metric("ServerErrors", "Count", 1, Some(("kind", kind.as_str())), now);
}

/// Counts a login that failed by a fault of this deployment.
pub fn login_failure(now: Timestamp) {
    metric("LoginFailures", "Count", 1, now);
}

/// Counts a login that a platform refused because of our own credentials.
pub fn platform_credentials_refused(now: Timestamp) {
    metric("PlatformCredentialsRefused", "Count", 1, now);
}

/// A metric without dimensions.
pub fn metric(name: &'static str, unit: &'static str, value: u64, now: Timestamp) {
    write_metric(name, unit, value, None, now);
}

/// The name of a dimension, and its value.
type Dimension = (&'static str, &'static str);

/// Writes a metric. Where CloudWatch does not read the output, it is only a debug line.
fn write_metric(name: &'static str, unit: &'static str, value: u64, dimension: Option<Dimension>, now: Timestamp) {
    if ON_LAMBDA.get().is_none() {
        tracing::debug!(name, unit, value, "metric");
        return;
    }
    let line = embedded_metric(name, unit, value, dimension, now);
    // CloudWatch reads a metric only from a line that is exactly this JSON. Like any log line, a
    // metric that cannot be written is dropped.
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A metric in CloudWatch's embedded metric format, in the namespace `Roster`.
fn embedded_metric(name: &str, unit: &str, value: u64, dimension: Option<Dimension>, now: Timestamp) -> Value {
    let dimensions: Vec<_> = dimension.iter().map(|(name, _)| name).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": now.as_millis(),
            "CloudWatchMetrics": [{
                "Namespace": "Roster", "Dimensions": [dimensions], "Metrics": [{ "Name": name, "Unit": unit }],
            }],
        },
        name: value,
    });
    if let (Some((name, value)), Some(members)) = (dimension, line.as_object_mut()) {
        members.insert(name.to_owned(), value.into());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_a_line_in_the_embedded_metric_format_with_its_dimension_or_none() {
        let now = Timestamp::from_millis(1_790_000_000_123);
        let line = |dimension| embedded_metric("ServerErrors", "Count", 1, dimension, now).to_string();
        assert_eq!(
            line(Some(("kind", "contention"))),
            r#"{"ServerErrors":1,"_aws":{"CloudWatchMetrics":[{"Dimensions":[["kind"]],"Metrics":[{"Name":"ServerErrors","Unit":"Count"}],"Namespace":"Roster"}],"Timestamp":1790000000123},"kind":"contention"}"#
        );
        assert_eq!(
            line(None),
            r#"{"ServerErrors":1,"_aws":{"CloudWatchMetrics":[{"Dimensions":[[]],"Metrics":[{"Name":"ServerErrors","Unit":"Count"}],"Namespace":"Roster"}],"Timestamp":1790000000123}}"#
        );
    }

    #[test]
    fn every_kind_of_failure_has_a_name_of_its_own_and_a_failure_without_a_kind_is_a_fault() {
        let mut names = FailureKind::ALL.map(FailureKind::as_str);
        assert_eq!(names, ["fault", "contention", "throttled", "platform"]);
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        assert_eq!(FailureKind::default(), FailureKind::Fault);
    }

    #[test]
    fn a_level_narrows_everything_and_widens_only_what_is_ours() {
        let all = [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE];
        let shown = |asked, target| all.iter().filter(|level| shows(asked, "get_user", **level, target)).count();
        for target in ["shared::http::respond", "get_user", "lambda_runtime", "aws_smithy_runtime::client"] {
            assert_eq!(shown(LevelFilter::OFF, target), 0);
            assert_eq!(shown(LevelFilter::WARN, target), 2);
            assert_eq!(shown(LevelFilter::INFO, target), 3);
        }
        for target in ["shared", "shared::aws::call", "get_user"] {
            assert_eq!((shown(LevelFilter::DEBUG, target), shown(LevelFilter::TRACE, target)), (4, 5));
        }
        for target in ["lambda_runtime", "aws_smithy_runtime::client", "shared_other", "hyper"] {
            assert_eq!(shown(LevelFilter::TRACE, target), 3);
        }
    }
}

//! The log of this process, on standard error.

use std::io::{self, IsTerminal};

use shared::telemetry::may_show;
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, FilterFn},
    fmt,
    layer::{Filter, SubscriberExt},
    registry,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::functions;

/// Logs what `RUST_LOG` asks for, or this. A line that cannot be written is dropped.
pub(super) fn start(filter: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(filter));
    let lines = fmt::layer().compact().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    // Reported to standard error, a line that standard error does not take would be a panic.
    let lines = lines.log_internal_errors(false);
    registry().with(lines.with_filter(discreet(filter))).init();
}

/// What is asked for, as far as it shows nothing personal. No line shows spans, so nobody needs to keep them.
fn discreet<S>(asked: EnvFilter) -> impl Filter<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let ours: Vec<_> =
        functions::names().chain(["shared", "roster-local"]).map(|name| name.replace('-', "_")).collect();
    let allowed = FilterFn::new(move |metadata| {
        metadata.is_event()
            && may_show(*metadata.level(), metadata.target(), |name| ours.iter().any(|ours| ours == name))
    });
    asked.and(allowed.with_max_level_hint(LevelFilter::TRACE))
}

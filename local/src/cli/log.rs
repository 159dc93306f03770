//! The log of this process, on standard error.

use std::io::{self, IsTerminal};

use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, registry, util::SubscriberInitExt};

/// Logs what `RUST_LOG` asks for, or this. A line that cannot be written is dropped.
pub(super) fn start(filter: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(filter));
    let lines = fmt::layer().compact().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    // Reported to standard error, a line that standard error does not take would be a panic.
    let lines = lines.log_internal_errors(false);
    registry().with(lines.with_filter(filter)).init();
}

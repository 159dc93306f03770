//! A chart of the cold starts in Mermaid, which GitHub draws.

use crate::results::{COMPARED, Entry, Kind, Results};

/// A bar for each variant: the CPU time of start and first request together, the longest first.
pub(crate) fn chart(results: &Results) -> String {
    let bars: Vec<_> = compared(results).collect();
    let names: Vec<_> = bars.iter().map(|entry| format!("\"{}\"", name(entry.kind))).collect();
    let sums: Vec<_> = bars.iter().map(|entry| millis(entry.figures.cold.sum_cpu.p50_us / 1e3)).collect();
    format!(
        "```mermaid\nxychart-beta horizontal\n    title \"{COMPARED}, cold: milliseconds of CPU\"\n    \
         x-axis [{}]\n    bar [{}]\n```\n\n",
        names.join(", "),
        sums.join(", ")
    )
}

fn compared(results: &Results) -> impl Iterator<Item = &Entry> {
    let peers = [Kind::Python, Kind::Node, Kind::Defaults].into_iter().filter_map(|kind| results.of_kind(kind));
    let least = [Kind::Bare, Kind::Floor].into_iter().filter_map(|kind| results.of_kind(kind));
    peers.chain(results.ours()).chain(least)
}

/// The name of a kind in charts and tables.
pub(crate) fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Function => "Roster",
        Kind::Bare => "Bare: door and SDK",
        Kind::Floor => "No-op: the floor",
        Kind::Defaults => "Rust, SDK defaults",
        Kind::Python => "Python, FastAPI",
        Kind::Node => "Node, AWS SDK v3",
    }
}

/// A number with three significant digits.
pub(crate) fn millis(value: f64) -> String {
    match value {
        ..9.995 => format!("{value:.2}"),
        ..99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_three_digits() {
        assert_eq!([1.234, 9.999, 12.34, 99.99, 987.6].map(millis), ["1.23", "10.0", "12.3", "100", "988"]);
    }
}

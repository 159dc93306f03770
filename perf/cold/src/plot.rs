//! The cold starts as bars: all of them on one scale, and the short ones again on their own.

use std::fmt::Write;

use crate::results::{Entry, Kind, Results};

const WIDTH: f64 = 760.0;
const LABELS: f64 = 150.0;
const FIGURES: f64 = 190.0;
const BAR: f64 = 20.0;
const ROW: f64 = 32.0;
const HEAD: f64 = 58.0;

/// A bar that is shorter than this share of the longest is shown once more.
const SHORT: f64 = 0.2;

/// Readable on white and on black.
const STYLE: &str = "text{font:13px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#768390}\
.title{font-weight:600;font-size:14px}.init{fill:#3b82c4}.first{fill:#e08a3c}.axis{stroke:#768390;stroke-opacity:.35}";

/// An SVG of CPU time from exec to the first `/next` and of the first invocation.
pub fn svg(results: &Results) -> String {
    let bars: Vec<_> = compared(results).map(Bar::of).collect();
    let longest = bars.iter().map(Bar::sum).fold(0.0, f64::max);
    let short: Vec<_> = bars.iter().filter(|bar| bar.sum() < longest * SHORT).cloned().collect();
    let mut body = String::new();
    let mut top = 0.0;
    let title = "create-platform-user, cold: milliseconds of CPU";
    top += panel(&mut body, top, title, &bars);
    if !short.is_empty() && short.len() < bars.len() {
        top += panel(&mut body, top, "The same, without the long ones", &short);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {top}\" width=\"{WIDTH}\" height=\"{top}\" \
         role=\"img\" aria-label=\"{}\"><style>{STYLE}</style>\n{body}</svg>\n",
        escape(title)
    )
}

/// Longest first, ours among the others.
fn compared(results: &Results) -> impl Iterator<Item = &Entry> {
    let peers = [Kind::Python, Kind::Node, Kind::Defaults].into_iter().filter_map(|kind| results.of_kind(kind));
    let least = [Kind::Bare, Kind::Floor].into_iter().filter_map(|kind| results.of_kind(kind));
    peers.chain(results.ours()).chain(least)
}

#[derive(Debug, Clone)]
struct Bar {
    name: &'static str,
    init_ms: f64,
    first_ms: f64,
    /// Its own median, which is not the sum of the other two.
    sum_ms: f64,
}

impl Bar {
    fn of(entry: &Entry) -> Self {
        let cold = &entry.figures.cold;
        Self {
            name: name(entry.kind),
            init_ms: cold.init_cpu.p50_us / 1e3,
            first_ms: cold.first_cpu.p50_us / 1e3,
            sum_ms: cold.sum_cpu.p50_us / 1e3,
        }
    }

    fn sum(&self) -> f64 {
        self.init_ms + self.first_ms
    }
}

/// What a reader calls it.
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

/// Writes one panel and returns its height.
fn panel(body: &mut String, top: f64, title: &str, bars: &[Bar]) -> f64 {
    let scale = bars.iter().map(Bar::sum).fold(f64::MIN_POSITIVE, f64::max);
    let room = WIDTH - LABELS - FIGURES;
    let bottom = top + HEAD + ROW * u32::try_from(bars.len()).map_or(0.0, f64::from);
    writeln!(body, "<text class=\"title\" x=\"0\" y=\"{}\">{}</text>", top + 20.0, escape(title)).ok();
    legend(body, top + 42.0);
    writeln!(
        body,
        "<line class=\"axis\" x1=\"{LABELS}\" x2=\"{LABELS}\" y1=\"{}\" y2=\"{bottom}\"/>",
        top + HEAD - 4.0
    )
    .ok();
    let mut y = top + HEAD;
    for bar in bars {
        let (init, first) = (bar.init_ms / scale * room, bar.first_ms / scale * room);
        let text = y + BAR * 0.72;
        writeln!(
            body,
            "<text x=\"{:.1}\" y=\"{text:.1}\" text-anchor=\"end\">{}</text>\
             <rect class=\"init\" x=\"{LABELS}\" y=\"{y:.1}\" width=\"{init:.2}\" height=\"{BAR}\"/>\
             <rect class=\"first\" x=\"{:.2}\" y=\"{y:.1}\" width=\"{first:.2}\" height=\"{BAR}\"/>\
             <text x=\"{:.2}\" y=\"{text:.1}\">{} ({}, then {})</text>",
            LABELS - 10.0,
            escape(bar.name),
            LABELS + init,
            LABELS + init + first + 8.0,
            millis(bar.sum_ms),
            millis(bar.init_ms),
            millis(bar.first_ms),
        )
        .ok();
        y += ROW;
    }
    bottom - top + 12.0
}

fn legend(body: &mut String, y: f64) {
    let square = |class: &str, x: f64, text: &str| {
        format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{}\" width=\"11\" height=\"11\"/><text x=\"{}\" y=\"{y}\">{}</text>\n",
            y - 10.0,
            x + 17.0,
            escape(text)
        )
    };
    body.push_str(&square("init", LABELS, "start to the first /next"));
    body.push_str(&square("first", LABELS + 180.0, "first request, TLS and calls included"));
}

/// Three digits that count.
pub(crate) fn millis(value: f64) -> String {
    match value {
        ..9.995 => format!("{value:.2}"),
        ..99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_break_out_of_the_picture() {
        assert_eq!(escape(r#"a<b & "c">"#), "a&lt;b &amp; &quot;c&quot;&gt;");
    }

    #[test]
    fn a_figure_has_three_digits() {
        assert_eq!([1.234, 9.999, 12.34, 99.99, 987.6].map(millis), ["1.23", "10.0", "12.3", "100", "988"]);
    }
}

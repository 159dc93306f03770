use std::fmt::Write;

use crate::measure::Figures;

/// A plain table: milliseconds of CPU of a cold start, and microseconds of a warm request, each
/// with its ratio to the base.
pub fn text_table(figures: &[Figures], base: &str) -> String {
    let base = figures.iter().find(|figures| figures.label == base).or(figures.first());
    let header = [
        "variant",
        "init cpu",
        "min",
        "first cpu",
        "min",
        "SUM",
        "min",
        "ratio",
        "wall init",
        "first",
        "MB /next",
        "end",
        "conns",
        "opened",
        "calls",
        "hs bytes",
        "warm cpu",
        "p99",
        "min",
        "ratio",
        "wall p50",
        "p99",
        "B/call",
        "log B",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(figures.iter().map(|figures| row(figures, base)));
    aligned(&rows)
}

fn row(figures: &Figures, base: Option<&Figures>) -> Vec<String> {
    let millis = |micros: f64| format!("{:.2}", micros / 1000.0);
    let micros = |micros: f64| format!("{micros:.0}");
    let ratio = |of: f64, to: Option<f64>| to.map_or_else(String::new, |to| format!("{:.3}", of / to));
    let cold = &figures.cold;
    let mut row = vec![
        figures.label.clone(),
        millis(cold.init_cpu.p50_us),
        millis(cold.init_cpu.min_us),
        millis(cold.first_cpu.p50_us),
        millis(cold.first_cpu.min_us),
        millis(cold.sum_cpu.p50_us),
        millis(cold.sum_cpu.min_us),
        ratio(cold.sum_cpu.p50_us, base.map(|base| base.cold.sum_cpu.p50_us)),
        millis(cold.init_wall.p50_us),
        millis(cold.first_wall.p50_us),
        megabytes(cold.init_memory),
        figures.warm.as_ref().map_or_else(String::new, |warm| megabytes(warm.memory)),
        cold.init_connections.to_string(),
        cold.connections.to_string(),
        cold.calls.to_string(),
        cold.handshake_bytes.to_string(),
    ];
    if let Some(warm) = &figures.warm {
        let base = base.and_then(|base| base.warm.as_ref()).map(|warm| warm.cpu.p50_us);
        row.extend([
            micros(warm.cpu.p50_us),
            micros(warm.cpu.p99_us),
            micros(warm.cpu.min_us),
            ratio(warm.cpu.p50_us, base),
            micros(warm.wall.p50_us),
            micros(warm.wall.p99_us),
            micros(warm.bytes_per_call),
            micros(warm.log_bytes_per_request),
        ]);
    }
    row
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

/// Aligns the first column to the left, and numbers to the right.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(String::len).max().unwrap_or(0);
    let widths: Vec<_> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let written = if column == 0 { write!(text, "{cell:width$}") } else { write!(text, "  {cell:>width$}") };
            written.ok();
        }
        text.push('\n');
    }
    text
}

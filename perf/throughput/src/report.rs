//! The figures of all rounds, as JSON and as tables.

use std::{collections::BTreeMap, fmt::Write, fs};

use serde::Serialize;

use crate::{
    Failure,
    figures::{CpuByRequest, Figures, Operation},
};

/// The figures of all rounds.
#[derive(Serialize)]
pub(crate) struct Report {
    connections: usize,
    cores: usize,
    /// The other load of the machine before the first round: processes that wanted to run, over one
    /// minute.
    load_before: Option<f64>,
    mixed: Vec<Figures>,
    creations: BTreeMap<&'static str, Vec<Figures>>,
}

impl Report {
    pub(crate) fn new(connections: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
        let load = fs::read_to_string("/proc/loadavg").ok();
        let load_before = load.and_then(|load| load.split_whitespace().next()?.parse().ok());
        Self { connections, cores, load_before, mixed: Vec::new(), creations: BTreeMap::new() }
    }

    pub(crate) fn add_mixed(&mut self, figures: Figures) {
        self.mixed.push(figures);
    }

    pub(crate) fn add_creations(&mut self, target: &'static str, figures: Figures) {
        self.creations.entry(target).or_default().push(figures);
    }

    pub(crate) fn json(&self) -> Result<String, Failure> {
        Ok(format!("{}\n", serde_json::to_string_pretty(self)?))
    }

    /// The tables that docs/performance.md shows: of each measurement the median round.
    pub(crate) fn markdown(&self) -> String {
        let load = self.load_before.map(|load| format!(", load {load:.1} before")).unwrap_or_default();
        let mut text =
            format!("{} connections, {} cores{load}, median of the rounds\n\n", self.connections, self.cores);
        text.push_str("| load | on | requests a second | p50 | p99 | CPU a request: engine, server, generator |\n");
        text.push_str("|---|---|---|---|---|---|\n");
        if let Some(mixed) = median(&self.mixed) {
            line(&mut text, "all endpoints", "roster", mixed, None);
        }
        let own = self.creations.get("roster").and_then(|rounds| median(rounds));
        for (target, rounds) in self.creations.iter().rev() {
            if let Some(figures) = median(rounds) {
                line(&mut text, "create-platform-user", target, figures, own.filter(|_| *target != "roster"));
            }
        }
        if let Some(mixed) = median(&self.mixed) {
            text.push_str("\n| operation | share | p50 | p99 |\n|---|---|---|---|\n");
            for (name, operation) in &mixed.operations {
                row(&mut text, name, operation, mixed.requests);
            }
        }
        text
    }
}

/// Writes a row. `own` has Roster's figures, with which a peer is compared: by the requests a
/// second, and by the CPU time of its own part of the work, which does not depend on other load of
/// the machine.
fn line(text: &mut String, load: &str, target: &str, figures: &Figures, own: Option<&Figures>) {
    let Figures { requests_per_second, p50_ms, p99_ms, cpu_us, .. } = figures;
    let CpuByRequest { engine, server, generator } = cpu_us;
    let [slower, dearer] = own.map_or_else(Default::default, |own| {
        let (carried, cost) = (requests_per_second / own.requests_per_second, server / own.cpu_us.server);
        [carried, cost].map(|ratio| format!(" ({ratio:.2} x)"))
    });
    // To write to a text cannot fail.
    let _ = writeln!(
        text,
        "| {load} | {target} | {requests_per_second:.0}{slower} | {p50_ms:.1} ms | {p99_ms:.1} ms | \
         {engine:.0} µs, {server:.0} µs{dearer}, {generator:.0} µs |"
    );
}

fn row(text: &mut String, name: &str, operation: &Operation, of: usize) {
    let Operation { requests, p50_ms, p99_ms } = operation;
    let permille = requests * 1000 / of.max(1);
    let _ = writeln!(text, "| {name} | {}.{} % | {p50_ms:.1} ms | {p99_ms:.1} ms |", permille / 10, permille % 10);
}

/// The median round by requests a second.
fn median(rounds: &[Figures]) -> Option<&Figures> {
    let mut sorted: Vec<_> = rounds.iter().collect();
    sorted.sort_by(|a, b| a.requests_per_second.total_cmp(&b.requests_per_second));
    sorted.get(sorted.len() / 2).copied()
}

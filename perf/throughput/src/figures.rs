//! The figures of a measurement.

use std::{collections::BTreeMap, fs, time::Duration};

use serde::Serialize;

use crate::{Failure, caller::Samples};

/// The kernel counts CPU time in hundredths of a second.
const MICROS_PER_TICK: u64 = 10_000;
/// The thread of the embedded engine.
const ENGINE: &str = "dynamodb";

/// The figures of one measurement.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figures {
    pub(crate) requests: usize,
    pub(crate) requests_per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// CPU time of a request.
    pub(crate) cpu_us: CpuByRequest,
    pub(crate) operations: BTreeMap<&'static str, Operation>,
}

/// CPU time of a request, in microseconds: of the engine, of the servers, and of the load
/// generator.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct CpuByRequest {
    pub(crate) engine: f64,
    pub(crate) server: f64,
    pub(crate) generator: f64,
}

/// One operation of a mix.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Operation {
    pub(crate) requests: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

impl Figures {
    pub(crate) fn new(measured: Duration, samples: &Samples, servers: &Cpu, generator: &Cpu) -> Self {
        let mut all: Vec<u32> = samples.values().flatten().copied().collect();
        all.sort_unstable();
        let requests = float(all.len());
        let by_request = |micros: u64| round(float(micros) / requests.max(1.0));
        Self {
            requests: all.len(),
            requests_per_second: round(requests / measured.as_secs_f64()),
            p50_ms: percentile(&all, 50),
            p99_ms: percentile(&all, 99),
            cpu_us: CpuByRequest {
                engine: by_request(servers.engine),
                server: by_request(servers.rest),
                generator: by_request(generator.rest),
            },
            operations: samples.iter().map(|(name, took)| (*name, Operation::of(took.clone()))).collect(),
        }
    }
}

impl Operation {
    fn of(mut took: Vec<u32>) -> Self {
        took.sort_unstable();
        Self { requests: took.len(), p50_ms: percentile(&took, 50), p99_ms: percentile(&took, 99) }
    }
}

/// The CPU time of process groups so far, in microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cpu {
    /// The time of the embedded engine's thread.
    engine: u64,
    /// The time of all other threads.
    rest: u64,
}

impl Cpu {
    /// The CPU time of all processes in these groups.
    pub(crate) fn of(groups: &[u32]) -> Result<Self, Failure> {
        let mut sum = Self::default();
        for process in fs::read_dir("/proc")?.flatten() {
            let path = process.path();
            // The process may have ended since the folder was read.
            let Some((_, group, total)) = fs::read_to_string(path.join("stat")).ok().as_deref().and_then(parse) else {
                continue;
            };
            if !groups.contains(&group) {
                continue;
            }
            let threads = fs::read_dir(path.join("task")).into_iter().flatten().flatten();
            let threads = threads.filter_map(|thread| fs::read_to_string(thread.path().join("stat")).ok());
            let engine: u64 = threads
                .filter_map(|stat| parse(&stat).filter(|(name, ..)| name == ENGINE))
                .map(|(.., used)| used)
                .sum();
            sum.engine += engine;
            sum.rest += total.saturating_sub(engine);
        }
        Ok(sum)
    }

    /// The CPU time of this process.
    pub(crate) fn own() -> Result<Self, Failure> {
        let (.., rest) = parse(&fs::read_to_string("/proc/self/stat")?).ok_or("/proc/self/stat is not as expected")?;
        Ok(Self { engine: 0, rest })
    }

    pub(crate) fn since(&self, before: &Self) -> Self {
        Self { engine: self.engine.saturating_sub(before.engine), rest: self.rest.saturating_sub(before.rest) }
    }
}

/// The name, group and CPU time in a `stat` of `/proc` (proc(5)). The name can hold any character,
/// also parentheses.
fn parse(stat: &str) -> Option<(String, u32, u64)> {
    let (head, fields) = stat.rsplit_once(')')?;
    let fields: Vec<_> = fields.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
    let name = head.split_once('(')?.1.to_owned();
    Some((name, fields.get(2)?.parse().ok()?, (ticks(11)? + ticks(12)?) * MICROS_PER_TICK))
}

/// A percentile in milliseconds, by nearest rank.
fn percentile(sorted: &[u32], part: usize) -> f64 {
    let rank = (sorted.len() * part).div_ceil(100).saturating_sub(1);
    round(sorted.get(rank).copied().map_or(0.0, f64::from) / 1000.0)
}

#[expect(clippy::cast_precision_loss, reason = "counts and microseconds of one run are far below 2^52")]
fn float(number: impl TryInto<u64>) -> f64 {
    number.try_into().unwrap_or(u64::MAX) as f64
}

fn round(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

use std::time::Duration;

use serde::Serialize;

use crate::{
    failure::{Context, Failure},
    running::{Call, Pause, Running, Stage, Start, Variant},
    statistics::Spread,
    wire::Seen,
};

/// The number of requests in a row before the next variant's turn.
const BLOCK: usize = 50;

/// The amount of measurements.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The number of cold starts of each variant.
    pub rounds: usize,
    /// The number of warm requests to each variant.
    pub requests: usize,
    /// The number of requests before the measured ones.
    pub warm_up: usize,
}

/// The figures of one variant.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// The label of the variant.
    pub label: String,
    /// The name of the function.
    pub function: String,
    /// Starts and first invocations.
    pub cold: Cold,
    /// Warm requests, if any were measured.
    pub warm: Option<Warm>,
}

/// Starts and first invocations. A figure that is not a [`Spread`] is the median, or is the same
/// every time.
#[derive(Debug, Clone, Serialize)]
pub struct Cold {
    /// CPU from exec to the first `/next`.
    pub init_cpu: Spread,
    /// Wall time from exec to the first `/next`.
    pub init_wall: Spread,
    /// CPU of the first invocation, including its handshakes and calls.
    pub first_cpu: Spread,
    /// Wall time of the first invocation.
    pub first_wall: Spread,
    /// The sum of both CPU times, by which variants are compared.
    pub sum_cpu: Spread,
    /// The sum of both wall times.
    pub sum_wall: Spread,
    /// Peak of resident memory at the first `/next`, in bytes.
    pub init_memory: u64,
    /// Connections to the responder at the first `/next`.
    pub init_connections: u64,
    /// Connections that start and first invocation opened.
    pub connections: u64,
    /// Bytes of one TLS handshake, both ways.
    pub handshake_bytes: u64,
    /// Calls that start and first invocation made.
    pub calls: u64,
}

/// Requests to a process that has answered some.
#[derive(Debug, Clone, Serialize)]
pub struct Warm {
    /// The number of requests.
    pub requests: usize,
    /// CPU of one request.
    pub cpu: Spread,
    /// The mean CPU of a request, in microseconds.
    pub mean_cpu_us: f64,
    /// Wall time of one request, from the event to the answer.
    pub wall: Spread,
    /// Peak of resident memory at the end, in bytes.
    pub memory: u64,
    /// Calls of one request.
    pub calls_per_request: f64,
    /// Bytes on the wire of one call, both ways.
    pub bytes_per_call: f64,
    /// Bytes of log of one request.
    pub log_bytes_per_request: f64,
}

/// Measures all variants in turn, so that other load on the machine affects all of them equally.
pub async fn measure(
    variants: &[Variant],
    stage: &Stage,
    plan: Plan,
    mut tell: impl FnMut(&str),
) -> Result<Vec<Figures>, Failure> {
    let mut starts: Vec<Vec<ColdStart>> = variants.iter().map(|_| Vec::new()).collect();
    // The first start reads the binary from the disk and does not count.
    for round in 0..=plan.rounds {
        for (variant, starts) in variants.iter().zip(&mut starts) {
            let start = ColdStart::of(variant, stage).await?;
            if round > 0 {
                starts.push(start);
            }
        }
        tell(&format!("cold start {round} of {}", plan.rounds));
    }
    let warm = measure_warm(variants, stage, plan, &mut tell).await?;
    let figures = variants.iter().zip(starts).zip(warm).map(|((variant, starts), warm)| {
        let cold = Cold::of(&starts).context(&variant.label)?;
        Ok(Figures { label: variant.label.clone(), function: variant.function.clone(), cold, warm })
    });
    figures.collect()
}

struct ColdStart {
    start: Start,
    first: Call,
    seen: Seen,
}

impl ColdStart {
    async fn of(variant: &Variant, stage: &Stage) -> Result<Self, Failure> {
        let (mut running, start) = Running::start(variant, stage).await?;
        let first = running.call(Pause::Long).await?;
        Ok(Self { start, first, seen: running.seen() })
    }
}

impl Cold {
    fn of(starts: &[ColdStart]) -> Option<Self> {
        let spread = |duration: fn(&ColdStart) -> Duration| Spread::of(starts.iter().map(duration));
        let median = |number: fn(&ColdStart) -> u64| {
            let mut numbers: Vec<_> = starts.iter().map(number).collect();
            numbers.sort_unstable();
            numbers.get(numbers.len() / 2).copied()
        };
        Some(Self {
            init_cpu: spread(|cold| cold.start.cpu)?,
            init_wall: spread(|cold| cold.start.wall)?,
            first_cpu: spread(|cold| cold.first.cpu)?,
            first_wall: spread(|cold| cold.first.wall)?,
            sum_cpu: spread(|cold| cold.start.cpu + cold.first.cpu)?,
            sum_wall: spread(|cold| cold.start.wall + cold.first.wall)?,
            init_memory: median(|cold| cold.start.peak_memory)?,
            init_connections: median(|cold| cold.start.seen.open)?,
            connections: median(|cold| cold.seen.opened)?,
            handshake_bytes: median(|cold| cold.seen.handshake_bytes / cold.seen.opened.max(1))?,
            calls: median(|cold| cold.seen.calls)?,
        })
    }
}

async fn measure_warm(
    variants: &[Variant],
    stage: &Stage,
    plan: Plan,
    tell: &mut impl FnMut(&str),
) -> Result<Vec<Option<Warm>>, Failure> {
    if plan.requests == 0 {
        return Ok(variants.iter().map(|_| None).collect());
    }
    let mut meters = Vec::new();
    for variant in variants {
        let (mut running, _) = Running::start(variant, stage).await?;
        for _ in 0..plan.warm_up {
            running.call(Pause::Short).await?;
        }
        let (seen, logged) = (running.seen(), running.logged().await);
        meters.push(Meter { running, calls: Vec::new(), seen, logged });
    }
    let blocks = plan.requests.div_ceil(BLOCK);
    for block in 1..=blocks {
        for meter in &mut meters {
            for _ in 0..BLOCK {
                let call = meter.running.call(Pause::Short).await?;
                meter.calls.push(call);
            }
        }
        tell(&format!("warm requests {} of {}", block * BLOCK, blocks * BLOCK));
    }
    let mut warm = Vec::new();
    for meter in meters {
        warm.push(Some(meter.read().await?));
    }
    Ok(warm)
}

/// A warm process, and its counters when the measured requests began.
struct Meter {
    running: Running,
    calls: Vec<Call>,
    seen: Seen,
    logged: u64,
}

impl Meter {
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    async fn read(self) -> Result<Warm, Failure> {
        let Self { running, calls, seen, logged } = self;
        let (after, requests) = (running.seen(), calls.len() as f64);
        let made = (after.calls - seen.calls) as f64;
        let handshakes = after.handshake_bytes - seen.handshake_bytes;
        let bytes = (after.bytes - seen.bytes).saturating_sub(handshakes) as f64;
        let cpu: Duration = calls.iter().map(|call| call.cpu).sum();
        Ok(Warm {
            requests: calls.len(),
            cpu: Spread::of(calls.iter().map(|call| call.cpu)).context("warm requests")?,
            mean_cpu_us: cpu.as_secs_f64() * 1e6 / requests,
            wall: Spread::of(calls.iter().map(|call| call.wall)).context("warm requests")?,
            memory: running.peak_memory()?,
            calls_per_request: made / requests,
            bytes_per_call: if made > 0.0 { bytes / made } else { 0.0 },
            log_bytes_per_request: (running.logged().await - logged) as f64 / requests,
        })
    }
}

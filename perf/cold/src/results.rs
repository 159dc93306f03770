//! What one run found, as it is kept beside the harness.

use std::{fs, path::Path, process::Command};

use serde::{Deserialize, Serialize};

use crate::{
    failure::{Context, Failure},
    measure::Figures,
    size::Size,
    statistics::Spread,
    verification::Verification,
};

/// Everything of one run.
#[derive(Debug, Clone, Serialize)]
pub struct Results {
    /// Where and when.
    pub machine: Machine,
    /// The last build of all functions from nothing, if there was one.
    pub build: Option<Build>,
    /// Cold starts of each.
    pub rounds: usize,
    /// All variants, functions first.
    pub variants: Vec<Entry>,
    /// Warm requests with tokens of each algorithm.
    pub tokens: Vec<Signed>,
    /// What a token costs beyond its signature.
    pub verification: Vec<Verification>,
    /// Variants that were not there, and why.
    pub left_out: Vec<String>,
}

/// Warm requests with tokens of one algorithm.
#[derive(Debug, Clone, Serialize)]
pub struct Signed {
    /// `RS256`, `ES256` or `EdDSA`.
    pub algorithm: &'static str,
    /// CPU of one request.
    pub cpu: Spread,
    /// As a multiple of the bare function's in the same turns, by the median.
    pub of_bare: f64,
}

/// Where and when.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// UTC.
    pub date: String,
    /// As the kernel names it.
    pub processor: String,
    /// How many of it.
    pub cores: usize,
    /// Its version.
    pub kernel: String,
    /// Of the compiler.
    pub rustc: String,
    /// Processes that wanted a processor when the run began, over a minute.
    pub load: f64,
}

/// A build of all functions in release, by one command.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Build {
    /// Wall time.
    pub seconds: u64,
    /// Processors that it could use.
    pub cores: usize,
}

/// What a variant is compared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One of ours.
    Function,
    /// The same door, connections and SDK, and the one call with fixed values.
    Bare,
    /// The no-op.
    Floor,
    /// The SDK's defaults.
    Defaults,
    /// `FastAPI`, Mangum, boto3.
    Python,
    /// aws-sdk v3, jose.
    Node,
}

/// One variant.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// What is deployed.
    pub size: Size,
    /// Crates that are linked; none where it is not Rust.
    pub crates: Option<usize>,
    /// What it took.
    #[serde(flatten)]
    pub figures: Figures,
}

impl Results {
    /// The first variant of a kind.
    pub fn of_kind(&self, kind: Kind) -> Option<&Entry> {
        self.variants.iter().find(|entry| entry.kind == kind)
    }

    /// The function that the others are compared with.
    pub fn ours(&self) -> Option<&Entry> {
        self.variants.iter().find(|entry| entry.kind == Kind::Function && entry.figures.function == COMPARED)
    }
}

/// The function that peers are written of.
pub const COMPARED: &str = "create-platform-user";

impl Machine {
    /// This one, now.
    pub fn this() -> Result<Self, Failure> {
        let cpu = fs::read_to_string("/proc/cpuinfo").context("/proc/cpuinfo")?;
        let load = fs::read_to_string("/proc/loadavg").context("/proc/loadavg")?;
        Ok(Self {
            date: said("date", &["-u", "+%Y-%m-%d"])?,
            processor: value_of(&cpu, "model name").unwrap_or("unknown").to_owned(),
            cores: std::thread::available_parallelism().context("processors")?.get(),
            kernel: said("uname", &["-sr"])?,
            rustc: said("rustc", &["--version"])?,
            load: load.split(' ').next().and_then(|load| load.parse().ok()).context("/proc/loadavg")?,
        })
    }
}

impl Build {
    /// The build that earlier results tell of.
    pub fn of_results(path: &Path) -> Option<Self> {
        let results: serde_json::Value = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        serde_json::from_value(results.get("build")?.clone()).ok()
    }
}

fn said(program: &str, arguments: &[&str]) -> Result<String, Failure> {
    let output = Command::new(program).args(arguments).output().context(program)?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn value_of<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim())
}

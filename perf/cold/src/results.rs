//! The results of one run, as they are committed beside the bench.

use std::{fs, path::Path, process::Command};

use serde::{Deserialize, Serialize};

use crate::{
    failure::{Context, Failure},
    measure::Figures,
    size::Size,
    statistics::Spread,
    verification::Verification,
};

/// The results of one run.
#[derive(Debug, Clone, Serialize)]
pub struct Results {
    /// The machine and the date.
    pub machine: Machine,
    /// The last fresh build of all functions, if there was one.
    pub build: Option<Build>,
    /// The number of cold starts of each variant.
    pub rounds: usize,
    /// All variants. Our functions come first.
    pub variants: Vec<Entry>,
    /// Warm requests with tokens of each algorithm.
    pub tokens: Vec<Signed>,
    /// The cost of a token's verification, compared with its signature.
    pub verification: Vec<Verification>,
    /// Variants that were not installed, with the reason.
    pub left_out: Vec<String>,
}

/// Warm requests with tokens of one algorithm.
#[derive(Debug, Clone, Serialize)]
pub struct Signed {
    /// `RS256`, `ES256` or `EdDSA`.
    pub algorithm: &'static str,
    /// CPU of one request.
    pub cpu: Spread,
    /// The median as a multiple of the bare function's, which was measured in turn.
    pub of_bare: f64,
}

/// The machine and the date of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// The date in UTC.
    pub date: String,
    /// The processor, as the kernel names it.
    pub processor: String,
    /// The number of cores.
    pub cores: usize,
    /// The version of the kernel.
    pub kernel: String,
    /// The version of the compiler.
    pub rustc: String,
    /// The load when the run began: processes that wanted a processor, over one minute.
    pub load: f64,
}

/// A fresh build of all functions in release, by one command.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Build {
    /// The wall time of the build.
    pub seconds: u64,
    /// The number of processors that it could use.
    pub cores: usize,
}

/// The role of a variant in the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One of our functions.
    Function,
    /// The bare function: the same adapter, connections and SDK, and one call with fixed values.
    Bare,
    /// The no-op.
    Floor,
    /// The same function with the SDK's defaults.
    Defaults,
    /// The peer in Python, with `FastAPI`, Mangum and boto3.
    Python,
    /// The peer in Node, with aws-sdk v3 and jose.
    Node,
}

/// The results of one variant.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// The role of the variant.
    pub kind: Kind,
    /// The size of the deployment.
    pub size: Size,
    /// The number of linked crates. `None` if it is not in Rust.
    pub crates: Option<usize>,
    /// The figures of the variant.
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

/// The function that the peers implement.
pub const COMPARED: &str = "create-platform-user";

/// The functions with three or more clients of AWS, which may be larger than the others.
pub(crate) const OF_THREE: [&str; 4] = ["introspect-token", "log-in", "log-out", "queue-person-purge"];

impl Machine {
    /// This machine, now.
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
    /// The build in earlier results.
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

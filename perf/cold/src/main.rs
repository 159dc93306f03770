//! Measures the compiled functions: `bench --help`.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use bench::{
    ALGORITHM, Build, COMPARED, Certificates, Context, Everything, Failure, IssuerKeys, Plan, Results, Scenario, Stage,
    Tokens, Variant, between_markers, markdown, measure, text_table, verifications,
};
use clap::{Parser, Subcommand};

/// Requests to a process before the measured ones, until a just-in-time compiler has settled.
const WARM_UP: usize = 3000;

const RESULTS: &str = "results.json";

/// The page with the tables, below the root of the repository.
const PAGE: &str = "docs/performance.md";

/// The folder for partial results, below the root of the repository.
const PARTIAL: &str = "target/bench/partial";

#[derive(Debug, Parser)]
#[command(about = "Measures compiled functions against Lambda's Runtime API and AWS's endpoints on loopback")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure any binaries in turn: CPU (ms) to the first `/next`, of the first invocation, and of
    /// warm requests (us).
    Cold {
        /// LABEL=PATH:FUNCTION; several variants are compared.
        #[arg(long, required = true)]
        variant: Vec<String>,
        /// Cold starts of each variant.
        #[arg(long, default_value_t = 30)]
        rounds: usize,
        /// Warm requests to each variant, a multiple of fifty; 0 for none.
        #[arg(long, default_value_t = 500)]
        warm: usize,
        /// The label of the base of ratios; the first variant by default.
        #[arg(long)]
        base: Option<String>,
        /// Algorithm of the token: `RS256`, `ES256` or `EdDSA`.
        #[arg(long, default_value = ALGORITHM)]
        algorithm: String,
        /// Also print all figures as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Measures everything that is built. Writes the results, and the tables of
    /// docs/performance.md. `perf/cold/run` builds everything and calls this.
    All {
        /// The root of the repository.
        #[arg(long, default_value = ".")]
        root: PathBuf,
        /// Measure only these functions, and write results to target/bench/partial; all functions
        /// by default.
        #[arg(long)]
        only: Vec<String>,
        /// Seconds of a fresh build of all functions that was made just now.
        #[arg(long)]
        build_seconds: Option<u64>,
        /// Cold starts of each variant.
        #[arg(long, default_value_t = 30)]
        rounds: usize,
        /// Warm requests to each variant, a multiple of fifty.
        #[arg(long, default_value_t = 500)]
        warm: usize,
        /// Batches of verifications.
        #[arg(long, default_value_t = 300)]
        batches: usize,
    },
    /// Measure the verification of a token as a ratio to its signature; only meaningful in a
    /// release build.
    Verification {
        /// Batches of 20 of each kind.
        #[arg(long, default_value_t = 500)]
        batches: usize,
    },
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let run = runtime.context("a runtime").and_then(|runtime| runtime.block_on(run(Cli::parse().command)));
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            writeln!(io::stderr(), "bench: {failure}").ok();
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Cold { variant, rounds, warm, base, algorithm, json } => {
            let stage = OpenStage::new()?;
            let tokens = stage.keys.tokens(&algorithm)?;
            let variants = variant.iter().map(|text| parse_variant(text, &tokens)).collect::<Result<Vec<_>, _>>()?;
            let plan = Plan { rounds, requests: warm, warm_up: WARM_UP };
            let figures = measure(&variants, &stage.stage, plan, progress).await?;
            print(&text_table(&figures, base.as_deref().unwrap_or_default()))?;
            if json { print(&serde_json::to_string_pretty(&figures).context("JSON")?) } else { Ok(()) }
        }
        Command::All { root, only, build_seconds, rounds, warm, batches } => {
            let written = root.join("perf/cold");
            let cores = std::thread::available_parallelism().context("processors")?.get();
            let build = build_seconds.map(|seconds| Build { seconds, cores });
            let plan = Plan { rounds, requests: warm, warm_up: WARM_UP };
            let build = build.or_else(|| Build::of_results(&written.join(RESULTS)));
            let everything = Everything { root: root.clone(), only, build, plan, batches };
            let stage = OpenStage::new()?;
            let results = everything.measure(&stage.stage, &stage.keys, progress).await?;
            let figures: Vec<_> = results.variants.iter().map(|entry| entry.figures.clone()).collect();
            print(&text_table(&figures, COMPARED))?;
            print(&markdown(&results)?)?;
            if everything.only.is_empty() {
                write(&written, &results)?;
                write_page(&root.join(PAGE), &results)
            } else {
                write(&root.join(PARTIAL), &results)
            }
        }
        Command::Verification { batches } => {
            let rows = tokio::task::block_in_place(|| verifications(batches))?;
            print(&serde_json::to_string_pretty(&rows).context("JSON")?)
        }
    }
}

fn write(folder: &Path, results: &Results) -> Result<(), Failure> {
    fs::create_dir_all(folder).context(folder.display())?;
    let json = serde_json::to_string_pretty(results).context("JSON")?;
    fs::write(folder.join(RESULTS), json + "\n").context(RESULTS)
}

/// From the same run, so that they agree.
fn write_page(page: &Path, results: &Results) -> Result<(), Failure> {
    let text = fs::read_to_string(page).context(page.display())?;
    fs::write(page, between_markers(&text, &markdown(results)?)?).context(page.display())
}

/// The stage of variants, and the keys of its issuer.
struct OpenStage {
    stage: Stage,
    keys: IssuerKeys,
    _folder: Folder,
}

impl OpenStage {
    fn new() -> Result<Self, Failure> {
        let folder = Folder::new()?;
        let keys = IssuerKeys::new()?;
        let stage = Stage { certificates: Certificates::make(&folder.0)?, jwks: keys.jwks() };
        Ok(Self { stage, keys, _folder: folder })
    }
}

fn parse_variant(text: &str, tokens: &Tokens) -> Result<Variant, Failure> {
    let parts = text.split_once('=').and_then(|(label, rest)| Some((label, rest.rsplit_once(':')?)));
    let (label, (path, function)) = parts.context(format!("{text} as LABEL=PATH:FUNCTION"))?;
    let binary = Path::new(path).canonicalize().context(path)?;
    let scenario = Scenario::of(function, tokens)?;
    Ok(Variant { label: label.to_owned(), binary, function: function.to_owned(), scenario })
}

fn progress(line: &str) {
    write!(io::stderr(), "\r{line}   ").ok();
}

fn print(text: &str) -> Result<(), Failure> {
    writeln!(io::stdout(), "\n{text}").context("standard output")
}

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("roster-bench-{}", std::process::id()));
        fs::create_dir_all(&path).context(path.display())?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

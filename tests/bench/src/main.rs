//! Measures the compiled functions: `bench --help`.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use bench::{Certificates, Context, Failure, IssuerKey, Plan, Scenario, Stage, Variant, measure, text_table};
use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(about = "Measures compiled functions against Lambda's Runtime API and AWS's endpoints on loopback")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Any binaries as variants, in turns: CPU (ms) to the first `/next`, of the first invocation, and of warm requests (us).
    Cold {
        /// LABEL=PATH:FUNCTION; several are compared.
        #[arg(long, required = true)]
        variant: Vec<String>,
        /// Cold starts of each variant.
        #[arg(long, default_value_t = 30)]
        rounds: usize,
        /// Warm requests to each variant, in fifties; 0 for none.
        #[arg(long, default_value_t = 500)]
        warm: usize,
        /// The label that ratios are to; the first without it.
        #[arg(long)]
        base: Option<String>,
        /// Also print all figures as JSON.
        #[arg(long)]
        json: bool,
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
        Command::Cold { variant, rounds, warm, base, json } => {
            let folder = Folder::new()?;
            let key = IssuerKey::es256()?;
            let stage = Stage { certificates: Certificates::make(&folder.0)?, jwks: key.jwks() };
            let token = key.token()?;
            let variants = variant.iter().map(|text| parse_variant(text, &token)).collect::<Result<Vec<_>, _>>()?;
            let plan = Plan { rounds, requests: warm, warm_up: 20 };
            let figures = measure(&variants, &stage, plan, progress).await?;
            print(&text_table(&figures, base.as_deref().unwrap_or_default()))?;
            if json { print(&serde_json::to_string_pretty(&figures).context("JSON")?) } else { Ok(()) }
        }
    }
}

fn parse_variant(text: &str, token: &str) -> Result<Variant, Failure> {
    let parts = text.split_once('=').and_then(|(label, rest)| Some((label, rest.rsplit_once(':')?)));
    let (label, (path, function)) = parts.context(format!("{text} as LABEL=PATH:FUNCTION"))?;
    let binary = Path::new(path).canonicalize().context(path)?;
    let scenario = Scenario::of(function, token)?;
    Ok(Variant { label: label.to_owned(), binary, function: function.to_owned(), scenario })
}

fn progress(line: String) {
    write!(io::stderr(), "\r{line}   ").ok();
}

fn print(text: &str) -> Result<(), Failure> {
    writeln!(io::stdout(), "\n{text}").context("standard output")
}

/// A folder that is gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("roster-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path).context(path.display())?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

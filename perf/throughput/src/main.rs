//! How much the local bundle carries: `perf/throughput/run`.
//!
//! A closed loop: each of 16 connections sends its next request when it has the answer to the last one. First every endpoint in
//! the mix of [`story`], then creations alone, in turn against Roster and against the peers in Python and Node, each on the
//! engine of a Roster of its own with empty tables.

mod caller;
mod figures;
mod load;
mod report;
mod servers;
mod story;
mod tokens;

use std::{
    error::Error,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::Parser;

use crate::{
    figures::Figures,
    load::{Load, Window},
    report::Report,
    servers::{Peer, Roster},
    tokens::Tokens,
};

/// What ends the run, in words for whoever started it.
type Failure = Box<dyn Error + Send + Sync>;

/// Measures how much the local bundle carries, and what peers carry on the same engine.
#[derive(Debug, Parser)]
struct Arguments {
    /// The built bundle
    #[arg(long, default_value = "target/release/roster")]
    roster: PathBuf,
    /// Where the peers are; a peer that is not installed is left out
    #[arg(long, default_value = "perf/peers")]
    peers: PathBuf,
    /// Where the tables are for so long: a folder in memory takes the disk out of the figures
    #[arg(long, default_value_os_t = std::env::temp_dir())]
    scratch: PathBuf,
    /// Connections
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Seconds of each measurement, after a quarter of them to warm up
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// How often everything is measured; the median counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Only the mixed load
    #[arg(long)]
    mixed_only: bool,
    /// Where the figures go as JSON
    #[arg(long)]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // One thread is enough to send, and leaves the rest of the machine to those who answer.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run(&arguments)),
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&mut std::io::stderr(), &format!("throughput: {failure}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut report = Report::new(arguments.connections);
    for round in 0..arguments.rounds {
        progress(&format!("round {} of {}: mixed", round + 1, arguments.rounds));
        report.add_mixed(mixed(arguments).await?);
        if arguments.mixed_only {
            continue;
        }
        let mut targets = Target::installed(&arguments.peers);
        // Each is first once, so that a machine that slows down is nobody's advantage.
        let count = targets.len();
        targets.rotate_left(round % count);
        for target in targets {
            progress(&format!("round {} of {}: creations, {}", round + 1, arguments.rounds, target.name()));
            report.add_creations(target.name(), creations(arguments, &target).await?);
        }
    }
    if let Some(out) = &arguments.out {
        std::fs::write(out, report.json()?)?;
    }
    say(&mut std::io::stdout(), &report.markdown());
    Ok(())
}

/// Who answers the creations.
enum Target {
    Roster,
    Peer(&'static str, PathBuf),
}

impl Target {
    fn installed(peers: &Path) -> Vec<Self> {
        let of = |name| (name, peers.join(name).join("serve"));
        let peers = [of("python"), of("node")].into_iter().filter(|(_, serve)| serve.is_file());
        std::iter::once(Self::Roster).chain(peers.map(|(name, serve)| Self::Peer(name, serve))).collect()
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Roster => "roster",
            Self::Peer(name, _) => name,
        }
    }
}

async fn mixed(arguments: &Arguments) -> Result<Figures, Failure> {
    let tokens = Tokens::new()?;
    let roster = Roster::start(&arguments.roster, &arguments.scratch, &tokens).await?;
    let purged = story::purged_person(roster.address(), &tokens).await?;
    let load = Load::mixed(tokens, purged);
    load::measure(&load, roster.address(), &[roster.group()], &arguments.window()).await
}

async fn creations(arguments: &Arguments, target: &Target) -> Result<Figures, Failure> {
    let tokens = Tokens::new()?;
    let roster = Roster::start(&arguments.roster, &arguments.scratch, &tokens).await?;
    let load = Load::creations(tokens);
    match target {
        Target::Roster => load::measure(&load, roster.address(), &[roster.group()], &arguments.window()).await,
        Target::Peer(_, serve) => {
            let peer = Peer::start(serve, &roster, load.tokens()).await?;
            load::measure(&load, peer.address(), &[roster.group(), peer.group()], &arguments.window()).await
        }
    }
}

impl Arguments {
    fn window(&self) -> Window {
        let measured = Duration::from_secs(self.seconds);
        Window { connections: self.connections, warm_up: measured / 4, measured }
    }
}

fn progress(text: &str) {
    say(&mut std::io::stderr(), text);
}

fn say(to: &mut dyn Write, text: &str) {
    // Nothing is left to be done where even this fails.
    let _ = writeln!(to, "{text}");
}

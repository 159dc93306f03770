//! Measures the load that the local bundle carries: `perf/throughput/run`.
//!
//! The load is a closed loop: each of 16 connections sends its next request after the answer to the
//! last one. The first load is the mix of all endpoints in [`story`]. The second is creations
//! alone, against Roster and against the peers in Python and Node in turn. Each of them works on
//! the engine of its own Roster with empty tables.

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

/// The reason why a run ends, in a text for the person that started it.
type Failure = Box<dyn Error + Send + Sync>;

/// Measures the load that the local bundle carries, and that the peers carry on the same engine.
#[derive(Debug, Parser)]
struct Arguments {
    /// The built bundle
    #[arg(long, default_value = "target/release/roster")]
    roster: PathBuf,
    /// Folder of the peers; a peer that is not installed is left out
    #[arg(long, default_value = "perf/peers")]
    peers: PathBuf,
    /// Folder for the tables meanwhile; with a folder in memory the disk does not matter
    #[arg(long, default_value_os_t = std::env::temp_dir())]
    scratch: PathBuf,
    /// Number of connections
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Seconds of each measurement, after a warm-up of a quarter of them
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Number of rounds; the median counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Measure only the mixed load
    #[arg(long)]
    mixed_only: bool,
    /// File to which the figures are written as JSON
    #[arg(long)]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // One thread is enough to send, and leaves the rest of the machine to the servers.
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
        // The order rotates, so that no target has an advantage if the machine slows down.
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

/// The program that answers the creations.
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
    // If even this write fails, there is nothing left to do.
    let _ = writeln!(to, "{text}");
}

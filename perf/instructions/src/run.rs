//! Builds the cases, runs them under valgrind, and reads the dumps.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    thread,
};

use crate::{
    Fallible,
    baseline::Baseline,
    callgrind::{count, is_others},
};

/// The number of runs, of which the median counts. Maps have random seeds, and the order of their
/// entries changes the work of the allocator, by up to 3 % in a single run.
const RUNS: usize = 5;

/// The instructions of each case.
pub fn measure() -> Fallible<Baseline> {
    build()?;
    let folder = target().join("instructions");
    fs::remove_dir_all(&folder).ok();
    let mut counts = BTreeMap::<String, Vec<u64>>::new();
    let one = |run: usize| one_run(&folder.join(format!("run-{run}")));
    let one = &one;
    // The runs are parallel, since only instructions count and not time.
    let runs: Vec<_> = thread::scope(|scope| {
        let runs: Vec<_> = (1..=RUNS).map(|run| scope.spawn(move || one(run))).collect();
        runs.into_iter().map(|run| run.join().map_err(|_| "a run panicked".to_owned()).flatten()).collect()
    });
    for run in runs {
        for (case, instructions) in run? {
            counts.entry(case).or_default().push(instructions);
        }
    }
    let medians = counts.into_iter().map(|(case, mut counts)| {
        counts.sort_unstable();
        (case, counts[counts.len() / 2])
    });
    Ok(Baseline(medians.collect()))
}

fn build() -> Fallible<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // Uses the features of the functions, so that their dependencies are built only once.
    let built = Command::new(cargo)
        .args(["functions", "--locked", "--bin", "cases", "--features", "instructions/cases"])
        // Only this package keeps its symbols. For the whole profile this would build every crate
        // again.
        .args(["--config", "profile.release.package.instructions.strip=\"none\""])
        .current_dir(workspace())
        .status();
    succeeded("cargo build", built)
}

fn one_run(folder: &Path) -> Fallible<Vec<(String, u64)>> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let names = folder.join("names");
    // No variables of this machine are passed on. Their size moves the stack, and some change the
    // log.
    let valgrind = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--compress-strings=no", "--compress-pos=no"])
        .args(["--toggle-collect=*::measured_region", "--dump-after=*::measured_region"])
        .arg(format!("--callgrind-out-file={}", folder.join("dump").display()))
        .arg(target().join("release/cases"))
        .arg(&names)
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .stdout(Stdio::null())
        .status();
    succeeded("valgrind", valgrind)?;
    let names = fs::read_to_string(&names).map_err(|error| format!("the names of the cases: {error}"))?;
    let (repeats, names) = names.split_once('\n').ok_or("no case has a name")?;
    let repeats = repeats.parse().map_err(|_| "the cases do not say how often they ran")?;
    let cases = names.lines().enumerate();
    cases.map(|(index, name)| Ok((name.to_owned(), counted(folder, index, name, repeats)?))).collect()
}

/// The instructions of one case in one run. Its dump is renamed after the case.
fn counted(folder: &Path, index: usize, name: &str, repeats: u64) -> Fallible<u64> {
    let dump = folder.join(format!("dump.{}", index + 1));
    let named = folder.join(format!("{}.callgrind", name.replace([' ', ':', ','], "_")));
    fs::rename(&dump, &named).map_err(|error| format!("{name}: {}: {error}", dump.display()))?;
    let text = fs::read_to_string(&named).map_err(|error| format!("{}: {error}", named.display()))?;
    let counted = count(&text, is_others).ok_or_else(|| format!("{} is no dump", named.display()))?;
    if counted.left_out < least_left_out(name) * repeats {
        return Err(format!("{name}: only {} instructions were left out; see is_others", counted.left_out / repeats));
    }
    counted.own.checked_div(repeats).ok_or_else(|| format!("{name} never ran"))
}

/// The least number of instructions that a signature, a call of the SDK, and the blocks of a hash
/// take. If fewer are left out, `is_others` no longer recognises their functions.
fn least_left_out(case: &str) -> u64 {
    match case.split_once(": ") {
        Some(("token", "unsigned")) => 0,
        Some(("token", _)) => 100_000,
        Some(("store", _)) => 30_000,
        Some(("receipt", "digest")) => 30_000,
        Some(("hour", "seal over 200 receipts" | "proof for one of 200")) => 1_000_000,
        _ => 0,
    }
}

fn succeeded(what: &str, status: std::io::Result<ExitStatus>) -> Fallible<()> {
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{what}: {status}")),
        Err(error) => Err(format!("{what}: {error}")),
    }
}

fn workspace() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).unwrap_or(package)
}

fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from)
}

//! `cargo run --bin instructions` counts the instructions of pure code, and fails if a case takes
//! more than its baseline. With `--update` it writes the baseline of this compiler instead.
//!
//! The cases (`src/cases`) are built by `cargo functions`, as functions are, so that their
//! dependencies have the features of a function's build. valgrind's callgrind counts each case by
//! itself. Signatures, hashes and the SDK are left out.
//!
//! A baseline belongs to one version of the compiler and one target (`baselines/`). A new one is a
//! separate commit that gives the reason. Without valgrind, or without a baseline for this
//! compiler, nothing is compared. The program says so, and fails if `ROSTER_REQUIRE_PEERS` is set.
//! The dumps stay in `target/instructions`. `callgrind_annotate --threshold=100` shows the
//! functions in which a case spends its instructions.

mod baseline;
mod callgrind;
mod comparison;
mod run;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use baseline::Baseline;
use comparison::{Comparison, TOLERANCE_PERCENT, Verdict};

/// An error is a text for a person.
type Fallible<T> = Result<T, String>;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => compare(),
        ["--update"] => update(),
        _ => Err("there is --update, and nothing else".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn compare() -> Fallible<()> {
    let file = baseline_file()?;
    if !file.exists() {
        let how = "`cargo run --bin instructions -- --update` writes it; commit it alone, with the reason";
        return not_compared(&format!("there is no {}: {how}", file.display()));
    }
    if valgrind_version().is_err() {
        return not_compared("valgrind is not installed");
    }
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let baseline = Baseline::parse(&text).map_err(|wrong| format!("{}, line {}", file.display(), wrong.0))?;
    let counts = run::measure()?;
    let comparison = Comparison::new(&counts, &baseline);
    print!("{comparison}");
    let fewer = comparison.with(Verdict::Fewer);
    if !fewer.is_empty() {
        println!("{} cases take less: keep that with `cargo run --bin instructions -- --update`", fewer.len());
    }
    if comparison.is_failure() {
        let more = comparison.with(Verdict::More);
        return Err(format!("more than {TOLERANCE_PERCENT} % above the baseline, or not in both: {}", more.join("; ")));
    }
    println!("{} cases within {TOLERANCE_PERCENT} % of {}", counts.0.len(), file.display());
    Ok(())
}

fn update() -> Fallible<()> {
    let file = baseline_file()?;
    let remark = format!("Instructions by case: {}; {}.", first_line("rustc", "-V")?, valgrind_version()?);
    let counts = run::measure()?;
    fs::write(&file, counts.write(&remark)).map_err(|error| format!("{}: {error}", file.display()))?;
    println!("{} cases in {}", counts.0.len(), file.display());
    Ok(())
}

/// Prints the reason. Fails if `ROSTER_REQUIRE_PEERS` is set.
fn not_compared(why: &str) -> Fallible<()> {
    let problem = format!("INSTRUCTIONS NOT COMPARED: {why}");
    if env::var_os("ROSTER_REQUIRE_PEERS").is_some() {
        return Err(problem);
    }
    eprintln!("{problem}");
    Ok(())
}

fn baseline_file() -> Fallible<PathBuf> {
    let output = Command::new("rustc").arg("-vV").output().map_err(|error| format!("rustc: {error}"))?;
    let name = Baseline::file_name(&String::from_utf8_lossy(&output.stdout)).ok_or("rustc does not say what it is")?;
    Ok(Path::new(env!("CARGO_MANIFEST_DIR")).join("baselines").join(name))
}

fn valgrind_version() -> Fallible<String> {
    first_line("valgrind", "--version")
}

fn first_line(program: &str, argument: &str) -> Fallible<String> {
    let output = Command::new(program).arg(argument).output().map_err(|error| format!("{program}: {error}"))?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned).ok_or(format!("{program} is silent"))
}

//! Counts the instructions of the pure paths and fails where one takes more than it did:
//! `cargo run --bin instructions`; with `--update` it writes the baseline of this compiler instead.
//!
//! The cases (`src/cases`) are built as functions are, in `release` with the whole workspace's features, so that the crates
//! below are those of a function's build. valgrind's callgrind counts each case by itself; signatures and hashes are left out.
//! A baseline belongs to one version of the compiler and one target (`baselines/`). A new one is a commit of its own that says
//! why. Without valgrind, or without a baseline for this compiler, nothing is compared: that is said, and fails where
//! `ROSTER_REQUIRE_PEERS` is set. The dumps stay in `target/instructions` for `callgrind_annotate`.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use instructions::{Baseline, Comparison, REPEATS, TOLERANCE_PERCENT, Verdict, count, is_crypto};

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
    let counts = measure()?;
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
    let counts = measure()?;
    fs::write(&file, counts.write(&remark)).map_err(|error| format!("{}: {error}", file.display()))?;
    println!("{} cases in {}", counts.0.len(), file.display());
    Ok(())
}

/// Loud, and a failure where suites must not be left out.
fn not_compared(why: &str) -> Fallible<()> {
    let problem = format!("INSTRUCTIONS NOT COMPARED: {why}");
    if env::var_os("ROSTER_REQUIRE_PEERS").is_some() {
        return Err(problem);
    }
    eprintln!("{problem}");
    Ok(())
}

/// Builds the cases, runs them under valgrind, and reads what it dumped.
fn measure() -> Fallible<Baseline> {
    let folder = target().join("instructions");
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    build()?;
    let (names, dumps) = (folder.join("names"), folder.join("dump"));
    // The machine's environment stays outside: its size moves the stack, and variables change what is logged.
    let valgrind = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--compress-strings=no", "--compress-pos=no"])
        .args(["--toggle-collect=*::measured_region", "--dump-after=*::measured_region"])
        .arg(format!("--callgrind-out-file={}", dumps.display()))
        .arg(target().join("release/cases"))
        .arg(&names)
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .stdout(Stdio::null())
        .status();
    succeeded("valgrind", valgrind)?;
    let names = fs::read_to_string(&names).map_err(|error| format!("the names of the cases: {error}"))?;
    let mut counts = BTreeMap::new();
    for (index, name) in names.lines().enumerate() {
        counts.insert(name.to_owned(), counted(&folder, index, name)?);
    }
    Ok(Baseline(counts))
}

fn build() -> Fallible<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--release", "--locked", "--workspace", "--bin", "cases", "--features", "instructions/cases"])
        // Of this package only: for the whole profile it would build every crate anew.
        .args(["--config", "profile.release.package.instructions.strip=\"none\""])
        .current_dir(workspace())
        .status();
    succeeded("cargo build", built)
}

/// The instructions of one case, once. Its dump gets its name.
fn counted(folder: &Path, index: usize, name: &str) -> Fallible<u64> {
    let dump = folder.join(format!("dump.{}", index + 1));
    let named = folder.join(format!("{}.callgrind", name.replace([' ', ':', ','], "_")));
    fs::rename(&dump, &named).map_err(|error| format!("{name}: {}: {error}", dump.display()))?;
    let text = fs::read_to_string(&named).map_err(|error| format!("{}: {error}", named.display()))?;
    let counted = count(&text, is_crypto).ok_or_else(|| format!("{} is no dump", named.display()))?;
    let needs_crypto = name.starts_with("token: ") && !name.ends_with("unsigned");
    // A signature takes ten thousands of instructions: without them the filter no longer knows its functions.
    if needs_crypto && counted.left_out < 10_000 * REPEATS as u64 {
        return Err(format!("{name}: no signature was left out; see is_crypto"));
    }
    Ok(counted.own / REPEATS as u64)
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

fn succeeded(what: &str, status: std::io::Result<std::process::ExitStatus>) -> Fallible<()> {
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

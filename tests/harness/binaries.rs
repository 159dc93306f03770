//! Builds the compiled programs of the workspace once, with the profile of the running test.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::Value;

use crate::{World, runtime_api::Function};

type Built = BTreeMap<String, PathBuf>;

/// The path of any program.
pub fn binary(name: &str) -> &'static Path {
    static ALL: OnceLock<Built> = OnceLock::new();
    ALL.get_or_init(|| build(&["--bins"])).get(name).unwrap_or_else(|| panic!("no binary {name}"))
}

/// The path of `roster`. Builds no other program.
pub fn roster() -> &'static Path {
    static ROSTER: OnceLock<Built> = OnceLock::new();
    &ROSTER.get_or_init(|| build(&["--bin", "roster"]))["roster"]
}

/// Starts a compiled function with the variables that the same function of the bundle has.
pub async fn start(world: &World, name: &str) -> Function {
    Function::start(binary(name), world.bundle.environment(name).unwrap()).await
}

fn build(programs: &[&str]) -> Built {
    // The path is target/<profile>/deps/<this>.
    let this = env::current_exe().unwrap();
    let profile_folder = this.parent().and_then(Path::parent).unwrap();
    let profile = profile_folder.file_name().unwrap().to_str().unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        // Builds the whole workspace. A single package would get other features, and cargo would
        // rebuild everything.
        .args(["build", "--workspace", "--message-format", "json-render-diagnostics"])
        .args(programs)
        .args(["--profile", if profile == "debug" { "dev" } else { profile }])
        .arg("--target-dir")
        .arg(profile_folder.parent().unwrap())
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap());
    // Cargo gives a test variables about its package. A build script could depend on them and run
    // again, so they are removed.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|prefix| name.starts_with(prefix))
        {
            cargo.env_remove(name);
        }
    }
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages =
        output.stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let executables = messages.filter_map(|message| {
        let name = message["target"]["name"].as_str()?.to_owned();
        Some((name, PathBuf::from(message["executable"].as_str()?)))
    });
    executables.collect()
}

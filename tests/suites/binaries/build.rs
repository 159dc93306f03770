//! Builds every binary of the workspace once, as this test itself was built.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::Value;
use tests::{World, runtime_api::Function};

static BINARIES: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();

/// Where a compiled function is.
pub fn binary(name: &str) -> &'static Path {
    BINARIES.get_or_init(build).get(name).unwrap_or_else(|| panic!("no binary {name}"))
}

/// Starts a compiled function with the variables that the bundle's own was started with.
pub async fn start(world: &World, name: &str) -> Function {
    Function::start(binary(name), world.bundle.environment(name).unwrap()).await
}

fn build() -> BTreeMap<String, PathBuf> {
    // target/<profile>/deps/<this>
    let this = env::current_exe().unwrap();
    let profile_folder = this.parent().and_then(Path::parent).unwrap();
    let profile = profile_folder.file_name().unwrap().to_str().unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--workspace", "--bins", "--message-format", "json-render-diagnostics"])
        .args(["--profile", if profile == "debug" { "dev" } else { profile }])
        .arg("--target-dir")
        .arg(profile_folder.parent().unwrap())
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap());
    // What cargo tells a test of its package is not what it was started with: a build script could ask for it.
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

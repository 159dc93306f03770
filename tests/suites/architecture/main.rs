//! The rules of imports between modules and crates, and of the length of files.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

mod source;

use source::{outer_modules, roots, tokens};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The Rust files below a folder, without build output.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap()
}

/// The workspace's own Rust files.
fn all_sources() -> Vec<PathBuf> {
    ["functions", "local", "perf", "shared", "tests"]
        .iter()
        .flat_map(|folder| sources(&workspace().join(folder)))
        .collect()
}

/// The folders of the crates whose modules are in layers.
const SHARED: &str = "shared/src";
const LOCAL: &str = "local/src";

/// The modules of a crate from top to bottom, as its documentation lists them.
fn order(of: &str) -> Vec<String> {
    let text = text(&workspace().join(of).join("lib.rs"));
    let doc: String = text.lines().filter_map(|line| line.strip_prefix("//!")).collect();
    let (_, list) = doc.split_once("in this order:").expect("the order");
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The top module of a file, and the depth of the file's own module.
fn place(of: &str, file: &Path) -> (String, usize) {
    let below = file.strip_prefix(workspace().join(of)).unwrap().with_extension("");
    let mut parts: Vec<_> = below.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    (parts[0].clone(), parts.len())
}

fn names_every_module_once(of: &str) {
    let order = order(of);
    let text = text(&workspace().join(of).join("lib.rs"));
    let modules = text.lines().map(|line| line.strip_prefix("pub ").unwrap_or(line));
    let modules = modules.filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    let modules: BTreeSet<_> = modules.map(str::to_owned).collect();
    assert_eq!((order.iter().cloned().collect::<BTreeSet<_>>(), order.len()), (modules.clone(), modules.len()));
    assert!(order.len() > 5, "{order:?}");
}

#[test]
fn the_order_of_shared_names_every_module_once() {
    names_every_module_once(SHARED);
}

#[test]
fn the_order_of_local_names_every_room_once() {
    names_every_module_once(LOCAL);
}

/// Fails unless each file imports only modules below its own. The imports in `sure` must be found.
fn imports_only_downwards(of: &str, sure: [(&str, &str); 3]) {
    let order = order(of);
    let rank = |module: &str| order.iter().position(|other| other == module);
    let mut imports = BTreeSet::new();
    for file in sources(&workspace().join(of)) {
        let (module, depth) = place(of, &file);
        if matches!(&*module, "lib" | "main") {
            continue;
        }
        let own = rank(&module).unwrap_or_else(|| panic!("{} is in no module", file.display()));
        for import in outer_modules(&tokens(&text(&file)), depth) {
            let imported = rank(&import).unwrap_or_else(|| panic!("{}: crate::{import}", file.display()));
            assert!(own <= imported, "{} is above nothing of {import}, and imports it", file.display());
            imports.insert((module.clone(), import));
        }
    }
    for (module, import) in sure {
        assert!(imports.contains(&(module.to_owned(), import.to_owned())), "{module} → {import}: {imports:?}");
    }
}

#[test]
fn a_module_of_shared_imports_only_modules_below_it() {
    imports_only_downwards(SHARED, [("store", "identity"), ("lambda", "http"), ("access", "auth")]);
}

#[test]
fn a_room_of_local_imports_only_rooms_below_it() {
    imports_only_downwards(LOCAL, [("cli", "operate"), ("gateway", "stand_ins"), ("stand_ins", "data")]);
}

#[test]
fn identity_is_pure() {
    let pure = ["base64", "core", "serde", "serde_json", "sha2", "std", "thiserror", "time", "uuid"];
    for file in sources(&workspace().join("shared/src/identity")) {
        let tokens = tokens(&text(&file));
        // Names of tests, of lints, and of the crate itself.
        let others = ["proptest", "any", "clippy", "crate", "super", "self"];
        for root in roots(&tokens).into_iter().filter(|root| !others.contains(&&**root)) {
            assert!(pure.contains(&&*root), "{} uses {root}", file.display());
        }
        for clock_or_dice in ["SystemTime", "Instant", "now_utc", "now_local", "new_v4", "now_v7", "async", "await"] {
            assert!(!tokens.iter().any(|token| token == clock_or_dice), "{} has {clock_or_dice}", file.display());
        }
    }
}

#[test]
fn each_foreign_crate_is_known_in_one_place_only() {
    let allowed: &[(&str, &[&str])] = &[
        ("aws_sdk_dynamodb", &["aws", "dynamo", "lambda", "store", "tables"]),
        ("aws_sdk_sqs", &["queue"]),
        ("lambda_http", &["http", "lambda"]),
        ("lambda_runtime", &["lambda"]),
        ("aws_lc_rs", &["auth", "login", "signing"]),
        ("percent_encoding", &["validation"]),
        ("jsonwebtoken", &["auth", "login"]),
        ("hyper_rustls", &["connections"]),
        ("hyper_util", &["connections"]),
        ("rustls", &["connections"]),
        ("prost", &["http"]),
        ("sha2", &["auth", "connections", "identity", "login", "signing"]),
        ("prost", &["http"]),
        ("tracing_subscriber", &["telemetry"]),
        ("utoipa", &["http"]),
    ];
    let mut used = BTreeMap::<&str, BTreeSet<String>>::new();
    for file in sources(&workspace().join(SHARED)) {
        let found = roots(&tokens(&text(&file)));
        for (name, _) in allowed.iter().filter(|(name, _)| found.contains(*name)) {
            used.entry(name).or_default().insert(place(SHARED, &file).0);
        }
    }
    for (name, modules) in allowed {
        let modules = modules.iter().map(|module| (*module).to_owned()).collect();
        assert_eq!(used.get(name), Some(&modules), "{name}");
    }
}

/// The workspace's packages: the folder and the dependencies of each.
fn packages() -> BTreeMap<String, (PathBuf, BTreeSet<String>)> {
    let mut command = Command::new(env!("CARGO"));
    let command = command.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(workspace());
    let metadata: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    let package = |package: &Value| {
        let name = |named: &Value| named["name"].as_str().unwrap().to_owned();
        let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
        let dependencies = package["dependencies"].as_array().unwrap().iter().map(name);
        (name(package), (manifest.parent().unwrap().to_owned(), dependencies.collect()))
    };
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

fn is_function(folder: &Path) -> bool {
    folder.parent().is_some_and(|parent| parent.ends_with("functions"))
}

#[test]
fn a_function_depends_on_shared_and_on_no_other_crate_of_ours() {
    let packages = packages();
    for (name, (folder, dependencies)) in packages.iter().filter(|(_, (folder, _))| is_function(folder)) {
        let ours: Vec<_> = dependencies.iter().filter(|dependency| packages.contains_key(*dependency)).collect();
        assert_eq!(ours, ["shared"], "{name}");
        assert!(folder.ends_with(name), "{} is crate {name}", folder.display());
    }
}

#[test]
fn a_function_knows_neither_aws_nor_http_nor_the_runtime() {
    for (name, (_, dependencies)) in packages().into_iter().filter(|(_, (folder, _))| is_function(folder)) {
        for dependency in dependencies {
            let known = ["futures-util", "serde", "shared", "tracing"];
            assert!(known.contains(&&*dependency), "{name} depends on {dependency}, which shared should hide");
        }
    }
}

#[test]
fn only_local_and_tests_depend_on_functions() {
    let packages = packages();
    let functions: BTreeSet<_> =
        packages.iter().filter(|(_, (folder, _))| is_function(folder)).map(|(name, _)| name.clone()).collect();
    let dependents = packages.iter().filter(|(_, (_, dependencies))| !dependencies.is_disjoint(&functions));
    assert_eq!(
        dependents.map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["instructions", "roster-local", "tests"]
    );
    assert_eq!(packages["shared"].1.iter().filter(|name| packages.contains_key(*name)).count(), 0);
    assert!(packages["roster-local"].1.is_superset(&functions));
}

#[test]
fn a_main_sets_up_and_hands_over() {
    for (name, (folder, _)) in packages().iter().filter(|(_, (folder, _))| is_function(folder)) {
        let lines = text(&folder.join("src/main.rs")).lines().count();
        assert!(lines < 25, "{name}: main.rs has {lines} lines");
    }
}

#[test]
fn no_source_file_is_longer_than_400_lines() {
    let long = all_sources().into_iter().map(|file| (text(&file).lines().count(), file));
    let long: Vec<_> = long.filter(|(lines, _)| *lines > 400).collect();
    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn nothing_is_unsafe() {
    for file in all_sources() {
        assert!(!tokens(&text(&file)).iter().any(|token| token == "unsafe"), "{}", file.display());
    }
    let lints = text(&workspace().join("Cargo.toml"));
    assert!(lints.contains("\nunsafe_code = \"forbid\"\n"));
    for (name, (folder, _)) in packages() {
        let manifest = text(&folder.join("Cargo.toml"));
        let forbids = manifest.contains("[lints]\nworkspace = true") || manifest.contains("\nunsafe_code = \"forbid\"");
        assert!(forbids, "{name} does not take the workspace's lints");
    }
}

#[test]
fn nothing_shipped_is_silenced_wholesale() {
    for file in ["functions", "shared"].iter().flat_map(|folder| sources(&workspace().join(folder))) {
        let tokens = tokens(&text(&file));
        // `allow` stays silent when it is no longer needed; `expect` with a reason does not.
        let allow = tokens.windows(3).any(|window| matches!(window, [a, b, c] if a == "[" && b == "allow" && c == "("));
        assert!(!allow, "{}: write expect, with a reason", file.display());
    }
}

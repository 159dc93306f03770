//! The settings of login that docs/deploy.md shows, and the refusals that docs/login.md lists.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    process::{Command, Stdio},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use shared::{
    identity::{ClientId, DisplayName, MAX_SESSIONS, PlatformUserId},
    login::{Grant, LoginSettings},
};
use tests::{
    binaries::roster,
    docs::{code, fences, page, rows},
    openapi::Document,
    roster::Folder,
};

use crate::walk::{are_there, environment};

/// Stands for the AWS CLI: names a resource, and keeps the file that the block would store.
const AWS: &str = r#"#!/bin/sh
case "$1 $2" in
"kms create-key") echo arn:aws:kms:eu-west-1:123456789012:key/made ;;
"secretsmanager create-secret")
  for word in "$@"; do case "$word" in file://*) cp "${word#file://}" stored.json ;; esac; done
  echo arn:aws:secretsmanager:eu-west-1:123456789012:secret:made ;;
*) echo "$0: not shown: $*" >&2; exit 1 ;;
esac
"#;

#[test]
fn the_blocks_that_set_login_up_make_settings_that_can_be_used_and_leave_no_file_with_a_secret_behind() {
    if !are_there(&["bash", "openssl"]) {
        return;
    }
    // The operator edits the file between the first block and the second.
    let blocks = fences(&page("deploy").section("Login"));
    let block: String = blocks.into_iter().map(|(_, block)| block).collect();
    let folder = Folder::new();
    fs::create_dir(folder.path()).unwrap();
    let tools = folder.path().join("tools");
    fs::create_dir(&tools).unwrap();
    symlink(roster(), tools.join("roster")).unwrap();
    fs::write(tools.join("aws"), AWS).unwrap();
    fs::set_permissions(tools.join("aws"), fs::Permissions::from_mode(0o755)).unwrap();

    let mut bash = Command::new("bash");
    bash.args(["--noprofile", "--norc", "-euo", "pipefail", "-c", &block]).current_dir(folder.path());
    environment(&mut bash);
    bash.env("STAGE", "dev").env("API_URL", "https://api.example.com");
    bash.env("PATH", format!("{}:{}", tools.display(), std::env::var("PATH").unwrap()));
    let done = bash.stdin(Stdio::null()).output().unwrap();
    let (printed, complaints) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success() && complaints.is_empty(), "{printed}{complaints}");
    assert!(printed.starts_with("dev-login.json can be used as the settings of login.\n"), "{printed}");
    let kept = printed.lines().last().and_then(|line| line.strip_prefix("The secret of the client game is ")).unwrap();
    let kept = format!("Basic {}", STANDARD.encode(format!("game:{kept}")));

    let settings = LoginSettings::from_json(&fs::read_to_string(folder.path().join("stored.json")).unwrap()).unwrap();
    let [game] = settings.clients.all() else { panic!("one client") };
    assert_eq!((game.client_id.as_str(), game.grants.as_slice()), ("game", &[Grant::Anon, Grant::Refresh][..]));
    assert!(settings.anon && game.create && settings.clients.authenticate(Some(&kept)).is_some());
    let parameters = fs::read_to_string(folder.path().join("dev.yaml")).unwrap();
    let expected = "\
LoginIssuer: 'https://api.example.com'
LoginAudience: 'game'
LoginKeys: 'arn:aws:kms:eu-west-1:123456789012:key/made'
LoginSecret: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:made'
";
    assert_eq!(parameters, expected);
    assert!(!folder.path().join("dev-login.json").exists(), "the file with the secret is gone");
}

#[test]
fn the_refusals_of_login_are_all_listed() {
    let document = Document::built_in();
    let operation = document.operation("log-in");
    let codes = operation.value["responses"]["403"]["x-errors"]["codes"].as_array().unwrap();
    let codes: BTreeSet<_> = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    let (disabled, others): (BTreeSet<_>, BTreeSet<_>) =
        codes.into_iter().partition(|code| code.ends_with("_disabled"));
    let listed: BTreeSet<_> =
        rows(&page("login").section("Refusals")).iter().flat_map(|cells| code(&cells[0])).collect();
    let (some, listed): (BTreeSet<_>, BTreeSet<_>) = listed.into_iter().partition(|code| code.ends_with("_disabled"));
    assert_eq!(listed, others);
    assert!(some.contains("…_disabled") && some.iter().all(|code| code == "…_disabled" || disabled.contains(code)));
    let contract = page("contract/rallyhere").section("Refusals of a login");
    let contract: BTreeSet<_> = rows(&contract).iter().flat_map(|cells| code(&cells[0])).collect();
    assert_eq!(contract, others.union(&disabled).cloned().collect());
}

#[test]
fn the_limits_of_login_are_those_of_the_code() {
    let limits = rows(&page("login").section("Promises and limits")).into_iter();
    let number = |text: &str| -> Option<usize> {
        text.replace(',', "").split(|char: char| !char.is_ascii_digit()).find(|digits| !digits.is_empty())?.parse().ok()
    };
    let limits: Vec<_> = limits.filter_map(|cells| Some((cells[0].clone(), number(&cells[1])?))).collect();
    let expected = [
        ("sessions of a user", MAX_SESSIONS),
        ("`portal_access_token` of `anon`", PlatformUserId::MAX_CHARS),
        ("`portal_display_name`", DisplayName::MAX_CHARS),
        ("id of a client", ClientId::MAX_CHARS),
    ];
    assert_eq!(limits, expected.map(|(name, limit)| (name.to_owned(), limit)));
}

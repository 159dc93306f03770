//! An output or a log that cannot be written to.

use std::{
    io::{self, BufRead, BufReader},
    process::Stdio,
};

use serde_json::json;
use tests::broken::{closed_pipe, full_disk};
use uuid::Uuid;

use tests::roster::{Folder, Roster, run, run_into, token};

/// Fails unless the bundle answers requests, each of which writes to the log, and ends with code 0
/// on SIGINT.
async fn assert_serves(roster: Roster, token: &str) {
    for _ in 0..2 {
        let body = json!({ "platform": "Steam", "platform_user_id": Uuid::new_v4() });
        assert_eq!(roster.send("POST", "/users/v1/platform-user", token, &body).await.status, 201);
    }
    roster.signal("INT");
    assert_eq!(roster.ended().await, Some(0));
}

#[tokio::test]
async fn a_bundle_whose_output_and_log_cannot_be_written_serves_on() {
    for broken in [closed_pipe, full_disk] {
        let data = Folder::new();
        let token = token(&data, &["--permission", "user:*"]).await;
        assert_serves(Roster::start_into(&data, Stdio::null(), broken()).await, &token).await;
        assert_serves(Roster::start_into(&data, broken(), Stdio::null()).await, &token).await;
        assert_serves(Roster::start_into(&data, broken(), broken()).await, &token).await;
    }
}

#[tokio::test]
async fn a_bundle_whose_reader_has_seen_enough_serves_on() {
    let data = Folder::new();
    let token = token(&data, &["--permission", "user:*"]).await;
    let (reader, writer) = io::pipe().unwrap();
    let roster = Roster::start_into(&data, writer.try_clone().unwrap().into(), writer.into()).await;
    // The reader is closed at the end of this statement.
    let seen: Vec<_> = BufReader::new(reader).lines().take(2).map(Result::unwrap).collect();
    assert!(seen[0].starts_with("Roster runs at "), "{seen:?}");
    assert_serves(roster, &token).await;
}

/// All commands that print a result and end.
const COMMANDS: [&[&str]; 11] = [
    &["token"],
    &["platform-token", "--platform", "google", "--user", "7"],
    &["openapi"],
    &["compact"],
    &["verify"],
    &["public-key"],
    &["purges", "--overdue"],
    &["purges", "--since", "2026-11-01", "--csv"],
    &["repair"],
    &["--help"],
    &["--version"],
];

async fn folder_with_tables() -> Folder {
    let data = Folder::new();
    let roster = Roster::start(&data);
    roster.signal("INT");
    assert_eq!(roster.ended().await, Some(0));
    data
}

fn on<'a>(data: &'a Folder, command: &[&'a str]) -> Vec<&'a str> {
    let elsewhere = ["openapi", "--help", "--version"].contains(&command[0]);
    let folder = if elsewhere { &[][..] } else { &["--data", data.text()] };
    [command, folder].concat()
}

#[tokio::test]
async fn a_command_whose_reader_has_seen_enough_ends_quietly_and_well() {
    let data = folder_with_tables().await;
    for command in COMMANDS {
        let output = run_into(&on(&data, command), closed_pipe(), Stdio::piped()).await;
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), &*said), (Some(0), ""), "{command:?}");
    }
}

#[tokio::test]
async fn a_command_whose_result_does_not_fit_on_the_disk_says_so_and_fails() {
    let data = folder_with_tables().await;
    for command in COMMANDS {
        let output = run_into(&on(&data, command), full_disk(), Stdio::piped()).await;
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{command:?}: {said}");
        assert!(said.starts_with("roster: cannot write") && said.contains("No space left"), "{command:?}: {said}");
        let output = run_into(&on(&data, command), full_disk(), full_disk()).await;
        assert_eq!(output.status.code(), Some(1), "{command:?}");
    }
}

#[tokio::test]
async fn a_refusal_that_cannot_be_written_keeps_its_exit_code() {
    for broken in [closed_pipe, full_disk] {
        for (arguments, code) in [(["verify", "--data", "nowhere"], 1), (["--port", "many", "--fresh"], 2)] {
            let output = run_into(&arguments, Stdio::piped(), broken()).await;
            assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        }
    }
    assert_eq!(run(&["verify", "--data", "nowhere"]).await.status.code(), Some(1));
}

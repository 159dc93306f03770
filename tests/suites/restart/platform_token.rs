//! `roster platform-token`, and logins with what it prints.

use std::fs;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use tests::{
    client::{Answer, Http},
    roster::{Folder, Roster, run},
};

/// What the command prints on this folder.
async fn proof(data: &Folder, arguments: &str) -> String {
    let command: Vec<_> = ["platform-token", "--data", data.text()].into_iter().chain(arguments.split(' ')).collect();
    let output = run(&command).await;
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let line = String::from_utf8(output.stdout).unwrap().strip_suffix('\n').unwrap().to_owned();
    assert!(!line.contains(char::is_whitespace), "{line}");
    line
}

async fn log_in(roster: &Roster, body: String) -> Answer {
    let basic = format!("Basic {}", STANDARD.encode("local:local"));
    let headers = [("authorization", basic.as_str()), ("content-type", "application/json")];
    Http::default().send("POST", &format!("{}/users/v1/login", roster.url), &headers, body).await
}

#[tokio::test]
async fn the_example_in_the_help_logs_a_user_of_google_in() {
    let data = Folder::new();
    let roster = Roster::start(&data);
    let help = String::from_utf8(run(&["platform-token", "--help"]).await.stdout).unwrap();
    let (_, example) = help.split_once("PROOF=$(roster platform-token ").unwrap();
    let (arguments, example) = example.split_once(')').unwrap();
    let proof = proof(&data, arguments).await;
    let (_, body) = example.split_once("--data '").unwrap();
    let body = body.lines().next().unwrap().strip_suffix('\'').unwrap();
    let answer = log_in(&roster, body.replace(r#"'"$PROOF"'"#, &proof)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!((&answer.json()["platform"], &answer.json()["portal_user_id"]), (&json!("Google"), &json!("7")));
}

#[tokio::test]
async fn the_options_decide_what_a_login_answers() {
    let (data, stranger) = (Folder::new(), Folder::new());
    // The key is made by whichever process needs it first.
    let early = proof(&data, "--platform steam --user 42").await;
    let roster = Roster::start(&data);
    let code = async |grant: &str, proof: &str| {
        let answer = log_in(&roster, json!({ "grant_type": grant, "portal_access_token": proof }).to_string()).await;
        (answer.status, answer.code())
    };
    assert_eq!(code("steam", &early).await, (200, String::new()));
    let forged = proof(&stranger, "--platform google --user 7").await;
    assert_eq!(code("google", &forged).await, (403, "google_token_not_valid".to_owned()));
    for (grant, options, expected) in [
        ("steam", "--app 481", "steam_token_for_wrong_app"),
        ("steam", "--vac-banned", "steam_user_vacbanned"),
        ("steam", "--publisher-banned", "steam_user_publisherbanned"),
        ("steam", "--owner 43", "does_not_meet_ownership_reqs"),
        ("google", "--audience other", "google_token_not_valid"),
        ("nintendo_switch", "--app 0100000000000002", "nintendo_service_access_token_for_wrong_app"),
    ] {
        let proof = proof(&data, &format!("--platform {grant} --user 42 {options}")).await;
        assert_eq!(code(grant, &proof).await, (403, expected.to_owned()), "{grant} {options}");
    }
}

#[tokio::test]
async fn what_cannot_be_proven_and_a_damaged_key_are_one_line() {
    let data = Folder::new();
    let refusal = async |arguments: &str| {
        let command = ["platform-token", "--data", data.text()].into_iter().chain(arguments.split(' '));
        let output = run(&command.collect::<Vec<_>>()).await;
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]));
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.starts_with("roster: ") && error.lines().count() == 1, "{error:?}");
        error
    };
    for (arguments, expected) in [
        ("--platform apple --user 7 --name Ada", "--name"),
        ("--platform steam --user ada", "digits"),
        ("--platform nintendo_switch --user xyz", "digits"),
        ("--platform steam --user 42 --app game", "--app"),
    ] {
        let error = refusal(arguments).await;
        assert!(error.contains(expected), "{error}");
    }
    fs::write(data.path().join("platform-key.pk8"), "no key").unwrap();
    let error = refusal("--platform google --user 7").await;
    assert!(error.contains("platform-key.pk8") && error.contains("delete it"), "{error}");
}

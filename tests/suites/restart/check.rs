//! `roster check` reads the settings of login before they are deployed.

use std::{fs, path::PathBuf, process::Output};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tests::{
    client::Http,
    roster::{Folder, Roster, run},
};

/// The limit of Secrets Manager.
const LARGEST: usize = 65_536;

/// 32 bytes in base64, and in hex. No output may show them.
const KEY: &str = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=";
const HASH: &str = "25bf8e1a2393f1108d37029b3df5593236c755742ec93465bbafa9b290bddcf6";

/// The secret of a verifier: 24 bytes in base64. No output may show it either.
const WEBHOOK: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";

fn settings() -> Value {
    json!({
        "access_token_lifetime": "90m", "single_session": true,
        "refresh": { "idle": "7d", "lost_answer": "1m", "keys": [{ "id": 1, "secret": KEY }] },
        "clients": [
            { "client_id": "game", "secret_sha256": HASH, "grants": ["anon", "refresh"] },
            { "client_id": "server", "secret_sha256": [HASH], "grants": ["client_credentials"],
              "permissions": ["token:introspect"], "create": false },
        ],
    })
}

/// A folder with a file of these bytes.
fn written(bytes: impl AsRef<[u8]>) -> (Folder, PathBuf) {
    let folder = Folder::new();
    fs::create_dir(folder.path()).unwrap();
    let file = folder.path().join("login.json");
    fs::write(&file, bytes).unwrap();
    (folder, file)
}

/// Code, output and errors of the command. The name of the file is `FILE` in both texts.
async fn checked(bytes: impl AsRef<[u8]>) -> (Option<i32>, String, String) {
    let (_folder, file) = written(bytes);
    let Output { status, stdout, stderr } = run(&["check", file.to_str().unwrap()]).await;
    let text = |bytes| String::from_utf8(bytes).unwrap().replace(file.to_str().unwrap(), "FILE");
    (status.code(), text(stdout), text(stderr))
}

#[tokio::test]
async fn good_settings_are_summed_up_without_their_secrets() {
    let (code, output, errors) = checked(settings().to_string()).await;
    let expected = "\
FILE can be used as the settings of login.
access tokens: valid for 90m
refresh tokens: each is used once, and again for 1m if its answer was lost; a session ends 7d after its last use, \
and 90d after its login; a login ends the user's other sessions
anonymous logins: off
platforms: 0
clients: 2, with the grants anon client_credentials refresh
- game: the grants anon refresh; creates users; no permissions; off, so refused: anon
- server: the grants client_credentials; creates no users; the permissions token:introspect
";
    assert_eq!((code, output.as_str(), errors.as_str()), (Some(0), expected, ""));
}

/// Every member of `platforms`, with a canary wherever the summary may not look.
fn platforms() -> Value {
    let verifier = json!({ "grant": "ps5_v3", "url": "https://canary.example.com/psn?canary=1", "secret": WEBHOOK });
    json!({
        "anon": {},
        "google": { "audiences": ["canary"], "display_name": "name" },
        "apple": { "audiences": ["canary"] },
        "epic": { "audiences": ["canary"], "tokens": "account", "deployments": ["canary"] },
        "nintendo_switch": { "games": ["0100000000000001"], "accounts": { "audiences": ["canary"] } },
        "steam": { "app_id": 480, "key": "canary", "identity": "canary", "refuse_vac_banned": true },
        "oidc": [
            { "grant": "discord", "audiences": ["canary"] },
            { "grant": "rallyhere", "audiences": ["canary"], "issuer": "https://canary.example.com",
              "keys_url": "https://canary.example.com/keys?canary=1", "algorithm": "ES256" },
        ],
        "http": [verifier],
    })
}

#[tokio::test]
async fn each_platform_is_a_line_with_the_clients_that_may_use_it_and_nothing_of_its_settings() {
    let mut settings = settings();
    settings["platforms"] = platforms();
    settings["clients"][0]["grants"] = json!(["anon", "refresh", "steam", "google", "twitch", "basic"]);
    settings["clients"][1]["grants"] = json!(["client_credentials", "steam"]);
    let (code, output, errors) = checked(settings.to_string()).await;
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    let (_, summary) = output.split_once("anonymous logins").unwrap();
    let expected = "\
: on
platforms: 8
- google: for the clients game
- apple: for the clients (none)
- epic: for the clients (none)
- nintendo_switch: for the clients (none)
- steam: for the clients game server
- discord: for the clients (none)
- rallyhere: for the clients (none)
- ps5_v3: for the clients (none)
clients: 2, with the grants anon basic client_credentials google refresh steam twitch
- game: the grants anon refresh steam google twitch basic; creates users; no permissions; off, so refused: twitch basic
- server: the grants client_credentials steam; creates no users; the permissions token:introspect
";
    assert_eq!(summary, expected);
    assert!(!output.contains("canary") && !output.contains(WEBHOOK), "{output}");
}

#[tokio::test]
async fn a_wrong_platform_is_refused_by_the_name_of_its_member_and_without_its_value() {
    let wrong = [
        ("/google/audiences", json!([]), "google.audiences: "),
        ("/google/audiences", json!("canary"), "google.audiences: "),
        ("/google/keys_url", json!("http://canary.example.com/keys"), "google.keys_url: "),
        ("/google/audience", json!(["canary"]), "google: "),
        ("/apple/audiences", json!(vec!["canary"; 17]), "apple.audiences: "),
        ("/epic/tokens", json!("canary"), "epic.tokens: "),
        ("/epic/deployments", json!([]), "epic.deployments: "),
        ("/nintendo_switch/games", json!(["canary"]), "nintendo_switch.games: "),
        ("/nintendo_switch/environment", json!("canary"), "nintendo_switch.issuer: "),
        ("/nintendo_switch/accounts/audiences", json!([]), "nintendo_switch.accounts.audiences: "),
        ("/steam/app_id", json!("canary"), "steam.app_id: "),
        ("/steam/key", json!("canary canary"), "steam.key: "),
        ("/steam/refuse_vac_banned", json!("canary"), "steam.refuse_vac_banned: "),
        ("/oidc/0/grant", json!("canary"), "oidc[0].grant: "),
        ("/oidc/0/grant", json!("steam"), "oidc[0].grant: "),
        ("/oidc/0/grant", json!("basic"), "oidc[0].grant: "),
        ("/oidc/0/algorithm", json!("HS256"), "oidc[0].algorithm: "),
        ("/oidc/1/issuer", Value::Null, "oidc[1].issuer: "),
        ("/http/0/grant", json!("rallyhere"), "http[0].grant: "),
        ("/http/0/url", json!("ftp://canary.example.com"), "http[0].url: "),
        ("/http/0/secret", json!("whsec_canary"), "http[0].secret: "),
    ];
    for (place, value, named) in wrong {
        let mut settings = settings();
        settings["platforms"] = platforms();
        let (parent, name) = place.rsplit_once('/').unwrap();
        settings["platforms"].pointer_mut(parent).unwrap()[name] = value;
        let (code, output, errors) = checked(settings.to_string()).await;
        assert_eq!((code, output.as_str()), (Some(1), ""), "{place}: {errors}");
        assert!(errors.starts_with(&format!("roster: FILE: platforms.{named}")), "{errors}");
        assert!(errors.lines().count() == 1 && !errors.contains("canary"), "{errors}");
    }
}

#[tokio::test]
async fn a_refusal_names_the_member_that_is_wrong_and_not_its_value() {
    let wrong = [
        ("/access_token_lifetime", json!("canary"), "access_token_lifetime: "),
        ("/refresh/keys/0/secret", json!("canary"), "refresh.keys[0].secret: "),
        ("/clients/1/secret_sha256", json!("canary"), "clients[1].secret_sha256: "),
        ("/clients/1/client_id", json!("game"), "clients[1].client_id: "),
        ("/clients/0/grants", json!(["canary"]), "clients[0].grants: "),
        ("/platforms", json!({ "canary": {} }), "platforms: "),
    ];
    for (place, value, named) in wrong {
        let mut settings = settings();
        let (parent, name) = place.rsplit_once('/').unwrap();
        settings.pointer_mut(parent).unwrap()[name] = value;
        let (code, output, errors) = checked(settings.to_string()).await;
        assert_eq!((code, output.as_str()), (Some(1), ""), "{place}");
        assert!(errors.starts_with(&format!("roster: FILE: {named}")), "{errors}");
        assert!(errors.lines().count() == 1 && !errors.contains("canary") && !errors.contains(HASH), "{errors}");
    }
}

#[tokio::test]
async fn what_is_no_document_is_refused_in_one_line() {
    let wrong =
        [("", "a JSON object"), ("{", "a JSON object"), ("[]", "a JSON object"), (r#"{"a":1,"a":2}"#, "distinct")];
    for (text, expected) in wrong {
        let (code, output, errors) = checked(text).await;
        assert_eq!((code, output.as_str(), errors.lines().count()), (Some(1), "", 1), "{text:?}: {errors}");
        assert!(errors.contains(expected), "{text:?}: {errors}");
    }
    let (code, _, errors) = checked([0xFF, 0xFE]).await;
    assert_eq!((code, errors.as_str()), (Some(1), "roster: FILE: it is not UTF-8\n"));
}

#[tokio::test]
async fn a_document_may_have_as_many_bytes_as_secrets_manager_stores_and_no_more() {
    let mut settings = settings().to_string().into_bytes();
    settings.resize(LARGEST, b' ');
    assert_eq!(checked(&settings).await.0, Some(0));
    settings.push(b' ');
    let (code, _, errors) = checked(&settings).await;
    assert_eq!(code, Some(1));
    assert!(errors.contains("65,536 bytes"), "{errors}");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named() {
    let (folder, file) = written("");
    for unreadable in [folder.path().to_owned(), file.join("below"), file.with_extension("none")] {
        let path = unreadable.to_str().unwrap();
        let output = run(&["check", path]).await;
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{errors}");
        assert!(errors.starts_with(&format!("roster: cannot read {path}: ")), "{errors}");
    }
}

#[tokio::test]
async fn the_bundle_takes_good_settings_in_place_of_its_own_and_refuses_wrong_ones() {
    let (_folder, file) = written(settings().to_string());
    let data = Folder::new();
    let file = file.to_str().unwrap();
    let arguments = ["--port", "0", "--data", data.text(), "--login-settings", file];
    let roster = Roster::start_with(&arguments);
    assert!(
        roster.greeting.contains(&format!("Login has the clients and platforms of {file}.")),
        "{}",
        roster.greeting
    );
    assert!(!roster.greeting.contains("local:local"), "{}", roster.greeting);
    let basic = format!("Basic {}", STANDARD.encode("local:local"));
    let headers = [("authorization", basic.as_str()), ("content-type", "application/json")];
    let body = r#"{"grant_type":"client_credentials"}"#;
    let answer = Http::default().send("POST", &format!("{}/users/v1/login", roster.url), &headers, body).await;
    assert_eq!(answer.code(), "client_credentials_invalid");
    drop(roster);
    let mut wrong = settings();
    wrong["platforms"] = json!({ "steam": { "app_id": "480", "key": KEY } });
    fs::write(file, wrong.to_string()).unwrap();
    let refused = run(&arguments).await;
    let problem = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(problem.contains("platforms.steam.key: ") && !problem.contains(KEY), "{problem}");
}

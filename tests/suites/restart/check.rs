//! `roster check` reads the settings of login before they are deployed.

use std::{fs, path::PathBuf, process::Output};

use serde_json::{Value, json};

use tests::roster::{Folder, run};

/// The limit of Secrets Manager.
const LARGEST: usize = 65_536;

/// 32 bytes in base64, and in hex. No output may show them.
const KEY: &str = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=";
const HASH: &str = "25bf8e1a2393f1108d37029b3df5593236c755742ec93465bbafa9b290bddcf6";

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
clients: 2, with the grants anon client_credentials refresh
- game: the grants anon refresh; creates users; no permissions
- server: the grants client_credentials; creates no users; the permissions token:introspect
";
    assert_eq!((code, output.as_str(), errors.as_str()), (Some(0), expected, ""));
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

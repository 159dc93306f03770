//! The output and the errors of the command line.

use std::{fs, net::TcpListener, path::Path, process::Output};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tests::{binaries::roster, client::Http};
use uuid::Uuid;

use tests::roster::{Folder, Roster, run, token};

/// Fails unless the command failed with one line and exit code 1.
fn assert_refused(output: &Output, expected: &[&str]) {
    let error = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]), "{error}");
    assert!(error.starts_with("roster: ") && error.ends_with('\n') && error.lines().count() == 1, "{error:?}");
    for expected in expected {
        assert!(error.contains(expected), "{error:?} does not say {expected:?}");
    }
}

/// Starts on any port with a new folder and these arguments.
async fn start(arguments: &[&str]) -> Output {
    let data = Folder::new();
    run(&[&["--port", "0", "--data", data.text()], arguments].concat()).await
}

#[tokio::test]
async fn one_folder_serves_one_process() {
    let data = Folder::new();
    let first = Roster::start(&data);
    let second = run(&["--port", "0", "--data", data.text()]).await;
    assert_refused(&second, &[data.text(), "--data"]);
    let fresh = run(&["--port", "0", "--data", data.text(), "--fresh"]).await;
    assert_refused(&fresh, &[data.text()]);
    // The first roster still runs, and tokens can be made meanwhile.
    let token = token(&data, &["--permission", "user:*"]).await;
    let body = json!({ "platform": "Steam", "platform_user_id": "42" });
    assert_eq!(first.send("POST", "/users/v1/platform-user", &token, &body).await.status, 201);
}

#[tokio::test]
async fn a_busy_port_is_named() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let data = Folder::new();
    let output = run(&["--port", &port, "--data", data.text()]).await;
    assert_refused(&output, &[&port, "--port"]);
    assert!(!data.path().exists(), "nothing is made in vain");
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_named_and_left_alone() {
    let scratch = Folder::new();
    fs::create_dir(scratch.path()).unwrap();
    let file = scratch.path().join("file");
    fs::write(&file, "years of work").unwrap();
    let below = file.join("below");
    for unusable in [scratch.path(), &file, &below] {
        let unusable = unusable.to_str().unwrap();
        assert_refused(&run(&["--port", "0", "--data", unusable]).await, &[unusable]);
        assert_refused(&run(&["token", "--data", unusable]).await, &[unusable]);
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "years of work");
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn an_unreadable_folder_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let data = Folder::new();
    fs::create_dir(data.path()).unwrap();
    fs::set_permissions(data.path(), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read_dir(data.path()).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    assert_refused(&run(&["--port", "0", "--data", data.text()]).await, &[data.text()]);
}

#[tokio::test]
async fn damaged_tables_are_refused_and_left_alone() {
    let data = Folder::new();
    token(&data, &[]).await;
    let database = data.path().join("roster.db");
    fs::write(&database, "no tables at all ".repeat(1000)).unwrap();
    assert_refused(&run(&["--port", "0", "--data", data.text()]).await, &[data.text()]);
    assert_eq!(fs::read_to_string(&database).unwrap(), "no tables at all ".repeat(1000));
}

#[tokio::test]
async fn a_damaged_key_is_refused_and_left_alone() {
    let data = Folder::new();
    token(&data, &[]).await;
    let key = data.path().join("dev-key.pk8");
    fs::write(&key, "no key").unwrap();
    for command in [&["--port", "0", "--data", data.text()][..], &["token", "--data", data.text()]] {
        assert_refused(&run(command).await, &[data.text()]);
    }
    assert_eq!(fs::read_to_string(&key).unwrap(), "no key");
}

#[tokio::test]
async fn a_broken_template_is_one_line() {
    let scratch = Folder::new();
    fs::create_dir(scratch.path()).unwrap();
    let file = scratch.path().join("template.yaml");
    let path = file.to_str().unwrap();
    assert_refused(&start(&["--template", path]).await, &[path]);
    let built_in = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../template.yaml")).unwrap();
    let unknown = built_in.replace("Binary: get-user }", "Binary: get-nobody }");
    let broken = [
        ("", "template"),
        ("Resources: [", "line"),
        ("{}", "Resources"),
        ("a: 1\n\nb: {", "line"),
        (unknown.as_str(), "get-nobody"),
    ];
    for (text, expected) in broken {
        fs::write(&file, text).unwrap();
        assert_refused(&start(&["--template", path]).await, &[expected]);
    }
    fs::write(&file, [0xff, 0xfe]).unwrap();
    assert_refused(&start(&["--template", path]).await, &[path]);
}

#[tokio::test]
async fn a_key_set_that_is_none_is_one_line() {
    let scratch = Folder::new();
    fs::create_dir(scratch.path()).unwrap();
    let file = scratch.path().join("keys.json");
    let path = file.to_str().unwrap();
    assert_refused(&start(&["--jwks", path]).await, &[path]);
    for text in ["", "nonsense", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[{"kty":"EC","kid":"a"}]}"#] {
        fs::write(&file, text).unwrap();
        assert_refused(&start(&["--jwks", path]).await, &[]);
    }
}

#[tokio::test]
async fn usage_errors_are_told_from_others() {
    for arguments in
        [&["--port", "many"][..], &["--dispatch-every", "0s"], &["nonsense"], &["token", "--platform", "Steam"]]
    {
        let output = run(arguments).await;
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]), "{arguments:?}");
    }
}

#[tokio::test]
async fn the_token_is_printed_alone_and_says_what_it_was_told() {
    let data = Folder::new();
    let output = run(&["token", "--data", data.text(), "--permission", "user:platform:create"]).await;
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let line = String::from_utf8(output.stdout).unwrap();
    let create = line.strip_suffix('\n').unwrap().to_owned();
    assert_eq!(create.split('.').filter(|part| !part.is_empty()).count(), 3);
    assert!(!create.contains(char::is_whitespace));

    let player = ["--platform", "Steam", "--platform-user-id", "42", "--subject", "ada", "--expires-in", "30m"];
    let player = token(&data, &player).await;
    let stranger = Folder::new();
    let forged = token(&stranger, &["--permission", "*"]).await;

    let roster = Roster::start(&data);
    let body = json!({ "platform": "Steam", "platform_user_id": "42" });
    let created = roster.send("POST", "/users/v1/platform-user", &create, &body).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let refused = roster.send("POST", "/users/v1/platform-user", &player, &body).await;
    assert_eq!(refused.verdict(), (403, "insufficient_permissions".to_owned()));
    let enabled = roster.send("POST", "/users/v1/cross-progression/enable", &player, &json!({})).await;
    assert_eq!(enabled.status, 200, "{}", enabled.text);
    let refused = roster.send("POST", "/users/v1/platform-user", &forged, &body).await;
    assert_eq!((refused.status, &refused.json()["auth_success"]), (403, &json!(false)));
}

#[cfg(unix)]
#[tokio::test]
async fn the_key_and_its_folder_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let data = Folder::new();
    token(&data, &[]).await;
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(data.path()), mode(&data.path().join("dev-key.pk8"))), (0o700, 0o600));
}

/// The names of the folder's files whose mode is not 0600.
#[cfg(unix)]
fn open_to_others(data: &Folder) -> Vec<String> {
    use std::os::unix::fs::PermissionsExt;
    let files = fs::read_dir(data.path()).unwrap().map(Result::unwrap);
    let open = files.filter(|file| file.metadata().unwrap().permissions().mode() & 0o777 != 0o600);
    open.map(|file| file.file_name().into_string().unwrap()).collect()
}

#[cfg(unix)]
#[tokio::test]
async fn every_file_is_private_in_a_folder_that_others_may_read_and_whatever_it_was_before() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let data = Folder::new();
    fs::create_dir(data.path()).unwrap();
    fs::set_permissions(data.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let roster = ["-c", "umask 0; exec \"$0\" \"$@\"", roster().to_str().unwrap()];
    let arguments = [&roster[..], &["--port", "0", "--data", data.text()]].concat();
    // Each command that opens the folder makes its files private, so none may run between the start
    // and the check.
    let token = token(&data, &["--permission", "user:*"]).await;
    for _ in 0..2 {
        let mut roster = Roster::start_program(Path::new("/bin/sh"), &arguments, "-d ");
        let body = json!({ "platform": "Steam", "platform_user_id": Uuid::new_v4() });
        assert_eq!(roster.send("POST", "/users/v1/platform-user", &token, &body).await.status, 201);
        assert_eq!(open_to_others(&data), [""; 0]);
        // A crash leaves all files behind, and an earlier version left them readable by others.
        roster.kill();
        let files: Vec<_> = fs::read_dir(data.path()).unwrap().map(|file| file.unwrap().path()).collect();
        assert!(files.iter().any(|file| file.ends_with("roster.db-wal")), "{files:?}");
        for file in files {
            fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
        }
    }
    let listed = run(&["purges", "--overdue", "--data", data.text()]).await;
    assert!(listed.status.success(), "{listed:?}");
    assert_eq!(open_to_others(&data), [""; 0]);
    assert_eq!(fs::metadata(data.path()).unwrap().mode() & 0o777, 0o755, "the folder stays as its owner made it");
}

#[tokio::test]
async fn the_address_comes_before_every_line_of_the_log() {
    for levels in ["info", "trace"] {
        let data = Folder::new();
        let arguments = ["-c", "RUST_LOG=$1 exec \"$0\" --port 0 --data \"$2\" 2>&1"];
        let arguments = [&arguments[..], &[roster().to_str().unwrap(), levels, data.text()]].concat();
        let roster = Roster::start_program(Path::new("/bin/sh"), &arguments, "-d ");
        assert!(roster.greeting.starts_with("Roster runs at "), "{}", roster.greeting);
        // The lines before the greeting are not lost.
        roster.signal("INT");
        let (output, _) = roster.last_words().await;
        assert!(output.contains("created SQS queue"), "{output}");
    }
}

#[tokio::test]
async fn the_login_of_the_greeting_logs_a_player_in() {
    let data = Folder::new();
    let roster = Roster::start(&data);
    let (_, login) = roster.greeting.split_once("curl -i -u local:local ").unwrap();
    let (url, rest) = login.split_once(" -H 'content-type: application/json' \\\n  --data '").unwrap();
    let body: Value = serde_json::from_str(rest.split('\'').next().unwrap()).unwrap();
    let basic = format!("Basic {}", STANDARD.encode("local:local"));
    let headers = [("authorization", basic.as_str()), ("content-type", "application/json")];
    let answer = Http::default().send("POST", url, &headers, body.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let player = answer.json()["active_player_uuid"].as_str().unwrap().to_owned();
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    let links = roster.send("GET", &format!("/users/v2/player/{player}/links"), &token, &Value::Null).await;
    assert_eq!(links.status, 200, "{}", links.text);
}

#[tokio::test]
async fn the_greeting_names_address_data_and_a_token_that_works() {
    let data = Folder::new();
    let roster = Roster::start(&data);
    assert!(roster.url.starts_with("http://127.0.0.1:"), "{}", roster.url);
    assert!(roster.greeting.contains(data.text()));
    let token = roster.greeting.lines().find(|line| line.split('.').count() == 3 && !line.contains(' ')).unwrap();
    assert!(roster.greeting.contains(&format!("curl -i {}/users/v1/platform-user", roster.url)));
    let body = json!({ "platform": "Steam", "platform_user_id": "42" });
    let user = roster.send("POST", "/users/v1/platform-user", token, &body).await;
    assert_eq!(user.status, 201, "{}", user.text);
    let path = format!("/v2/users/{}", user.json()["player_uuid"].as_str().unwrap());
    assert_eq!(roster.send("GET", &path, token, &Value::Null).await.status, 200);
}

#[tokio::test]
async fn fresh_empties_the_tables_and_keeps_the_key() {
    let data = Folder::new();
    let token = token(&data, &["--permission", "user:*"]).await;
    let body = json!({ "platform": "Steam", "platform_user_id": "42" });
    let mut players = Vec::new();
    for _ in 0..2 {
        let roster = Roster::start_with(&["--port", "0", "--data", data.text(), "--fresh"]);
        let created = roster.send("POST", "/users/v1/platform-user", &token, &body).await;
        assert_eq!(created.status, 201, "{}", created.text);
        players.push(created.json()["player_uuid"].clone());
    }
    assert_ne!(players[0], players[1]);
}

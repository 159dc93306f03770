//! The commands that work on a deployment, as processes.

use std::fs;

use serde_json::json;

use tests::roster::{Folder, Roster, run, token};

fn lines(output: &std::process::Output) -> Vec<String> {
    String::from_utf8(output.stdout.clone()).unwrap().lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn commands_work_beside_a_running_roster_after_its_crash_and_say_by_their_code_what_they_found() {
    let data = Folder::new();
    let token = token(&data, &["--permission", "*"]).await;
    let mut roster = Roster::start(&data);
    let body = json!({ "platform": "Steam", "platform_user_id": "42" });
    let user = roster.send("POST", "/users/v1/platform-user", &token, &body).await.json();
    let person_id = user["person_id"].as_str().unwrap();
    let purge = format!("/users/v1/person/{person_id}/purge");
    let queued = roster.send("POST", &purge, &token, &json!({ "suggested_purge_time": tests::unix_now() })).await;
    assert_eq!(queued.status, 202, "{}", queued.text);
    let mut left = 300;
    while roster.send("GET", &purge, &token, &json!(null)).await.json()["status"] != "complete" {
        left -= 1;
        assert!(left > 0, "the purge is not complete after 30 s");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }

    let verify = ["verify", "--data", data.text()];
    let beside = run(&verify).await;
    assert_eq!(lines(&beside).last().map(String::as_str), Some("nothing is wrong"), "{beside:?}");
    assert!(beside.status.success() && lines(&beside)[0].contains("1 receipts read"), "{beside:?}");
    let list = run(&["purges", "--data", data.text(), "--since", "2026-11-01", "--csv"]).await;
    assert!(list.status.success() && lines(&list)[1].contains(person_id), "{list:?}");
    let redriven = run(&["redrive", "--data", data.text()]).await;
    assert!(redriven.status.success() && lines(&redriven)[0].starts_with("0 dead letters"), "{redriven:?}");
    for which in ["--overdue", "--stuck"] {
        let none = run(&["purges", "--data", data.text(), which]).await;
        assert_eq!((none.status.code(), lines(&none)), (Some(0), vec!["0 purges".to_owned()]), "{none:?}");
    }

    let answer = roster.send("GET", &format!("{purge}/receipt"), &token, &json!(null)).await;
    let key = run(&["public-key", "--data", data.text()]).await;
    let (key_file, answer_file) = (data.path().join("seal.pem"), data.path().join("answer.json"));
    fs::write(&key_file, &key.stdout).unwrap();
    fs::write(&answer_file, &answer.text).unwrap();
    let (key_file, answer_file) = (key_file.to_str().unwrap(), answer_file.to_str().unwrap());
    let early = run(&["verify", "--receipt", answer_file, "--public-key", key_file]).await;
    assert_eq!(early.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&early.stderr).contains("not sealed yet"), "{early:?}");

    roster.kill();
    let alone = run(&verify).await;
    assert_eq!(lines(&alone).last().map(String::as_str), Some("nothing is wrong"), "{alone:?}");
    let pinned = run(&["verify", "--data", data.text(), "--public-key", key_file]).await;
    assert!(pinned.status.success(), "{pinned:?}");
    let stranger = Folder::new();
    drop(Roster::start(&stranger));
    let other = run(&["public-key", "--data", stranger.text()]).await;
    fs::write(key_file, other.stdout).unwrap();
    let wrong = run(&["verify", "--data", data.text(), "--public-key", key_file]).await;
    assert_eq!(wrong.status.code(), Some(1));
    assert!(lines(&wrong).iter().any(|line| line == "WRONG: seal 0 is not signed by its key"), "{wrong:?}");
    let nothing = run(&["verify", "--data", "nowhere"]).await;
    assert_eq!((nothing.status.code(), nothing.stdout.len()), (Some(1), 0), "{nothing:?}");
}

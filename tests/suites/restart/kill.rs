//! SIGKILL in the middle of requests and purges, and Ctrl-C.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use tests::world::{percent, purge_path};

use tests::roster::{Caller, Folder, Roster, token};

const ALL: [&str; 4] = ["--permission", "user:*", "--permission", "purge:*:*"];

fn seconds_ahead(seconds: u64) -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + seconds
}

/// The answers before the process was killed.
#[derive(Default)]
struct Acknowledged {
    /// Users without a queued purge, as their creation was answered.
    users: Vec<Value>,
    /// Persons whose purge was queued.
    purges: Vec<String>,
    /// Ids whose creation was not answered.
    unknown: Vec<String>,
}

/// Creates users, and queues a purge of every other one, until no answer comes any more.
async fn keep_busy(caller: Caller, name: String, acknowledged: Arc<Mutex<Acknowledged>>, answers: Arc<AtomicUsize>) {
    for index in 0.. {
        let id = format!("{name}-{index}");
        let body = json!({ "platform": "Steam", "platform_user_id": id });
        let Some(answer) = caller.post("/users/v1/platform-user", body).await else {
            return acknowledged.lock().unwrap().unknown.push(id);
        };
        assert_eq!(answer.status, 201, "{}", answer.text);
        let user = answer.json();
        if index % 2 == 0 {
            acknowledged.lock().unwrap().users.push(user);
        } else {
            let person_id = user["person_id"].as_str().unwrap().to_owned();
            let body = json!({ "suggested_purge_time": seconds_ahead(1) });
            let Some(answer) = caller.post(&purge_path(&person_id), body).await else { return };
            assert_eq!(answer.status, 202, "{}", answer.text);
            acknowledged.lock().unwrap().purges.push(person_id);
        }
        answers.fetch_add(1, Ordering::SeqCst);
    }
}

/// Waits until so many answers have come.
async fn until(answers: &AtomicUsize, count: usize) {
    for _ in 0..3000 {
        if answers.load(Ordering::SeqCst) >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("fewer than {count} answers in 30 s");
}

async fn complete(roster: &Roster, token: &str, person_id: &str) {
    let mut last = String::new();
    for _ in 0..600 {
        let answer = roster.send("GET", &purge_path(person_id), token, &Value::Null).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        if answer.json()["status"] == "complete" {
            return;
        }
        last = answer.text;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not complete after a minute: {last}");
}

#[tokio::test]
async fn after_kill_9_every_answered_user_is_there_and_every_answered_purge_gets_complete() {
    let data = Folder::new();
    let token = token(&data, &ALL).await;
    let acknowledged = Arc::new(Mutex::new(Acknowledged::default()));
    for round in 0..3 {
        let mut roster = Roster::start(&data);
        let answers = Arc::new(AtomicUsize::new(0));
        let busy: Vec<_> = (0..4)
            .map(|task| {
                let name = format!("round {round} task {task}");
                let (acknowledged, answers) = (Arc::clone(&acknowledged), Arc::clone(&answers));
                tokio::spawn(keep_busy(roster.caller(&token), name, acknowledged, answers))
            })
            .collect();
        until(&answers, 40).await;
        roster.kill();
        for task in busy {
            task.await.unwrap();
        }
    }
    let roster = Roster::start(&data);
    let acknowledged = std::mem::take(&mut *acknowledged.lock().unwrap());
    assert!(acknowledged.users.len() >= 30 && acknowledged.purges.len() >= 30);
    for user in &acknowledged.users {
        let id = percent(user["platform_user_id"].as_str().unwrap());
        let path = format!("/users/v1/platform-user?platform=Steam&platform_user_id={id}");
        let found = roster.send("GET", &path, &token, &Value::Null).await;
        assert_eq!((found.status, &found.json()), (200, user));
    }
    for person_id in &acknowledged.purges {
        complete(&roster, &token, person_id).await;
    }
    // A creation without an answer is complete, or has left nothing.
    for id in &acknowledged.unknown {
        let body = json!({ "platform": "Steam", "platform_user_id": id });
        let created = roster.send("POST", "/users/v1/platform-user", &token, &body).await;
        assert!(matches!(created.status, 201 | 409), "{}", created.text);
        let path = format!("/users/v1/platform-user?platform=Steam&platform_user_id={}", percent(id));
        assert_eq!(roster.send("GET", &path, &token, &Value::Null).await.status, 200);
    }
}

#[tokio::test]
async fn ctrl_c_and_terminate_stop_cleanly_and_the_data_stays() {
    let data = Folder::new();
    let token = token(&data, &ALL).await;
    let body = json!({ "platform": "Steam", "platform_user_id": "42" });
    let path = "/users/v1/platform-user?platform=Steam&platform_user_id=42";
    let mut expected = None;
    for signal in ["INT", "TERM"] {
        let roster = Roster::start(&data);
        let created = roster.send("POST", "/users/v1/platform-user", &token, &body).await;
        assert_eq!(created.status, if expected.is_none() { 201 } else { 409 });
        let found = roster.send("GET", path, &token, &Value::Null).await.json();
        assert_eq!(expected.get_or_insert_with(|| found.clone()), &found);
        roster.signal(signal);
        assert_eq!(roster.ended().await, Some(0), "SIG{signal}");
    }
}

#[tokio::test]
async fn a_purge_that_becomes_due_while_nothing_runs_is_carried_out_at_the_next_start() {
    let data = Folder::new();
    let token = token(&data, &ALL).await;
    let mut roster = Roster::start(&data);
    let body = json!({ "platform": "Steam", "platform_user_id": "42" });
    let user = roster.send("POST", "/users/v1/platform-user", &token, &body).await.json();
    let person_id = user["person_id"].as_str().unwrap();
    let body = json!({ "suggested_purge_time": seconds_ahead(3) });
    assert_eq!(roster.send("POST", &purge_path(person_id), &token, &body).await.status, 202);
    roster.kill();
    let roster = Roster::start(&data);
    complete(&roster, &token, person_id).await;
}

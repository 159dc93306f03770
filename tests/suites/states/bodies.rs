//! The answers, byte by byte.

use serde_json::json;
use tests::World;

use crate::{NO_ONE, change, detail, get, path, post, verdict};

#[tokio::test]
async fn a_change_answers_the_details_in_the_key_order_of_the_seed() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let created = detail(&get(&world, &user).await, "creationDate");
    for (name, sequence) in [("deactivate", 2), ("reactivate", 3), ("lock", 4), ("unlock", 5)] {
        let answer = change(&world, &user, name).await;
        let changed = detail(&answer, "changeDate");
        let person = &user.person_id;
        let expected = format!(
            r#"{{"details":{{"sequence":"{sequence}","changeDate":"{changed}","resourceOwner":"{person}","creationDate":"{created}"}}}}"#
        );
        assert_eq!(verdict(&answer), (200, &*expected));
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn times_are_utc_with_0_3_6_or_9_digits_of_a_second() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let answer = change(&world, &user, "deactivate").await;
    for name in ["changeDate", "creationDate"] {
        let time = detail(&answer, name);
        let (seconds, rest) = time.split_at("2025-03-25T09:53:34".len());
        let digits: String = seconds.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(digits, "0000-00-00T00:00:00", "{time}");
        let fraction = rest.strip_suffix('Z').expect(&time);
        let fraction = if fraction.is_empty() { "" } else { fraction.strip_prefix('.').expect(&time) };
        assert!([0, 3, 6, 9].contains(&fraction.len()), "{time}");
        assert!(fraction.bytes().all(|byte| byte.is_ascii_digit()), "{time}");
    }
}

#[tokio::test]
async fn a_user_is_shown_with_its_state_and_its_display_name_as_its_names() {
    let world = World::start().await;
    let body = json!({ "platform": "Steam", "platform_user_id": "42", "display_name": "Zoë \"Z\"" });
    let created = world.post("/users/v1/platform-user", &world.admin(), body).await.json();
    let text = |name: &str| created[name].as_str().unwrap().to_owned();
    let (id, person) = (text("player_uuid"), text("person_id"));
    let steps = [
        ("", "ACTIVE", 1),
        ("deactivate", "INACTIVE", 2),
        ("reactivate", "ACTIVE", 3),
        ("lock", "LOCKED", 4),
        ("unlock", "ACTIVE", 5),
        ("lock", "LOCKED", 6),
        ("deactivate", "INACTIVE", 7),
    ];
    for (name, state, sequence) in steps {
        if !name.is_empty() {
            assert_eq!(post(&world, &path(&id, name), &world.admin(), "{}").await.status, 200);
        }
        let answer = world.get(&format!("/v2/users/{id}"), &world.admin()).await;
        let (change, creation) = (detail(&answer, "changeDate"), detail(&answer, "creationDate"));
        let details = format!(
            r#""details":{{"sequence":"{sequence}","changeDate":"{change}","resourceOwner":"{person}","creationDate":"{creation}"}}"#
        );
        let (id, state) = (format!(r#""userId":"{id}""#), format!(r#""state":"USER_STATE_{state}""#));
        let names = r#""username":"Zoë \"Z\"","loginNames":["Zoë \"Z\""],"preferredLoginName":"Zoë \"Z\"""#;
        let human = format!(r#""human":{{{id},{state},{names},"profile":{{"displayName":"Zoë \"Z\""}}}}"#);
        let expected = format!(r#"{{{details},"user":{{{id},{details},{state},{names},{human}}}}}"#);
        assert_eq!(verdict(&answer), (200, &*expected));
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

/// ZITADEL's clients expect names in every user.
#[tokio::test]
async fn a_user_without_a_display_name_is_named_by_its_id() {
    let world = World::start().await;
    let unnamed = world.create("Steam", "42").await.player_uuid;
    let body = json!({ "platform": "Steam", "platform_user_id": "43", "display_name": "" });
    let empty = world.post("/users/v1/platform-user", &world.admin(), body).await.json();
    for id in [&*unnamed, empty["player_uuid"].as_str().unwrap()] {
        let answer = world.get(&format!("/v2/users/{id}"), &world.admin()).await;
        let user = answer.json()["user"].clone();
        for shown in [&user, &user["human"]] {
            assert_eq!((&shown["username"], &shown["preferredLoginName"]), (&json!(id), &json!(id)), "{}", answer.text);
            assert_eq!(shown["loginNames"], json!([id]), "{}", answer.text);
        }
        assert_eq!(user["human"]["profile"], json!({ "displayName": id }), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_change_that_the_state_does_not_allow_names_its_rule() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let answer = change(&world, &user, "reactivate").await;
    let expected = r#"{"code":9,"message":"User is not inactive (COMMAND-s5qqcz97hf)","details":[{"@type":"type.googleapis.com/zitadel.v1.ErrorDetail","id":"COMMAND-s5qqcz97hf","message":"User is not inactive"}]}"#;
    assert_eq!(verdict(&answer), (400, expected));
    let answer = change(&world, &user, "unlock").await;
    let expected = r#"{"code":9,"message":"User is not locked (COMMAND-olb9vb0oca)","details":[{"@type":"type.googleapis.com/zitadel.v1.ErrorDetail","id":"COMMAND-olb9vb0oca","message":"User is not locked"}]}"#;
    assert_eq!(verdict(&answer), (400, expected));
    assert_eq!(change(&world, &user, "deactivate").await.status, 200);
    let answer = change(&world, &user, "deactivate").await;
    let expected = r#"{"code":9,"message":"User already inactive (COMMAND-5gunjw0cd7)","details":[{"@type":"type.googleapis.com/zitadel.v1.ErrorDetail","id":"COMMAND-5gunjw0cd7","message":"User already inactive"}]}"#;
    assert_eq!(verdict(&answer), (400, expected));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let answer = change(&world, &user, "lock").await;
    let expected = r#"{"code":9,"message":"User is not active or initial (COMMAND-lgws8wtsqf)","details":[{"@type":"type.googleapis.com/zitadel.v1.ErrorDetail","id":"COMMAND-lgws8wtsqf","message":"User is not active or initial"}]}"#;
    assert_eq!(verdict(&answer), (400, expected));
}

#[tokio::test]
async fn an_unknown_user_is_not_found_and_so_is_what_cannot_be_an_id_of_ours() {
    let world = World::start().await;
    for user_id in [NO_ONE, "69629023906488334", "me", "%20", "a%2Fb", "%C3%A9"] {
        for (name, rule) in [
            ("deactivate", "COMMAND-5gp2p62iin"),
            ("reactivate", "COMMAND-9hy5kzbuk6"),
            ("lock", "COMMAND-450yxuqrh1"),
            ("unlock", "COMMAND-x377t913pw"),
        ] {
            let answer = post(&world, &path(user_id, name), &world.admin(), "").await;
            let expected = format!(
                r#"{{"code":5,"message":"User could not be found ({rule})","details":[{{"@type":"type.googleapis.com/zitadel.v1.ErrorDetail","id":"{rule}","message":"User could not be found"}}]}}"#
            );
            assert_eq!(verdict(&answer), (404, &*expected), "{user_id}");
        }
        let answer = world.get(&format!("/v2/users/{user_id}"), &world.admin()).await;
        assert_eq!((answer.status, answer.json()["code"].as_u64()), (404, Some(5)), "{user_id}");
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with("User could not be found ("), "{user_id}: {message}");
    }
}

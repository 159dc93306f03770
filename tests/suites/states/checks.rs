//! The order of checks: route, body, authentication, length of the id, permission, state.

use serde_json::{Value, json};
use tests::World;

use crate::{
    NO_ONE, change, path, post, state, verdict,
    wires::{self, Wire},
};

const CHANGES: [(&str, &str); 4] = [
    ("deactivate", "DeactivateUserRequest"),
    ("reactivate", "ReactivateUserRequest"),
    ("lock", "LockUserRequest"),
    ("unlock", "UnlockUserRequest"),
];
const NOT_PERMITTED: &str = r#"{"code":7,"message":"No matching permissions found (AUTH-AWfge)","details":[{"@type":"type.googleapis.com/zitadel.v1.ErrorDetail","id":"AUTH-AWfge","message":"No matching permissions found"}]}"#;

fn wrong_length(message: &str) -> String {
    format!(
        r#"{{"code":3,"message":"invalid {message}.UserId: value length must be between 1 and 200 runes, inclusive"}}"#
    )
}

#[tokio::test]
async fn the_body_is_read_before_the_token() {
    let world = World::start().await;
    for (name, _) in CHANGES {
        let answer = world.send("POST", &path(NO_ONE, name), &[], "{").await;
        assert_eq!((answer.status, answer.json()["code"].as_u64()), (400, Some(3)), "{}", answer.text);
    }
}

#[tokio::test]
async fn the_token_is_read_before_the_length_of_the_id() {
    let world = World::start().await;
    let long = "a".repeat(201);
    for (name, _) in CHANGES {
        let answer = world.send("POST", &path(&long, name), &[], "").await;
        assert_eq!(verdict(&answer), (401, r#"{"code":16,"message":"auth header missing"}"#));
    }
    assert_eq!(world.send("GET", &format!("/v2/users/{long}"), &[], "").await.status, 401);
}

#[tokio::test]
async fn the_length_of_the_id_is_judged_before_the_permission() {
    let world = World::start().await;
    let (nobody, long) = (world.service(&[]), "a".repeat(201));
    for (name, message) in CHANGES {
        let answer = post(&world, &path(&long, name), &nobody, "").await;
        assert_eq!(verdict(&answer), (400, &*wrong_length(message)));
    }
    let answer = world.get(&format!("/v2/users/{long}"), &nobody).await;
    assert_eq!(verdict(&answer), (400, &*wrong_length("GetUserByIDRequest")));
}

#[tokio::test]
async fn the_permission_is_judged_before_existence_and_state() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let nobody = world.service(&["user.delete", "user:platform:create", "purge:*:*"]);
    for user_id in [&*user.player_uuid, NO_ONE, "me"] {
        for (name, _) in CHANGES {
            let answer = post(&world, &path(user_id, name), &nobody, "").await;
            assert_eq!(verdict(&answer), (403, NOT_PERMITTED), "{name} {user_id}");
        }
        let answer = world.get(&format!("/v2/users/{user_id}"), &nobody).await;
        assert_eq!(verdict(&answer), (403, NOT_PERMITTED), "{user_id}");
    }
    assert_eq!(state(&world, &user).await, "USER_STATE_ACTIVE");
}

#[tokio::test]
async fn nobody_changes_itself_without_permission() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let own = world.player(&user);
    for (name, _) in CHANGES {
        assert_eq!(verdict(&post(&world, &path(&user.player_uuid, name), &own, "").await), (403, NOT_PERMITTED));
    }
    assert_eq!(state(&world, &user).await, "USER_STATE_ACTIVE");
}

#[tokio::test]
async fn each_documented_permission_is_enough_by_itself() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let show = format!("/v2/users/{}", user.player_uuid);
    for permission in ["user.write", "user:*", "user:modify:any"] {
        for (name, _) in CHANGES {
            let answer = post(&world, &path(&user.player_uuid, name), &world.service(&[permission]), "").await;
            assert_eq!(answer.status, 200, "{permission}: {}", answer.text);
        }
    }
    for permission in ["user.read", "user:*", "user:platform:read"] {
        assert_eq!(world.get(&show, &world.service(&[permission])).await.status, 200, "{permission}");
    }
    for permission in ["user.read", "user:platform:read", "user:platform:*", "user"] {
        let answer = post(&world, &path(&user.player_uuid, "deactivate"), &world.service(&[permission]), "").await;
        assert_eq!(verdict(&answer), (403, NOT_PERMITTED), "{permission}");
    }
    for permission in ["user.write", "user:modify:any", "user"] {
        assert_eq!(verdict(&world.get(&show, &world.service(&[permission])).await), (403, NOT_PERMITTED));
    }
}

#[tokio::test]
async fn an_id_has_1_to_200_characters_and_not_bytes() {
    let world = World::start().await;
    for (character, encoded) in [("a", "a"), ("\u{1F3AE}", "%F0%9F%8E%AE")] {
        for (name, message) in CHANGES {
            let answer = post(&world, &path(&encoded.repeat(200), name), &world.admin(), "").await;
            assert_eq!((answer.status, answer.json()["code"].as_u64()), (404, Some(5)), "200 of {character}");
            let answer = post(&world, &path(&encoded.repeat(201), name), &world.admin(), "").await;
            assert_eq!(verdict(&answer), (400, &*wrong_length(message)), "201 of {character}");
        }
    }
}

/// RallyHere's paths read a uuid in the same spellings.
#[tokio::test]
async fn an_id_is_read_in_every_spelling_of_a_uuid_and_answered_in_one() {
    let world = World::start().await;
    let id = world.create("Steam", "42").await.player_uuid;
    for other in [id.to_uppercase(), id.replace('-', ""), format!("{{{id}}}"), format!("urn:uuid:{id}")] {
        let in_path = other.replace('{', "%7B").replace('}', "%7D");
        let links = world.get(&format!("/users/v2/player/{in_path}/links"), &world.admin()).await;
        assert_eq!(links.json()["player"]["player_uuid"], id, "{other}: {}", links.text);
        let shown = world.get(&format!("/v2/users/{in_path}"), &world.admin()).await;
        assert_eq!((shown.status, &shown.json()["user"]["userId"]), (200, &json!(id)), "{other}");
        for (name, _) in CHANGES {
            assert_eq!(post(&world, &path(&in_path, name), &world.admin(), "").await.status, 200, "{name} {other}");
        }
        for wire in [Wire::ConnectJson, Wire::ConnectProto, Wire::GrpcWeb] {
            for of in wires::CHANGES {
                assert_eq!(wire.ask(&world, of, &other).await.code, 0, "{wire:?} {} {other}", of.verb);
            }
        }
    }
}

/// The gateway matches no empty segment, so only an event that is made by hand reaches the
/// function.
#[tokio::test]
async fn an_empty_id_is_no_route_and_refused_by_the_function_all_the_same() {
    let world = World::start().await;
    let answer = post(&world, "/v2/users//deactivate", &world.admin(), "").await;
    assert_eq!(verdict(&answer), (404, r#"{"code":5,"message":"Not Found"}"#));
    let authorization = format!("Bearer {}", world.admin());
    let event = json!({
        "version": "2.0",
        "routeKey": "POST /v2/users/{userId}/deactivate",
        "rawPath": "/v2/users//deactivate",
        "rawQueryString": "",
        "headers": { "authorization": authorization },
        "pathParameters": { "userId": "" },
        "requestContext": {
            "http": { "method": "POST", "path": "/v2/users//deactivate", "protocol": "HTTP/1.1" },
            "requestId": "r", "timeEpoch": 0,
        },
        "isBase64Encoded": false,
    });
    let answer: Value = world.bundle.invoke("deactivate-user", event).await.unwrap();
    assert_eq!((&answer["statusCode"], &answer["body"]), (&json!(400), &json!(wrong_length("DeactivateUserRequest"))));
}

#[tokio::test]
async fn a_body_may_be_empty_or_an_object_of_anything() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let other = world.create("Steam", "43").await;
    let named = json!({ "userId": other.player_uuid, "user_id": NO_ONE }).to_string();
    let bodies = ["", "{}", " {} ", r#"{"unknown":[{"deep":null}],"":1}"#, &named];
    for body in bodies {
        for (name, _) in CHANGES {
            let answer = post(&world, &path(&user.player_uuid, name), &world.admin(), body).await;
            assert_eq!(answer.status, 200, "{body}: {}", answer.text);
        }
    }
    assert_eq!(state(&world, &other).await, "USER_STATE_ACTIVE", "the id of the path wins");
    assert_eq!(change(&world, &user, "deactivate").await.json()["details"]["sequence"], "22");
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused_with_code_3() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    for body in ["{", "{}}", "{} {}", "[]", "\"x\"", "1", "{'a':1}", "{\"a\":}", "{\"a\":1,}", "userId=1", "\u{1}"] {
        for (name, _) in CHANGES {
            let answer = post(&world, &path(&user.player_uuid, name), &world.admin(), body).await;
            let problem = answer.json();
            assert_eq!((answer.status, problem["code"].as_u64()), (400, Some(3)), "{body}: {}", answer.text);
            assert!(problem["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
            assert_eq!(problem.as_object().unwrap().len(), 2, "{body}: {}", answer.text);
        }
    }
    let answer = world.send("POST", &path(&user.player_uuid, "deactivate"), &[], vec![b'{', 0xff, b'}']).await;
    assert_eq!((answer.status, answer.json()["code"].as_u64()), (400, Some(3)), "{}", answer.text);
    assert_eq!(state(&world, &user).await, "USER_STATE_ACTIVE");
}

#[tokio::test]
async fn a_parser_s_text_never_quotes_the_body() {
    let world = World::start().await;
    let answer = post(&world, &path(NO_ONE, "deactivate"), &world.admin(), "{\"a\": alice@example.org}").await;
    assert_eq!(answer.status, 400);
    assert!(!answer.text.contains("alice"), "{}", answer.text);
}

#[tokio::test]
async fn whatever_the_content_type_a_body_is_read_as_json() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let authorization = format!("Bearer {}", world.admin());
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/octet-stream"),
        Some("nonsense"),
    ] {
        let mut headers = vec![("authorization", &*authorization)];
        headers.extend(content_type.map(|content_type| ("content-type", content_type)));
        for (name, _) in CHANGES {
            let path = path(&user.player_uuid, name);
            let answer = world.send("POST", &path, &headers, r#"{"userId":"x"}"#).await;
            assert_eq!(answer.status, 200, "{content_type:?}: {}", answer.text);
            assert_eq!(answer.header("content-type"), Some("application/json"));
            let answer = world.send("POST", &path, &headers, "user_id=x").await;
            assert_eq!((answer.status, answer.json()["code"].as_u64()), (400, Some(3)), "{content_type:?}");
        }
    }
}

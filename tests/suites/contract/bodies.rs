//! A 422 lists all problems of a request, in FastAPI's form and with its texts.

use tests::{PLATFORMS, World};

use crate::{CREATE, NO_ONE, bearer, post, verdict};

const DISABLE: &str = "/users/v1/cross-progression/disable";
const MISSING: &str = r#""msg":"field required","type":"value_error.missing""#;
/// The body of a 422 with these problems. Each problem is given without its braces.
fn detail(problems: &[&str]) -> String {
    let problems: Vec<_> = problems.iter().map(|problem| format!("{{{problem}}}")).collect();
    format!(r#"{{"detail":[{}]}}"#, problems.join(","))
}

fn missing(loc: &str) -> String {
    format!(r#""loc":[{loc}],{MISSING}"#)
}

fn not_a_platform(loc: &str) -> String {
    let permitted = PLATFORMS.map(|name| format!("'{name}'")).join(", ");
    let values = PLATFORMS.map(|name| format!("\"{name}\"")).join(",");
    format!(
        r#""loc":[{loc}],"msg":"value is not a valid enumeration member; permitted: {permitted}","type":"type_error.enum","ctx":{{"enum_values":[{values}]}}"#
    )
}

fn not_json(index: usize, error: &str) -> String {
    detail(&[&format!(
        r#""type":"json_invalid","loc":["body",{index}],"msg":"JSON decode error","input":{{}},"ctx":{{"error":"{error}"}}"#
    )])
}

async fn refuses(world: &World, path: &str, body: &str, problems: &[&str]) {
    let answer = post(world, path, body.to_owned()).await;
    assert_eq!(verdict(&answer), (422, &*detail(problems)), "{body:.200}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_body_that_is_missing_is_one_problem_and_its_fields_are_not_told() {
    let world = World::start().await;
    for body in ["", "null", " null "] {
        refuses(&world, CREATE, body, &[r#""loc":["body"],"msg":"field required","type":"value_error.missing""#]).await;
        let purge = format!("/users/v1/person/{NO_ONE}/purge");
        refuses(&world, &purge, body, &[&missing(r#""body""#)]).await;
    }
}

#[tokio::test]
async fn every_missing_field_is_told() {
    let world = World::start().await;
    let (platform, id) = (missing(r#""body","platform""#), missing(r#""body","platform_user_id""#));
    for body in ["{}", "[]", "\"\"", r#"{"Platform":"Steam"}"#] {
        refuses(&world, CREATE, body, &[&platform, &id]).await;
    }
    refuses(&world, CREATE, r#"{"platform":"Steam"}"#, &[&id]).await;
}

#[tokio::test]
async fn a_body_that_is_no_object_is_not_a_dict() {
    let world = World::start().await;
    let problem = r#""loc":["body"],"msg":"value is not a valid dict","type":"type_error.dict""#;
    for path in [CREATE, DISABLE] {
        for body in ["1", "-0.5", "true", "\"text\"", "[1]", "[[1]]"] {
            refuses(&world, path, body, &[problem]).await;
        }
    }
}

#[tokio::test]
async fn a_body_that_was_not_sent_as_json_is_not_a_dict() {
    let world = World::start().await;
    let authorization = crate::bearer(&world.admin());
    let body = r#"{"platform":"Steam","platform_user_id":"42"}"#;
    let expected = detail(&[r#""loc":["body"],"msg":"value is not a valid dict","type":"type_error.dict""#]);
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream"] {
        let headers = [("authorization", &*authorization), ("content-type", content_type)];
        let answer = world.send("POST", CREATE, &headers, body).await;
        assert_eq!(verdict(&answer), (422, &*expected), "{content_type}");
    }
    for (id, content_type) in [(1, "application/json; charset=utf-8"), (2, "application/vnd.api+json")] {
        let headers = [("authorization", &*authorization), ("content-type", content_type)];
        let answer = world.send("POST", CREATE, &headers, body.replace("42", &id.to_string())).await;
        assert_eq!(answer.status, 201, "{content_type}: {}", answer.text);
    }
    let answer = world.send("POST", CREATE, &[("authorization", &*authorization)], body).await;
    assert_eq!(answer.status, 201, "no content type at all is JSON");
}

#[tokio::test]
async fn an_unknown_platform_is_told_all_that_there_are() {
    let world = World::start().await;
    let problem = not_a_platform(r#""body","platform""#);
    for platform in [r#""steam""#, r#""""#, "1", "true", "[]", "{}", r#""Steam ""#] {
        let body = format!(r#"{{"platform":{platform},"platform_user_id":"42"}}"#);
        refuses(&world, CREATE, &body, &[&problem]).await;
    }
}

#[tokio::test]
async fn every_platform_is_one() {
    let world = World::start().await;
    for platform in PLATFORMS {
        assert_eq!(world.create(platform, "42").await.platform, platform);
    }
}

#[tokio::test]
async fn lengths_are_counted_in_characters() {
    let world = World::start().await;
    let short = r#""loc":["body","platform_user_id"],"msg":"ensure this value has at least 1 characters","type":"value_error.any_str.min_length","ctx":{"limit_value":1}"#;
    let long_id = r#""loc":["body","platform_user_id"],"msg":"ensure this value has at most 2048 characters","type":"value_error.any_str.max_length","ctx":{"limit_value":2048}"#;
    let long_name = r#""loc":["body","display_name"],"msg":"ensure this value has at most 256 characters","type":"value_error.any_str.max_length","ctx":{"limit_value":256}"#;
    refuses(&world, CREATE, r#"{"platform":"Steam","platform_user_id":""}"#, &[short]).await;
    for character in ["a", "é", "🎮"] {
        let body = |id: usize, name: usize| {
            format!(
                r#"{{"platform":"Steam","platform_user_id":"{}","display_name":"{}"}}"#,
                character.repeat(id),
                character.repeat(name)
            )
        };
        refuses(&world, CREATE, &body(2049, 256), &[long_id]).await;
        refuses(&world, CREATE, &body(2048, 257), &[long_name]).await;
        refuses(&world, CREATE, &body(2049, 257), &[long_id, long_name]).await;
        let answer = post(&world, CREATE, body(2048, 256)).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
}

#[tokio::test]
async fn null_is_no_value_where_one_is_required_and_absent_where_none_is() {
    let world = World::start().await;
    let null = |field: &str| {
        format!(r#""loc":["body","{field}"],"msg":"none is not an allowed value","type":"type_error.none.not_allowed""#)
    };
    let body = r#"{"platform":null,"platform_user_id":null,"display_name":null}"#;
    refuses(&world, CREATE, body, &[&null("platform"), &null("platform_user_id")]).await;
    let answer = post(&world, CREATE, r#"{"platform":"Steam","platform_user_id":"42","display_name":null}"#).await;
    assert_eq!((answer.status, answer.text.contains("display_name")), (201, false), "{}", answer.text);
}

#[tokio::test]
async fn an_object_or_list_is_no_text() {
    let world = World::start().await;
    let text = |field: &str| format!(r#""loc":["body","{field}"],"msg":"str type expected","type":"type_error.str""#);
    for value in ["{}", "[]", r#"["a"]"#] {
        let body = format!(r#"{{"platform":"Steam","platform_user_id":{value},"display_name":{value}}}"#);
        refuses(&world, CREATE, &body, &[&text("platform_user_id"), &text("display_name")]).await;
    }
}

#[tokio::test]
async fn a_number_is_taken_for_the_text_that_it_is() {
    let world = World::start().await;
    let body = r#"{"platform":"Steam","platform_user_id":76561198000000000,"display_name":7,"unknown":{}}"#;
    let answer = post(&world, CREATE, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let user = answer.json();
    assert_eq!((&user["platform_user_id"], &user["display_name"]), (&"76561198000000000".into(), &"7".into()));
}

#[tokio::test]
async fn several_problems_of_a_body_are_told_together_in_the_order_of_its_fields() {
    let world = World::start().await;
    let problems = [
        not_a_platform(r#""body","platform""#),
        r#""loc":["body","platform_user_id"],"msg":"none is not an allowed value","type":"type_error.none.not_allowed""#
            .to_owned(),
        r#""loc":["body","display_name"],"msg":"str type expected","type":"type_error.str""#.to_owned(),
    ];
    let body = r#"{"display_name":{},"platform_user_id":null,"platform":"none"}"#;
    refuses(&world, CREATE, body, &[&problems[0], &problems[1], &problems[2]]).await;
}

#[tokio::test]
async fn a_path_is_told_before_its_body() {
    let world = World::start().await;
    let path = r#""loc":["path","person_id"],"msg":"value is not a valid uuid","type":"type_error.uuid""#;
    let time = r#""loc":["body","suggested_purge_time"],"msg":"invalid datetime format","type":"value_error.datetime""#;
    let purge = "/users/v1/person/not-a-uuid/purge";
    refuses(&world, purge, r#"{"suggested_purge_time":"soon"}"#, &[path, time]).await;
    refuses(&world, purge, "", &[path, &missing(r#""body""#)]).await;
    refuses(&world, purge, "{}", &[path]).await;
    let answer = world.get("/users/v1/person/not-a-uuid/purge", &world.admin()).await;
    assert_eq!(verdict(&answer), (422, &*detail(&[path])));
    let answer = world.get("/users/v2/player/not-a-uuid/links", &world.admin()).await;
    assert_eq!(verdict(&answer), (422, &*detail(&[&path.replace("person_id", "player_uuid")])));
}

#[tokio::test]
async fn a_uuid_may_come_without_dashes_in_braces_or_in_upper_case() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let id = user.person_id;
    let forms = [id.replace('-', ""), format!("%7B{id}%7D"), id.to_uppercase(), format!("urn:uuid:{id}")];
    for form in forms {
        let answer = world.get(&format!("/users/v1/person/{form}/purge"), &world.admin()).await;
        assert_eq!(answer.verdict(), (404, "purge_not_found".to_owned()), "{form}");
    }
    for body in [r#"{"person_id":5}"#, r#"{"person_id":"x"}"#, r#"{"person_id":[]}"#] {
        let problem = r#""loc":["body","person_id"],"msg":"value is not a valid uuid","type":"type_error.uuid""#;
        refuses(&world, DISABLE, body, &[problem]).await;
    }
}

#[tokio::test]
async fn a_query_is_told_like_a_body() {
    let world = World::start().await;
    let (platform, id) = (missing(r#""query","platform""#), missing(r#""query","platform_user_id""#));
    let answer = world.get(CREATE, &world.admin()).await;
    assert_eq!(verdict(&answer), (422, &*detail(&[&platform, &id])));
    let path = format!("{CREATE}?platform=steam&platform_user_id={}", "a".repeat(2049));
    let answer = world.get(&path, &world.admin()).await;
    let long = r#""loc":["query","platform_user_id"],"msg":"ensure this value has at most 2048 characters","type":"value_error.any_str.max_length","ctx":{"limit_value":2048}"#;
    assert_eq!(verdict(&answer), (422, &*detail(&[&not_a_platform(r#""query","platform""#), long])));
    // An empty id is an id that nobody has, and not a 422.
    let answer = world.get(&format!("{CREATE}?platform=steam&platform_user_id="), &world.admin()).await;
    assert_eq!(verdict(&answer), (422, &*detail(&[&not_a_platform(r#""query","platform""#)])));
}

#[tokio::test]
async fn what_is_not_json_is_told_with_the_index_of_the_character() {
    let world = World::start().await;
    let broken = [
        ("{", 1, "Expecting property name enclosed in double quotes"),
        ("nope", 0, "Expecting value"),
        (r#"{"é":"🎮",}"#, 9, "Expecting property name enclosed in double quotes"),
        (r#"{"a" 1}"#, 5, "Expecting ':' delimiter"),
        (r#"{"a":1 "b":2}"#, 7, "Expecting ',' delimiter"),
        ("{} {}", 3, "Extra data"),
        (r#"{"a":"b"#, 5, "Unterminated string starting at"),
    ];
    for (body, index, error) in broken {
        for path in [CREATE, DISABLE, "/users/v1/person/not-a-uuid/purge"] {
            let answer = post(&world, path, body).await;
            assert_eq!(verdict(&answer), (422, &*not_json(index, error)), "{body}");
        }
    }
}

#[tokio::test]
async fn what_json_does_not_know_is_refused_where_it_stands() {
    let world = World::start().await;
    let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
    let digits = format!(r#"{{"a":{}}}"#, "1".repeat(4301));
    let utf16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bodies: [(&[u8], Option<usize>); 7] = [
        (b"{\"a\":\"\xff\"}", Some(6)),
        (&utf16, None),
        (br#"{"a":"\ud800"}"#, None),
        (br#"{"a":NaN}"#, Some(5)),
        (br#"{"a":-Infinity}"#, None),
        (deep.as_bytes(), Some(64)),
        (digits.as_bytes(), None),
    ];
    for (body, index) in bodies {
        let answer = post(&world, CREATE, body.to_vec()).await;
        let problem = answer.json()["detail"][0].clone();
        let told = (answer.status, &problem["type"], &problem["msg"], &problem["loc"][0]);
        let expected = (422, &"json_invalid".into(), &"JSON decode error".into(), &"body".into());
        assert_eq!(told, expected, "{}", answer.text);
        assert_eq!(answer.json()["detail"].as_array().unwrap().len(), 1);
        assert!(index.is_none_or(|index| problem["loc"][1] == index), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_query_that_is_not_utf_8_names_nobody() {
    let world = World::start().await;
    let replacement = post(&world, CREATE, r#"{"platform":"Steam","platform_user_id":"\ufffd"}"#).await;
    assert_eq!(replacement.status, 201);
    let find = async |query: &str| {
        let path = format!("{CREATE}?{query}");
        world.send("GET", &path, &[("authorization", &bearer(&world.admin()))], "").await
    };
    for bytes in ["%ff", "%C3", "a%80", "%ED%A0%80", "%C0%AF", "%F8%88%80%80%80"] {
        let answer = find(&format!("platform=Steam&platform_user_id={bytes}")).await;
        let problem = r#"{"detail":[{"loc":["query","platform_user_id"],"msg":"invalid UTF-8","type":"value_error"}]}"#;
        assert_eq!(verdict(&answer), (422, problem), "{bytes}");
    }
    let platform = find("platform=%ff&platform_user_id=1").await;
    assert_eq!(platform.json()["detail"][0]["loc"], serde_json::json!(["query", "platform"]));
    assert_eq!(find("platform=Steam&platform_user_id=%EF%BF%BD&other=%ff").await.status, 200);
}

//! The time of a purge: the allowed suggestions, and the decision.

use serde_json::{Value, json};
use tests::{Answer, World, world::purge_path};

use crate::scene::*;

/// Queues a purge of a new person with this suggestion.
async fn suggest(world: &World, name: &str, time: Value) -> Answer {
    let user = world.create("Steam", name).await;
    post(world, &user.person_id, json!({ "suggested_purge_time": time })).await
}

/// The time that is decided for this suggestion, and the times before and after the request, in
/// seconds.
async fn decided(world: &World, name: &str, time: Value) -> (i64, i64, i64) {
    let before = world.now();
    let answer = suggest(world, name, time).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    (unix(&answer.json(), "purge_on"), before, world.now())
}

#[tokio::test]
async fn without_a_time_the_default_delay_applies() {
    let world = without_worker().await;
    let (purge_on, before, after) = decided(&world, "1", Value::Null).await;
    assert!((before + 14 * DAY..=after + 1 + 14 * DAY).contains(&purge_on));
}

#[tokio::test]
async fn the_delays_are_configured() {
    let world = with_settings([("PURGE_DEFAULT_DELAY", "2h"), ("PURGE_MAX_DELAY", "3h")]).await;
    let (purge_on, before, after) = decided(&world, "1", Value::Null).await;
    assert!((before + 2 * HOUR..=after + 1 + 2 * HOUR).contains(&purge_on));
    let (purge_on, before, after) = decided(&world, "2", json!(before + DAY)).await;
    assert!((before + 3 * HOUR..=after + 1 + 3 * HOUR).contains(&purge_on));
}

#[tokio::test]
async fn a_time_beyond_the_maximum_becomes_the_maximum() {
    let world = without_worker().await;
    let now = world.now();
    let far = [json!(now + 31 * DAY), json!("9999-12-31T23:59:59Z"), json!(1e30), json!("infinity")];
    for (index, time) in far.into_iter().enumerate() {
        let (purge_on, before, after) = decided(&world, &index.to_string(), time).await;
        assert!((before + 30 * DAY..=after + 1 + 30 * DAY).contains(&purge_on));
    }
    let (purge_on, ..) = decided(&world, "just within", json!(now + 30 * DAY - 60)).await;
    assert_eq!(purge_on, now + 30 * DAY - 60);
}

#[tokio::test]
async fn a_time_at_most_seven_days_in_the_past_means_now() {
    let world = without_worker().await;
    let hour_ago = world.now() - HOUR;
    let past = [
        json!(world.now()),
        json!(hour_ago),
        json!(hour_ago * 1000),
        json!(hour_ago * 1_000_000),
        json!(hour_ago * 1_000_000_000),
        json!(hour_ago.to_string()),
        json!(iso(hour_ago)),
        json!(world.now() - 7 * DAY + 60),
    ];
    for (index, time) in past.into_iter().enumerate() {
        let (purge_on, before, after) = decided(&world, &index.to_string(), time).await;
        assert!((before..=after + 1).contains(&purge_on), "{purge_on} is not between {before} and {after}");
    }
}

#[tokio::test]
async fn a_time_more_than_seven_days_in_the_past_is_refused_and_told_as_it_was_read() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let before = stored(&world, &user.person_id).await;
    let long_ago = world.now() - 7 * DAY - 60;
    let wrong = [
        (json!(253_402_300_799_i64), "1978-01-11T21:31:40Z".to_owned()),
        (json!("253402300799"), "1978-01-11T21:31:40Z".to_owned()),
        (json!(99_999_999_999_i64), "1973-03-03T09:46:39Z".to_owned()),
        (json!(1e18), "2001-09-09T01:46:40Z".to_owned()),
        (json!(32_503_680_000_i64), "1971-01-12T04:48:00Z".to_owned()),
        (json!(0), "1970-01-01T00:00:00Z".to_owned()),
        (json!("0"), "1970-01-01T00:00:00Z".to_owned()),
        (json!(false), "1970-01-01T00:00:00Z".to_owned()),
        (json!(true), "1970-01-01T00:00:01Z".to_owned()),
        (json!(-1), "1969-12-31T23:59:59Z".to_owned()),
        (json!(-1.5), "1969-12-31T23:59:58Z".to_owned()),
        (json!("1999-12-31T23:59:59.999999Z"), "1999-12-31T23:59:59Z".to_owned()),
        (json!("20261201"), "1970-08-23T12:06:41Z".to_owned()),
        (json!("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00Z".to_owned()),
        (json!("-infinity"), "0001-01-01T00:00:00Z".to_owned()),
        (json!(-1e30), "0001-01-01T00:00:00Z".to_owned()),
        (json!(i64::MIN), "1677-09-21T00:12:43Z".to_owned()),
        (json!(long_ago), iso(long_ago)),
        (json!(iso(long_ago)), iso(long_ago)),
    ];
    for (time, read) in wrong {
        let answer = post(&world, &user.person_id, json!({ "suggested_purge_time": time })).await;
        let msg = format!("must not be more than 7 days in the past (read as {read})");
        let problem = json!({ "loc": ["body", "suggested_purge_time"], "msg": msg, "type": "value_error.datetime" });
        assert_eq!((answer.status, answer.json()), (422, json!({ "detail": [problem] })), "{time}");
    }
    assert_eq!(stored(&world, &user.person_id).await, before, "nothing is queued");
    let both = post(&world, "not-a-uuid", json!({ "suggested_purge_time": 0 })).await;
    assert_eq!(both.status, 422);
    insta::assert_snapshot!(both.text, @r#"{"detail":[{"loc":["path","person_id"],"msg":"value is not a valid uuid","type":"type_error.uuid"},{"loc":["body","suggested_purge_time"],"msg":"must not be more than 7 days in the past (read as 1970-01-01T00:00:00Z)","type":"value_error.datetime"}]}"#);
}

#[tokio::test]
async fn what_may_mean_never_or_is_no_time_purges_nobody_at_once() {
    let world = without_worker().await;
    // The largest times of languages and databases, in their units, and values that stand for no
    // time.
    let seconds = [253_402_300_799_i128, 253_402_300_800, 99_999_999_999, 32_503_680_000, 4_102_444_800, 4_294_967_295];
    let ends = seconds.into_iter().flat_map(|end| [1, 1000, 1_000_000, 10_000_000].map(|unit| json!(end * unit)));
    let largest = [i64::MAX, i64::MAX / 1000, i64::MAX / 1_000_000, 3_155_378_975_999_999_999, 8_640_000_000_000_000];
    let numbers = ends.chain(largest.map(|end| json!(end)));
    let numbers = numbers.chain([json!(u64::MAX), json!(i32::MAX), json!(1e18), json!(1e20), json!(1e300), json!(0)]);
    let numbers: Vec<_> = numbers.chain([json!(-1), json!(i64::MIN), json!(-1e300)]).collect();
    let words =
        ["infinity", "-inf", "1e999", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999-23:59", "0001-01-01T00:00Z"];
    let no_times = ["", "never", "null", "max", "now", "20261201", "2026", "false", "-", "∞", "00:00"];
    let others = [json!(true), json!(false), json!([]), json!({}), json!([0])];
    let quoted = numbers.iter().map(|number| json!(number.to_string()));
    let texts = words.into_iter().chain(no_times).map(|text| json!(text));
    for (index, value) in numbers.iter().cloned().chain(quoted).chain(texts).chain(others).enumerate() {
        let answer = suggest(&world, &index.to_string(), value.clone()).await;
        match answer.status {
            202 => assert!(unix(&answer.json(), "purge_on") > world.now() + 29 * DAY, "{value}: {}", answer.text),
            status => assert_eq!(status, 422, "{value}: {}", answer.text),
        }
    }
}

#[tokio::test]
async fn seconds_milliseconds_and_texts_mean_the_same_time() {
    let world = without_worker().await;
    let time = world.now() + DAY;
    let two_hours_east = iso(time + 2 * HOUR).replace('Z', "+02:00");
    let half_an_hour_west = iso(time - HOUR / 2).replace('Z', "-0030");
    let same = [
        json!(time),
        json!(time * 1000),
        json!(time.to_string()),
        json!((time * 1000).to_string()),
        json!(iso(time)),
        json!(iso(time).replace('T', " ")),
        json!(iso(time).replace('Z', ".000000Z")),
        json!(two_hours_east),
        json!(half_an_hour_west),
    ];
    for (index, written) in same.into_iter().enumerate() {
        let (purge_on, ..) = decided(&world, &index.to_string(), written.clone()).await;
        assert_eq!(purge_on, time, "{written}");
    }
}

#[tokio::test]
async fn fractions_of_a_second_are_rounded_up() {
    let world = without_worker().await;
    let time = world.now() + DAY;
    let within_the_next_second = [
        iso(time).replace('Z', ".000001Z"),
        iso(time).replace('Z', ".001Z"),
        iso(time).replace('Z', ".999999+00:00"),
        format!("{time}.5"),
        format!("{}", time * 1000 + 1),
    ];
    for (index, written) in within_the_next_second.into_iter().enumerate() {
        let (purge_on, ..) = decided(&world, &index.to_string(), json!(written)).await;
        assert_eq!(purge_on, time + 1, "{written}");
    }
}

#[tokio::test]
async fn what_is_stored_is_what_was_answered() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let body = post(&world, &user.person_id, json!({})).await.json();
    let item = stored(&world, &user.person_id).await;
    let pairs =
        [("purge_on", "purge_on"), ("created_on", "purge_created_on"), ("last_modified_on", "purge_modified_on")];
    for (answered, attribute) in pairs {
        assert_eq!(unix(&body, answered), number(&item, attribute), "{answered}");
    }
    assert_eq!(number(&item, "due_on"), number(&item, "purge_on"));
    assert_eq!((number(&item, "dispatches"), text(&item, "purge_status")), (0, "queued"));
    assert!((0..16).contains(&number(&item, "purge_shard")));
}

#[tokio::test]
async fn what_is_no_time_is_refused_and_queues_nothing() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let before = stored(&world, &user.person_id).await;
    let wrong = [
        (json!("2026-12-01T10:00:00"), "timezone required"),
        (json!("2026-12-01"), "invalid datetime format"),
        (json!("soon"), "invalid datetime format"),
        (json!(""), "invalid datetime format"),
        (json!("nan"), "cannot convert float NaN to integer"),
        (json!([]), "invalid type; expected datetime, string, bytes, int or float"),
    ];
    for (time, message) in wrong {
        let answer = post(&world, &user.person_id, json!({ "suggested_purge_time": time })).await;
        let problem = &answer.json()["detail"][0];
        assert_eq!((answer.status, &problem["msg"]), (422, &json!(message)), "{time}");
        assert_eq!(problem["loc"], json!(["body", "suggested_purge_time"]));
    }
    assert_eq!(stored(&world, &user.person_id).await, before);
}

#[tokio::test]
async fn a_body_is_required_and_every_problem_is_told_path_first() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let bearer = format!("Bearer {}", world.admin());
    let missing = world.send("POST", &purge_path(&user.person_id), &[("authorization", &bearer)], "").await;
    insta::assert_snapshot!(missing.text, @r#"{"detail":[{"loc":["body"],"msg":"field required","type":"value_error.missing"}]}"#);
    assert_eq!(missing.status, 422);
    let both = post(&world, "not-a-uuid", json!({ "suggested_purge_time": "soon" })).await;
    insta::assert_snapshot!(both.text, @r#"{"detail":[{"loc":["path","person_id"],"msg":"value is not a valid uuid","type":"type_error.uuid"},{"loc":["body","suggested_purge_time"],"msg":"invalid datetime format","type":"value_error.datetime"}]}"#);
    assert_eq!(both.status, 422);
    for answer in [get(&world, "not-a-uuid").await, delete(&world, "not-a-uuid").await] {
        assert_eq!((answer.status, &answer.json()["detail"][0]["type"]), (422, &json!("type_error.uuid")));
    }
}

//! `suggested_purge_time`: the values that are read as a time, and the errors of all others.

use serde_json::Value;
use tests::{World, world::purge_path};

use crate::{post, verdict};

fn problem(msg: &str, kind: &str) -> String {
    format!(r#"{{"detail":[{{"loc":["body","suggested_purge_time"],"msg":"{msg}","type":"{kind}"}}]}}"#)
}

async fn queue(world: &World, person: &str, time: &str) -> tests::Answer {
    post(world, &purge_path(person), format!(r#"{{"suggested_purge_time":{time}}}"#)).await
}

#[tokio::test]
async fn what_is_no_time_is_refused_with_the_words_of_pydantic() {
    let world = World::start().await;
    let person = world.create("Steam", "42").await.person_id;
    let format = problem("invalid datetime format", "value_error.datetime");
    let zone = problem("timezone required", "value_error.datetime");
    let kind = problem("invalid type; expected datetime, string, bytes, int or float", "type_error");
    let refused = [
        (r#""soon""#, &format),
        (r#""""#, &format),
        (r#""2030-01-01""#, &format),
        (r#""2030-13-01T00:00:00Z""#, &format),
        (r#""2030-01-01T00:00:00""#, &zone),
        (r#""2030-01-01 00:00""#, &zone),
        ("{}", &kind),
        ("[]", &kind),
        (r#""nan""#, &problem("cannot convert float NaN to integer", "value_error")),
    ];
    for (time, expected) in refused {
        let answer = queue(&world, &person, time).await;
        assert_eq!(verdict(&answer), (422, &**expected), "{time}");
    }
    assert_eq!(world.purge_status(&person).await, "purge_not_found", "and nothing is queued");
}

#[tokio::test]
async fn every_way_to_write_one_time_is_that_time() {
    let world = World::start().await;
    let person = world.create("Steam", "42").await.person_id;
    // Ten days from now, at a whole second.
    let seconds = world.now() + 10 * 86_400;
    let first = queue(&world, &person, &seconds.to_string()).await;
    let purge_on = first.json()["purge_on"].as_str().expect(&first.text).to_owned();
    let (date, clock) = purge_on.strip_suffix('Z').unwrap().split_once('T').unwrap();
    let forms = [
        format!("{seconds}000"),
        format!("{seconds}.0"),
        format!(r#""{seconds}""#),
        format!(r#""{seconds}000""#),
        format!(r#""{purge_on}""#),
        format!(r#""{date} {clock}Z""#),
        format!(r#""{date}T{clock}+00:00""#),
        format!(r#""{date}T{clock}-0000""#),
        format!(r#""{date}T{clock}.000000Z""#),
    ];
    for form in forms {
        let answer = queue(&world, &person, &form).await;
        assert_eq!((answer.status, &answer.json()["purge_on"]), (202, &Value::from(&*purge_on)), "{form}");
    }
}

#[tokio::test]
async fn a_fraction_of_a_second_is_rounded_up_since_a_purge_is_never_early() {
    let world = World::start().await;
    let person = world.create("Steam", "42").await.person_id;
    let seconds = world.now() + 10 * 86_400;
    let next = queue(&world, &person, &(seconds + 1).to_string()).await.json()["purge_on"].clone();
    for fraction in ["001", "000001", "999999"] {
        let answer = queue(&world, &person, &format!("{seconds}.{fraction}")).await;
        assert_eq!(answer.json()["purge_on"], next, "{fraction}");
    }
}

#[tokio::test]
async fn a_purge_is_written_in_whole_seconds_of_utc() {
    let world = World::start().await;
    let person = world.create("Steam", "42").await.person_id;
    let answer = queue(&world, &person, "null").await;
    let purge = answer.json();
    let time = |name: &str| purge[name].as_str().expect(&answer.text).to_owned();
    let (purge_on, created_on, modified_on) = (time("purge_on"), time("created_on"), time("last_modified_on"));
    let expected = format!(
        r#"{{"person_id":"{person}","purge_on":"{purge_on}","created_on":"{created_on}","last_modified_on":"{modified_on}","status":"queued"}}"#
    );
    assert_eq!(verdict(&answer), (202, &*expected));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    for time in [purge_on, created_on, modified_on] {
        let digits: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(digits, "0000-00-00T00:00:00Z", "{time}");
    }
}

//! The table of docs/costs.md is this suite's: units by measurement, dollars by the formula under
//! it.

use std::{collections::BTreeSet, time::Duration};

use roster_local::template::Template;
use serde_json::{Value, json};
use tests::{
    World,
    docs::{code, fences, page, rows},
    openapi::Document,
    targets::Target,
};

use crate::{
    endpoints,
    row::{DONE, Row},
    scene::{Seen, batch, message, prepared, world},
    storage::billed_bytes,
};

/// The bytes that CloudWatch adds to each event for billing (`PutLogEvents`).
const EVENT: usize = 26;

/// A request id as the gateway makes it. Those of the local front are longer.
const REQUEST_ID: &str = "JKJaXmPLvHcESHA=";

/// The allowed difference of lines in bytes, since names of endpoints and durations have different
/// lengths.
const SAME_LINE: f64 = 25.0;

/// A line of the page's table.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) trips: f64,
    pub(crate) writes: f64,
    pub(crate) reads: f64,
    pub(crate) log_bytes: f64,
    pub(crate) dollars: f64,
}

fn costs() -> String {
    page("costs").section("A million requests")
}

fn listed() -> Vec<Listed> {
    let number = |cell: &str| cell.parse().unwrap_or_else(|_| panic!("{cell} is no number"));
    let rows = rows(&costs()).into_iter().filter(|cells| cells.len() == 6);
    let listed = rows.map(|cells| Listed {
        name: cells[0].clone(),
        trips: number(&cells[1]),
        writes: number(&cells[2]),
        reads: number(&cells[3]),
        log_bytes: number(&cells[4]),
        dollars: number(&cells[5]),
    });
    listed.collect()
}

/// The numbers on a line of the formula.
fn numbers(name: &str) -> Vec<f64> {
    let (_, formula) = fences(&costs()).remove(0);
    let line = formula.lines().find(|line| line.starts_with(&format!("{name} "))).expect("a line of the formula");
    let words = line.split(|char: char| !char.is_ascii_digit() && char != '.');
    words.filter_map(|word| word.parse().ok()).collect()
}

/// The result of the formula, with the numbers in its text.
pub(crate) fn dollars(row: &Listed, is_request: bool) -> f64 {
    let [gateway, lambda, again, messages, message] = numbers("requests")[..] else { panic!("requests") };
    assert_eq!(again.to_bits(), lambda.to_bits());
    let [write, read] = numbers("tables")[..] else { panic!("tables") };
    let [trip, core, cpu, price, ..] = numbers("compute")[..] else { panic!("compute") };
    let memory = memory_gb(code(&row.name).first());
    let [byte, thousand] = numbers("logs")[..] else { panic!("logs") };
    let requests = if is_request { gateway + lambda } else { lambda + messages * message };
    let tables = write * row.writes + read * row.reads;
    let compute = (trip * row.trips * memory + core * cpu) * price;
    requests + tables + compute + byte * row.log_bytes / thousand
}

#[test]
fn the_dollars_are_those_of_the_formula() {
    let wrong: Vec<_> = listed()
        .iter()
        .map(|row| (dollars(row, !row.name.starts_with("a purge")), row.dollars, row.name.clone()))
        .filter(|(sum, listed, _)| (sum - listed).abs() > 0.0051)
        .map(|(sum, listed, name)| format!("{name}: {sum:.2}, not {listed:.2}"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_formula_has_the_list_prices_that_stand_above_it() {
    let text = page("costs").text.replace('\n', " ");
    let (prices, _) = text.split_once("```").unwrap();
    for price in [
        "HTTP API 1.00 a million",
        "Lambda 0.20 a million and 0.0000133334 a GB-second",
        "0.625 a million write units",
        "0.125 a million read units",
        "0.25 + 0.20 a GB-month",
        "SQS 0.40 a million",
        "logs 0.50 a GB",
    ] {
        assert!(prices.contains(price), "{price} is not in {prices}");
    }
    assert_eq!(numbers("requests"), [1.0, 0.2, 0.2, 3.0, 0.4]);
    assert_eq!(numbers("tables"), [0.625, 0.125]);
    // A millisecond for each of a million requests is a thousand seconds.
    let receipt = "get-purge-receipt".to_owned();
    assert_eq!(numbers("compute")[3..], [0.000_013_333_4 * 1000.0, memory_gb(None), memory_gb(Some(&receipt))]);
    assert_eq!(numbers("logs"), [0.5, 1000.0]);
    // A function has a whole core with 1,769 MB (Lambda Developer Guide, "Configure Lambda function
    // memory").
    assert!((numbers("compute")[1] - 1769.0 / 1024.0).abs() < 0.0051);
}

fn template() -> Value {
    serde_json::to_value(Template::built_in().unwrap().document()).unwrap()
}

fn functions(template: &Value) -> impl Iterator<Item = &Value> {
    let resources = template["Resources"].as_object().unwrap().values();
    resources.filter(|resource| resource["Type"] == "AWS::Serverless::Function")
}

/// The memory of this function in the template, or that of all functions without their own value.
fn memory_gb(function: Option<&String>) -> f64 {
    let template = template();
    let is_it = |resource: &&Value| {
        function.is_some_and(|name| resource["Metadata"]["BuildProperties"]["Binary"] == name.as_str())
    };
    let own = functions(&template).find(is_it).and_then(|resource| resource["Properties"]["MemorySize"].as_f64());
    own.or_else(|| template["Globals"]["Function"]["MemorySize"].as_f64()).unwrap() / 1024.0
}

#[test]
fn lambda_writes_no_lines_of_its_own_and_ours_from_info_on() {
    let template = template();
    let logging = &template["Globals"]["Function"]["LoggingConfig"];
    let levels = ["LogFormat", "ApplicationLogLevel", "SystemLogLevel"].map(|name| logging[name].as_str().unwrap());
    assert_eq!(levels, ["JSON", "INFO", "WARN"]);
    for function in functions(&template) {
        assert!(function["Properties"]["LoggingConfig"].is_null(), "{function} has its own");
    }
}

/// The rows of this suite's table that a line of the page is about.
fn rows_of(listed: &Listed) -> Vec<&'static Row> {
    let case = listed.name.split_once(": ").map_or("", |(_, case)| case);
    let case = case.split(", once").next().unwrap();
    let row = |operation: &String| {
        let mut rows = endpoints::rows();
        rows.find(|row| row.operation == operation && row.outcome == DONE && row.case == case)
            .unwrap_or_else(|| panic!("{operation} has no case {case}"))
    };
    code(&listed.name).iter().map(row).collect()
}

/// The billed bytes of these lines, including the gateway's access line for a request.
pub(crate) fn billed(lines: &[String], route: Option<&str>) -> f64 {
    let access = route.map(|route| {
        let document = serde_json::to_value(Template::built_in().unwrap().document()).unwrap();
        let format =
            document["Resources"]["Api"]["Properties"]["AccessLogSettings"]["Format"].as_str().unwrap().to_owned();
        let values = [
            ("requestId", REQUEST_ID),
            ("routeKey", route),
            ("status", "200"),
            ("responseLatency", "12"),
            ("integrationLatency", "10"),
            ("responseLength", "250"),
            ("integration.error", "-"),
        ];
        // The longer name is replaced first.
        let values = values.iter().rev();
        values.fold(format, |line, (name, value)| line.replace(&format!("$context.{name}"), value))
    });
    let as_there = |line: &String| {
        let json: Value = serde_json::from_str(line).expect("JSON");
        json["request_id"].as_str().map_or_else(|| line.clone(), |id| line.replace(id, REQUEST_ID))
    };
    let bytes: usize = lines.iter().map(as_there).chain(access).map(|line| line.len() + 1 + EVENT).sum();
    f64::from(u32::try_from(bytes).unwrap())
}

#[tokio::test]
async fn trips_units_and_log_bytes_of_the_page_are_those_that_are_measured() {
    let document = Document::load();
    let mut wrong = Vec::new();
    let mut operations = BTreeSet::new();
    for listed in listed().iter().filter(|listed| listed.name.starts_with('`')) {
        for row in rows_of(listed) {
            let world = world().await;
            let operation = document.operation(row.operation);
            operations.insert(operation.name().to_owned());
            let (call, authorization) = prepared(row, &operation, &world).await;
            Seen::begin(&world);
            call.send(&world, Some(&authorization)).await;
            let seen = Seen::end(&world, operation.function()).await;
            let bytes = billed(&seen.lines, Some(&format!("{} {}", operation.method, operation.path)));
            check(listed, &seen, bytes, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let all: BTreeSet<_> = endpoints::rows().map(|row| document.operation(row.operation).name().to_owned()).collect();
    assert_eq!(operations, all, "the page's table has every endpoint that has rows");
}

pub(crate) fn check(listed: &Listed, seen: &Seen, bytes: f64, wrong: &mut Vec<String>) {
    let trips = f64::from(seen.trips);
    let same = (listed.trips, listed.writes, listed.reads) == (trips, seen.units.writes, seen.units.reads);
    if !same || (listed.log_bytes - bytes).abs() > SAME_LINE {
        wrong.push(format!("{}: {trips} {:?} {bytes}", listed.name, seen.units));
    }
}

#[tokio::test]
async fn a_refusal_before_anything_is_looked_up_costs_what_the_page_says() {
    let world = world().await;
    let listed = listed().into_iter().find(|listed| listed.name.starts_with("a refusal")).expect("a line");
    let mut wrong = Vec::new();
    for body in [json!({}), json!({ "platform": "Steam", "platform_user_id": "1" })] {
        Seen::begin(&world);
        let token = if body["platform"].is_null() { world.admin() } else { world.service(&[]) };
        assert!(matches!(world.post("/users/v1/platform-user", &token, body).await.status, 403 | 422));
        let seen = Seen::end(&world, "create-platform-user").await;
        let bytes = billed(&seen.lines, Some("POST /users/v1/platform-user"));
        check(&listed, &seen, bytes, &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_purge_carried_out_costs_what_the_page_says() {
    let world = world().await;
    let user = Target::plain(&world).await.user;
    let tomorrow = world.now() + 86_400;
    assert_eq!(world.queue_purge(&user.person_id, Some(tomorrow)).await.status, 202);
    world.advance(Duration::from_secs(86_410));
    let round = run(&world, "dispatch-due-purges", json!({})).await;
    let event = batch(&[&message(&world, &user.person_id).await]);
    let mut whole = run(&world, "purge-person", event).await;
    // A round queries every shard, due or not, and the idle sum has these reads. Half a unit of one
    // belongs to this purge.
    let shards = 0.5 * f64::from(u32::try_from(round.calls.matches("Query").count()).unwrap());
    whole.units = whole.units + round.units;
    whole.units.reads -= shards - 0.5;
    whole.trips += 1;
    let mut wrong = Vec::new();
    let bytes = billed(&whole.lines, None);
    check(
        &listed().into_iter().find(|listed| listed.name.starts_with("a purge")).expect("a line"),
        &whole,
        bytes,
        &mut wrong,
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

async fn run(world: &World, function: &str, event: Value) -> Seen {
    Seen::begin(world);
    world.bundle.invoke(function, event).await.expect("it runs");
    Seen::end(world, function).await
}

#[tokio::test]
async fn what_a_million_persons_take_is_measured() {
    let world = world().await;
    let Target { user, other, .. } = Target::plain(&world).await;
    let million = |bytes: usize| f64::from(u32::try_from(bytes).unwrap()) / 1000.0;
    let one = million(billed_bytes(&world).await) / 2.0;
    world.link(&user, &other).await;
    let two = million(billed_bytes(&world).await);
    let dollars = |gigabytes: f64| gigabytes * (0.25 + 0.20);
    let said = format!(
        "A million persons with one user each are {one:.2} GB and cost {:.2} a month; with two users, {two:.2} GB and {:.2}.",
        dollars(one),
        dollars(two)
    );
    assert!(page("costs").text.replace('\n', " ").contains(&said), "{said}");
}

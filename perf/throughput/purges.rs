//! Measures purges at scale: `cargo bench -p tests --bench purges -- 100000`.
//!
//! The purges of so many persons become due in the same second, on a bundle with a data folder.
//! Prints the total time, the lateness of the purges, the largest work of a dispatcher's round, and
//! the memory of the process.

use std::{
    collections::HashMap,
    env, fs, process,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::{
    config::SharedInterceptor,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use futures_util::{StreamExt, stream};
use roster_local::{Bundle, Options, template::Template};
use tests::{calls::Calls, roles};
use uuid::Uuid;

type Item = HashMap<String, AttributeValue>;

/// The largest number of items in one `BatchWriteItem`.
const BATCH: usize = 25;
/// How often the dispatcher runs here. On AWS it runs once a minute.
const TICK: Duration = Duration::from_secs(2);

fn main() {
    let count = env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(10_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(run(count));
}

async fn run(count: usize) {
    let folder = env::temp_dir().join(format!("roster-purges-{}", process::id()));
    let calls = Calls::under(roles::of_template(&Template::built_in().expect("the template")));
    let (watched, rounds) = (Arc::clone(&calls), Arc::new(Mutex::new(Vec::new())));
    let interceptors: roster_local::Interceptors = Arc::new(move |function| match function {
        "dispatch-due-purges" => vec![watched.of(function)],
        _ => Vec::<SharedInterceptor>::new(),
    });
    let options = Options { data: Some(folder.clone()), interceptors: Some(interceptors), ..Options::default() };
    let bundle = Bundle::start(options).await.expect("the bundle starts");
    let seeded = Instant::now();
    seed(&bundle, count).await;
    println!("{count} persons are there after {:.0} s; {} MB resident", seeded.elapsed().as_secs_f64(), resident());
    let started = Instant::now();
    while receipts(&bundle).await < count {
        let round = Instant::now();
        calls.forget();
        bundle.tick().await.expect("the dispatcher runs");
        let made = calls.made();
        let of = |name: &str| made.iter().filter(|call| call.operation == name).count();
        let work = (of("Query"), of("SendMessageBatch"), of("UpdateItem"));
        rounds.lock().expect("no panic").push((round.elapsed(), work));
        tokio::time::sleep(TICK.saturating_sub(round.elapsed())).await;
    }
    let took = started.elapsed().as_secs_f64();
    let rounds = rounds.lock().expect("no panic").clone();
    report(&bundle, count, took, &rounds).await;
    bundle.stop().await;
    fs::remove_dir_all(folder).ok();
}

type Round = (Duration, (usize, usize, usize));

async fn report(bundle: &Bundle, count: usize, took: f64, rounds: &[Round]) {
    println!("{count} purges in {took:.0} s: {:.0} a second; {} MB resident at most", count as f64 / took, peak());
    let longest = rounds.iter().map(|(duration, _)| *duration).max().unwrap_or_default();
    let most = |part: fn(&(usize, usize, usize)) -> usize| rounds.iter().map(|(_, work)| part(work)).max().unwrap_or(0);
    println!(
        "{} rounds of the dispatcher, the longest {:.1} s; in one at most {} queries, {} batches sent, {} leases",
        rounds.len(),
        longest.as_secs_f64(),
        most(|work| work.0),
        most(|work| work.1),
        most(|work| work.2),
    );
    let mut lateness: Vec<i64> = Vec::new();
    let mut dispatches: HashMap<i64, usize> = HashMap::new();
    let mut pages = bundle.dynamodb().scan().table_name("ReceiptsTable").into_paginator().items().send();
    while let Some(receipt) = pages.next().await {
        let receipt = receipt.expect("a scan");
        let number = |name: &str| receipt[name].as_n().expect(name).parse::<i64>().expect(name);
        lateness.push(number("completed_on") - number("purge_on"));
        *dispatches.entry(number("dispatches")).or_default() += 1;
    }
    lateness.sort_unstable();
    let at = |part: usize| lateness[(lateness.len() - 1) * part / 100];
    println!(
        "lateness in seconds: p1 {}, p25 {}, p50 {}, p75 {}, p99 {}, longest {}",
        at(1),
        at(25),
        at(50),
        at(75),
        at(99),
        at(100)
    );
    let mut dispatches: Vec<_> = dispatches.into_iter().collect();
    dispatches.sort_unstable();
    println!("by dispatches: {dispatches:?}");
    assert!(lateness[0] >= 0, "a purge was early");
    for table in ["PersonsTable", "UsersTable", "IdentitiesTable"] {
        let left = bundle.dynamodb().scan().table_name(table).limit(1).send().await.expect("a scan");
        assert_eq!(left.count, 0, "{table} is not empty");
    }
}

async fn receipts(bundle: &Bundle) -> usize {
    let described = bundle.dynamodb().describe_table().table_name("ReceiptsTable").send().await.expect("a table");
    let count = described.table.and_then(|table| table.item_count).unwrap_or_default();
    usize::try_from(count).unwrap_or(0)
}

/// Writes persons with one user and a purge that is due now, as the functions write them.
async fn seed(bundle: &Bundle, count: usize) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_secs();
    let batches = (0..count).step_by(BATCH);
    let writes = batches.flat_map(|first| {
        let people: Vec<_> = (first..count.min(first + BATCH)).map(|number| person(number, now)).collect();
        ["PersonsTable", "UsersTable", "IdentitiesTable"].into_iter().enumerate().map(move |(which, table)| {
            let put = |items: &[Item; 3]| PutRequest::builder().set_item(Some(items[which].clone())).build();
            let put = |items| WriteRequest::builder().put_request(put(items).expect("an item")).build();
            (table, people.iter().map(put).collect::<Vec<_>>())
        })
    });
    let sent = stream::iter(writes).map(|(table, requests)| async move {
        let written = bundle.dynamodb().batch_write_item().request_items(table, requests).send().await;
        assert!(written.expect("a write").unprocessed_items.is_none_or(|left| left.is_empty()));
    });
    sent.buffer_unordered(4).collect::<Vec<()>>().await;
}

fn person(number: usize, now: u64) -> [Item; 3] {
    let [person_id, player_uuid, purge_id, operation] = [(); 4].map(|()| Uuid::new_v4());
    let shard = person_id.into_bytes()[15] % 16;
    let identity = format!("Steam#{number:043}");
    let player_id = (number + 1).to_string();
    let text = |value: &dyn ToString| AttributeValue::S(value.to_string());
    let digits = |value: &dyn ToString| AttributeValue::N(value.to_string());
    let operations = AttributeValue::L(vec![text(&operation); 4]);
    let item = |attributes: Vec<(&str, AttributeValue)>| -> Item {
        attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    };
    let linked = AttributeValue::M(item(vec![
        ("player_uuid", text(&player_uuid)),
        ("player_id", digits(&player_id)),
        ("identity", text(&identity)),
    ]));
    let users = AttributeValue::M(item(vec![("Steam", linked)]));
    let person = item(vec![
        ("person_id", text(&person_id)),
        ("users", users),
        ("version", digits(&2)),
        ("operations", operations.clone()),
        ("purge_id", text(&purge_id)),
        ("purge_on", digits(&now)),
        ("purge_created_on", digits(&now)),
        ("purge_modified_on", digits(&now)),
        ("purge_status", text(&"queued")),
        ("purge_requested_by", text(&"self")),
        ("due_on", digits(&now)),
        ("purge_shard", digits(&shard)),
        ("dispatches", digits(&0)),
    ]);
    let user = item(vec![
        ("player_uuid", text(&player_uuid)),
        ("player_id", digits(&player_id)),
        ("platform", text(&"Steam")),
        ("platform_user_id", text(&number)),
        ("person_id", text(&person_id)),
        ("state", text(&"active")),
        ("sequence", digits(&1)),
        ("created", digits(&(now * 1000))),
        ("changed", digits(&(now * 1000))),
        ("operations", operations),
    ]);
    let claim = item(vec![
        ("identity", text(&identity)),
        ("player_uuid", text(&player_uuid)),
        ("player_id", digits(&player_id)),
        ("person_id", text(&person_id)),
    ]);
    [person, user, claim]
}

/// The resident memory of this process in MB, now.
fn resident() -> u64 {
    status("VmRSS")
}

fn peak() -> u64 {
    status("VmHWM")
}

fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

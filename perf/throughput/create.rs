//! Create requests against what the engine does by itself: `cargo bench -p tests --bench create`.
//!
//! Sixteen connections create users through the bundle's front; sixteen tasks send the transaction that this makes to
//! an engine of the same kind, by the bare SDK. Both in turns, in memory and on a file. The ratio is what everything
//! of ours costs; it should be 0.7 or more.

use std::{
    collections::HashMap,
    env, fs,
    future::Future,
    path::PathBuf,
    process,
    sync::Arc,
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use roster_local::{Bundle, Options, TokenRequest};
use serde_json::Value;
use tests::{World, client::Http};
use uuid::Uuid;

const CONNECTIONS: usize = 16;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);
const TARGET: f64 = 0.7;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let transaction = Transaction::of_a_creation().await;
        compare("in memory", None, &transaction).await;
        let folder = env::temp_dir().join(format!("roster-bench-{}", process::id()));
        compare("on a file", Some(&folder), &transaction).await;
        fs::remove_dir_all(folder).ok();
    });
}

async fn compare(kind: &str, folder: Option<&PathBuf>, transaction: &Transaction) {
    let start = async |name| {
        let data = folder.map(|folder| folder.join(name));
        Bundle::start(Options { data, ..Options::default() }).await.expect("the bundle starts")
    };
    let front = Arc::new(Front::of(start("front").await));
    let bare = Arc::new(Bare { bundle: start("bare").await, transaction: transaction.clone() });
    // The first round warms up.
    run(&front).await;
    run(&bare).await;
    let (mut through_front, mut by_sdk) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        through_front.push(run(&front).await);
        by_sdk.push(run(&bare).await);
    }
    let (through_front, by_sdk) = (median(through_front), median(by_sdk));
    let ratio = through_front / by_sdk;
    let verdict = if ratio >= TARGET { "reached" } else { "MISSED" };
    println!(
        "{kind}: {through_front:.0} creations a second through the front, {by_sdk:.0} by the bare SDK, \
         ratio {ratio:.2} ({TARGET} {verdict})"
    );
}

/// What sixteen connections do over and over.
trait Work: Send + Sync + 'static {
    fn once(&self) -> impl Future<Output = ()> + Send;
}

/// How often a second the work is done in one round.
async fn run(work: &Arc<impl Work>) -> f64 {
    let started = Instant::now();
    let tasks = (0..CONNECTIONS).map(|_| {
        let work = Arc::clone(work);
        tokio::spawn(async move {
            let mut done = 0;
            while started.elapsed() < ROUND {
                work.once().await;
                done += 1;
            }
            done
        })
    });
    let mut done = 0;
    for task in tasks.collect::<Vec<_>>() {
        done += task.await.expect("no panic");
    }
    f64::from(done) / started.elapsed().as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Creations through the front.
struct Front {
    _bundle: Bundle,
    http: Http,
    url: String,
    bearer: String,
}

impl Front {
    fn of(bundle: Bundle) -> Self {
        let token = bundle.token(&TokenRequest::new(["user:platform:create"])).expect("a token");
        let (url, bearer) = (format!("{}/users/v1/platform-user", bundle.url()), format!("Bearer {token}"));
        Self { _bundle: bundle, http: Http::default(), url, bearer }
    }
}

impl Work for Front {
    async fn once(&self) {
        let headers = [("authorization", &*self.bearer), ("content-type", "application/json")];
        let body = format!(r#"{{"platform":"Steam","platform_user_id":"{}"}}"#, Uuid::new_v4());
        let answer = self.http.send("POST", &self.url, &headers, body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
}

/// The same transactions by the bare SDK, to the engine of a bundle that nobody else uses.
struct Bare {
    bundle: Bundle,
    transaction: Transaction,
}

impl Work for Bare {
    async fn once(&self) {
        let call = self.bundle.dynamodb().transact_write_items().set_transact_items(Some(self.transaction.anew()));
        call.client_request_token(Uuid::new_v4().to_string()).send().await.expect("a creation");
    }
}

/// The transaction of one creation, as it went over the wire.
#[derive(Clone)]
struct Transaction {
    members: Vec<Put>,
    /// What no second creation may repeat, as it occurs in the items.
    own: [String; 3],
}

impl Transaction {
    async fn of_a_creation() -> Self {
        let world = World::start().await;
        let user = world.create("Steam", &Uuid::new_v4().to_string()).await;
        let call = world.made().into_iter().find(|call| call.operation == "TransactWriteItems").expect("a transaction");
        let members = call.body["TransactItems"].as_array().expect("members").iter().map(|member| put(&member["Put"]));
        let members: Vec<_> = members.collect();
        let identity = members.iter().find_map(|put| put.item().get("identity")).expect("an identity");
        let identity = identity.as_s().expect("text").clone();
        Self { members, own: [user.player_uuid, user.person_id, identity] }
    }

    /// The members with ids of another user.
    fn anew(&self) -> Vec<TransactWriteItem> {
        let fresh = [(); 3].map(|()| Uuid::new_v4().to_string());
        let members = self.members.iter().cloned().map(|mut put| {
            put.item.values_mut().for_each(|value| self.replace(value, &fresh));
            TransactWriteItem::builder().put(put).build()
        });
        members.collect()
    }

    fn replace(&self, value: &mut AttributeValue, fresh: &[String; 3]) {
        match value {
            AttributeValue::M(map) => map.values_mut().for_each(|value| self.replace(value, fresh)),
            AttributeValue::S(text) => {
                if let Some(which) = self.own.iter().position(|own| own == text) {
                    text.clone_from(&fresh[which]);
                }
            }
            _ => {}
        }
    }
}

fn put(member: &Value) -> Put {
    let text = |name: &str| member[name].as_str().expect(name);
    let names = member["ExpressionAttributeNames"].as_object().into_iter().flatten();
    let names = names.map(|(name, attribute)| (name.clone(), attribute.as_str().expect("a name").to_owned()));
    let values = member["ExpressionAttributeValues"].as_object();
    let put = Put::builder()
        .table_name(text("TableName"))
        .set_item(Some(item(&member["Item"])))
        .condition_expression(text("ConditionExpression"))
        .set_expression_attribute_names(Some(names.collect()))
        .set_expression_attribute_values(values.map(|_| item(&member["ExpressionAttributeValues"])))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::from(text(
            "ReturnValuesOnConditionCheckFailure",
        )));
    put.build().expect("a member")
}

fn item(attributes: &Value) -> HashMap<String, AttributeValue> {
    let attributes = attributes.as_object().expect("an item").iter();
    attributes.map(|(name, value)| (name.clone(), attribute(value))).collect()
}

fn attribute(value: &Value) -> AttributeValue {
    let (kind, inner) = value.as_object().and_then(|object| object.iter().next()).expect("an attribute");
    let text = || inner.as_str().expect("text").to_owned();
    match kind.as_str() {
        "S" => AttributeValue::S(text()),
        "N" => AttributeValue::N(text()),
        "M" => AttributeValue::M(item(inner)),
        "L" => AttributeValue::L(inner.as_array().expect("a list").iter().map(attribute).collect()),
        "BOOL" => AttributeValue::Bool(inner.as_bool().expect("a flag")),
        "SS" => AttributeValue::Ss(
            inner.as_array().expect("a set").iter().map(|text| text.as_str().expect("text").to_owned()).collect(),
        ),
        other => panic!("{other} is not written by a creation so far"),
    }
}

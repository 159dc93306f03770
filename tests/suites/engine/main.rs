//! The behaviour of `DynamoDB`, SQS, KMS and Secrets Manager that Roster relies on, as AWS documents
//! it. The checks run against the engines that the suites use.
//!
//! A deviation of an engine has a row in [`known::DEVIATIONS`]. The check must fail as the row
//! says. If an engine is corrected, the check fails until the row is removed, so that the list
//! stays true.

mod batches;
mod capacity;
mod keys;
mod known;
mod limits;
mod messages;
mod queries;
mod queues;
mod scene;
mod secrets;
mod transactions;
mod updates;

use std::{cell::RefCell, panic, sync::Arc};

use futures_util::FutureExt;
use libtest_mimic::{Arguments, Failed, Trial};
use tests::engines::Engine;
use tokio::runtime::{Handle, Runtime};

use known::{DEVIATIONS, Deviation};
use scene::{Check, Scene, Service};

/// The number of checks at the same time. It is large, since most checks wait for a queue.
const AT_ONCE: usize = 8;

thread_local! {
    static PANICKED: RefCell<String> = const { RefCell::new(String::new()) };
}

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_ONCE);
    panic::set_hook(Box::new(|panicked| PANICKED.set(panicked.to_string())));
    let checks = checks();
    if !arguments.list {
        print!("{}", listed(&checks));
    }
    let runtime = Runtime::new().expect("a runtime");
    let scene = Arc::new(runtime.block_on(Scene::start()));
    let trial = |check: Check| {
        let (handle, scene) = (runtime.handle().clone(), Arc::clone(&scene));
        let deviation = deviation(&check);
        let trial = Trial::test(check.name, move || judge(&handle, scene, &check, deviation));
        trial.with_kind(if deviation.is_some() { "known deviation" } else { "" })
    };
    let conclusion = libtest_mimic::run(&arguments, checks.into_iter().map(trial).collect());
    drop(runtime);
    conclusion.exit();
}

fn checks() -> Vec<Check> {
    let services = [
        updates::checks(),
        transactions::checks(),
        queries::checks(),
        batches::checks(),
        limits::checks(),
        capacity::checks(),
        messages::checks(),
        queues::checks(),
        keys::checks(),
        secrets::checks(),
    ];
    let checks: Vec<_> = services.into_iter().flatten().collect();
    for row in DEVIATIONS {
        assert!(checks.iter().any(|check| check.name == row.check), "no check is called {}", row.check);
    }
    checks
}

fn engine(check: &Check) -> Engine {
    match check.service {
        Service::DynamoDb => Engine::of_dynamodb(),
        Service::Sqs => Engine::of_sqs(),
        Service::Kms | Service::SecretsManager => Engine::Own,
    }
}

fn deviation(check: &Check) -> Option<&'static Deviation> {
    DEVIATIONS.iter().find(|row| row.engine == engine(check) && row.check == check.name)
}

/// The known deviations of the engines in use, as text.
fn listed(checks: &[Check]) -> String {
    let mut text = format!("DynamoDB is {:?}, SQS is {:?}\n", Engine::of_dynamodb(), Engine::of_sqs());
    for row in checks.iter().filter_map(deviation) {
        text += &format!("  {:?} deviates in {}: {}. AWS: {}\n", row.engine, row.check, row.instead, row.documented);
    }
    text
}

/// Runs a check and compares its outcome with the known deviation, if there is one.
fn judge(handle: &Handle, scene: Arc<Scene>, check: &Check, known: Option<&Deviation>) -> Result<(), Failed> {
    let outcome = handle.block_on(panic::AssertUnwindSafe((check.run)(scene)).catch_unwind());
    let failure = outcome.err().map(|_| PANICKED.take());
    match (failure, known) {
        (None, None) => Ok(()),
        (Some(failure), None) => Err(failure.into()),
        (Some(failure), Some(row)) if failure.contains(row.failure) => Ok(()),
        (Some(failure), Some(row)) => {
            Err(format!("it fails, but not by what is known ({}): {failure}", row.failure).into())
        }
        (None, Some(row)) => Err(format!("{:?} does this right by now: its row in known.rs can go", row.engine).into()),
    }
}

//! What Roster relies on of `DynamoDB` and SQS, as AWS documents it, asked of whichever engines the suites run against.
//!
//! An engine that answers otherwise has a row in [`known::DEVIATIONS`]. It must be as wrong as the row says: one that was
//! mended fails here until its row is gone, so that the list stays true.

mod batches;
mod capacity;
mod known;
mod limits;
mod messages;
mod queries;
mod queues;
mod scene;
mod transactions;
mod updates;

use std::{cell::RefCell, panic, sync::Arc};

use futures_util::FutureExt;
use libtest_mimic::{Arguments, Failed, Trial};
use tests::engines::Engine;
use tokio::runtime::{Handle, Runtime};

use known::{DEVIATIONS, Deviation};
use scene::{Check, Scene, Service};

/// Most of them wait for a queue.
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
    }
}

fn deviation(check: &Check) -> Option<&'static Deviation> {
    DEVIATIONS.iter().find(|row| row.engine == engine(check) && row.check == check.name)
}

/// What is known to be wrong of the engines that are asked.
fn listed(checks: &[Check]) -> String {
    let mut text = format!("DynamoDB is {:?}, SQS is {:?}\n", Engine::of_dynamodb(), Engine::of_sqs());
    for row in checks.iter().filter_map(deviation) {
        text += &format!("  {:?} deviates in {}: {}. AWS: {}\n", row.engine, row.check, row.instead, row.documented);
    }
    text
}

/// Runs a check and holds its outcome against what is known of the engine.
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

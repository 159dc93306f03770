//! The local bundle under faults: `disturbed FOLDER SEED FAULTS_PER_THOUSAND`.
//!
//! Prints its address and a token, then a line for every fault. Logs JSON. Leases are short, so
//! that a purge whose message was in the queue of a killed process is soon sent again.

use std::{collections::BTreeMap, env, future, io, path::PathBuf, sync::Arc, time::Duration};

use roster_local::{ALL_PERMISSIONS, Bundle, Interceptors, Options, TokenRequest};
use tests::weather::Weather;

#[tokio::main(worker_threads = 2)]
async fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [folder, seed, faults] = &*arguments else { panic!("disturbed FOLDER SEED FAULTS_PER_THOUSAND") };
    let (seed, faults) = (seed.parse().expect("a seed"), faults.parse().expect("a number of faults"));
    let logs = tracing_subscriber::fmt().json().flatten_event(true).with_writer(io::stderr);
    logs.with_env_filter("info,dynoxide=error,rustack_sqs_core=warn").init();
    shared::telemetry::quiet_panics();
    let weather = Weather::new(seed, faults, |function, operation, fault| {
        println!("fault {function} {operation} {fault:?}");
    });
    let interceptors: Interceptors = Arc::new(move |function| vec![weather.over(function)]);
    let short = ["DISPATCH_LEASE", "PURGE_HEAD_START"].map(|name| (name.to_owned(), "2s".to_owned()));
    let bundle = Bundle::start(Options {
        data: Some(PathBuf::from(folder)),
        dispatch_every: Some(Duration::from_secs(1)),
        visibility_timeout: Some(Duration::from_secs(3)),
        environment: BTreeMap::from(short),
        interceptors: Some(interceptors),
        ..Options::default()
    });
    let bundle = bundle.await.expect("the bundle starts");
    let token = bundle.token(&TokenRequest::new(ALL_PERMISSIONS).expires_in(Duration::from_hours(1)));
    println!("Roster runs at {}", bundle.url());
    println!("Token {}", token.expect("a token"));
    // Runs until it is killed.
    future::pending::<()>().await;
    drop(bundle);
}

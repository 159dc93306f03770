//! Roster's pure code, one case for each path. `instructions` runs this program under valgrind. Its
//! argument is the file to which it writes the names of the cases.
//!
//! Time, uuids, tokens and records are fixed. A request model, a call or a function that is used
//! often gets a case here.

mod bodies;
mod calls;
mod fixtures;
mod items;
mod logins;
mod measure;
mod receipts;
mod requests;
mod store;
mod tokens;

use std::path::PathBuf;

use measure::Measure;

fn main() {
    let names = PathBuf::from(std::env::args_os().nth(1).expect("the file for the names of the cases"));
    // Starts the log as in a function, so that a request includes its log line, which goes to
    // standard output.
    shared::telemetry::start("cases");
    let mut measure = Measure::default();
    tokens::run(&mut measure);
    bodies::run(&mut measure);
    calls::run(&mut measure);
    receipts::run(&mut measure);
    requests::run(&mut measure);
    logins::run(&mut measure);
    measure.finish(&names);
}

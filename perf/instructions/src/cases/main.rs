//! The pure paths of Roster, one case each: what `instructions` runs under valgrind. Its argument is the file for their names.
//!
//! Everything is fixed: time, uuids, tokens, records. A request model, call or function that is called often gets its case here.

mod bodies;
mod calls;
mod fixtures;
mod items;
mod measure;
mod receipts;
mod requests;
mod store;
mod tokens;

use std::path::PathBuf;

use measure::Measure;

fn main() {
    let names = PathBuf::from(std::env::args_os().nth(1).expect("the file for the names of the cases"));
    // As in a function, so that its log line is part of a request; it goes where standard output goes.
    shared::telemetry::start("cases");
    let mut measure = Measure::default();
    tokens::run(&mut measure);
    bodies::run(&mut measure);
    calls::run(&mut measure);
    receipts::run(&mut measure);
    requests::run(&mut measure);
    measure.finish(&names);
}

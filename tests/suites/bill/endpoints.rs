//! Every row of the table, measured.

use std::collections::BTreeSet;

use tests::{openapi::Document, say};

use crate::{
    login,
    outcomes::{self, outcomes},
    row::{DONE, Row},
    scene::{Seen, plain, prepared, world},
    table::TABLE,
};

/// The largest line that is written for a request, in bytes.
pub(crate) const LINE: usize = 1024;

pub(crate) fn rows() -> impl Iterator<Item = &'static Row> {
    TABLE.iter().copied().flatten()
}

/// Fails unless each row of this part of the table has its measured cost, and each request writes
/// one log line.
async fn assert_costs(part: &[Row]) {
    let document = Document::load();
    let mut wrong = Vec::new();
    let mut world = world().await;
    for row in part {
        if ["create-platform-user", "upsert-platform-user"].contains(&row.operation) {
            // The cost of a new user depends on the ids that are at hand.
            world = self::world().await;
        }
        let operation = document.operation(row.operation);
        let (call, authorization) = prepared(row, &operation, &world).await;
        Seen::begin(&world);
        let answer = call.send(&world, Some(&authorization)).await;
        let seen = Seen::end(&world, operation.function()).await;
        let name = format!("{} {} ({})", row.operation, row.outcome, row.case);
        assert!(outcomes::is(&operation, row.outcome, &answer), "{name}: {} {}", answer.status, answer.text);
        let cost = (row.writes, row.reads, row.refused, row.calls);
        let measured = (seen.units.writes, seen.units.reads, seen.refused, seen.calls.as_str());
        if cost != measured {
            wrong.push(format!("{name}: {cost:?} is {measured:?}"));
        }
        assert_one_line(&name, &seen.lines);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The largest cost of these rows: write units, read units and calls.
fn dearest<'r>(rows: impl Iterator<Item = &'r Row>) -> (f64, f64, usize) {
    rows.fold((0.0, 0.0, 0), |(writes, reads, calls), row| {
        (writes.max(row.writes), reads.max(row.reads), calls.max(row.calls.split_whitespace().count()))
    })
}

/// A new endpoint is compared with this until it has its own rows.
#[tokio::test]
async fn no_endpoint_is_dearer_than_the_dearest_row_of_its_kind() {
    let document = Document::built_in();
    let is_read = |id: &str| document.operation(id).method == "GET";
    for operation in document.catalogued().into_iter().filter(|operation| !login::has_rows(operation.id)) {
        let world = world().await;
        let (call, authorization) = plain(&operation, &world).await;
        Seen::begin(&world);
        let answer = call.send(&world, authorization.as_deref()).await;
        let seen = Seen::end(&world, operation.function()).await;
        assert!(outcomes::is(&operation, DONE, &answer), "{}: {} {}", operation.id, answer.status, answer.text);
        let (writes, reads, calls) = dearest(rows().filter(|row| is_read(row.operation) == is_read(operation.id)));
        let cost = (seen.units.writes, seen.units.reads, seen.calls.split_whitespace().count());
        assert!(cost.0 <= writes && cost.1 <= reads && cost.2 <= calls, "{}: {cost:?}", operation.id);
        assert_one_line(operation.id, &seen.lines);
    }
}

/// Fails unless there is one line, and a short one.
pub(crate) fn assert_one_line(name: &str, lines: &[String]) {
    assert!(lines.len() == 1 && lines.iter().all(|line| line.len() < LINE), "{name}: {lines:#?}");
}

macro_rules! parts {
    ($($name:ident = $index:literal;)*) => {
        $(#[tokio::test] async fn $name() { assert_costs(TABLE[$index]).await; })*

        #[test]
        fn every_part_of_the_table_is_measured() {
            assert_eq!([$($index),*].to_vec(), (0..TABLE.len()).collect::<Vec<_>>());
        }
    };
}

parts! {
    users_cost_what_the_table_says = 0;
    switches_cost_what_the_table_says = 1;
    links_cost_what_the_table_says = 2;
    unlinks_cost_what_the_table_says = 3;
    purges_cost_what_the_table_says = 4;
    changes_of_state_cost_what_the_table_says = 5;
}

#[test]
fn every_row_is_about_an_outcome_that_its_operation_has_and_stands_once() {
    let document = Document::load();
    let mut seen = BTreeSet::new();
    for row in rows() {
        let operation = document.operation(row.operation);
        assert!(outcomes(&operation).contains(row.outcome), "{} has no {}", row.operation, row.outcome);
        assert!(seen.insert((row.operation, row.outcome, row.case)), "{row:?}");
    }
    say(&format!("{} rows", seen.len()));
}

//! The hunt finds planted failures.

use std::{panic, thread, time::Duration};

use crate::{
    hunt::{Failure, Finding, Input, search},
    mutation,
    random::Random,
};

const PATIENCE: Duration = Duration::from_secs(20);

/// Mutated children of one valid body, as the suite makes them.
fn children() -> impl Iterator<Item = Input> + Send + 'static {
    let parents = [vec![br#"{"platform":"Steam","platform_user_id":"42"}"#.to_vec()]];
    (0..10_000).map(move |round| {
        let bytes = mutation::child(&parents, false, &mut Random::of(1, "itself", round));
        Input { origin: format!("round {round}"), bytes }
    })
}

fn finding(run: fn(&[u8]), patience: Duration) -> Finding {
    let run = move |input: &[u8]| {
        run(input);
        String::new()
    };
    search(run, children(), patience, None).expect_err("the failure is found")
}

fn has(input: &[u8], part: &[u8]) -> bool {
    input.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_panic_is_found_and_its_input_made_as_short_as_it_can_be() {
    let found = finding(|input| assert!(!has(input, b"null"), "planted"), PATIENCE);
    assert_eq!(found.bytes(), b"null");
    assert!(matches!(found.failure(), Failure::Panicked(panics) if panics.len() == 1 && panics[0].contains("planted")));
    assert!(found.to_string().ends_with("as a line for the corpus:\nnull"), "{found}");
}

#[test]
fn a_panic_that_is_caught_on_the_way_is_found_as_well() {
    let caught = |input: &[u8]| {
        panic::catch_unwind(|| assert!(!has(input, b"[["), "planted")).ok();
    };
    assert_eq!(finding(caught, PATIENCE).bytes(), b"[[");
}

#[test]
fn an_input_that_never_ends_is_found() {
    let endless = |input: &[u8]| {
        while has(input, b"1e400") {
            thread::sleep(Duration::from_millis(1));
        }
    };
    let patience = Duration::from_millis(500);
    let found = finding(endless, patience);
    assert_eq!(found.failure(), &Failure::Hung(patience));
    assert!(has(found.bytes(), b"1e400"));
}

#[test]
fn a_target_without_a_failure_sees_every_input() {
    let census = search(|_| "seen".to_owned(), children(), PATIENCE, None).expect("nothing to find");
    assert_eq!(census.into_iter().collect::<Vec<_>>(), [("seen".to_owned(), 10_000)]);
}

#[test]
fn the_same_seed_makes_the_same_inputs_and_another_one_others() {
    let parents = [vec![b"{\"a\":1}".to_vec()], vec![b"[true,\"x\"]".to_vec()]];
    let inputs = |seed, target| -> Vec<_> {
        (0..100).map(|round| mutation::child(&parents, false, &mut Random::of(seed, target, round))).collect()
    };
    assert_eq!(inputs(1, "a"), inputs(1, "a"));
    assert_ne!(inputs(1, "a"), inputs(2, "a"));
    assert_ne!(inputs(1, "a"), inputs(1, "b"));
}

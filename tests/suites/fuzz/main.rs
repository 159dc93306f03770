//! No input crashes a parser, and none keeps it busy for long (tests/suites/fuzz/README.md).

mod corpus;
mod growth;
mod hunt;
mod itself;
mod json;
mod mutation;
mod shapes;
mod targets;

use std::{
    collections::BTreeSet,
    env,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use roster_local::template::{Function, Template};
use serde_json::{Value, json};
// The targets find the functions here.
use roster_local::functions::starter;

use hunt::Input;
use targets::{ENDPOINTS, Target};
use tests::{
    endpoints::find,
    openapi::Operation,
    random::{self, Random},
};

const SEED: u64 = 20_261_122;
/// The time limit of one input, far longer than any correct run.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the corpus and the seeds unchanged, and then `rounds` children of them.
/// `ROSTER_FUZZ_ROUNDS` sets another number of rounds, and `ROSTER_FUZZ_SEED` another seed.
fn hunt(target: Target, rounds: u64) {
    let name = target.name();
    let number = |variable: &str| env::var(variable).ok().map(|text| text.parse::<u64>().expect("a number"));
    let seed = number("ROSTER_FUZZ_SEED").unwrap_or(SEED);
    let rounds = number("ROSTER_FUZZ_ROUNDS").unwrap_or(rounds);
    let families = [target.seeds(), corpus::of(target.corpus())];
    let parents: Vec<_> = families.into_iter().filter(|family| !family.is_empty()).collect();
    let kept = parents.concat();
    println!("{name}: seed {seed}, {} inputs, {rounds} rounds", kept.len());
    let kept = kept.into_iter().enumerate();
    let kept = kept.map(|(index, bytes)| Input { origin: format!("input {index}"), bytes });
    let children = (0..rounds).map(move |round| {
        let bytes = mutation::child(&parents, target.has_head(), &mut Random::of(seed, name, round));
        Input { origin: format!("seed {seed}, round {round}"), bytes }
    });
    let last = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}"));
    let started = Instant::now();
    let found = hunt::search(move |input| target.run(input), kept.chain(children), PATIENCE, Some(&last));
    let census = found.unwrap_or_else(|finding| panic!("{name}, {finding}"));
    println!("{name}: {:?}, {census:?}", started.elapsed());
    let missing: Vec<_> = target.outcomes().into_iter().filter(|outcome| !census.contains_key(outcome)).collect();
    assert!(missing.is_empty(), "{name} never came to {missing:?}: {census:?}");
}

#[test]
fn no_authorization_header_proves_anybody_but_the_one_whom_it_was_signed_for() {
    hunt(Target::Authorization, 5000);
}

#[test]
fn no_signed_token_proves_more_than_its_issuer_may_say() {
    hunt(Target::Signed, 5000);
}

#[test]
fn no_key_set_proves_what_its_keys_have_not_signed() {
    hunt(Target::KeySet, 3000);
}

#[test]
fn every_list_of_issuers_is_taken_or_refused_in_one_line() {
    hunt(Target::Issuers, 3000);
}

#[test]
fn every_event_is_answered_or_refused() {
    hunt(Target::Event, 10_000);
}

#[test]
fn every_character_in_a_path_a_query_or_a_header_is_answered() {
    let characters = (0..=0x17F).chain([0x2028, 0xFEFF, 0x1_F600]).filter_map(char::from_u32);
    for character in characters {
        let text = format!("{character}%{character}%4");
        let send = |members: Value| {
            let mut event = json!({ "requestContext": { "http": { "method": "GET" } }, "rawPath": "/" });
            event.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            Target::Event.run(format!("answer-unrouted\n{event}").as_bytes())
        };
        assert_eq!(send(json!({ "rawPath": format!("/v2/users/{text}") })), "404", "{character:?}");
        // A path that does not begin with a slash may become part of the host of a URL.
        let answered = send(json!({ "rawPath": text }));
        assert!(["400", "404"].contains(&&*answered), "{character:?}: {answered}");
        // `lambda_http` makes no request from a query or a header that HTTP does not allow.
        let in_a_query = if matches!(character, '\0'..=' ' | '"' | '<' | '>' | '\u{7f}') { "400" } else { "404" };
        assert_eq!(send(json!({ "rawQueryString": text })), in_a_query, "{character:?}");
        let in_a_header = if character.is_ascii_control() && character != '\t' { "400" } else { "404" };
        for header in ["x", "authorization", "content-type", "content-encoding"] {
            assert_eq!(send(json!({ "headers": { header: text } })), in_a_header, "{header} {character:?}");
        }
    }
}

/// Hunts at all endpoints for which `of` is true, each in its own thread.
fn hunt_bodies(of: fn(&Operation<'_>) -> bool, rounds: u64) {
    let endpoints: Vec<_> = ENDPOINTS.iter().filter(|endpoint| of(endpoint.operation())).collect();
    assert!(endpoints.len() > 3, "{endpoints:?}");
    thread::scope(|scope| {
        for endpoint in endpoints {
            scope.spawn(move || hunt(Target::Body(endpoint), rounds));
        }
    });
}

#[test]
fn every_body_of_an_endpoint_of_rallyheres_is_answered() {
    hunt_bodies(|operation| !operation.is_zitadel(), 3000);
}

// All of them share one reader.
#[test]
fn every_body_of_an_endpoint_of_zitadels_is_answered() {
    hunt_bodies(|operation| operation.is_zitadel() && !operation.is_call(), 600);
}

#[test]
fn every_body_of_a_call_is_answered() {
    hunt_bodies(|operation| operation.is_call(), 600);
}

#[test]
fn every_endpoint_that_reads_a_body_has_its_hunt() {
    let template = Template::built_in().expect("the template");
    let known = |function: &&Function| function.binary == "answer-unrouted" || find(&function.binary).is_some();
    let routes = template.functions.values().filter(known).flat_map(|function| function.routes.values());
    let posts: BTreeSet<_> = routes.map(ToString::to_string).filter(|route| route.starts_with("POST ")).collect();
    let hunted = ENDPOINTS.iter().map(|endpoint| format!("POST {}", endpoint.operation().path));
    // It ignores its body.
    let hunted = hunted.chain(["POST /users/v1/verify".to_owned()]);
    assert_eq!(hunted.collect::<BTreeSet<_>>(), posts);
}

#[test]
fn every_function_gets_events() {
    let called: BTreeSet<_> = targets::called_functions().into_iter().collect();
    assert_eq!(called, roster_local::functions::names().map(str::to_owned).collect());
}

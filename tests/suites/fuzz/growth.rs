//! The worst inputs of each parser in growing sizes, each twice the one before. All must end, and
//! none may take long.
//!
//! Times are printed and never asserted. A parser whose work grows faster than its input runs into
//! the hunt's time limit.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use shared::validation::{self, Fields, FromFields};

use crate::{
    PATIENCE,
    hunt::{Input, search},
    shapes::{CLAIMS, EVENTS, HEADERS, JSON, RECORDS, SETTINGS, Shape},
    targets::{ADMIN, ENDPOINTS, Endpoint, Target},
};

/// Endpoints that together read every field and every encoding of JSON.
fn readers() -> Vec<&'static Endpoint> {
    let mut read = BTreeSet::new();
    // This is not `any`, which would stop at the first new field.
    let reads_more =
        |endpoint: &&Endpoint| endpoint.readers().into_iter().filter(|field| read.insert(*field)).count() > 0;
    ENDPOINTS.iter().filter(reads_more).collect()
}

const KIB: usize = 1024;
/// The sizes of bodies, up to the largest.
const BODY_SIZES: [usize; 3] = [16 * KIB, 32 * KIB, 64 * KIB];
/// The sizes of events. They are far beyond API Gateway's limit, and within Lambda's (6 MiB).
const EVENT_SIZES: [usize; 3] = [128 * KIB, 256 * KIB, 512 * KIB];

/// Runs every shape in every size with the hunt's time limit, and prints the time of the slowest.
fn grow(target: Target, shapes: &'static [Shape], sizes: &[usize], framed: impl Fn(Vec<u8>) -> Vec<u8>) {
    let mut slowest = (Duration::ZERO, String::new());
    for shape in shapes {
        for size in sizes {
            let bytes = framed(shape.of_size(*size));
            let input = Input { origin: format!("{size} bytes of {:?}", shape.unit), bytes };
            let started = Instant::now();
            let outcome = search(move |input| target.run(input), [input].into_iter(), PATIENCE, None);
            let outcome = outcome.unwrap_or_else(|finding| panic!("{}, {finding}", target.name()));
            let took = started.elapsed();
            println!("{} {:?} {size}: {took:?} {outcome:?}", target.name(), (shape.before, shape.unit));
            if took > slowest.0 {
                slowest = (took, format!("{size} bytes of {:?} after {:?}", shape.unit, shape.before));
            }
        }
    }
    println!("{}: at most {:?}, for {}", target.name(), slowest.0, slowest.1);
}

fn lines(first: &str) -> impl Fn(Vec<u8>) -> Vec<u8> {
    move |rest| [first.as_bytes(), b"\n", &rest].concat()
}

#[test]
fn the_worst_bodies_end() {
    let readers = readers();
    assert!(readers.len() > 5, "{readers:?}");
    for target in readers.into_iter().map(Target::Body) {
        grow(target, &JSON, &BODY_SIZES, lines("application/json"));
    }
}

#[test]
fn the_worst_tokens_end() {
    grow(Target::Authorization, &HEADERS, &[4 * KIB, 8 * KIB, 64 * KIB, 128 * KIB], |header| header);
    grow(Target::Signed, &CLAIMS, &[KIB, 2 * KIB, 4 * KIB, 5 * KIB], lines(r#"{"alg":"EdDSA","kid":"EdDSA"}"#));
}

#[test]
fn the_worst_settings_end() {
    for target in [Target::KeySet, Target::Issuers] {
        grow(target, &SETTINGS, &[32 * KIB, 64 * KIB, 128 * KIB], |text| text);
    }
}

#[test]
fn the_worst_events_end() {
    let framed = |members: Vec<u8>| {
        let head =
            format!(r#""requestContext":{{"http":{{"method":"GET"}}}},"headers":{{"authorization":"Bearer {ADMIN}"}}"#);
        // As in the runtime, the last one of a repeated member counts.
        let event = [b"{", head.as_bytes(), b",", &members, b"}"].concat();
        lines("get-user")(if members.starts_with(b"[") { members } else { event })
    };
    grow(Target::Event, &EVENTS, &EVENT_SIZES, framed);
    let framed = |members: Vec<u8>| lines("purge-person")([b"{", members.as_slice(), b"}"].concat());
    grow(Target::Event, &RECORDS, &EVENT_SIZES, framed);
}

/// Bodies without the limit on their size. A parser whose work grows with the square of its input
/// would run for hours.
#[test]
fn the_worst_bodies_far_beyond_the_limit_end() {
    struct Model;

    impl FromFields for Model {
        fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
            let platform = fields.required::<shared::identity::Platform>("platform");
            let id = fields.required::<shared::identity::PlatformUserId>("platform_user_id");
            let person = fields.optional::<shared::identity::PersonId>("person_id");
            platform.zip(id).zip(person).map(|_| Self)
        }
    }

    for shape in &JSON {
        for size in [128 * KIB, 256 * KIB, 512 * KIB] {
            let read = |body: &[u8]| validation::body::<Model>(body, None).map_or("refused", |_| "read").to_owned();
            let input = Input { origin: format!("{size} bytes of {:?}", shape.unit), bytes: shape.of_size(size) };
            let started = Instant::now();
            search(read, [input].into_iter(), PATIENCE, None).unwrap_or_else(|finding| panic!("{finding}"));
            println!("{:?} {size}: {:?}", (shape.before, shape.unit), started.elapsed());
        }
    }
}

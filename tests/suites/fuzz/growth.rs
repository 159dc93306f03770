//! The worst inputs of each parser, each size twice the one before: all must end, and none may take long.
//!
//! Times are printed and never asserted; what grows faster than its input ends at the hunt's patience.

use std::time::{Duration, Instant};

use shared::validation::{self, Fields, FromFields};

use crate::{
    PATIENCE,
    hunt::{Input, search},
    targets::{ADMIN, ENDPOINTS, Target},
};

const KIB: usize = 1024;
/// The largest body, and what comes before it.
const BODY_SIZES: [usize; 3] = [16 * KIB, 32 * KIB, 64 * KIB];

/// A text that is repeated until the size is reached, and what stands around it. `#` is a running number.
struct Shape(&'static str, &'static str, &'static str);

impl Shape {
    fn of_size(&self, size: usize) -> Vec<u8> {
        let Self(before, unit, after) = self;
        let mut text = (*before).to_owned();
        let size = size.saturating_sub(after.len() + unit.len() + 8);
        for number in 0_usize.. {
            if text.len() > size {
                break;
            }
            text += &if unit.contains('#') { unit.replace('#', &number.to_string()) } else { (*unit).to_owned() };
        }
        (text + after).into_bytes()
    }
}

/// JSON that is deep, wide, repetitive, or long in one place.
const JSON: [Shape; 28] = [
    Shape("", "[", ""),
    Shape("", "{\"a\":", ""),
    Shape("{\"a\":[", "[],", "0]}"),
    Shape("{\"a\":[", "{\"b\":1},", "0]}"),
    Shape("[", "[\"a\",1],", "[\"b\",2]]"),
    Shape("[", "\"ab\",", "\"ab\"]"),
    Shape("[", "{\"a\":1,\"a\":2,\"b\":3},", "\"ab\"]"),
    Shape("[{", "\"a\":1,", "\"b\":2}]"),
    Shape("{", "\"platform\":\"Steam\",", "\"platform\":1}"),
    Shape("{", "\"\\u0070latform\":null,", "\"platform\":1}"),
    Shape("{", "\"#\":0,", "\"platform\":1}"),
    Shape("{", "\"a_name_that_is_long_and_begins_as_all_the_others_do_#\":0,", "\"platform\":1}"),
    Shape("{\"platform_user_id\":\"", "\\u0041", "\",\"platform\":\"Epic\"}"),
    Shape("{\"platform_user_id\":\"", "\\ud83d\\ude00", "\",\"platform\":\"Epic\"}"),
    Shape("{\"platform_user_id\":\"", "\\\\", "\",\"platform\":\"Epic\"}"),
    Shape("{\"platform_user_id\":\"", "e\u{301}", "\",\"platform\":\"Epic\"}"),
    Shape("{\"platform_user_id\":\"", "\u{1f600}", ""),
    Shape("{\"platform_user_id\":0.", "1", ",\"platform\":\"Epic\"}"),
    Shape("{\"platform_user_id\":1e", "0", "1,\"platform\":\"Epic\"}"),
    Shape("{\"suggested_purge_time\":", "9", "}"),
    Shape("{\"suggested_purge_time\":0.", "3", "}"),
    Shape("{\"suggested_purge_time\":\"", "1_", "1\"}"),
    Shape("{\"suggested_purge_time\":\"", " ", "1\"}"),
    Shape("{\"suggested_purge_time\":\"2026-11-22T08:25:07.", "1", "Z\"}"),
    Shape("{\"person_id\":\"", "urn:", "\",\"leader_person_id\":\"{\"}"),
    Shape("{\"person_id\":\"", "-{", "\",\"leader_person_id\":\"}\"}"),
    Shape("", " \n", "{}"),
    Shape("\"", "\u{e9}", "\\ud800\""),
];

const HEADERS: [Shape; 6] = [
    Shape("Bearer ", "A", ""),
    Shape("Bearer ", ".", ""),
    Shape("Bearer e30.", "e30", ".AA"),
    Shape("", " ", "Bearer"),
    Shape("", "Bearer ", ""),
    Shape("Bearer ", ",", ""),
];

/// Claims behind a good header; a token has at most 8 KiB.
const CLAIMS: [Shape; 9] = [
    Shape("{\"iss\":\"ours\",\"a\":", "[", ""),
    Shape("{\"iss\":\"ours\",\"aud\":[", "\"x\",", "\"roster\"],\"sub\":\"s\",\"exp\":1e300}"),
    Shape("{\"iss\":\"ours\",\"aud\":\"roster\",\"sub\":\"s\",\"exp\":2e9,\"permissions\":[", "\"\",", "\"\"]}"),
    Shape("{\"iss\":\"ours\",\"aud\":\"roster\",\"sub\":\"s\",\"exp\":2e9,\"nbf\":0.", "9", "}"),
    Shape("{\"iss\":\"cognito\",\"client_id\":\"roster\",\"sub\":\"s\",\"exp\":2e9,\"scope\":\"", "roster/ ", "\"}"),
    Shape(
        "{\"iss\":\"zitadel\",\"aud\":\"roster\",\"sub\":\"s\",\"exp\":2e9,\"urn:zitadel:iam:org:project:roles\":{",
        "\"#\":0,",
        "\"\":0}}",
    ),
    Shape(
        "{\"iss\":\"keycloak\",\"aud\":\"roster\",\"sub\":\"s\",\"exp\":2e9,\"realm_access\":{\"roles\":[",
        "\"admin\",",
        "\"\"]}}",
    ),
    Shape("{", "\"#\":0,", "\"iss\":\"ours\"}"),
    Shape("{\"iss\":\"", "\\u006f", "\"}"),
];

const SETTINGS: [Shape; 8] = [
    Shape("", "[", ""),
    Shape("{\"keys\":[", "{},", "{}]}"),
    Shape("{\"keys\":[{", "\"#\":0,", "\"kty\":\"OKP\"}]}"),
    Shape("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"e\":\"AQAB\",\"n\":\"", "_", "\"}]}"),
    Shape(
        "{\"keys\":[",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"#\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"},",
        "0]}",
    ),
    Shape("[", "{\"issuer\":\"#\"},", "0]"),
    Shape("[{\"issuer\":\"i\",\"audience\":[", "\"#\",", "\"a\"],\"jwks\":{\"keys\":[]}}]"),
    Shape("[{\"issuer\":\"i\",\"audience\":\"a\",\"jwks_url\":\"https://", "a.", "test/\"}]"),
];

/// Members of an event of get-user.
const EVENTS: [Shape; 12] = [
    Shape("\"headers\":{", "\"x-#\":\"1\",", "\"y\":\"2\"}"),
    Shape("\"headers\":{\"x\":\"", "a,", "\"}"),
    Shape("\"headers\":{\"x\":[", "\"a\",", "\"b\"]}"),
    Shape("\"cookies\":[", "\"a=1\",", "\"b=2\"]"),
    Shape("\"rawQueryString\":\"", "a=%20&", "\""),
    Shape("\"rawQueryString\":\"", "#=+&", "\""),
    Shape("\"queryStringParameters\":{", "\"#\":\"1,2\",", "\"a\":\"b\"}"),
    Shape("\"pathParameters\":{\"userId\":\"", "a", "\"}"),
    Shape("\"pathParameters\":{", "\"#\":\"1\",", "\"userId\":\"b\"}"),
    Shape("\"isBase64Encoded\":true,\"body\":\"", "AAAA", "=\""),
    Shape("\"body\":\"", "\\u0000", "\""),
    Shape("\"stageVariables\":{", "\"#\":\"1\",", "\"a\":\"b\"}"),
];

/// Runs every shape in every size under the hunt's watch, and prints how long the largest took.
fn grow(target: Target, shapes: &'static [Shape], sizes: &[usize], framed: impl Fn(Vec<u8>) -> Vec<u8>) {
    let mut slowest = (Duration::ZERO, String::new());
    for shape in shapes {
        for size in sizes {
            let bytes = framed(shape.of_size(*size));
            let input = Input { origin: format!("{size} bytes of {:?}", shape.1), bytes };
            let started = Instant::now();
            let outcome = search(move |input| target.run(input), [input].into_iter(), PATIENCE, None);
            let outcome = outcome.unwrap_or_else(|finding| panic!("{}, {finding}", target.name()));
            let took = started.elapsed();
            println!("{} {:?} {size}: {took:?} {outcome:?}", target.name(), (shape.0, shape.1));
            if took > slowest.0 {
                slowest = (took, format!("{size} bytes of {:?} after {:?}", shape.1, shape.0));
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
    for endpoint in &ENDPOINTS {
        grow(Target::Body(endpoint), &JSON, &BODY_SIZES, lines("application/json"));
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
        let context = r#""requestContext":{"http":{"method":"GET"},"requestId":"r"},"rawPath":"/v2/users/a""#;
        let head = format!("get-user\n{{{context},\"headers\":{{\"authorization\":\"Bearer {ADMIN}\"}},");
        // A repeated member counts the last time, as in the runtime.
        [head.as_bytes(), &members, b"}"].concat()
    };
    grow(Target::Event, &EVENTS, &[64 * KIB, 128 * KIB, 256 * KIB], framed);
    const RECORDS: [Shape; 2] = [
        Shape("\"Records\":[", "{\"messageId\":\"#\",\"body\":\"x\"},", "{}]"),
        Shape(
            "\"Records\":[",
            "{\"messageId\":\"#\",\"body\":\"{\\\"person_id\\\":\\\"00000000-0000-4000-8000-000000000000\\\",\\\"purge_id\\\":\\\"00000000-0000-4000-8000-000000000000\\\"}\"},",
            "{}]",
        ),
    ];
    let framed = |members: Vec<u8>| [b"purge-person\n{", members.as_slice(), b"}"].concat();
    grow(Target::Event, &RECORDS, &[64 * KIB, 128 * KIB, 256 * KIB], framed);
}

/// What the endpoints read, without the limit on their bodies: a parser whose work grows with the square of its input
/// would be busy for hours.
#[test]
fn the_reader_of_bodies_ends_far_beyond_the_limit() {
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
        for size in [1024 * KIB, 2048 * KIB, 4096 * KIB] {
            let read = |body: &[u8]| validation::body::<Model>(body, None).map_or("refused", |_| "read").to_owned();
            let input = Input { origin: format!("{size} bytes of {:?}", shape.1), bytes: shape.of_size(size) };
            let started = Instant::now();
            search(read, [input].into_iter(), PATIENCE, None).unwrap_or_else(|finding| panic!("{finding}"));
            println!("{:?} {size}: {:?}", (shape.0, shape.1), started.elapsed());
        }
    }
}

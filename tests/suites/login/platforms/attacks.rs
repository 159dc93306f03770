//! Proofs that are wrong in one way each, and the code that each must get.
//!
//! Proofs that must be accepted are in the same tables, because a login that refuses everything
//! would pass every attack.

mod algorithms;
mod audiences;
mod claims;
mod forms;
mod headers;
mod issuers;
mod purposes;
mod times;

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tests::platforms::{
    APPLE, CUSTOM, DISCORD, EPIC, EPIC_CONNECT, EPIC_V1, GOOGLE, KINDS, Kind, NINTENDO, NINTENDO_ACCOUNT, Platforms,
    TWITCH, USER,
};

use super::{CHILD, OTHER, Scene, naming_another, verdict};

/// Mistakes that other implementations made. The names of the cases that look for one begin with
/// it.
const MISTAKES: [&str; 6] = [
    "an audience that nobody checks",
    "the algorithm of the token's choice",
    "an id of the request's choice",
    "a text where a list belongs",
    "a token of another application",
    "a token with two uses",
];

/// A proof, and the answer that it must get.
struct Case {
    name: String,
    proof: Proof,
    expected: Expected,
    /// More members of the request.
    more: Value,
}

type Proof = Box<dyn Fn(&Scene) -> String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Accepted,
    Invalid,
    UnknownKey,
    /// The form is wrong, so the token is of no version of its platform.
    Unreadable,
    Code(&'static str),
}

use Expected::{Accepted, Code, Invalid, UnknownKey, Unreadable};

impl Case {
    fn new(name: impl Into<String>, expected: Expected, proof: impl Fn(&Scene) -> String + 'static) -> Self {
        Self { name: name.into(), proof: Box::new(proof), expected, more: json!({}) }
    }

    /// A good proof with these changes of its claims. `null` removes a claim.
    fn claims(kind: &'static Kind, name: impl Into<String>, expected: Expected, changes: Value) -> Self {
        Self::new(name, expected, move |scene| kind.changed(USER, scene.now(), changes.clone()))
    }

    /// A good proof with these changes of its header. `null` removes a member.
    fn header(kind: &'static Kind, name: impl Into<String>, expected: Expected, changes: Value) -> Self {
        Self::new(name, expected, move |scene| kind.signed(changes.clone(), kind.claims(USER, scene.now())))
    }

    /// The difference between the expected answer and the given one, if there is one.
    async fn failure(&self, scene: &Scene, kind: &Kind) -> Option<String> {
        scene.world.calls.forget();
        let proof = (self.proof)(scene);
        let answer = scene.present_with(kind, &proof, self.more.clone()).await;
        let expected = match self.expected {
            Accepted => "accepted",
            Unreadable if kind.name == EPIC_V1.name => EPIC.invalid,
            Invalid | Unreadable => kind.invalid,
            UnknownKey => kind.unknown_key,
            Code(code) => code,
        };
        let given = verdict(&answer);
        let calls = scene.world.operations("log-in");
        let mut wrong = Vec::new();
        if given != expected {
            wrong.push(format!("{given} instead of {expected}"));
        }
        if given != "accepted" && !calls.is_empty() {
            wrong.push(format!("a refused proof costs {calls:?}"));
        }
        if given == "accepted" {
            wrong.extend(unproven(kind, &proof, &answer.json()));
        }
        (!wrong.is_empty()).then(|| format!("{}: {}: {}", kind.name, self.name, wrong.join("; ")))
    }
}

/// The difference between the users of an accepted login and those that the proof names, if there
/// is one.
fn unproven(kind: &Kind, proof: &str, answer: &Value) -> Option<String> {
    let parent = answer["portal_parent_auth_result"]["portal_user_id"].clone();
    let given = [answer["portal_user_id"].clone(), parent];
    let proven = proof.split('.').nth(1).map_or(Value::Null, |claims| {
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        claims[kind.user_id].clone()
    });
    let expected = if kind.is_parent() { [json!(CHILD), proven] } else { [proven, Value::Null] };
    (given != expected).then(|| format!("the users are {given:?}"))
}

fn cases(kind: &'static Kind) -> Vec<Case> {
    let groups = [
        algorithms::cases,
        headers::cases,
        claims::cases,
        purposes::cases,
        times::cases,
        audiences::cases,
        issuers::cases,
        forms::cases,
    ];
    groups.iter().flat_map(|cases| cases(kind)).collect()
}

/// Runs the cases of these kinds. There are several tests, so that they run side by side.
async fn attack(settings: fn(&Platforms) -> Value, kinds: &[&'static Kind]) {
    let scene = Scene::with(settings).await;
    let mut failures = Vec::new();
    for kind in kinds {
        for case in cases(kind) {
            failures.extend(case.failure(&scene, kind).await);
        }
    }
    assert!(failures.is_empty(), "{} of the cases fail:\n{}", failures.len(), failures.join("\n"));
}

#[tokio::test]
async fn every_proof_of_google_apple_and_discord_gets_its_code_and_a_refused_one_costs_no_call() {
    attack(Platforms::settings, &[&GOOGLE, &APPLE, &DISCORD]).await;
}

#[tokio::test]
async fn every_proof_of_epic_and_twitch_gets_its_code_and_a_refused_one_costs_no_call() {
    attack(Platforms::settings, &[&EPIC, &EPIC_V1, &TWITCH]).await;
    attack(Platforms::settings_of_connect, &[&EPIC_CONNECT]).await;
}

#[tokio::test]
async fn every_proof_of_nintendo_and_of_a_studio_gets_its_code_and_a_refused_one_costs_no_call() {
    attack(Platforms::settings, &[&NINTENDO, &NINTENDO_ACCOUNT, &CUSTOM]).await;
}

#[test]
fn each_kind_has_over_sixty_attacks_with_distinct_names_and_each_mistake_of_others_is_among_them() {
    for kind in KINDS {
        let cases = cases(kind);
        let names: BTreeSet<_> = cases.iter().map(|case| &case.name).collect();
        assert_eq!(names.len(), cases.len(), "{}: a name stands twice", kind.name);
        let attacks = cases.iter().filter(|case| case.expected != Accepted).count();
        assert!(attacks >= 60, "{}: {attacks} attacks", kind.name);
        for mistake in MISTAKES {
            assert!(names.iter().any(|name| name.starts_with(mistake)), "{}: no case of {mistake}", kind.name);
        }
    }
}

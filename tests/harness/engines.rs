//! Which `DynamoDB` and which SQS the suites run against: the embedded ones, or what the SDK's endpoint variables name.
//! `.ci/run engines` sets them.

use std::{collections::BTreeMap, env};

use uuid::Uuid;

/// Where `DynamoDB` is, if it is not the embedded one.
const DYNAMODB_URL: &str = "AWS_ENDPOINT_URL_DYNAMODB";
/// Where SQS is, if it is not the embedded one.
const SQS_URL: &str = "AWS_ENDPOINT_URL_SQS";
/// Who answers there.
const NAME: &str = "ROSTER_TEST_ENGINE";

/// Something that speaks `DynamoDB`'s or SQS's protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded `DynamoDB`.
    Dynoxide,
    /// The embedded SQS.
    Rustack,
    /// Both, in Python.
    Ministack,
    /// SQS, in Python.
    Moto,
}

impl Engine {
    /// The one that answers as `DynamoDB`.
    pub fn of_dynamodb() -> Self {
        variable(DYNAMODB_URL).map_or(Self::Dynoxide, |_| Self::named())
    }

    /// The one that answers as SQS.
    pub fn of_sqs() -> Self {
        variable(SQS_URL).map_or(Self::Rustack, |_| Self::named())
    }

    fn named() -> Self {
        match variable(NAME).as_deref() {
            Some("ministack") => Self::Ministack,
            Some("moto") => Self::Moto,
            other => panic!("{NAME} says which engine the endpoint variables name, ministack or moto; it is {other:?}"),
        }
    }
}

/// What a bundle is told so that it uses these engines. An engine that outlives the bundle is shared, and keeps the
/// tables and queues of each region apart: every bundle has a region of its own.
pub fn environment() -> BTreeMap<String, String> {
    let urls = [DYNAMODB_URL, SQS_URL].into_iter().filter_map(|name| Some((name.to_owned(), variable(name)?)));
    let mut environment: BTreeMap<_, _> = urls.collect();
    if !environment.is_empty() {
        environment.insert("AWS_REGION".to_owned(), format!("test-{}", Uuid::new_v4().simple()));
    }
    environment
}

/// A variable of this process; an empty one counts as absent, as it does for the SDK.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

//! The engines that the suites run against: the embedded ones, or those that the SDK's endpoint
//! variables name. `.ci/run engines` sets them.

use std::{collections::BTreeMap, env};

use uuid::Uuid;

/// The variable with the URL of `DynamoDB`, if it is not the embedded one.
const DYNAMODB_URL: &str = "AWS_ENDPOINT_URL_DYNAMODB";
/// The variable with the URL of SQS, if it is not the embedded one.
const SQS_URL: &str = "AWS_ENDPOINT_URL_SQS";
/// The variable with the name of the engine at these URLs.
const NAME: &str = "ROSTER_TEST_ENGINE";

/// A program that implements services of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded `DynamoDB`.
    Dynoxide,
    /// The embedded SQS.
    Rustack,
    /// `DynamoDB` and SQS, in Python.
    Ministack,
    /// SQS, in Python.
    Moto,
    /// KMS and Secrets Manager, in `local`.
    Own,
}

impl Engine {
    /// The engine for `DynamoDB`.
    pub fn of_dynamodb() -> Self {
        variable(DYNAMODB_URL).map_or(Self::Dynoxide, |_| Self::named())
    }

    /// The engine for SQS.
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

/// The variables that make a bundle use these engines. Bundles share an engine that runs outside of
/// them. The engine keeps the tables and queues of regions apart, so every bundle gets its own
/// region.
pub fn environment() -> BTreeMap<String, String> {
    let urls = [DYNAMODB_URL, SQS_URL].into_iter().filter_map(|name| Some((name.to_owned(), variable(name)?)));
    let mut environment: BTreeMap<_, _> = urls.collect();
    if !environment.is_empty() {
        environment.insert("AWS_REGION".to_owned(), format!("test-{}", Uuid::new_v4().simple()));
    }
    environment
}

/// A variable of this process. As in the SDK, an empty one counts as absent.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

//! The variables that are other than the template's because this is one machine.

use std::collections::BTreeMap;

use crate::{
    template::REGION,
    token::{AUDIENCE, ISSUER},
};

const DYNAMODB_URL: &str = "AWS_ENDPOINT_URL_DYNAMODB";
const SQS_URL: &str = "AWS_ENDPOINT_URL_SQS";

/// Local values, and what was asked for on top of them.
#[derive(Debug)]
pub(super) struct Local {
    variables: BTreeMap<String, String>,
}

impl Local {
    pub(super) fn new(key_set: String, dynamodb: String, sqs: String, asked: BTreeMap<String, String>) -> Self {
        let local = [
            ("AUTH_JWKS", key_set),
            ("AUTH_ISSUER", ISSUER.to_owned()),
            ("AUTH_AUDIENCE", AUDIENCE.to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", "local".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            (DYNAMODB_URL, dynamodb),
            (SQS_URL, sqs),
            // A message that a killed process had is found again soon; nobody's clock differs from ours.
            ("DISPATCH_LEASE", "10s".to_owned()),
            ("PURGE_HEAD_START", "10s".to_owned()),
            ("DISPATCH_CLOCK_SKEW", "0s".to_owned()),
        ];
        let mut variables: BTreeMap<_, _> = local.map(|(name, value)| (name.to_owned(), value)).into();
        variables.extend(asked);
        Self { variables }
    }

    /// The overrides for one function.
    pub(super) fn variables(&self, binary: &str) -> BTreeMap<String, String> {
        let mut variables = self.variables.clone();
        variables.insert("AWS_LAMBDA_FUNCTION_NAME".to_owned(), binary.to_owned());
        variables
    }

    pub(super) fn issuer(&self) -> &str {
        self.text("AUTH_ISSUER")
    }

    pub(super) fn audience(&self) -> &str {
        self.text("AUTH_AUDIENCE")
    }

    pub(super) fn dynamodb_url(&self) -> &str {
        self.text(DYNAMODB_URL)
    }

    pub(super) fn sqs_url(&self) -> &str {
        self.text(SQS_URL)
    }

    /// All of these are set in `new`.
    fn text(&self, name: &str) -> &str {
        self.variables.get(name).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_comes_before_what_is_local() {
        let asked = BTreeMap::from([(SQS_URL.to_owned(), "http://elsewhere".to_owned())]);
        let local = Local::new("{}".into(), "http://d".into(), "http://q".into(), asked);
        assert_eq!((local.dynamodb_url(), local.sqs_url()), ("http://d", "http://elsewhere"));
        assert_eq!((local.issuer(), local.audience()), ("roster-local", "roster"));
        assert_eq!(local.variables("get-user")["AWS_LAMBDA_FUNCTION_NAME"], "get-user");
    }
}

//! Attacks on tokens and key sets: the answer that each must get, and the number of signature
//! verifications that it may cost.
//!
//! Tokens that must be accepted are in the same tables, because a verifier that refuses everything
//! would pass every attack.

mod addressees;
mod algorithms;
mod claims;
mod ecdsa;
mod ed25519;
mod encoding;
mod header;
mod issuers;
mod key_ids;
mod key_sets;
mod numbers;
mod own_issuer;
mod rsa;
mod times;
mod transport;

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

use serde_json::{Map, Value};

use super::{
    AuthSettings, Authenticator, TokenProblem,
    testing::{self, NOW, TestKey, VERIFICATIONS},
};

/// A named token or header, and the verdict that it must get.
struct Case {
    name: String,
    presented: Presented,
    to: Authenticator,
    expected: Verdict,
}

enum Presented {
    Token(String),
    Header(Option<String>),
}

/// The `error_code` on the wire or `accepted`, the claim that the error names, and the number of
/// signatures verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Verdict {
    code: &'static str,
    claim: &'static str,
    verifications: u32,
}

impl Verdict {
    const ACCEPTED: Self = Self::of("accepted", 1);

    // Refused before a signature is verified.
    const FORMAT: Self = Self::of("auth_token_format", 0);
    const TOO_LONG: Self = Self::of("auth_token_unknown", 0);
    const NOT_JWT: Self = Self::of("auth_not_jwt", 0);
    const MALFORMED: Self = Self::of("auth_malformed_access", 0);
    const KEY_ID: Self = Self::of("auth_invalid_key_id", 0);
    const ALGORITHM: Self = Self::of("auth_token_sig_invalid", 0);

    // Refused after one verification.
    const SIGNATURE: Self = Self::of("auth_token_sig_invalid", 1);
    const BAD_CLAIMS: Self = Self::of("auth_malformed_access", 1);
    const VERSION: Self = Self::of("auth_invalid_version", 1);
    const TYPE: Self = Self::of("auth_token_invalid_type", 1);
    const EXPIRED: Self = Self::of("auth_token_expired", 1);

    const fn of(code: &'static str, verifications: u32) -> Self {
        Self { code, claim: "", verifications }
    }

    const fn claim(claim: &'static str) -> Self {
        Self { code: "auth_token_invalid_claim", claim, verifications: 1 }
    }
}

impl Case {
    /// A bare token for the authenticator that trusts all test keys.
    fn new(name: impl Into<String>, token: impl Into<String>, expected: Verdict) -> Self {
        let presented = Presented::Token(token.into());
        Self { name: name.into(), presented, to: testing::authenticator().clone(), expected }
    }

    fn header(name: impl Into<String>, header: Option<String>, expected: Verdict) -> Self {
        Self { presented: Presented::Header(header), ..Self::new(name, "", expected) }
    }

    fn to(self, authenticator: &Authenticator) -> Self {
        Self { to: authenticator.clone(), ..self }
    }

    /// The difference between the actual and the expected verdict, if there is one.
    fn failure(&self) -> Option<String> {
        let verdict = catch_unwind(AssertUnwindSafe(|| self.verdict())).unwrap_or(Verdict::of("a panic", 0));
        let Self { name, expected, .. } = self;
        (verdict != *expected).then(|| format!("{name}: {verdict:?}, and must be {expected:?}"))
    }

    fn verdict(&self) -> Verdict {
        VERIFICATIONS.set(0);
        let outcome = match &self.presented {
            Presented::Token(token) => testing::at_once(self.to.verify(token, NOW)),
            Presented::Header(header) => testing::at_once(self.to.authenticate(header.as_deref(), NOW)),
        };
        let (code, claim) = match &outcome {
            Ok(_) => ("accepted", ""),
            Err(TokenProblem::InvalidClaim(claim)) => (TokenProblem::InvalidClaim("").code(), *claim),
            Err(refused) => (refused.code(), ""),
        };
        Verdict { code, claim, verifications: VERIFICATIONS.get() }
    }
}

/// A valid token.
fn good() -> String {
    TestKey::ed25519().token(&testing::claims())
}

/// The three parts of a valid token.
fn good_parts() -> [String; 3] {
    good().split('.').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap()
}

/// A validly signed token with these members added to its header or replaced in it.
fn with_header(changes: &Value) -> String {
    with_header_by(TestKey::ed25519(), TestKey::ed25519(), changes)
}

/// The same with the header of one key, signed by another key.
fn with_header_by(named: &TestKey, signer: &TestKey, changes: &Value) -> String {
    let mut header = named.header();
    members(&mut header).extend(changes.as_object().unwrap().clone());
    signer.sign_parts(&header.to_string(), &testing::claims().to_string())
}

/// A validly signed token with exactly this header.
fn with_raw_header(header: &str) -> String {
    TestKey::ed25519().sign_parts(header, &testing::claims().to_string())
}

/// A validly signed token with these claims added or replaced.
fn with_claims(changes: &Value) -> String {
    let mut claims = testing::claims();
    members(&mut claims).extend(changes.as_object().unwrap().clone());
    TestKey::ed25519().token(&claims)
}

/// A validly signed token without this claim.
fn without_claim(name: &str) -> String {
    let mut claims = testing::claims();
    members(&mut claims).remove(name);
    TestKey::ed25519().token(&claims)
}

/// A validly signed token with exactly these claims.
fn with_raw_claims(claims: impl AsRef<[u8]>) -> String {
    let key = TestKey::ed25519();
    key.sign_bytes(key.header().to_string().as_bytes(), claims.as_ref())
}

/// An authenticator with the usual issuer and audience, and these keys.
fn trusting(keys: &[Value]) -> Authenticator {
    let key_set = serde_json::json!({ "keys": keys }).to_string();
    Authenticator::new(&AuthSettings::short(key_set, testing::ISSUER, testing::AUDIENCE)).unwrap()
}

fn members(object: &mut Value) -> &mut Map<String, Value> {
    object.as_object_mut().unwrap()
}

fn cases() -> Vec<Case> {
    let groups = [
        addressees::cases,
        algorithms::cases,
        claims::cases,
        ecdsa::cases,
        ed25519::cases,
        encoding::cases,
        header::cases,
        issuers::cases,
        key_ids::cases,
        own_issuer::cases,
        rsa::cases,
        times::cases,
        transport::cases,
    ];
    groups.iter().flat_map(|cases| cases()).collect()
}

#[test]
fn every_token_gets_its_code_and_costs_no_more_verifications_than_it_must() {
    let failures: Vec<_> = cases().iter().filter_map(Case::failure).collect();
    assert!(failures.is_empty(), "{} of the cases fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn there_are_over_eighty_attacks_beside_what_must_be_accepted_each_with_a_name_of_its_own() {
    let cases = cases();
    let names: BTreeSet<_> = cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), cases.len(), "a name stands twice: {:?}", repeated(&cases));
    let accepted = cases.iter().filter(|case| case.expected == Verdict::ACCEPTED).count();
    let attacks = cases.len() - accepted;
    println!("{attacks} attacks, {accepted} tokens to accept");
    assert!(attacks >= 80 && accepted >= 40, "{attacks} attacks, {accepted} to accept");
}

fn repeated(cases: &[Case]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    cases.iter().map(|case| case.name.as_str()).filter(|name| !seen.insert(*name)).collect()
}

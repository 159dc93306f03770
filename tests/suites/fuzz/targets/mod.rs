//! The targets: entries of the bundle. Each takes any bytes, and panics if the code behind it
//! breaks a rule.
//!
//! They do not depend on the source of the bytes. The suite makes them, and a coverage-guided
//! engine can (tests/suites/fuzz/README.md).

mod answer;
mod bodies;
mod events;
mod functions;
mod keys;
mod routes;
mod settings;
mod tokens;
mod wire;

pub use bodies::{ENDPOINTS, Endpoint};
pub use events::functions as called_functions;
pub use functions::ADMIN;

/// One entry of the bundle.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// An `Authorization` header.
    Authorization,
    /// A header and claims that an issuer has signed.
    Signed,
    /// A JSON Web Key Set.
    KeySet,
    /// The list of issuers in `AUTH_ISSUERS`.
    Issuers,
    /// An event and the function that it goes to.
    Event,
    /// The body of a request to an endpoint.
    Body(&'static Endpoint),
}

impl Target {
    /// The name of the target.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Authorization => "authorization",
            Self::Signed => "signed",
            Self::KeySet => "key-set",
            Self::Issuers => "issuers",
            Self::Event => "event",
            Self::Body(endpoint) => endpoint.name(),
        }
    }

    /// The name of the target's corpus.
    pub fn corpus(&self) -> &'static str {
        match self {
            Self::Body(endpoint) => endpoint.corpus(),
            other => other.name(),
        }
    }

    /// Runs one input. Returns the outcome in a word. Panics if a rule is broken.
    pub fn run(&self, input: &[u8]) -> String {
        match self {
            Self::Authorization => tokens::run_header(input),
            Self::Signed => tokens::run_signed(input),
            Self::KeySet => settings::run_key_set(input),
            Self::Issuers => settings::run_issuers(input),
            Self::Event => events::run(input),
            Self::Body(endpoint) => endpoint.run(input),
        }
    }

    /// Whether the first line of an input only says how to read the rest.
    pub fn has_head(&self) -> bool {
        matches!(self, Self::Event | Self::Body(_))
    }

    /// The outcomes that must occur, so that the hunt reaches the code behind the first check.
    pub fn outcomes(&self) -> Vec<String> {
        match self {
            Self::Authorization => words(&tokens::OF_HEADERS),
            Self::Signed => words(&tokens::OF_SIGNED),
            Self::KeySet | Self::Issuers => words(&settings::OUTCOMES),
            Self::Event => words(&events::OUTCOMES),
            Self::Body(endpoint) => endpoint.outcomes(),
        }
    }

    /// The first inputs: valid ones, and an invalid one for each outcome. They are made at run
    /// time, since keys are random.
    pub fn seeds(&self) -> Vec<Vec<u8>> {
        match self {
            Self::Authorization => tokens::headers(),
            Self::Signed => tokens::signed(),
            Self::KeySet => settings::key_sets(),
            Self::Issuers => settings::issuers(),
            Self::Event => events::seeds(),
            Self::Body(endpoint) => endpoint.seeds(),
        }
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

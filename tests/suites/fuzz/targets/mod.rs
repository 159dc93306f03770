//! The doors of the bundle. Each target takes any bytes, and panics when the code behind it breaks a rule.
//!
//! They know nothing of who makes the bytes: the suite does, and a coverage-guided engine can (../README.md).

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

/// One door.
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
    /// Its name.
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

    /// The name of its corpus.
    pub fn corpus(&self) -> &'static str {
        match self {
            Self::Body(endpoint) => endpoint.corpus(),
            other => other.name(),
        }
    }

    /// Takes one input and says what came of it, in a word. Panics when a rule is broken.
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

    /// Whether the first line of an input only says how the rest is to be taken.
    pub fn has_head(&self) -> bool {
        matches!(self, Self::Event | Self::Body(_))
    }

    /// What must come of some inputs, so that nobody knocks at a wall.
    pub fn outcomes(&self) -> Vec<String> {
        match self {
            Self::Authorization => words(&tokens::OF_HEADERS),
            Self::Signed => words(&tokens::OF_SIGNED),
            Self::KeySet | Self::Issuers => words(&settings::OUTCOMES),
            Self::Event => words(&events::OUTCOMES),
            Self::Body(endpoint) => endpoint.outcomes(),
        }
    }

    /// Inputs to begin with, good ones and a bad one for each outcome. They are made at run time: keys are drawn.
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

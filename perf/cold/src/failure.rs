use std::fmt::Display;

/// The reason why a measurement cannot continue, in a text for the person that runs it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    /// A failure with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// Adds the purpose of a step to its error.
pub trait Context<T> {
    /// Turns an error into a failure that names the step.
    fn context(self, doing: impl Display) -> Result<T, Failure>;
}

impl<T, E: Display> Context<T> for Result<T, E> {
    fn context(self, doing: impl Display) -> Result<T, Failure> {
        self.map_err(|error| Failure(format!("{doing}: {error}")))
    }
}

impl<T> Context<T> for Option<T> {
    fn context(self, doing: impl Display) -> Result<T, Failure> {
        self.ok_or_else(|| Failure(format!("{doing}: there is none")))
    }
}

//! Why the bundle did not start or a command did not do its work: one line each, for the person at the terminal.

use std::{
    error::Error,
    fmt::{Debug, Display},
    io,
    iter::successors,
    path::PathBuf,
    time::Duration,
};

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use shared::{config::ConfigProblem, lambda::InvocationProblem};

/// What an operator is told.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Another program listens there.
    #[error("port {0} is in use: stop the other program or choose another port with --port")]
    PortBusy(u16),
    /// The front cannot listen for another reason.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: String,
        /// Why not.
        source: io::Error,
    },
    /// The data folder, or a file in it, cannot be used.
    #[error("cannot use the data folder {folder}: {problem}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What is wrong and what to do.
        problem: String,
    },
    /// Another process holds the folder's lock.
    #[error("the data folder {0} is used by another roster: stop that one or choose another folder with --data")]
    FolderLocked(PathBuf),
    /// A roster holds the folder and does not say where it answers.
    #[error("the roster that uses {0} is starting, stopping or older than this one: try again, or stop it")]
    NotAnnounced(PathBuf),
    /// The folder holds something else.
    #[error("{0} holds files that are not Roster's: choose an empty or a new folder with --data")]
    NotOurFolder(PathBuf),
    /// There is nothing to work on.
    #[error("there are no tables in {0}: choose the folder of a roster with --data")]
    NoTables(PathBuf),
    /// A file that was named on the command line cannot be read.
    #[error("cannot read {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The key set is none.
    #[error("{path} is not a JSON Web Key Set: {problem}")]
    KeySet {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// What an operator named is not what it should be.
    #[error("{0}")]
    Input(String),
    /// The template is not YAML, or not `CloudFormation`'s.
    #[error("the template is not valid YAML: {0}")]
    Yaml(String),
    /// A part of the template is not as it should be.
    #[error("the template's {place} is wrong: {problem}")]
    Template {
        /// For example `resource PersonsTable`.
        place: String,
        /// What is wrong and how it should be.
        problem: String,
    },
    /// A parameter of the template was given what it does not take.
    #[error("the template's parameter {name} cannot be {value:?}: it should be {expected}")]
    Parameter {
        /// The parameter.
        name: String,
        /// What it was given.
        value: String,
        /// `ConstraintDescription`: what it takes.
        expected: String,
    },
    /// The template names a function that this binary does not have.
    #[error("the template's resource {resource} has the binary {binary:?}, which is not in local/src/functions.rs")]
    UnknownFunction {
        /// The logical id.
        resource: String,
        /// `BuildProperties.Binary`.
        binary: String,
    },
    /// A table differs from the template.
    #[error(
        "table {0} is not as the template declares it: start with --fresh, or keep it with the template it was made by"
    )]
    TableDiffers(String),
    /// A route whose function says nothing of itself.
    #[error("{route} leads to {function}, which has no description: write one, or the API says less than it does")]
    Undescribed {
        /// Method and path.
        route: String,
        /// The name of the binary.
        function: String,
    },
    /// A route that names other parameters than its function.
    #[error("{route} and the description of {function} name different parameters of the path")]
    PathParameters {
        /// Method and path.
        route: String,
        /// The name of the binary.
        function: String,
    },
    /// One name for two things of the API.
    #[error("two different things are called {0} in the description")]
    Ambiguous(String),
    /// A variable is missing or wrong.
    #[error(transparent)]
    Config(#[from] ConfigProblem),
    /// A function refused its environment.
    #[error("function {function} does not start: {source}")]
    Function {
        /// The binary's name.
        function: String,
        /// Which variable, and what it should be.
        source: ConfigProblem,
    },
    /// The credentials for AWS are missing.
    #[error(r#"{0} is not set: eval "$(aws configure export-credentials --format env)" sets the credentials"#)]
    Credentials(&'static str),
    /// A function answered with an error.
    #[error(transparent)]
    Invocation(#[from] InvocationProblem),
    /// A function panicked; it stays usable.
    #[error("the function panicked")]
    Panicked,
    /// A function ran into its timeout and was cut off.
    #[error("the function timed out after {0:?}")]
    TimedOut(Duration),
    /// The template has no such function.
    #[error("there is no function {0}")]
    NoFunction(String),
    /// The database, the queue, KMS or a library did not do its part.
    #[error("{what}: {problem}")]
    Call {
        /// What was tried.
        what: String,
        /// What it said.
        problem: String,
    },
    /// A result could not be written.
    #[error("cannot write: {0}")]
    Output(io::Error),
}

impl Problem {
    pub(crate) fn call(what: impl Display, problem: &dyn Display) -> Self {
        Self::Call { what: what.to_string(), problem: problem.to_string() }
    }

    /// The same, where the text says that the call failed.
    pub(crate) fn failed(what: impl Display, problem: &dyn Display) -> Self {
        Self::call(format_args!("{what} failed"), problem)
    }

    /// The random source or the signer failed.
    pub(crate) fn crypto(what: &str) -> Self {
        Self::failed(what, &"the cryptographic library failed")
    }
}

/// What went wrong in a call to the database or the queue, in one line.
pub(crate) fn cause<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
    R: Debug + 'static,
{
    if let Some(message) = error.as_service_error().and_then(ProvideErrorMetadata::message) {
        return message.to_owned();
    }
    let causes = successors(Some(error as &dyn Error), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

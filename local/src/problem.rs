//! The reasons why the bundle did not start or a command failed. Each is one line for the person at
//! the terminal.

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

/// A problem with its text for the operator.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Another program listens on this port.
    #[error("port {0} is in use: stop the other program or choose another port with --port")]
    PortBusy(u16),
    /// The front cannot listen for another reason.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The data folder, or a file in it, cannot be used.
    #[error("cannot use the data folder {folder}: {problem}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The problem, and the way to correct it.
        problem: String,
    },
    /// Another process holds the folder's lock.
    #[error("the data folder {0} is used by another roster: stop that one or choose another folder with --data")]
    FolderLocked(PathBuf),
    /// A roster holds the folder's lock, but has not written its addresses.
    #[error("the roster that uses {0} is starting, stopping or older than this one: try again, or stop it")]
    NotAnnounced(PathBuf),
    /// The folder holds other files than Roster's.
    #[error("{0} holds files that are not Roster's: choose an empty or a new folder with --data")]
    NotOurFolder(PathBuf),
    /// The folder has no tables.
    #[error("there are no tables in {0}: choose the folder of a roster with --data")]
    NoTables(PathBuf),
    /// A file that was named on the command line cannot be read.
    #[error("cannot read {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The file is not a key set that the functions accept.
    #[error("{path} is not a JSON Web Key Set: {problem}")]
    KeySet {
        /// The file.
        path: PathBuf,
        /// The problem.
        problem: String,
    },
    /// An argument, a file or a variable of the operator is wrong. The text says which and how.
    #[error("{0}")]
    Input(String),
    /// The template is not YAML, or not `CloudFormation`'s.
    #[error("the template is not valid YAML: {0}")]
    Yaml(String),
    /// A part of the template is wrong.
    #[error("the template's {place} is wrong: {problem}")]
    Template {
        /// For example `resource PersonsTable`.
        place: String,
        /// The problem, and the expected value.
        problem: String,
    },
    /// A value does not match the pattern or the length of a parameter of the template.
    #[error("the template's parameter {name} cannot be {value:?}: it should be {expected}")]
    Parameter {
        /// The parameter.
        name: String,
        /// The value.
        value: String,
        /// The parameter's `ConstraintDescription`.
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
        "table {0} differs from the template: start with --fresh, or use the template that the table was made from"
    )]
    TableDiffers(String),
    /// The function of a route has no description.
    #[error("{route} leads to {function}, which has no description: the OpenAPI document would lack this route")]
    Undescribed {
        /// Method and path.
        route: String,
        /// The name of the binary.
        function: String,
    },
    /// A route and the description of its function name different parameters.
    #[error("{route} and the description of {function} name different parameters of the path")]
    PathParameters {
        /// Method and path.
        route: String,
        /// The name of the binary.
        function: String,
    },
    /// Two components of the API have the same name.
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
        /// The variable, and the value that is expected.
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
    /// The database, the queue, KMS or a library failed.
    #[error("{what}: {problem}")]
    Call {
        /// The purpose of the call.
        what: String,
        /// The error in the words of the service or library.
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

    /// A failed call. The text adds "failed" to its purpose.
    pub(crate) fn failed(what: impl Display, problem: &dyn Display) -> Self {
        Self::call(format_args!("{what} failed"), problem)
    }

    /// The random source or the signer failed.
    pub(crate) fn crypto(what: &str) -> Self {
        Self::failed(what, &"the cryptographic library failed")
    }
}

/// The error of a call to the database or the queue, in one line.
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

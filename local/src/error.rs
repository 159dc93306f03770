//! Why the bundle did not start: one line each, for the person at the terminal.

use std::{error::Error, io, iter::successors, path::PathBuf};

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::template::TemplateError;

/// Why the bundle did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
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
    /// The template is broken.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The template names a function that this binary does not have.
    #[error("the template's resource {resource} has the binary {binary:?}, which is not in local/src/functions.rs")]
    UnknownFunction {
        /// The logical id.
        resource: String,
        /// `BuildProperties.Binary`.
        binary: String,
    },
    /// A function refused its environment.
    #[error("function {function} does not start: {source}")]
    Function {
        /// The binary's name.
        function: String,
        /// Which variable, and what it should be.
        source: shared::config::ConfigError,
    },
    /// A variable says how to reach something else than the engines here, and cannot be used.
    #[error(transparent)]
    Connections(shared::config::ConfigError),
    /// A table differs from the template.
    #[error(
        "table {0} is not as the template declares it: start with --fresh, or keep it with the template it was made by"
    )]
    TableDiffers(String),
    /// The embedded database or the queue refused.
    #[error("{what} failed: {problem}")]
    Engine {
        /// What was tried.
        what: String,
        /// What it said.
        problem: String,
    },
}

impl StartError {
    pub(crate) fn engine(what: impl Into<String>, problem: &dyn ToString) -> Self {
        Self::Engine { what: what.into(), problem: problem.to_string() }
    }
}

/// What went wrong in a call to the database or the queue, in one line.
pub(crate) fn cause<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    if let Some(message) = error.as_service_error().and_then(ProvideErrorMetadata::message) {
        return message.to_owned();
    }
    let causes = successors(Some(error as &dyn Error), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

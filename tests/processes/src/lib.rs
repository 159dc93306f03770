//! Starts compiled programs and reads their output. Also has folders for them, and Lambda's Runtime
//! API.

mod folder;
mod process;
mod runtime_api;

pub use folder::Folder;
pub use process::{command, drain, greeting, read_all};
pub use runtime_api::{RuntimeApi, Signal};

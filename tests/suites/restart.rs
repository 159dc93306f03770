//! The local bundle survives being killed.

#[path = "restart/commands.rs"]
mod commands;
#[path = "restart/kill.rs"]
mod kill;
#[path = "restart/operate.rs"]
mod operate;
#[path = "restart/output.rs"]
mod output;

use tests::process;

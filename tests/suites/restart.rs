//! The local bundle survives being killed.

#[path = "restart/commands.rs"]
mod commands;
#[path = "restart/kill.rs"]
mod kill;
#[path = "restart/operate.rs"]
mod operate;

use tests::process;

//! The local bundle survives being killed.

mod commands;
mod kill;
mod operate;
mod output;

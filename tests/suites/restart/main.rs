//! The program `roster`: its command line, and a bundle that is killed.

mod commands;
mod kill;
mod operate;
mod output;

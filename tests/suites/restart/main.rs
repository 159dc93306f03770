//! The program `roster`: its command line, and a bundle that is killed.

mod check;
mod commands;
mod kill;
mod operate;
mod output;
mod platform_token;
mod upgrade;

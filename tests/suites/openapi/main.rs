//! The description of the API: complete, true, and the same as the file at the top.

mod checks;
mod codes;
mod examples;
mod file;
mod generators;
mod pages;
mod requests;

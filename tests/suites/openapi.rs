//! The description of the API: complete, true, and the same as the file at the top.

#[path = "openapi/checks.rs"]
mod checks;
#[path = "openapi/codes.rs"]
mod codes;
#[path = "openapi/examples.rs"]
mod examples;
#[path = "openapi/file.rs"]
mod file;
#[path = "openapi/generators.rs"]
mod generators;
#[path = "openapi/pages.rs"]
mod pages;
#[path = "openapi/requests.rs"]
mod requests;

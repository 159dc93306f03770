//! The OpenAPI document: it is complete, it is true, and it is the same as `openapi.yaml`.

mod checks;
mod codes;
mod examples;
mod file;
mod generators;
mod pages;
mod requests;

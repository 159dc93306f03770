//! The template against the code.

#[path = "template/cors.rs"]
mod cors;
#[path = "template/data.rs"]
mod data;
#[path = "template/document.rs"]
mod document;
#[path = "template/environment.rs"]
mod environment;
#[path = "template/functions.rs"]
mod functions;
#[path = "template/rights.rs"]
mod rights;
#[path = "template/routes.rs"]
mod routes;

//! The template against the code.

mod cors;
mod data;
mod document;
mod environment;
mod functions;
mod rights;
mod routes;

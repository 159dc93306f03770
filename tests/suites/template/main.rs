//! Compares the template with the code.

mod cors;
mod data;
mod document;
mod environment;
mod functions;
mod login;
mod rights;
mod routes;

//! The template against the code.

//! Tokens, validation and errors, byte for byte.

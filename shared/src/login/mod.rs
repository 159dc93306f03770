//! Login: its settings, its clients, and the tokens that it issues.

mod issuer;

pub use issuer::LoginIssuer;

//! The compiled functions behind a Runtime API.

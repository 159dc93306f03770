//! Deactivate, reactivate, get.

//! The local bundle survives being killed.

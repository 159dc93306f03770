//! Purges: queued, dispatched, carried out, once.

//! Conflicts, throttling and lost answers.

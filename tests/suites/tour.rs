//! The README's tour, word for word.

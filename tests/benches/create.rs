//! Create requests against what the engine does by itself.

fn main() {}

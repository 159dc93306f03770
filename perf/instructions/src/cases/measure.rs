//! What valgrind is told to look at.

use std::{fs, hint::black_box, path::Path};

/// How often a case does its work while it is counted.
const REPEATS: usize = 32;

/// Runs cases and notes their names, in order: the order of valgrind's dumps.
#[derive(Default)]
pub struct Measure {
    names: Vec<String>,
}

impl Measure {
    /// One case: what goes in is made before and what comes out is dropped after the count.
    ///
    /// The work is done some times, since maps are seeded at random, and once before, since much is made on first use. What
    /// comes out must be right, lest a case count how quickly something is refused.
    pub fn case<I, O>(
        &mut self,
        name: &str,
        input: impl Fn() -> I,
        work: impl Fn(I) -> O,
        is_right: impl Fn(&O) -> bool,
    ) {
        work(input());
        let mut inputs: Vec<I> = (0..REPEATS).map(|_| input()).collect();
        let mut outputs = Vec::with_capacity(REPEATS);
        measured_region(&mut || {
            for input in inputs.drain(..) {
                outputs.push(work(black_box(input)));
            }
        });
        assert!(outputs.iter().all(is_right), "{name}: it came out otherwise");
        self.names.push(name.to_owned());
    }

    /// Writes down how often the work was done, and which cases there were.
    pub fn finish(self, file: &Path) {
        fs::write(file, format!("{REPEATS}\n{}", self.names.join("\n"))).expect("the names of the cases are written");
    }
}

/// valgrind collects from its entry to its exit, and dumps then: `instructions` knows it by its name.
#[inline(never)]
fn measured_region(run: &mut dyn FnMut()) {
    run();
    // Not a call in tail position, which would leave this function before it is over.
    black_box(run);
}

//! Marks the code in which valgrind counts.

use std::{fs, hint::black_box, path::Path};

/// How often a case does its work while valgrind counts.
const REPEATS: usize = 32;

/// Runs cases and notes their names, in the order of valgrind's dumps.
#[derive(Default)]
pub struct Measure {
    names: Vec<String>,
}

impl Measure {
    /// Runs one case. Inputs are made before the count, and outputs are dropped after it.
    ///
    /// The work is done several times, since maps have random seeds. It is done once before, since
    /// some values are made on first use. The outputs are checked, so that no case counts a quick
    /// refusal by mistake.
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

    /// Writes the number of repeats and the names of the cases.
    pub fn finish(self, file: &Path) {
        fs::write(file, format!("{REPEATS}\n{}", self.names.join("\n"))).expect("the names of the cases are written");
    }
}

/// valgrind counts from the entry of this function to its exit, and then writes a dump.
/// `instructions` names it to valgrind.
#[inline(never)]
fn measured_region(run: &mut dyn FnMut()) {
    run();
    // This prevents a tail call, which would leave this function before the work ends.
    black_box(run);
}

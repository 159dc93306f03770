//! Runs the tasks of a world on this thread, in a random order.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use super::{invariants::Violation, sim::Sim};

/// A task of a world.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The largest number of steps of a schedule, far more than any needs.
const STEPS: usize = 20_000;

/// Runs all tasks to their end, or until a rule is broken.
pub fn run(sim: &Sim, tasks: Vec<Task>) {
    let mut tasks: Vec<Option<Task>> = tasks.into_iter().map(Some).collect();
    {
        let mut state = sim.state();
        state.notes = vec![Default::default(); tasks.len()];
        state.wake = vec![0; tasks.len()];
    }
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..STEPS {
        let Some(next) = choose(sim, &tasks) else { return };
        let Some(task) = &mut tasks[next] else { continue };
        if let Poll::Ready(()) = task.as_mut().poll(&mut context) {
            tasks[next] = None;
        }
        if sim.state().violation.is_some() {
            return;
        }
    }
    sim.state().violate(Violation::new("ends", "a schedule does not end"));
}

/// Chooses the task that continues. Moves the clock until there is one.
fn choose(sim: &Sim, tasks: &[Option<Task>]) -> Option<usize> {
    let mut state = sim.state();
    let passed = state.dice.between(0, 12);
    state.now += passed;
    let alive = || tasks.iter().enumerate().filter(|(_, task)| task.is_some()).map(|(index, _)| index);
    let first = alive().map(|index| state.wake[index]).min()?;
    state.now = state.now.max(first);
    let ready: Vec<_> = alive().filter(|index| state.wake[*index] <= state.now).collect();
    let next = *state.dice.pick(&ready);
    state.current = next;
    Some(next)
}

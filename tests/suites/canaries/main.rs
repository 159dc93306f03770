//! Personal data canaries: marked texts in every personal field, and a search for them wherever they must not be.

mod cage;
mod endpoints;
mod faults;
mod finder;
mod panics;
mod processes;
mod purge;
mod wrong;

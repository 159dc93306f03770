//! Puts canaries into every personal field, and searches for them in every place where they must
//! not be.

mod cage;
mod endpoints;
mod faults;
mod finder;
mod logins;
mod panics;
mod platforms;
mod processes;
mod purge;
mod wrong;

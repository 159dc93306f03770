//! The documents against the code: the calls of README.md and docs/tour.md are made word for word, and what the pages say
//! of the code is compared with it.

mod calls;
mod facts;
mod walk;

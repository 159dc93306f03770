//! The README: its tour is walked word for word, and what it says of the code is held against the code.

mod calls;
mod facts;
mod walk;

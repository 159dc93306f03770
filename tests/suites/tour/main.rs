//! The documents: the tour is run word for word, and statements about the code are compared with the code.

mod calls;
mod facts;
mod walk;

//! The README: its tour is walked word for word, and what it says of the code is held against the code.

mod tour {
    mod calls;
    mod facts;
    mod walk;
}

//! Receipts under seals: how they get there, what proves it, and that nothing can be changed unnoticed. And what an
//! operator does about purges that hang.

mod answers;
mod changes;
mod letters;
mod lists;
mod rounds;
mod scene;
mod targets;

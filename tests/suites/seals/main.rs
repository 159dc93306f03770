//! Receipts and seals: how receipts are sealed, what a proof shows, and that every change is found.
//! Also the operator's commands for stuck purges.

mod answers;
mod changes;
mod letters;
mod lists;
mod rounds;
mod scene;
mod targets;

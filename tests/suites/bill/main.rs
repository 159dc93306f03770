//! The bill: what every endpoint consumes in every outcome, to the unit, what it logs, and the sums
//! of docs/costs.md.

mod background;
mod endpoints;
mod free;
mod login;
mod outcomes;
mod prices;
mod row;
mod scene;
mod storage;
mod table;

//! The bill: what every endpoint consumes in every outcome, to the unit, what it logs, and the README's sums of that.

mod background;
mod endpoints;
mod free;
mod outcomes;
mod prices;
mod row;
mod scene;
mod storage;
mod table;

//! The bill: what every endpoint consumes in every outcome, to the unit, what it logs, and the README's sums of that.

#[path = "bill/background.rs"]
mod background;
#[path = "bill/endpoints.rs"]
mod endpoints;
#[path = "bill/free.rs"]
mod free;
#[path = "bill/outcomes.rs"]
mod outcomes;
#[path = "bill/prices.rs"]
mod prices;
#[path = "bill/row.rs"]
mod row;
#[path = "bill/scene.rs"]
mod scene;
#[path = "bill/storage.rs"]
mod storage;
#[path = "bill/table.rs"]
mod table;

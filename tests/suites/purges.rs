//! Purges: queued, dispatched, carried out, once.

#[path = "purges/bans.rs"]
mod bans;
#[path = "purges/bench.rs"]
mod bench;
#[path = "purges/calls.rs"]
mod calls;
#[path = "purges/dispatch.rs"]
mod dispatch;
#[path = "purges/gone.rs"]
mod gone;
#[path = "purges/leases.rs"]
mod leases;
#[path = "purges/own_delays.rs"]
mod own_delays;
#[path = "purges/races.rs"]
mod races;
#[path = "purges/rights.rs"]
mod rights;
#[path = "purges/table.rs"]
mod table;
#[path = "purges/times.rs"]
mod times;
#[path = "purges/worker.rs"]
mod worker;

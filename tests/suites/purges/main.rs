//! Purges: queued, dispatched, carried out, once.

mod bans;
mod bench;
mod calls;
mod dispatch;
mod gone;
mod leases;
mod own_delays;
mod races;
mod rights;
mod table;
mod times;
mod worker;

//! Purges are queued, dispatched and carried out, each exactly once.

mod bans;
mod calls;
mod dispatch;
mod gone;
mod leases;
mod own_delays;
mod own_issuer;
mod races;
mod rights;
mod scene;
mod table;
mod times;
mod worker;

//! Creating, finding, linking and switching, through HTTP, the real SDK and the engine.

mod authority;
mod bare;
mod create;
mod disagreement;
mod enable;
mod find;
mod find_person;
mod hidden;
mod leader_credentials;
mod link;
mod link_order;
mod links;
mod own_issuer;
mod own_issuer_links;
mod player_ids;
mod races;
mod refusals;
mod round_trips;
mod support;
mod unlink;
mod upsert;

use tests::tables;

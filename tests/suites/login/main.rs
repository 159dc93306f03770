//! The deployment's own login: its tokens, its keys, its addresses, and their verification.

mod anon;
mod calls;
mod clients;
mod ends;
mod grants;
mod introspect;
mod keys;
mod local_issuer;
mod order;
mod platforms;
mod refresh;
mod rotation;
mod scene;
mod sdk;
mod sessions;
mod states;
mod verify;

use roster_local::Options;
use tests::World;

/// A world in which these variables have other values.
async fn world_with(variables: &[(&str, &str)]) -> World {
    let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    World::start_with(Options { environment, ..Options::default() }).await
}

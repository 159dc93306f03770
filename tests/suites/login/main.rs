//! The tokens that a deployment issues itself: its keys, its addresses, and their verification.

mod keys;
mod verify;

use roster_local::Options;
use tests::World;

/// A world in which these variables have other values.
async fn world_with(variables: &[(&str, &str)]) -> World {
    let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    World::start_with(Options { environment, ..Options::default() }).await
}

//! The units of the cost table are those of the calls that the functions make.

use std::time::Duration;

use serde_json::json;
use tests::{World, meter::Units, world::purge_path};

use tests::readme::{rows, section};

/// The units that the table gives for what begins so.
fn listed(name: &str) -> Units {
    let rows = rows(&section("## What it costs"));
    let row = rows.iter().find(|cells| cells.len() == 5 && cells[0].starts_with(name));
    let row = row.unwrap_or_else(|| panic!("the table says nothing of {name}"));
    let number = |cell: &str| cell.parse::<f64>().unwrap();
    Units { writes: number(&row[1]), reads: number(&row[2]) }
}

/// What the engine says that these functions used since the last time.
fn used(world: &World, functions: &[&str]) -> Units {
    world.meter.take(functions)
}

#[tokio::test]
async fn the_units_of_the_cost_table_are_those_of_the_calls() {
    let world = World::start().await;
    let (admin, user, other) = (world.admin(), world.create("Steam", "42").await, world.create("Epic", "7").await);
    world.meter.take(&[]);
    let state = format!("/v2/users/{}", user.player_uuid);
    world.get(&state, &admin).await;
    assert_eq!(used(&world, &["get-user"]), listed("get-user"));
    world.find(&user).await.unwrap();
    assert_eq!(used(&world, &["find-platform-user"]), listed("find-platform-user"));
    for change in ["deactivate", "reactivate", "lock", "unlock"] {
        assert_eq!(world.post(&format!("{state}/{change}"), &admin, json!({})).await.status, 200);
        assert_eq!(used(&world, &[&format!("{change}-user")]), listed("deactivate-user, reactivate-user"));
    }
    for change in ["enable", "disable"] {
        let path = format!("/users/v1/cross-progression/{change}");
        assert_eq!(world.post(&path, &world.player(&user), json!({})).await.status, 200);
        let function = format!("{change}-cross-progression");
        assert_eq!(used(&world, &[&function]), listed("enable- or disable-cross-progression, own person"));
    }
    world.create("PSN", "3").await;
    let (create, share_of_a_lease) = (listed("create-platform-user"), 0.1);
    let used_here = used(&world, &["create-platform-user"]);
    assert_eq!((used_here.writes + share_of_a_lease, used_here.reads), (create.writes, create.reads));
    world.link(&user, &other).await;
    assert_eq!(used(&world, &["link-platform-user"]), listed("link-platform-user, with permission"));
}

#[tokio::test]
async fn the_units_of_a_purge_are_those_of_the_calls_and_its_index_entries() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    world.meter.take(&[]);
    let tomorrow = json!({ "suggested_purge_time": world.now() + 86_400 });
    assert_eq!(world.post(&purge_path(&user.person_id), &world.admin(), tomorrow).await.status, 202);
    let queued = used(&world, &["queue-person-purge"]);
    assert_eq!(queued, listed("queue-person-purge"));
    world.advance(Duration::from_secs(86_402));
    world.tick().await;
    world.purged(&user.person_id).await;
    let calls = world.made();
    let queries = calls.iter().filter(|call| call.operation == "Query" && call.function == "dispatch-due-purges");
    let done = used(&world, &["dispatch-due-purges", "purge-person"]);
    // A round asks every shard, whatever is due; the idle sum has those. Half a unit of one is this purge's.
    let shards = 0.5 * f64::from(u32::try_from(queries.count()).unwrap()) - 0.5;
    let all = Units { writes: queued.writes + done.writes, reads: queued.reads + done.reads - shards };
    assert_eq!(all, listed("a purge from queuing to receipt"));
}

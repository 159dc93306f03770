//! The units of the cost table are those of the calls that the functions make.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Call, World, world::purge_path};

use super::readme::{rows, section};

/// Units of writing and of reading, by DynamoDB's rules for small items. The index is not seen here, nor are its queries.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct Units {
    writes: f64,
    reads: f64,
}

fn units(calls: &[Call]) -> Units {
    let read = |request: &Value| if request["ConsistentRead"] == true { 1.0 } else { 0.5 };
    let members = |list: &Value| f64::from(u32::try_from(list.as_array().map_or(0, Vec::len)).unwrap());
    let mut units = Units::default();
    for Call { operation, body, .. } in calls {
        match operation.as_str() {
            "GetItem" => units.reads += read(body),
            "BatchGetItem" => {
                let tables = body["RequestItems"].as_object().unwrap().values();
                units.reads += tables.map(|table| read(table) * members(&table["Keys"])).sum::<f64>();
            }
            "UpdateItem" => units.writes += 1.0,
            "TransactWriteItems" => units.writes += 2.0 * members(&body["TransactItems"]),
            _ => {}
        }
    }
    units
}

/// The units that the table gives for what begins so.
fn listed(name: &str) -> Units {
    let rows = rows(&section("## What it costs"));
    let row = rows.iter().find(|cells| cells.len() == 5 && cells[0].starts_with(name));
    let row = row.unwrap_or_else(|| panic!("the table says nothing of {name}"));
    let number = |cell: &str| cell.parse::<f64>().unwrap();
    Units { writes: number(&row[1]), reads: number(&row[2]) }
}

/// What these functions used since the last time.
fn used(world: &World, functions: &[&str]) -> Units {
    let calls: Vec<_> = world.made().into_iter().filter(|call| functions.contains(&call.function.as_str())).collect();
    world.calls.forget();
    units(&calls)
}

#[tokio::test]
async fn the_units_of_the_cost_table_are_those_of_the_calls() {
    let world = World::start().await;
    let (admin, user, other) = (world.admin(), world.create("Steam", "42").await, world.create("Epic", "7").await);
    world.calls.forget();
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
    world.calls.forget();
    let tomorrow = json!({ "suggested_purge_time": world.now() + 86_400 });
    assert_eq!(world.post(&purge_path(&user.person_id), &world.admin(), tomorrow).await.status, 202);
    let queued = used(&world, &["queue-person-purge"]);
    let entry = 1.0;
    assert_eq!(Units { writes: queued.writes + entry, ..queued }, listed("queue-person-purge"));
    world.advance(Duration::from_secs(86_402));
    world.tick().await;
    world.purged(&user.person_id).await;
    let done = used(&world, &["dispatch-due-purges", "purge-person"]);
    // Its entry is written, replaced by the lease, and deleted; half a unit reads it.
    // The receipt's entry is written, too.
    let (entries, query) = (1.0 + 2.0 + 1.0 + 1.0, 0.5);
    let all = Units { writes: queued.writes + done.writes + entries, reads: queued.reads + done.reads + query };
    assert_eq!(all, listed("a purge from queuing to receipt"));
}

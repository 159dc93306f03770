//! Prepares an outcome, and measures its request.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use roster_local::{Options, TokenRequest};
use serde_json::{Value, json};
use tests::{
    Answer, User, World,
    endpoints::Ready,
    logs,
    meter::Units,
    openapi::Operation,
    sizes::refused_units,
    targets::{Target, nobody},
    ways::{Call, own_ways, ways},
    world::PlayerToken,
};

use crate::row::{Ask, Given, Row, Who};

const PERSONS: &str = "PersonsTable";

/// A bundle without a worker, with logs as on Lambda.
pub(crate) async fn world() -> World {
    world_with(Options::default()).await
}

/// The same bundle with other options.
pub(crate) async fn world_with(options: Options) -> World {
    logs::capture_as_shipped();
    World::start_with(Options { worker: false, ..options }).await
}

/// The cost and the log lines of a request or an event.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) units: Units,
    pub(crate) refused: f64,
    pub(crate) calls: String,
    /// The round trips, one after the other.
    pub(crate) trips: u32,
    pub(crate) lines: Vec<String>,
}

impl Seen {
    /// Forgets all earlier calls and lines.
    pub(crate) fn begin(world: &World) {
        world.meter.take_calls();
        world.calls.forget();
        logs::take_lines();
    }

    /// The calls and lines of this function since [`Seen::begin`].
    pub(crate) async fn end(world: &World, function: &str) -> Self {
        let lines = logs::take_lines();
        let metered = world.meter.take_calls();
        let made = world.made();
        assert!(made.iter().all(|call| call.function == function), "{function} is not alone: {made:?}");
        assert_eq!(made.len(), metered.len());
        let mut seen = Self { units: Units::default(), refused: 0.0, calls: String::new(), trips: 0, lines };
        for (call, metered) in made.iter().zip(&metered) {
            seen.units = seen.units + metered.told;
            seen.refused += refused_units(world, &metered.refused).await;
            seen.trips = seen.trips.max(metered.trip);
            let separator = if seen.calls.is_empty() { "" } else { " " };
            let mark = if metered.refused.is_empty() { "" } else { "!" };
            seen.calls += &format!("{separator}{}{mark}", call.operation);
        }
        seen
    }
}

/// Prepares the scene of a row.
pub(crate) async fn prepared(row: &Row, operation: &Operation<'_>, world: &World) -> (Call, String) {
    let mut target = if row.given.contains(&Given::Nobody) { Target::missing() } else { Target::plain(world).await };
    for given in row.given.iter().filter(|given| **given != Given::Asked) {
        happen(world, *given, &mut target).await;
    }
    let call = call(world, operation, &target, row.ask);
    let authorization = format!("Bearer {}", token(world, &target, row.who));
    if row.given.contains(&Given::Asked) {
        call.send(world, Some(&authorization)).await;
    }
    (call, authorization)
}

/// The plain call of an operation by a caller with every permission, on a target on which it
/// succeeds.
pub(crate) async fn plain(operation: &Operation<'_>, world: &World) -> (Call, Option<String>) {
    let target = match operation.endpoint().ready {
        // There is no worker that would carry out the purge.
        Ready::Purged => {
            let target = Target::plain(world).await;
            purge(world, &target.user).await;
            target
        }
        _ => Target::ready(world, operation.id).await,
    };
    (ways(operation, &target).remove(0), operation.authorization(&world.admin()))
}

async fn happen(world: &World, given: Given, target: &mut Target) {
    let account = |user: &User| json!({ "platform": user.platform, "platform_user_id": user.platform_user_id });
    let Target { user, other, .. } = &mut *target;
    let enable = "/users/v1/cross-progression/enable";
    let answer = match given {
        Given::Nobody | Given::Asked => return,
        Given::Ids => return drop(world.create("PSN", &nobody("PSN").platform_user_id).await),
        Given::NoOther => return target.other = nobody("Epic"),
        Given::OtherOn(platform) => {
            return target.other = world.create(platform, &nobody(platform).platform_user_id).await;
        }
        Given::Linked => return world.link(user, other).await,
        Given::OtherLinked => {
            let third = world.create("Discord", &nobody("Discord").platform_user_id).await;
            return world.link(&third, other).await;
        }
        Given::Begun => return begin(world, &user.person_id).await,
        Given::Purged => return purge(world, user).await,
        Given::Sealed => return seal(world).await,
        Given::Enabled => world.post(enable, &world.admin(), account(user)).await,
        Given::OtherEnabled => world.post(enable, &world.admin(), account(other)).await,
        Given::Changed(change) => state(world, user, change).await,
        Given::OtherChanged(change) => state(world, other, change).await,
        Given::Queued => world.queue_purge(&user.person_id, None).await,
        Given::OtherQueued => world.queue_purge(&other.person_id, None).await,
    };
    assert!(answer.status < 300, "{given:?}: {}", answer.text);
}

async fn state(world: &World, user: &User, change: &str) -> Answer {
    world.post(&format!("/v2/users/{}/{change}", user.player_uuid), &world.admin(), json!({})).await
}

/// Marks a purge as begun. No function writes this mark today.
async fn begin(world: &World, person_id: &str) {
    let update = world.bundle.dynamodb().update_item().table_name(PERSONS);
    let update = update.key("person_id", AttributeValue::S(person_id.to_owned()));
    let update = update.update_expression("SET purge_status = :begun");
    update.expression_attribute_values(":begun", AttributeValue::S("in_progress".into())).send().await.expect("begun");
}

/// Queues a purge for now and carries it out.
pub(crate) async fn purge(world: &World, user: &User) {
    assert_eq!(world.purge_now(&user.person_id).await.status, 202);
    world.advance(Duration::from_secs(1));
    let message = message(world, &user.person_id).await;
    world.bundle.invoke("purge-person", batch(&[&message])).await.expect("a purge");
    assert_eq!(world.purge_status(&user.person_id).await, "complete");
}

/// The message about the queued purge.
pub(crate) async fn message(world: &World, person_id: &str) -> String {
    let get = world.bundle.dynamodb().get_item().table_name(PERSONS).consistent_read(true);
    let person = get.key("person_id", AttributeValue::S(person_id.to_owned())).send().await.expect("an answer");
    let purge_id = person.item.expect("a person")["purge_id"].as_s().expect("a purge").clone();
    json!({ "person_id": person_id, "purge_id": purge_id }).to_string()
}

/// The event of a batch.
pub(crate) fn batch(bodies: &[&str]) -> Value {
    let record = |(index, body): (usize, &&str)| json!({ "messageId": format!("{index}"), "body": body });
    json!({ "Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>() })
}

/// Moves the clock until this hour can be sealed, and runs the sealer.
pub(crate) async fn seal(world: &World) {
    let left = 3600 - world.now().rem_euclid(3600);
    world.advance(Duration::from_secs(u64::try_from(left).expect("an hour")) + Duration::from_mins(11));
    world.bundle.invoke("seal-receipts", json!({})).await.expect("a round of sealing");
}

fn token(world: &World, target: &Target, who: Who) -> String {
    let player = |user: &User, permissions: &[&str]| {
        let request = TokenRequest::new(permissions.iter().copied());
        world.token(request.platform_user(&user.platform, &user.platform_user_id))
    };
    match who {
        Who::Admin => world.admin(),
        Who::Service => world.service(&[]),
        Who::User => player(&target.user, &[]),
        Who::UserMay(permission) => player(&target.user, &[permission]),
        Who::Other => player(&target.other, &[]),
        Who::OtherMay(permission) => player(&target.other, &[permission]),
    }
}

fn call(world: &World, operation: &Operation<'_>, target: &Target, ask: Ask) -> Call {
    let first = |target: &Target| ways(operation, target).remove(0);
    let with = |body: Value| Call { body: body.to_string().into_bytes(), ..first(target) };
    let Target { user, other, .. } = target;
    match ask {
        Ask::Named => first(target),
        Ask::Otherwise => ways(operation, target).remove(1),
        Ask::Now => with(json!({ "suggested_purge_time": world.now() })),
        Ask::Unnamed => with(json!({})),
        Ask::Other => first(&Target { user: other.clone(), other: user.clone(), ..target.clone() }),
        Ask::Same => ways(operation, &Target { other: user.clone(), ..target.clone() }).remove(1),
        Ask::ByTokens => own_ways(world, operation, target, PlayerToken::OfAnother).remove(0),
        Ask::Odd => {
            first(&Target { user: User { player_uuid: "69629023906488334".into(), ..user.clone() }, ..target.clone() })
        }
    }
}

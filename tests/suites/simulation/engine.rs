//! The tables in memory and `DynamoStore` on the embedded engine behave the same in each call,
//! including refusals, repeats and lost answers. `ROSTER_SEQUENCES` sets the number of sequences of
//! calls.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::{
    acts::{Act, Acts},
    dice::Dice,
    logins, number,
    tables::{Tables, shard_of},
};
use aws_sdk_dynamodb::{
    Client, config::retry::RetryConfig, operation::update_item::builders::UpdateItemFluentBuilder,
    types::AttributeValue,
};
use serde_json::Value;
use shared::{
    ambient::Ambient,
    identity::{IdentityKey, PersonId, PlayerUuid, SessionPolicy},
    store::{
        CancelPurges, ChangeUserState, CreateUsers, Created, DynamoStore, EndAllSessions, EndSessions, Keys,
        LeasePurges, LinkUsers, LogIn, OwnPurges, PurgePersons, QueuePurges, ReadLogins, ReadReceipts, ReadRecords,
        ResetPurges, SetActivePlayer, UnlinkUsers, UseSessions,
    },
    tables::Tables as Names,
};
use tests::{
    World,
    faults::Disturbance,
    watch::{Disturb, watch},
};

/// The number of sequences by default.
const SEQUENCES: u64 = 200;

/// The number of calls in a sequence.
const CALLS: usize = 30;

#[tokio::test]
async fn tables_in_memory_do_what_the_engine_does() {
    let world = World::start().await;
    let loses = Arc::new(Losing::default());
    let client = world.bundle.dynamodb().config().to_builder();
    let client = client.retry_config(RetryConfig::disabled()).interceptor(watch(Arc::<Losing>::clone(&loses), "store"));
    let client = Client::from_conf(client.build());
    let raw = world.bundle.dynamodb();
    let store = DynamoStore::new(client, names(), Ambient::system());
    let mut tables = Tables::default();
    let first = number("ROSTER_SEED").unwrap_or(0);
    for seed in first..first + number("ROSTER_SEQUENCES").unwrap_or(SEQUENCES) {
        tables = tables.emptied();
        let mut dice = Dice::new(seed);
        let mut acts = Acts::new(&mut dice);
        let mut log = String::new();
        for _ in 0..CALLS {
            let act = acts.draw(&tables, &mut dice);
            let lost = dice.often(150);
            let expected = in_memory(&mut tables, &act, lost);
            loses.0.store(lost, Ordering::SeqCst);
            let found = on_engine(&store, raw, &act).await;
            loses.0.store(false, Ordering::SeqCst);
            log.push_str(&format!("{act:?}{} -> {found}\n", if lost { " (lost)" } else { "" }));
            acts.learn(&tables, act);
            assert_eq!(found, expected, "invariant: store-equals-engine: seed {seed}\n{log}");
        }
        compare(&store, &tables, &acts, &format!("invariant: store-equals-engine: content, seed {seed}\n{log}")).await;
    }
}

fn names() -> Names {
    let [persons, users, identities, receipts, seals, sequences] = tests::world::TABLES.map(str::to_owned);
    Names { persons, users, identities, receipts, seals, sequences }
}

/// The rules of sessions.
fn policy(single: bool) -> SessionPolicy {
    SessionPolicy { single, ..logins::SETTINGS.sessions.clone() }
}

/// The answer of the tables in memory. A call whose answer is lost is made again.
fn in_memory(tables: &mut Tables, act: &Act, lost: bool) -> String {
    let player_id = matches!(act, Act::Create(_)).then(|| tables.next_player_id());
    let mut once = || match act {
        Act::Create(new) => format!("{:?}", tables.create_user(new, player_id.expect("a number"))),
        Act::SetActive(change) => format!("{:?}", tables.set_active_player(change)),
        Act::Queue(purge) => format!("{:?}", tables.queue_purge(purge).expect("an answer")),
        Act::Cancel(person_id, operation) => format!("{:?}", tables.cancel_purge(*person_id, *operation)),
        Act::Own(person, change, owner, operation) => {
            format!("{:?}", tables.change_own_purge(person, change.as_ref(), *owner, *operation))
        }
        Act::Request(person, change, owner, operation) => {
            format!("{:?}", tables.request_own_purge(person, change.as_ref(), *owner, *operation))
        }
        Act::State(player, change, operation, now) => {
            format!("{:?}", tables.change_user_state(*player, *change, *operation, *now))
        }
        Act::Link(link) => format!("{:?}", tables.link(link)),
        Act::Unlink(unlink) => format!("{:?}", tables.unlink(unlink).expect("an answer")),
        Act::Lease(purge, due_on) => format!("{:?}", tables.lease_purge(purge, *due_on)),
        Act::Reset(purge, now) => format!("{:?}", tables.reset_purge(purge, *now)),
        Act::Postpone(person_id, purge) => format!("{:?}", tables.postpone(*person_id, purge)),
        Act::Tamper(key, person_id) => format!("{:?}", tables.tamper(key, *person_id)),
        Act::LogIn(login, single) => format!("{:?}", tables.log_in(login, &policy(*single))),
        Act::Use(used) => format!("{:?}", tables.use_session(used)),
        Act::EndSession(player, id) => format!("{:?}", tables.end_session(*player, *id)),
        Act::EndAll(player, person_id, now) => format!("{:?}", tables.end_all_sessions(*player, *person_id, *now)),
        Act::Age(player) => format!("{:?}", tables.age(*player)),
        Act::Purge(person, receipt, operation) => tables
            .purge(person, receipt, *operation)
            .map_or_else(|error| format!("{error:?}"), |done| format!("{done:?}")),
    };
    let first = once();
    if lost {
        return once();
    }
    if first == format!("{:?}", Created::AlreadyExists) {
        tables.return_player_id();
    }
    first
}

/// The answer of the store.
async fn on_engine(store: &DynamoStore, raw: &Client, act: &Act) -> String {
    macro_rules! told {
        ($call:expr) => {
            $call.await.map_or_else(|error| format!("{error:?}"), |done| format!("{done:?}"))
        };
    }
    match act {
        Act::Create(new) => told!(store.create_user(new)),
        Act::SetActive(change) => told!(store.set_active_player(change)),
        Act::Queue(purge) => told!(store.queue_purge(purge)),
        Act::Cancel(person_id, operation) => told!(store.cancel_purge(*person_id, *operation)),
        Act::Own(person, change, owner, operation) => {
            told!(store.change_own_purge(person, change.as_ref(), *owner, *operation))
        }
        Act::Request(person, change, owner, operation) => {
            told!(store.request_own_purge(person, change.as_ref(), *owner, *operation))
        }
        Act::State(player, change, operation, now) => {
            told!(store.change_user_state(*player, *change, *operation, *now))
        }
        Act::Link(link) => told!(store.link(link)),
        Act::Unlink(unlink) => told!(store.unlink(unlink)),
        Act::Lease(purge, due_on) => told!(store.lease_purge(purge, *due_on)),
        Act::Reset(purge, now) => told!(store.reset_purge(purge, *now)),
        Act::Postpone(person_id, purge) => told!(store.postpone(*person_id, purge)),
        Act::Purge(person, receipt, operation) => told!(store.purge(person, receipt, *operation)),
        Act::LogIn(login, single) => told!(store.log_in(login, &policy(*single))),
        Act::Use(used) => told!(store.use_session(used)),
        Act::EndSession(player, id) => told!(store.end_session(*player, *id)),
        Act::EndAll(player, person_id, now) => told!(store.end_all_sessions(*player, *person_id, *now)),
        Act::Age(player) => age(raw, *player).await,
        Act::Tamper(key, person_id) => tamper(raw, key, *person_id).await,
    }
}

async fn tamper(raw: &Client, key: &IdentityKey, person_id: PersonId) -> String {
    let update =
        raw.update_item().table_name(names().identities).key("identity", AttributeValue::S(key.as_str().into()));
    let update = update.update_expression("SET person_id = :to").condition_expression("attribute_exists(#identity)");
    let update = update.expression_attribute_names("#identity", "identity");
    let update = update.expression_attribute_values(":to", AttributeValue::S(person_id.to_string()));
    change(update).await
}

async fn age(raw: &Client, player: PlayerUuid) -> String {
    let update = raw.update_item().table_name(names().users).key("player_uuid", AttributeValue::S(player.to_string()));
    let update = update.update_expression("REMOVE #sessions").condition_expression("attribute_exists(player_uuid)");
    change(update.expression_attribute_names("#sessions", "sessions")).await
}

/// Makes a change that is no call of the store, if there is such an item.
async fn change(update: UpdateItemFluentBuilder) -> String {
    match update.send().await.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
        Ok(_) => "()".to_owned(),
        Err(error) if error.is_conditional_check_failed_exception() => "()".to_owned(),
        Err(error) => panic!("{error:?}"),
    }
}

/// Fails unless all records of a sequence are the same in both, and the index too.
async fn compare(store: &DynamoStore, tables: &Tables, acts: &Acts, message: &str) {
    let keys = Keys {
        persons: acts.persons.iter().copied().collect(),
        users: acts.players.iter().copied().collect(),
        identities: acts.keys.clone(),
    };
    let found = store.records(&keys).await.unwrap_or_else(|error| panic!("{message}{error:?}"));
    for person_id in &keys.persons {
        assert_eq!(found.persons.get(person_id).cloned(), tables.person(*person_id), "{message}");
        let receipt = store.receipt(*person_id).await.expect("a receipt");
        assert_eq!(receipt.as_ref(), tables.receipts.get(person_id), "{message}");
    }
    for player in &keys.users {
        assert_eq!(found.users.get(player).cloned(), tables.user(*player), "{message}");
        let state = store.login_state(*player).await.expect("a user");
        assert_eq!(state, tables.login_state(*player), "{message}");
    }
    for key in &keys.identities {
        assert_eq!(found.claims.get(key).copied(), tables.claim(key), "{message}");
    }
    let end = shared::identity::Second::from_unix(i64::from(u32::MAX));
    for purge in tables.due() {
        let page = store.due_purges(shard_of(purge.person_id), end, 1000, None).await.expect("a page");
        assert!(page.purges.contains(&purge), "{message}{purge:?} is not in the index");
    }
}

/// Loses the answer of the next write, if the flag is set.
#[derive(Debug, Default)]
struct Losing(AtomicBool);

impl Disturb for Losing {
    fn disturbance(&self, _: &str, _: &str, body: Value) -> Option<Disturbance> {
        // If numbers are leased twice, this only leaves a gap.
        let leases_numbers = body.to_string().contains("SequencesTable");
        (!leases_numbers && self.0.swap(false, Ordering::SeqCst)).then(Disturbance::lost_answer)
    }
}

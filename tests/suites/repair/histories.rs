//! Random histories and random backups. After every restore, a repair makes the tables agree and
//! brings nobody back.

use std::collections::BTreeSet;

use proptest::{prelude::*, sample::Index};
use roster_local::repair::Order;
use serde_json::json;
use tests::{
    User, World,
    world::{link_body, purge_path},
};

use crate::{
    agreement::{assert_agreement, purged},
    scene::{APPLY, Backup, Item, everything, item, later, person_of, purge, run, world},
};

const PLATFORMS: [&str; 3] = ["Steam", "Epic", "PSN"];

/// An event of a history, about one of the existing users.
#[derive(Debug, Clone)]
enum Event {
    Create(usize, u8),
    Link(Index, Index),
    Unlink(Index),
    Enable(Index),
    Disable(Index),
    Deactivate(Index),
    Queue(Index),
    Cancel(Index),
    Purge(Index),
}

fn event() -> impl Strategy<Value = Event> {
    let who = any::<Index>;
    prop_oneof![
        3 => (0..PLATFORMS.len(), 0..3_u8).prop_map(|(platform, account)| Event::Create(platform, account)),
        4 => (who(), who()).prop_map(|(leader, follower)| Event::Link(leader, follower)),
        2 => who().prop_map(Event::Unlink),
        1 => who().prop_map(Event::Enable),
        1 => who().prop_map(Event::Disable),
        1 => who().prop_map(Event::Deactivate),
        1 => who().prop_map(Event::Queue),
        1 => who().prop_map(Event::Cancel),
        2 => who().prop_map(Event::Purge),
    ]
}

/// Sends the event's request as an admin. The rules may refuse it, which is a part of a history
/// too.
async fn happen(world: &World, event: &Event, known: &mut Vec<User>) {
    let admin = world.admin();
    let post = async |path: &str, body: serde_json::Value| {
        let answer = world.post(path, &admin, body).await;
        assert!(answer.status < 500, "{event:?}: {}", answer.text);
    };
    let named = |user: &User| json!({ "platform": user.platform, "platform_user_id": user.platform_user_id });
    let pick = |index: &Index| index.get(known).clone();
    match event {
        Event::Create(platform, account) => {
            let (platform, account) = (PLATFORMS[*platform], format!("account {account}"));
            let body = json!({ "platform": platform, "platform_user_id": account });
            let answer = world.post("/users/v1/platform-user", &admin, body).await;
            if answer.status == 201 {
                let user = answer.json();
                known.push(User {
                    platform: platform.to_owned(),
                    platform_user_id: account,
                    player_uuid: user["player_uuid"].as_str().unwrap().to_owned(),
                    player_id: user["player_id"].as_u64().unwrap(),
                    person_id: user["person_id"].as_str().unwrap().to_owned(),
                });
            }
        }
        Event::Link(leader, follower) => post("/users/v1/link", link_body(&pick(leader), &pick(follower))).await,
        Event::Unlink(user) => post("/users/v1/unlink", named(&pick(user))).await,
        Event::Enable(user) => post("/users/v1/cross-progression/enable", named(&pick(user))).await,
        Event::Disable(user) => post("/users/v1/cross-progression/disable", named(&pick(user))).await,
        Event::Deactivate(user) => {
            post(&format!("/v2/users/{}/deactivate", pick(user).player_uuid), json!({})).await;
        }
        Event::Queue(user) | Event::Cancel(user) | Event::Purge(user) => {
            let Some(person_id) = person_of(world, &pick(user)).await else { return };
            match event {
                Event::Queue(_) => assert_eq!(world.queue_purge(&person_id, None).await.status, 202),
                Event::Cancel(_) => {
                    world.delete(&purge_path(&person_id), &admin).await;
                }
                _ => purge(world, &person_id).await,
            }
        }
    }
}

/// The backup from which each table is restored. `None` for a table that is not restored.
#[derive(Debug, Clone)]
struct Restore {
    persons: Option<Index>,
    users: Option<Index>,
    identities: Option<Index>,
    sequences: Option<Index>,
    /// Whether the operator gives the restore point.
    says_when: bool,
}

fn restore() -> impl Strategy<Value = Restore> {
    let apart = (
        proptest::option::weighted(0.7, any::<Index>()),
        proptest::option::weighted(0.7, any::<Index>()),
        proptest::option::weighted(0.7, any::<Index>()),
    );
    let together = any::<Index>().prop_map(|index| (Some(index), Some(index), Some(index)));
    let points = prop_oneof![apart, together];
    (points, proptest::option::weighted(0.3, any::<Index>()), any::<bool>()).prop_map(
        |((persons, users, identities), sequences, says_when)| Restore {
            persons,
            users,
            identities,
            sequences,
            says_when,
        },
    )
}

fn next_number(items: &[Item]) -> u32 {
    items.first().map_or(1, |item| item["next"].as_n().unwrap().parse().unwrap())
}

async fn holds(history: &[Event], restore: &Restore) {
    let world = world().await;
    let mut known = vec![world.create("Steam", "account 0").await, world.create("Epic", "account 0").await];
    let mut backups = vec![Backup::of(&world).await];
    for event in history {
        later(&world, 17);
        happen(&world, event, &mut known).await;
        backups.push(Backup::of(&world).await);
    }
    let today = Backup::of(&world).await;
    let points = [
        ("PersonsTable", restore.persons),
        ("UsersTable", restore.users),
        ("IdentitiesTable", restore.identities),
        ("SequencesTable", restore.sequences),
    ];
    let mut earliest = today.taken;
    for (table, point) in points {
        let Some(point) = point else { continue };
        let backup = point.get(&backups);
        backup.restore(&world, table).await;
        earliest = earliest.min(backup.taken);
    }
    let lost_numbers = next_number(today.items("SequencesTable")) - next_number(&world.items("SequencesTable").await);
    let order =
        Order { apply: true, restored_to: restore.says_when.then_some(earliest), skip_player_ids: lost_numbers };

    let (restored, before) = (world.items("UsersTable").await, everything(&world).await);
    let (_, dry) = run(&world, Order { apply: false, ..order }).await;
    assert_eq!(everything(&world).await, before, "a dry run changes nothing");
    let (told, report) = run(&world, order).await;
    assert!(!report.needs_somebody(), "{told:?}");
    assert_eq!(dry.is_empty(), report.is_empty(), "dry: {dry}\napplied: {report}");
    assert_agreement(&world).await;
    let (told, again) = run(&world, APPLY).await;
    assert!(again.is_empty(), "{told:?}");
    untouched(&world, &restored).await;

    let numbers: BTreeSet<_> = known.iter().map(|user| user.player_id).collect();
    assert!(u64::from(next_number(&world.items("SequencesTable").await)) > numbers.last().copied().unwrap_or(0));
    if let Some(user) = world.items("UsersTable").await.first() {
        purge(&world, user["person_id"].as_s().unwrap()).await;
        assert_agreement(&world).await;
    }
}

/// Fails unless every user of the restored table is unchanged, except for purged ones. A user that
/// had left a purged person may have another person.
async fn untouched(world: &World, restored: &[Item]) {
    let (persons, players) = purged(world).await;
    let text = |item: &Item, name: &str| item[name].as_s().unwrap().clone();
    let mut expected = 0;
    for user in restored.iter().filter(|user| !players.contains(&text(user, "player_uuid"))) {
        expected += 1;
        let now = item(world, "UsersTable", &text(user, "player_uuid")).await.expect("nobody else goes");
        if !persons.contains(&text(user, "person_id")) {
            assert_eq!(now, *user);
        }
        for name in ["platform", "platform_user_id", "player_id", "state", "created"] {
            assert_eq!(now[name], user[name]);
        }
    }
    assert_eq!(world.items("UsersTable").await.len(), expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() })]
    #[test]
    fn whatever_was_restored_a_repair_makes_it_agree_and_brings_nobody_back(
        history in proptest::collection::vec(event(), 1..16),
        restore in restore(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(holds(&history, &restore));
    }
}

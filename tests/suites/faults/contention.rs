//! Several clients, a player's and support's, send requests about one person at the same time. None
//! is refused because of the others.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::future::join_all;
use roster_local::TokenRequest;
use serde_json::{Value, json};
use tests::{
    Answer, User, World, engines::Engine, random::Random, tables::consistent, world::link_body, world::purge_path,
};

use crate::without_worker;

/// The number of requests of a storm. An engine in Python gets fewer, since it is ten times slower.
fn requests() -> usize {
    if Engine::of_dynamodb() == Engine::Dynoxide { 1_000 } else { 240 }
}

/// One of so many writes gets a conflict, in the storms with conflicts.
const CONFLICT_IN: usize = 5;

/// A request to an endpoint that writes, or a read beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    Enable,
    EnableOwn,
    EnableSibling,
    Disable,
    DisableOwn,
    DisablePerson,
    Link,
    LinkOwn,
    Unlink,
    UnlinkOwn,
    Queue,
    Retime,
    QueueOwn,
    RetimeOwn,
    Cancel,
    CancelOwn,
    Deactivate,
    Reactivate,
    Lock,
    Unlock,
    Create,
    Find,
    Links,
    Purge,
}

const EVERYTHING: [Ask; 24] = [
    Ask::Enable,
    Ask::EnableOwn,
    Ask::EnableSibling,
    Ask::Disable,
    Ask::DisableOwn,
    Ask::DisablePerson,
    Ask::Link,
    Ask::LinkOwn,
    Ask::Unlink,
    Ask::UnlinkOwn,
    Ask::Queue,
    Ask::Retime,
    Ask::QueueOwn,
    Ask::RetimeOwn,
    Ask::Cancel,
    Ask::CancelOwn,
    Ask::Deactivate,
    Ask::Reactivate,
    Ask::Lock,
    Ask::Unlock,
    Ask::Create,
    Ask::Find,
    Ask::Links,
    Ask::Purge,
];

/// Requests that read before they write. Each changes the records that the others have read.
const PURGES: [Ask; 6] = [Ask::QueueOwn, Ask::RetimeOwn, Ask::CancelOwn, Ask::QueueOwn, Ask::CancelOwn, Ask::Cancel];
const MOVES: [Ask; 6] = [Ask::Link, Ask::LinkOwn, Ask::Unlink, Ask::UnlinkOwn, Ask::Find, Ask::Links];

/// The users of one person, and the token of each.
struct Scene {
    world: World,
    users: Vec<User>,
    own: Vec<String>,
    admin: String,
    created: AtomicUsize,
    /// How often each player's user has changed, as the answers say.
    changed: Mutex<BTreeMap<String, u64>>,
}

impl Scene {
    async fn prepare() -> Self {
        let world = without_worker().await;
        let mut users = Vec::new();
        for platform in ["Steam", "Epic", "PSN"] {
            users.push(world.create(platform, "42").await);
        }
        world.link(&users[0], &users[1]).await;
        world.link(&users[0], &users[2]).await;
        let own = |user: &User| {
            let request = TokenRequest::new(["purge:person:self"]);
            world.token(request.platform_user(&user.platform, &user.platform_user_id))
        };
        let (own, admin) = (users.iter().map(own).collect(), world.admin());
        let changed =
            users.iter().zip([1, 2, 2]).map(|(user, sequence)| (user.player_uuid.clone(), sequence)).collect();
        Self { world, users, own, admin, created: AtomicUsize::new(0), changed: Mutex::new(changed) }
    }

    async fn send(&self, ask: Ask, dice: &mut Random) -> Answer {
        let (world, admin) = (&self.world, &*self.admin);
        // The first user leads, and the second and third are linked and unlinked. Only the last one
        // may be inactive.
        let (leader, follower, last) = (&self.users[0], &self.users[1 + dice.below(2)], &self.users[2]);
        let number = dice.below(2);
        let (user, own) = (&self.users[number], &*self.own[number]);
        let pair = |user: &User| json!({ "platform": user.platform, "platform_user_id": user.platform_user_id });
        let later = |dice: &mut Random| json!({ "suggested_purge_time": world.now() + 86_400 + i64::try_from(dice.below(86_400)).unwrap() });
        let purge =
            async || purge_path(world.find(user).await.expect("a user")["person_id"].as_str().expect("its person"));
        let state = |change: &str| format!("/v2/users/{}/{change}", last.player_uuid);
        let (enable, disable) = ("/users/v1/cross-progression/enable", "/users/v1/cross-progression/disable");
        let by_token = json!({ "scheme": "Bearer", "credentials": self.own[0] });
        match ask {
            Ask::Enable => world.post(enable, admin, pair(user)).await,
            Ask::EnableOwn => world.post(enable, own, json!({})).await,
            Ask::EnableSibling => world.post(enable, own, pair(leader)).await,
            Ask::Disable => world.post(disable, admin, pair(user)).await,
            Ask::DisableOwn => world.post(disable, own, json!({})).await,
            Ask::DisablePerson => world.post(disable, admin, json!({ "person_id": leader.person_id })).await,
            Ask::Link => self.moved(follower, world.post("/users/v1/link", admin, link_body(leader, follower)).await),
            Ask::LinkOwn => self.moved(&self.users[1], world.post("/users/v1/link", &self.own[1], by_token).await),
            Ask::Unlink => self.moved(follower, world.post("/users/v1/unlink", admin, pair(follower)).await),
            Ask::UnlinkOwn => self.moved(&self.users[1], world.post("/users/v1/unlink", &self.own[1], json!({})).await),
            Ask::Queue => world.post(&purge().await, admin, json!({})).await,
            Ask::Retime => world.post(&purge().await, admin, later(dice)).await,
            Ask::QueueOwn => world.post(&purge().await, own, json!({})).await,
            Ask::RetimeOwn => world.post(&purge().await, own, later(dice)).await,
            Ask::Cancel => world.delete(&purge().await, admin).await,
            Ask::CancelOwn => world.delete(&purge().await, own).await,
            Ask::Deactivate => self.moved(last, world.post(&state("deactivate"), admin, json!({})).await),
            Ask::Reactivate => self.moved(last, world.post(&state("reactivate"), admin, json!({})).await),
            Ask::Lock => self.moved(last, world.post(&state("lock"), admin, json!({})).await),
            Ask::Unlock => self.moved(last, world.post(&state("unlock"), admin, json!({})).await),
            Ask::Create => {
                let number = self.created.fetch_add(1, Ordering::SeqCst);
                let new = json!({ "platform": "Apple", "platform_user_id": format!("{number}") });
                world.post("/users/v1/platform-user", admin, new).await
            }
            Ask::Find => {
                let id = &follower.platform_user_id;
                let path = format!("/users/v1/platform-user?platform={}&platform_user_id={id}", follower.platform);
                world.get(&path, admin).await
            }
            Ask::Links => world.get(&format!("/users/v2/player/{}/links", follower.player_uuid), admin).await,
            Ask::Purge => world.get(&purge().await, admin).await,
        }
    }

    /// Notes a change of the user if the answer is a success.
    fn moved(&self, user: &User, answer: Answer) -> Answer {
        if answer.status == 200 {
            *self.changed.lock().unwrap().get_mut(&user.player_uuid).expect("one of ours") += 1;
        }
        answer
    }

    /// Fails unless each change with a 200 was made once, and the tables agree.
    async fn was_done_once(&self) {
        consistent(&self.world).await;
        let changed = self.changed.lock().unwrap().clone();
        for (player_uuid, expected) in changed {
            let shown = self.world.get(&format!("/v2/users/{player_uuid}"), &self.admin).await;
            assert_eq!(shown.json()["details"]["sequence"], Value::from(expected.to_string()));
        }
    }
}

/// Sends the requests from so many clients. Returns the number of answers by request and status.
async fn storm(clients: usize, asks: &'static [Ask], conflict_in: Option<usize>) {
    let scene = Arc::new(Scene::prepare().await);
    scene.world.calls.conflict_in(conflict_in);
    let clients = (0..clients).map(|client| {
        let scene = Arc::clone(&scene);
        tokio::spawn(async move {
            let mut dice = Random::of(1, "contention", u64::try_from(client).unwrap());
            let mut answers = Vec::new();
            for _ in 0..requests() / clients {
                let ask = *dice.pick(asks);
                answers.push((ask, scene.send(ask, &mut dice).await));
            }
            answers
        })
    });
    let answers: Vec<_> = join_all(clients).await.into_iter().flat_map(|answers| answers.expect("no panic")).collect();
    assert_eq!(answers.len(), requests());
    let mut refused = BTreeMap::<_, usize>::new();
    for (ask, answer) in answers.iter().filter(|(_, answer)| answer.status >= 500) {
        *refused.entry((answer.status, format!("{ask:?}"))).or_default() += 1;
    }
    assert_eq!(refused, BTreeMap::new());
    // The clients did contend: every kind of request was sent, and many of them changed something.
    assert!(asks.iter().all(|ask| answers.iter().any(|(of, _)| of == ask)));
    assert!(answers.iter().filter(|(_, answer)| answer.status < 300).count() > requests() / 5);
    scene.world.calls.conflict_in(None);
    scene.was_done_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clients_about_one_person_are_never_answered_503() {
    storm(2, &EVERYTHING, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_clients_about_one_person_are_never_answered_503() {
    storm(4, &EVERYTHING, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_clients_about_one_person_are_never_answered_503() {
    storm(8, &EVERYTHING, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_whose_every_fifth_write_is_in_conflict_are_never_answered_503() {
    for clients in [2, 4, 8] {
        storm(clients, &EVERYTHING, Some(CONFLICT_IN)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_clients_that_queue_and_cancel_their_own_purge_are_never_answered_503() {
    storm(8, &PURGES, None).await;
    storm(8, &PURGES, Some(CONFLICT_IN)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_clients_that_link_and_unlink_the_same_users_are_never_answered_503() {
    storm(8, &MOVES, None).await;
    storm(8, &MOVES, Some(CONFLICT_IN)).await;
}

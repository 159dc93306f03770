//! A write whose answer is lost is retried, and has the effect of one.

use std::{sync::atomic::Ordering, time::Duration};

use futures_util::future::join_all;
use shared::{
    identity::{Login, LoginState, SessionPolicy},
    store::{EndAllSessions, EndSessions, LogIn, LoggedIn},
};
use tests::User;

use super::{ROTATE, Scene, game, name, numbers, player};

/// A write on a user with some sessions.
#[derive(Debug, Clone, Copy)]
enum Act {
    Login { sessions: usize, has_map: bool, renames: bool, bare: bool, single: bool },
    Refresh,
    EndOne,
    EndAll,
}

const ADDED: Act = Act::Login { sessions: 2, has_map: true, renames: false, bare: false, single: false };

const ACTS: [Act; 11] = [
    ADDED,
    Act::Login { sessions: 7, has_map: true, renames: false, bare: false, single: false },
    Act::Login { sessions: 8, has_map: true, renames: false, bare: false, single: false },
    Act::Login { sessions: 8, has_map: true, renames: true, bare: false, single: false },
    Act::Login { sessions: 0, has_map: false, renames: true, bare: false, single: false },
    Act::Login { sessions: 2, has_map: true, renames: true, bare: true, single: false },
    Act::Login { sessions: 2, has_map: true, renames: false, bare: true, single: false },
    Act::Login { sessions: 2, has_map: true, renames: false, bare: false, single: true },
    Act::Refresh,
    Act::EndOne,
    Act::EndAll,
];

/// The parts of a user that an act may change, without what differs from user to user.
#[derive(Debug, PartialEq)]
struct Effect {
    sessions: Vec<(u32, bool)>,
    sequence: u64,
    renamed: bool,
    has_last_login: bool,
    has_ended: bool,
}

fn effect(state: &LoginState, before: &LoginState) -> Effect {
    let was_there = |id| before.sessions.is_some() && before.session(id).is_some();
    let mut sessions: Vec<_> = numbers(state).into_iter().map(|(id, n)| (n, was_there(id))).collect();
    sessions.sort_unstable();
    Effect {
        sessions,
        sequence: state.user.sequence,
        renamed: state.user.display_name != before.user.display_name,
        has_last_login: state.last_login.is_some(),
        has_ended: state.sessions_ended.is_some(),
    }
}

/// Does the act on a new user, and loses the answers of its first calls. Returns the effect.
async fn perform(scene: &Scene, user: &User, act: Act, lost: usize) -> Effect {
    let lose = || scene.wire.loses.store(lost, Ordering::SeqCst);
    let sessions = if let Act::Login { sessions, .. } = act { sessions } else { 2 };
    let mut token = None;
    for _ in 0..sessions {
        token = Some(scene.opened(user).await);
    }
    if matches!(act, Act::Login { has_map: false, .. }) {
        scene.without(user, "sessions").await;
    }
    scene.world.advance(Duration::from_secs(1));
    let before = scene.state(user).await;
    match act {
        Act::Login { renames, bare, single, .. } => {
            let login = if bare { scene.bare_login(user) } else { scene.login(user) };
            let login = Login { display_name: if renames { name("Ada") } else { None }, ..login };
            lose();
            let done = scene.store.log_in(&login, &SessionPolicy { single, ..ROTATE }).await.unwrap();
            assert!(matches!(&done, LoggedIn::Done(_)), "{act:?}: {done:?}");
        }
        Act::Refresh => {
            let token = token.unwrap();
            let shared::identity::Presented::Good(used) = before.present(&token, &game(), &ROTATE, scene.now()) else {
                panic!("{act:?}")
            };
            lose();
            let done = shared::store::UseSessions::use_session(&scene.store, &used).await.unwrap();
            assert!(matches!(&done, shared::store::SessionUsed::Done(_)), "{done:?}");
        }
        Act::EndOne => {
            lose();
            scene.store.end_session(player(user), token.unwrap().session).await.unwrap();
        }
        Act::EndAll => {
            lose();
            scene.store.end_all_sessions(player(user), None, scene.now()).await.unwrap();
        }
    }
    scene.wire.loses.store(0, Ordering::SeqCst);
    effect(&scene.state(user).await, &before)
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_has_the_effect_of_one() {
    let scene = Scene::start().await;
    for (number, act) in ACTS.into_iter().enumerate() {
        let mut effects = Vec::new();
        for lost in 0..3 {
            let user = scene.world.create("Steam", &format!("{number} {lost}")).await;
            effects.push(perform(&scene, &user, act, lost).await);
        }
        assert!(effects.iter().all(|effect| *effect == effects[0]), "{act:?}: {effects:?}");
    }
}

/// A login with a new name is retried while others give other names.
#[tokio::test]
async fn each_of_simultaneous_logins_renames_once_though_answers_are_lost() {
    let scene = Scene::start().await;
    for round in 0..5 {
        let user = scene.world.create("Steam", &format!("{round}")).await;
        let login = |number: usize| Login { display_name: name(&format!("name {}", number / 2)), ..scene.login(&user) };
        let logins: Vec<_> = (0..6).map(login).collect();
        scene.wire.loses.store(12, Ordering::SeqCst);
        join_all(logins.iter().map(|login| scene.done(login))).await;
        scene.wire.loses.store(0, Ordering::SeqCst);
        let state = scene.state(&user).await;
        // Of two logins with one name, the second may find it already there.
        assert!((4..=7).contains(&state.user.sequence), "{}", state.user.sequence);
        assert_eq!(numbers(&state).len(), 6);
    }
}

#[tokio::test]
async fn simultaneous_logins_with_one_new_name_are_one_change() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    let logins: Vec<_> = (0..6).map(|_| Login { display_name: name("Ada"), ..scene.login(&user) }).collect();
    join_all(logins.iter().map(|login| scene.done(login))).await;
    assert_eq!(scene.state(&user).await.user.sequence, 2);
}

/// The item counts changes by the operations that it notes. A login is none.
#[tokio::test]
async fn a_change_of_state_that_is_retried_after_logins_answers_its_own_sequence() {
    use shared::{
        identity::StateChange,
        store::{ChangeUserState, StateChanged},
    };
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    let (id, now) = (player(&user), scene.now());
    let operation = scene.world.ambient().operation();
    let locked = scene.store.change_user_state(id, StateChange::Lock, operation, now).await.unwrap();
    let StateChanged::Done(locked) = locked else { panic!("{locked:?}") };
    let unlock = scene.world.ambient().operation();
    scene.store.change_user_state(id, StateChange::Unlock, unlock, scene.now()).await.unwrap();
    for _ in 0..10 {
        scene.opened(&user).await;
    }
    let retried = scene.store.change_user_state(id, StateChange::Lock, operation, now).await.unwrap();
    let StateChanged::Done(retried) = retried else { panic!("{retried:?}") };
    assert_eq!((retried.sequence, retried.state), (locked.sequence, locked.state));
    assert_eq!(numbers(&scene.state(&user).await).len(), 8, "the retry ended no session");
}

//! Logins: the sessions that they open and end, and what they leave.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::{join, join_all};
use shared::{
    identity::{
        FirstLogin, MAX_SESSIONS, NewSession, NewUser, PersonId, Platform, PlatformUserId, PlayerUuid, SessionId,
        SessionPolicy, UserState,
    },
    store::{CreateUsers, Created, LogIn, LoggedIn, ReadLogins},
};
use tests::tables::consistent;
use uuid::Uuid;

use super::{ROTATE, Scene, game, name, numbers};
use crate::change;

#[tokio::test]
async fn a_login_opens_a_session_with_one_write_and_changes_nothing_else() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    let before = scene.state(&user).await;
    assert_eq!((numbers(&before), before.last_login, before.sessions_ended), (vec![], None, None));
    scene.world.advance(Duration::from_secs(10));
    let login = scene.login(&user);
    scene.calls();
    let state = scene.done(&login).await;
    assert_eq!(scene.calls(), 1);
    let new = login.session.unwrap();
    let session = new.opened(login.now);
    assert_eq!((session.n, session.ends), (1, login.now.plus(ROTATE.idle)));
    assert_eq!(state.session(new.id), Some(&session));
    assert_eq!(numbers(&state).len(), 1);
    assert_eq!((&state.user, state.last_login, state.sessions_ended), (&before.user, Some(login.now), None));
    assert_eq!(scene.state(&user).await, state);
    let bare = scene.bare_login(&user);
    scene.calls();
    let later = scene.done(&bare).await;
    assert_eq!((scene.calls(), numbers(&later)), (1, numbers(&state)));
    assert_eq!((later.user, later.last_login), (before.user, Some(bare.now)));
}

#[tokio::test]
async fn an_item_older_than_sessions_gets_its_map_by_a_second_write() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    scene.without(&user, "sessions").await;
    scene.calls();
    scene.opened(&user).await;
    assert_eq!(scene.calls(), 2);
    scene.opened(&user).await;
    assert_eq!((scene.calls(), numbers(&scene.state(&user).await).len()), (1, 2));
}

#[tokio::test]
async fn the_eighth_session_is_added_and_the_ninth_ends_the_oldest_though_it_was_used_last() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    let mut opened = Vec::new();
    for _ in 0..MAX_SESSIONS {
        scene.calls();
        opened.push(scene.opened(&user).await);
        assert_eq!(scene.calls(), 1);
    }
    scene.world.advance(Duration::from_secs(1));
    scene.refresh(opened[0]).await.unwrap();
    scene.calls();
    let ninth = scene.opened(&user).await;
    assert_eq!(scene.calls(), 2);
    let left: BTreeSet<_> = numbers(&scene.state(&user).await).into_iter().map(|(id, _)| id).collect();
    let expected = opened.iter().skip(1).map(|token| token.session);
    assert_eq!(left, expected.chain([ninth.session]).collect());
}

#[tokio::test]
async fn expired_sessions_make_room_together() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    for round in 0..MAX_SESSIONS {
        if round == 5 {
            scene.world.advance(ROTATE.idle);
        }
        scene.opened(&user).await;
    }
    scene.opened(&user).await;
    assert_eq!(numbers(&scene.state(&user).await).len(), MAX_SESSIONS - 5 + 1);
}

#[tokio::test]
async fn simultaneous_logins_all_succeed_and_leave_eight_sessions() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    for _ in 0..MAX_SESSIONS - 2 {
        scene.opened(&user).await;
    }
    scene.world.advance(Duration::from_secs(1));
    let logins: Vec<_> = (0..7).map(|_| scene.login(&user)).collect();
    join_all(logins.iter().map(|login| scene.done(login))).await;
    let left: BTreeSet<_> = numbers(&scene.state(&user).await).into_iter().map(|(id, _)| id).collect();
    assert_eq!(left.len(), MAX_SESSIONS);
    assert!(logins.iter().all(|login| left.contains(&login.session.as_ref().unwrap().id)), "a new one was ended");
}

#[tokio::test]
async fn a_single_session_ends_all_others_with_one_write() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    for _ in 0..MAX_SESSIONS {
        scene.opened(&user).await;
    }
    let (login, single) = (scene.login(&user), SessionPolicy { single: true, ..ROTATE });
    scene.calls();
    let LoggedIn::Done(state) = scene.store.log_in(&login, &single).await.unwrap() else { panic!("refused") };
    assert_eq!((scene.calls(), numbers(&state)), (1, vec![(login.session.unwrap().id, 1)]));
}

#[tokio::test]
async fn only_another_display_name_is_a_change() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    for (round, (text, sequence, calls)) in
        [("Ada", 2, 2), ("Ada", 2, 1), ("", 3, 2), ("", 3, 1), ("Ada", 4, 2)].into_iter().enumerate()
    {
        scene.world.advance(Duration::from_secs(1));
        let login = shared::identity::Login { display_name: name(text), ..scene.login(&user) };
        scene.calls();
        let state = scene.done(&login).await;
        assert_eq!((state.user.sequence, scene.calls()), (sequence, calls), "round {round}");
        assert_eq!(state.user.display_name, name(text));
        assert_eq!(state.user.changed == login.now, calls == 2, "round {round}");
        assert_eq!(numbers(&state).len(), round + 1);
    }
}

#[tokio::test]
async fn a_user_that_is_not_active_or_moved_or_gone_gets_no_session() {
    let scene = Scene::start().await;
    let [user, leader] = [scene.world.create("Steam", "42").await, scene.world.create("Epic", "43").await];
    for (off, on, state) in [("lock", "unlock", UserState::Locked), ("deactivate", "reactivate", UserState::Inactive)] {
        assert_eq!(change(&scene.world, &user, off).await.status, 200);
        for login in [scene.login(&user), scene.bare_login(&user)] {
            let refused = scene.store.log_in(&login, &ROTATE).await.unwrap();
            assert!(matches!(&refused, LoggedIn::Restricted(user) if user.state == state), "{refused:?}");
        }
        assert_eq!(change(&scene.world, &user, on).await.status, 200);
    }
    let login = scene.login(&user);
    scene.world.link(&leader, &user).await;
    assert_eq!(scene.store.log_in(&login, &ROTATE).await.unwrap(), LoggedIn::Moved);
    assert_eq!(numbers(&scene.state(&user).await), []);
    assert_eq!(scene.world.purge_now(&leader.person_id).await.status, 202);
    scene.world.purged(&leader.person_id).await;
    assert_eq!(scene.store.log_in(&login, &ROTATE).await.unwrap(), LoggedIn::Moved);
    assert!(scene.world.items("UsersTable").await.is_empty(), "a login created what was purged");
}

#[tokio::test]
async fn of_a_login_and_a_deactivation_at_the_same_time_no_session_is_left() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    for (off, on) in [("deactivate", "reactivate"), ("lock", "unlock")].repeat(5) {
        let login = scene.login(&user);
        let (logged_in, answer) = join(scene.store.log_in(&login, &ROTATE), change(&scene.world, &user, off)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(matches!(logged_in.unwrap(), LoggedIn::Done(_) | LoggedIn::Restricted(_)));
        assert_eq!(numbers(&scene.state(&user).await), []);
        assert_eq!(change(&scene.world, &user, on).await.status, 200);
    }
}

#[tokio::test]
async fn a_first_login_is_created_with_its_user() {
    let scene = Scene::start().await;
    let session = NewSession::new(SessionId(Uuid::new_v4()), game(), &ROTATE, scene.now());
    for (id, session) in [("42", Some(session)), ("43", None)] {
        let new = NewUser {
            platform: Platform::Steam,
            platform_user_id: PlatformUserId::new(id.to_owned()).unwrap(),
            display_name: name("Ada"),
            player_uuid: PlayerUuid(Uuid::new_v4()),
            person_id: PersonId(Uuid::new_v4()),
            first_login: Some(FirstLogin { session: session.clone() }),
            operation: scene.world.ambient().operation(),
            now: scene.now(),
        };
        let Created::User(user) = scene.store.create_user(&new).await.unwrap() else { panic!("taken") };
        let state = scene.store.login_state(user.player_uuid).await.unwrap().unwrap();
        assert_eq!((&state.user, state.last_login), (&user, Some(new.now)));
        let sessions: Vec<_> = state.live_sessions(new.now).map(|(id, session)| (id, session.clone())).collect();
        assert_eq!(sessions, session.iter().map(|session| (session.id, session.opened(new.now))).collect::<Vec<_>>());
    }
    consistent(&scene.world).await;
}

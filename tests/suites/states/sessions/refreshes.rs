//! Refreshes: rotation, lost answers, thieves and races.

use std::time::Duration;

use futures_util::future::{join, join_all};
use shared::{
    identity::{Presented, RefreshClaim, RefreshMode, SessionPolicy, SessionUse, UserState},
    store::{EndSessions, SessionEnded, SessionUsed, UseSessions},
};

use tests::User;

use super::{ROTATE, Scene, game, numbers};
use crate::change;

#[tokio::test]
async fn a_refresh_is_a_read_and_a_write_and_changes_nothing_but_its_session() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    let (other, mut token) = (scene.opened(&user).await, scene.opened(&user).await);
    let before = scene.state(&user).await;
    scene.calls();
    for n in 2..5 {
        scene.world.advance(Duration::from_secs(1));
        token = scene.refresh(token).await.unwrap();
        assert_eq!((scene.calls(), token.n), (2, n));
    }
    let state = scene.state(&user).await;
    assert_eq!((&state.user, state.last_login), (&before.user, before.last_login));
    assert_eq!(state.session(other.session), before.session(other.session));
    let [was, is] = [&before, &state].map(|state| state.session(token.session).unwrap());
    assert_eq!((is.n, is.issued), (4, was.issued));
    assert!(is.used > was.used);
    assert_eq!(is.ends, is.used.plus(ROTATE.idle));
}

#[tokio::test]
async fn a_lost_answer_is_given_again_for_five_minutes_after_the_refresh() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    let token = scene.opened(&user).await;
    let lost = scene.refresh(token).await.unwrap();
    let state = scene.state(&user).await;
    for _ in 0..4 {
        scene.world.advance(Duration::from_mins(1));
        scene.calls();
        assert_eq!((scene.refresh(token).await, scene.calls()), (Ok(lost), 2));
        assert_eq!(scene.state(&user).await, state, "the window moved");
    }
    scene.world.advance(Duration::from_secs(61));
    assert_eq!(scene.refresh(token).await, Err(Presented::Reused));
}

#[tokio::test]
async fn a_reuse_ends_the_session_of_the_thief_and_of_the_player_and_no_other() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    let (stolen, other) = (scene.opened(&user).await, scene.opened(&user).await);
    scene.world.advance(Duration::from_hours(1));
    let thief = scene.refresh(stolen).await.unwrap();
    scene.world.advance(Duration::from_hours(1));
    assert_eq!(scene.refresh(stolen).await, Err(Presented::Reused));
    let end = scene.store.end_session(stolen.player_uuid, stolen.session);
    assert_eq!(end.await.unwrap(), SessionEnded::Done);
    assert_eq!(scene.refresh(thief).await, Err(Presented::NotFound));
    assert_eq!(scene.refresh(stolen).await, Err(Presented::NotFound));
    assert_eq!(scene.refresh(other).await.unwrap().n, 2);
}

#[tokio::test]
async fn simultaneous_refreshes_with_one_token_get_the_same_successor() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    let mut token = scene.opened(&user).await;
    for n in 2..6 {
        let successors = join_all((0..8).map(|_| scene.refresh(token))).await;
        assert!(
            successors.iter().all(|successor| successor.as_ref().is_ok_and(|token| token.n == n)),
            "{successors:?}"
        );
        token.n = n;
        assert_eq!(numbers(&scene.state(&user).await), [(token.session, n)]);
    }
}

#[tokio::test]
async fn after_a_deactivation_or_lock_the_token_is_refused_by_the_state_and_then_unknown() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    for (off, on, state) in [("lock", "unlock", UserState::Locked), ("deactivate", "reactivate", UserState::Inactive)] {
        let token = scene.opened(&user).await;
        let lost = scene.refresh(token).await.unwrap();
        assert_eq!(change(&scene.world, &user, off).await.status, 200);
        for token in [token, lost] {
            assert_eq!(scene.refresh(token).await, Err(Presented::Restricted(state)));
        }
        assert_eq!(change(&scene.world, &user, on).await.status, 200);
        for token in [token, lost] {
            assert_eq!(scene.refresh(token).await, Err(Presented::NotFound));
        }
    }
}

#[tokio::test]
async fn a_refresh_beside_a_deactivation_never_brings_the_session_back() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    for _ in 0..10 {
        let token = scene.opened(&user).await;
        let (refreshed, answer) = join(scene.refresh(token), change(&scene.world, &user, "deactivate")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(matches!(refreshed, Ok(_) | Err(Presented::Restricted(_))), "{refreshed:?}");
        assert_eq!(numbers(&scene.state(&user).await), []);
        assert_eq!(change(&scene.world, &user, "reactivate").await.status, 200);
    }
}

/// The use of a token that a function judges now, and writes later.
async fn judged(scene: &Scene, user: &User, token: &RefreshClaim, mode: RefreshMode) -> SessionUse {
    let policy = SessionPolicy { mode, ..ROTATE };
    match scene.state(user).await.present(token, &game(), &policy, scene.now()) {
        Presented::Good(used) => used,
        refused => panic!("{refused:?}"),
    }
}

#[tokio::test]
async fn a_use_that_was_judged_before_another_was_written_moves_nothing() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    for mode in [RefreshMode::Rotate, RefreshMode::Stable] {
        let token = scene.opened(&user).await;
        let mut uses = Vec::new();
        for _ in 0..2 {
            scene.world.advance(Duration::from_secs(1));
            uses.push(judged(&scene, &user, &token, mode).await);
        }
        // In `rotate`, the later one would lengthen the time for a lost answer. In `stable`, the
        // earlier one would take back the time of use.
        if mode == RefreshMode::Stable {
            uses.reverse();
        }
        let first = scene.store.use_session(&uses[0]).await.unwrap();
        assert!(matches!(first, SessionUsed::Done(_)), "{first:?}");
        let state = scene.state(&user).await;
        let second = scene.store.use_session(&uses[1]).await.unwrap();
        assert_eq!(second, SessionUsed::Changed(Some(state.clone())), "{mode:?}");
        assert_eq!(scene.state(&user).await, state, "{mode:?}");
    }
}

#[tokio::test]
async fn a_refresh_sees_the_person_that_the_user_has_at_its_write() {
    let scene = Scene::start().await;
    let [user, leader] = [scene.world.create("Steam", "42").await, scene.world.create("Epic", "43").await];
    let token = scene.opened(&user).await;
    for written in [false, true] {
        let used = judged(&scene, &user, &token, RefreshMode::Rotate).await;
        if written {
            assert!(matches!(scene.store.use_session(&used).await.unwrap(), SessionUsed::Done(_)));
        }
        scene.world.link(&leader, &user).await;
        let changed = scene.store.use_session(&used).await.unwrap();
        let SessionUsed::Changed(Some(state)) = changed else { panic!("{changed:?}") };
        assert_eq!(state.user.person_id.to_string(), leader.person_id);
        assert_eq!(state.session(token.session).unwrap().n, if written { 2 } else { 1 });
        let unlink = serde_json::json!({ "platform": "Steam", "platform_user_id": "42" });
        assert_eq!(scene.world.post("/users/v1/unlink", &scene.world.admin(), unlink).await.status, 200);
    }
    assert_eq!(scene.refresh(token).await.unwrap().n, 2, "a link ends no session");
}

//! The ends of sessions: deactivation, lock, log-out and purge.

use std::time::Duration;

use shared::{
    identity::{PersonId, PlayerUuid, SessionId, StateChange},
    store::{ChangeUserState, EndAllSessions, EndSessions, EndedAll, ReadLogins, SessionEnded},
};
use uuid::Uuid;

use super::{Scene, numbers, player};
use crate::change;

#[tokio::test]
async fn deactivate_and_lock_end_all_sessions_in_their_one_write() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    for (off, on) in [("deactivate", "reactivate"), ("lock", "unlock")] {
        let tokens = [scene.opened(&user).await, scene.opened(&user).await];
        scene.world.advance(Duration::from_secs(5));
        scene.world.operations(&format!("{off}-user"));
        assert_eq!(change(&scene.world, &user, off).await.status, 200);
        assert_eq!(scene.world.operations(&format!("{off}-user")), ["UpdateItem"]);
        let ended = scene.state(&user).await;
        assert_eq!((numbers(&ended), ended.sessions_ended), (vec![], Some(ended.user.changed)), "{off}");
        scene.world.advance(Duration::from_secs(5));
        assert_eq!(change(&scene.world, &user, on).await.status, 200);
        let back = scene.state(&user).await;
        assert_eq!((numbers(&back), back.sessions_ended), (vec![], ended.sessions_ended), "{on}");
        // Access tokens from before stay ended.
        let issued_at = tokens.map(|_| ended.last_login.unwrap());
        let now = scene.now();
        assert!(!back.honours(None, issued_at[0], now) && !back.honours(Some(tokens[0].session), issued_at[0], now));
        scene.calls();
        let token = scene.opened(&user).await;
        assert_eq!(scene.calls(), 1, "the map is there");
        let again = scene.state(&user).await;
        let now = scene.now();
        assert!(again.honours(None, now, now) && again.honours(Some(token.session), issued_at[1], now));
    }
}

/// The request of the end comes first, and its write last, as after retries.
#[tokio::test]
async fn a_login_after_the_request_of_an_end_and_before_its_write_is_ended() {
    let scene = Scene::start().await;
    for (number, off) in [Some(StateChange::Deactivate), Some(StateChange::Lock), None].into_iter().enumerate() {
        let user = scene.world.create("Steam", &number.to_string()).await;
        let requested = scene.now();
        scene.world.advance(Duration::from_millis(700));
        let login = scene.bare_login(&user);
        assert!(scene.done(&login).await.honours(None, login.now, login.now));
        let on = match off {
            Some(off) => {
                let operation = scene.world.ambient().operation();
                scene.store.change_user_state(player(&user), off, operation, requested).await.unwrap();
                Some(if off == StateChange::Lock { "unlock" } else { "reactivate" })
            }
            None => {
                scene.store.end_all_sessions(player(&user), None, requested).await.unwrap();
                None
            }
        };
        if let Some(on) = on {
            assert_eq!(change(&scene.world, &user, on).await.status, 200);
        }
        scene.world.advance(Duration::from_millis(1));
        let later = scene.bare_login(&user);
        let state = scene.done(&later).await;
        assert_eq!((state.sessions_ended, state.ended_login), (Some(requested), Some(login.now)));
        assert!(!state.honours(None, login.now, later.now), "{off:?}");
        assert!(state.honours(None, later.now, later.now), "{off:?}");
    }
}

/// The end has a slow clock. Of the two logins before it, the later one is written first.
#[tokio::test]
async fn an_end_covers_the_later_of_two_logins_though_the_earlier_one_was_written_last() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    let requested = scene.now();
    let in_session = scene.login(&user);
    let in_none = scene.bare_login(&user);
    scene.world.advance(Duration::from_millis(700));
    let later = scene.bare_login(&user);
    scene.done(&later).await;
    for (earlier, sessions) in [(in_session, 1), (in_none, 1)] {
        assert!(earlier.now < later.now);
        scene.calls();
        let state = scene.done(&earlier).await;
        assert_eq!((scene.calls(), state.last_login, numbers(&state).len()), (2, Some(later.now), sessions));
    }
    scene.store.end_all_sessions(player(&user), None, requested).await.unwrap();
    let state = scene.state(&user).await;
    assert_eq!(state.ended_login, Some(later.now));
    assert!(!state.honours(None, later.now, later.now));
}

#[tokio::test]
async fn a_refused_change_of_state_ends_nothing() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    scene.opened(&user).await;
    let before = scene.state(&user).await;
    for refused in ["reactivate", "unlock"] {
        assert_eq!(change(&scene.world, &user, refused).await.status, 400);
        assert_eq!(scene.state(&user).await, before);
    }
}

#[tokio::test]
async fn an_item_older_than_sessions_can_be_deactivated() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    scene.without(&user, "sessions").await;
    assert_eq!(change(&scene.world, &user, "deactivate").await.status, 200);
    assert_eq!(numbers(&scene.state(&user).await), []);
}

#[tokio::test]
async fn a_log_out_ends_its_session_with_one_write_and_a_missing_one_is_no_error() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    let (other, token) = (scene.opened(&user).await, scene.opened(&user).await);
    let before = scene.state(&user).await;
    let end = async |player_uuid, session| {
        scene.calls();
        let ended = scene.store.end_session(player_uuid, session).await.unwrap();
        assert_eq!(scene.calls(), 1);
        ended
    };
    assert_eq!(end(token.player_uuid, token.session).await, SessionEnded::Done);
    assert_eq!(end(token.player_uuid, token.session).await, SessionEnded::Gone);
    let state = scene.state(&user).await;
    assert_eq!((numbers(&state), &state.user), (vec![(other.session, 1)], &before.user));
    assert_eq!(state.sessions_ended, None, "only the end of all is noted");
    let nobody = PlayerUuid(Uuid::new_v4());
    assert_eq!(end(nobody, token.session).await, SessionEnded::Gone);
    assert_eq!(scene.store.login_state(nobody).await.unwrap(), None, "a log-out created a user");
    scene.without(&user, "sessions").await;
    assert_eq!(end(token.player_uuid, SessionId(Uuid::new_v4())).await, SessionEnded::Gone);
}

#[tokio::test]
async fn a_log_out_everywhere_ends_all_sessions_of_a_user_in_any_state() {
    let scene = Scene::start().await;
    let user = scene.world.create("Steam", "42").await;
    let own = PersonId(user.person_id.parse().unwrap());
    for state in ["active", "locked"] {
        if state == "active" {
            scene.opened(&user).await;
            scene.opened(&user).await;
        } else {
            assert_eq!(change(&scene.world, &user, "lock").await.status, 200);
        }
        let before = scene.state(&user).await;
        scene.world.advance(Duration::from_secs(1));
        let now = scene.now();
        let moved = scene.store.end_all_sessions(player(&user), Some(PersonId(Uuid::new_v4())), now).await.unwrap();
        assert_eq!((moved, scene.state(&user).await), (EndedAll::Moved, before.clone()));
        scene.calls();
        let ended = scene.store.end_all_sessions(player(&user), Some(own), now).await.unwrap();
        assert_eq!((ended, scene.calls()), (EndedAll::Done(before.user.clone()), 1), "no change of the user");
        let state = scene.state(&user).await;
        assert_eq!((numbers(&state), state.sessions_ended, state.user), (vec![], Some(now), before.user));
    }
    let unknown = scene.store.end_all_sessions(PlayerUuid(Uuid::new_v4()), None, scene.now()).await.unwrap();
    assert_eq!(unknown, EndedAll::NoUser);
    assert_eq!(scene.world.items("UsersTable").await.len(), 1);
}

#[tokio::test]
async fn links_renames_and_the_way_back_leave_sessions_and_a_purge_takes_them_along() {
    let scene = Scene::start().await;
    let [user, leader] = [scene.world.create("Steam", "42").await, scene.world.create("Epic", "43").await];
    let token = scene.opened(&user).await;
    let left = async |scene: &Scene| {
        let state = scene.state(&user).await;
        assert_eq!((numbers(&state).len(), state.session(token.session).is_some()), (1, true));
        assert!(state.last_login.is_some());
    };
    scene.world.link(&leader, &user).await;
    left(&scene).await;
    let upsert = "/users/v1/platform-user?platform=Steam&platform_user_id=42&display_name=Ada";
    let bearer = format!("Bearer {}", scene.world.admin());
    let renamed = scene.world.send("PUT", upsert, &[("authorization", &bearer)], "").await;
    assert_eq!(renamed.status, 200, "{}", renamed.text);
    left(&scene).await;
    let unlink = serde_json::json!({ "platform": "Steam", "platform_user_id": "42" });
    let unlinked = scene.world.post("/users/v1/unlink", &scene.world.admin(), unlink).await;
    assert_eq!(unlinked.status, 200, "{}", unlinked.text);
    left(&scene).await;
    let person_id = scene.state(&user).await.user.person_id.to_string();
    assert_eq!(scene.world.purge_now(&person_id).await.status, 202);
    scene.world.purged(&person_id).await;
    assert_eq!(scene.store.login_state(player(&user)).await.unwrap(), None);
}

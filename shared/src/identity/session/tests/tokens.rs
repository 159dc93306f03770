//! The judgement on refresh tokens.

use proptest::prelude::*;

use super::*;

const ROTATE: RefreshMode = RefreshMode::Rotate;

fn present(state: &LoginState, n: u32, mode: RefreshMode, now: Timestamp) -> Presented {
    let token = RefreshClaim { player_uuid: state.user.player_uuid, session: sid(1), n };
    state.present(&token, &client("game"), &policy(mode), now)
}

/// The number of the successor, after the use was written.
fn refresh(state: &mut LoginState, n: u32, mode: RefreshMode, now: Timestamp) -> Option<u32> {
    let Presented::Good(used) = present(state, n, mode, now) else { return None };
    assert_eq!(Some(&used.before), state.session(sid(1)));
    state.sessions.as_mut().unwrap().0.insert(used.session, used.after.clone());
    Some(used.successor().n)
}

fn logged_in() -> LoginState {
    with(state(), sid(1), session(1, 0, 0))
}

#[test]
fn each_refresh_gets_the_next_token_and_moves_the_time_of_use() {
    let mut state = logged_in();
    for n in 1..=5 {
        let now = after(i64::from(n) * 1000);
        assert_eq!(refresh(&mut state, n, ROTATE, now), Some(n + 1));
        assert_eq!(state.session(sid(1)), Some(&session(n + 1, 0, i64::from(n) * 1000)));
    }
}

#[test]
fn a_lost_answer_gets_the_same_token_again_and_no_longer_time_for_it() {
    let mut state = logged_in();
    assert_eq!(refresh(&mut state, 1, ROTATE, after(1000)), Some(2));
    let written = state.clone();
    for late in [0, 1, 240, 300] {
        assert_eq!(refresh(&mut state, 1, ROTATE, after(1000 + late)), Some(2), "{late} s");
        assert_eq!(state, written, "{late} s");
    }
    assert_eq!(present(&state, 1, ROTATE, after(1301)), Presented::Reused);
    assert_eq!(refresh(&mut state, 2, ROTATE, after(1301)), Some(3), "the token that was given twice is good");
}

#[test]
fn further_behind_is_a_reuse_at_once_and_ahead_is_unknown() {
    let state = with(state(), sid(1), session(7, 0, 0));
    for n in 0..=5 {
        assert_eq!(present(&state, n, ROTATE, after(0)), Presented::Reused, "{n}");
    }
    for n in [8, 9, u32::MAX] {
        assert_eq!(present(&state, n, ROTATE, after(0)), Presented::NotFound, "{n}");
    }
}

#[test]
fn the_last_number_has_no_successor() {
    let state = with(state(), sid(1), session(u32::MAX, 0, 0));
    assert_eq!(present(&state, u32::MAX, ROTATE, after(0)), Presented::Reused);
}

#[test]
fn a_thief_and_the_player_in_turns_end_the_session() {
    // The thief has a copy of token 1. Whoever comes second presents a token that was replaced.
    for thief_first in [true, false] {
        let mut state = logged_in();
        assert_eq!(refresh(&mut state, 1, ROTATE, after(3600)), Some(2), "thief first: {thief_first}");
        assert_eq!(present(&state, 1, ROTATE, after(3600 + 301)), Presented::Reused);
    }
    // The second comes within the time for a lost answer. Both hold token 2 then, and the next to
    // come late is noticed.
    let mut state = logged_in();
    assert_eq!(refresh(&mut state, 1, ROTATE, after(3600)), Some(2));
    assert_eq!(refresh(&mut state, 1, ROTATE, after(3700)), Some(2));
    assert_eq!(refresh(&mut state, 2, ROTATE, after(7200)), Some(3));
    assert_eq!(present(&state, 2, ROTATE, after(7200 + 301)), Presented::Reused);
}

#[test]
fn a_stable_token_comes_back_and_moves_the_time_of_use() {
    let mut state = logged_in();
    for now in [10, 1000, 100_000] {
        assert_eq!(refresh(&mut state, 1, RefreshMode::Stable, after(now)), Some(1));
        assert_eq!(state.session(sid(1)), Some(&session(1, 0, now)));
    }
    let rotated = with(state, sid(1), session(2, 0, 0));
    assert_eq!(present(&rotated, 1, RefreshMode::Stable, after(0)), Presented::Reused);
}

#[test]
fn a_changed_policy_applies_from_the_next_refresh_on() {
    let day = 24 * 3600;
    let days = |days: u64| Duration::from_hours(24 * days);
    let refreshed = |state: &LoginState, policy: &SessionPolicy, now| {
        let token = RefreshClaim { player_uuid: state.user.player_uuid, session: sid(1), n: 1 };
        match state.present(&token, &client("game"), policy, after(now)) {
            Presented::Good(used) => Some(used.after.ends),
            Presented::NotFound => None,
            other => panic!("{other:?}"),
        }
    };
    let state = logged_in();
    let shorter = SessionPolicy { idle: days(5), absolute: days(20), ..policy(ROTATE) };
    assert_eq!(refreshed(&state, &shorter, 10 * day), Some(after(15 * day)), "idle for longer than the new setting");
    assert_eq!(refreshed(&state, &shorter, 18 * day), Some(after(20 * day)));
    assert_eq!(refreshed(&state, &shorter, 20 * day), None, "a refresh would be the end");
    let longer = SessionPolicy { idle: days(60), absolute: days(100), ..policy(ROTATE) };
    assert_eq!(refreshed(&state, &longer, 10 * day), Some(after(70 * day)));
    assert_eq!(refreshed(&state, &longer, 30 * day), None, "what is over stays over");
}

#[test]
fn the_user_s_state_comes_before_its_session_then_the_session_then_the_client_then_the_number() {
    let policy = policy(ROTATE);
    let mut state = with(state(), sid(1), session(3, 0, 0));
    let day = 24 * 3600;
    let judged = |state: &LoginState, session: u128, of: &str, n, now| {
        let token = RefreshClaim { player_uuid: state.user.player_uuid, session: sid(session), n };
        state.present(&token, &client(of), &policy, now)
    };
    assert!(matches!(judged(&state, 1, "game", 3, after(30 * day - 1)), Presented::Good(_)));
    assert_eq!(judged(&state, 2, "other", 1, after(0)), Presented::NotFound);
    assert_eq!(judged(&state, 1, "other", 1, after(30 * day)), Presented::NotFound);
    assert_eq!(judged(&state, 1, "other", 1, after(0)), Presented::OtherClient);
    assert_eq!(judged(&state, 1, "game", 1, after(0)), Presented::Reused);
    for not_active in [UserState::Inactive, UserState::Locked] {
        state.user.state = not_active;
        for (session, of) in [(1, "game"), (2, "game"), (1, "other")] {
            assert_eq!(judged(&state, session, of, 3, after(0)), Presented::Restricted(not_active));
        }
    }
}

proptest! {
    /// Tokens in any order and at any pace, presented to clocks that only go forward.
    #[test]
    fn numbers_and_times_never_go_back_and_a_reuse_stays_one(
        steps in proptest::collection::vec((0..6_u32, 0..400_i64), 1..40),
        reused in 0..6_u32,
    ) {
        let (mut state, mut now, mut was_reused) = (logged_in(), 0, false);
        for (behind, pause) in steps {
            now += pause;
            let before = state.session(sid(1)).unwrap().clone();
            let presented = before.n.saturating_sub(behind);
            let answer = refresh(&mut state, presented, ROTATE, after(now));
            let then = state.session(sid(1)).unwrap();
            prop_assert!(then.n >= before.n && then.used >= before.used && then.issued == before.issued);
            let is_lost = presented + 1 == before.n && before.used.until(after(now)) <= 5 * MINUTE;
            prop_assert_eq!(answer.is_some(), presented == before.n || is_lost);
            prop_assert!(answer.is_none_or(|n| n == then.n), "an answer has the newest token");
            let is_reused = present(&state, reused, ROTATE, after(now)) == Presented::Reused;
            prop_assert!(is_reused || !was_reused, "a reuse was forgiven");
            was_reused = is_reused;
        }
    }

    /// One of the clocks, that of the login or that of the judge, is wrong by up to a minute.
    #[test]
    fn a_clock_a_minute_off_moves_an_end_by_a_minute_at_most(
        wrong in -60_i64..=60, of_login in any::<bool>(), idle in any::<bool>(), beside in -200_i64..=200,
    ) {
        let day = 24 * 3600;
        let (used, end) = if idle { (0, 30 * day) } else { (80 * day, 90 * day) };
        let (login, judge) = if of_login { (wrong, 0) } else { (0, wrong) };
        let session = session(1, login, used + login);
        let is_over = session.is_over(after(end + beside + judge));
        prop_assert!(is_over || beside < 60, "kept alive {beside} s after its end");
        prop_assert!(!is_over || beside >= -60, "ended {beside} s before its end");
    }

    #[test]
    fn a_slow_clock_does_not_take_back_the_time_of_use(slow in 0_i64..=60, stable in any::<bool>()) {
        let mode = if stable { RefreshMode::Stable } else { ROTATE };
        let mut state = with(state(), sid(1), session(1, 0, 1000));
        prop_assert_eq!(refresh(&mut state, 1, mode, after(1000 - slow)), Some(if stable { 1 } else { 2 }));
        prop_assert_eq!(state.session(sid(1)).unwrap().used, after(1000));
        if !stable {
            prop_assert_eq!(refresh(&mut state, 1, mode, after(1000 - slow)), Some(2), "a lost answer");
        }
    }
}

//! The writes of logins.

use proptest::prelude::*;

use super::*;
use crate::identity::DisplayName;

fn login(session: Option<u128>, name: Option<&str>) -> Login {
    let state = state();
    Login {
        player_uuid: state.user.player_uuid,
        person_id: state.user.person_id,
        display_name: name.map(|name| DisplayName::new(name.to_owned()).unwrap()),
        session: session.map(|number| NewSession::new(sid(number), client("game"), &rotate(), after(100_000))),
        operation: OperationId(Uuid::from_u128(9)),
        now: after(100_000),
    }
}

fn rotate() -> SessionPolicy {
    policy(RefreshMode::Rotate)
}

/// A user with sessions 0, 1, 2 … that were issued and last used at these times.
fn issued_and_used(times: &[(i64, i64)]) -> LoginState {
    let sessions = times.iter().zip(0..);
    sessions.fold(state(), |state, ((issued, used), number)| with(state, sid(number), session(1, *issued, *used)))
}

/// A user with sessions 0, 1, 2 … that were not used since they were issued at these times.
fn issued_at(times: &[i64]) -> LoginState {
    let times: Vec<_> = times.iter().map(|time| (*time, *time)).collect();
    issued_and_used(&times)
}

fn among(state: &LoginState, policy: &SessionPolicy) -> Opening {
    Opening::among(state.sessions.as_ref(), policy, after(100_000))
}

#[test]
fn a_new_session_begins_with_token_1_at_the_time_of_the_login() {
    let new = NewSession::new(sid(1), client("game"), &rotate(), after(7));
    assert_eq!(new.opened(after(7)), session(1, 7, 7));
}

#[test]
fn the_ninth_session_takes_the_place_of_the_oldest_however_lately_that_was_used() {
    let policy = rotate();
    let times = [(50, 50), (20, 20), (40, 90), (10, 95), (60, 60), (30, 30), (70, 80), (80, 80)];
    assert_eq!(among(&issued_and_used(&times[..7]), &policy), Opening::Beside);
    let expected = Opening::InPlaceOf(vec![(sid(3), after(95))]);
    assert_eq!(among(&issued_and_used(&times), &policy), expected);
}

#[test]
fn expired_sessions_go_before_live_ones_and_all_at_once() {
    let expired = -31 * 24 * 3600;
    // Session 3 is the oldest, and still in use.
    let times = [(50, 50), (expired + 1, expired + 1), (40, 40), (2 * expired, 10), (expired, expired), (30, 30)];
    let eight = issued_and_used(&[times.as_slice(), &[(70, 70), (80, 80)]].concat());
    let expected = vec![(sid(4), after(expired)), (sid(1), after(expired + 1))];
    assert_eq!(among(&eight, &rotate()), Opening::InPlaceOf(expected));
}

#[test]
fn a_single_session_takes_the_place_of_all() {
    let single = SessionPolicy { single: true, ..rotate() };
    assert_eq!(Opening::at_first(&single), Opening::Only);
    for state in [issued_at(&[1, 2, 3]), issued_at(&[1; 8]), LoginState { sessions: None, ..state() }] {
        assert_eq!(among(&state, &single), Opening::Only);
    }
}

#[test]
fn a_login_is_first_written_as_if_nothing_of_the_user_changed() {
    let order = LoginOrder::Last;
    let write = |session, name| login(session, name).first_write(&rotate());
    assert_eq!(write(Some(1), None), LoginWrite { opening: Some(Opening::Beside), naming: Naming::Unknown, order });
    assert_eq!(write(None, Some("Ada")), LoginWrite { opening: None, naming: Naming::Same, order });
}

#[test]
fn a_refused_login_is_written_by_what_the_item_has() {
    let after_refusal = |login: &Login, state: &LoginState| login.after_refusal(state, false, &rotate());
    let old = LoginState { sessions: None, ..state() };
    let order = LoginOrder::Last;
    let first = LoginWrite { opening: Some(Opening::First), naming: Naming::New, order };
    assert_eq!(after_refusal(&login(Some(1), Some("Ada")), &old), LoginStep::Write(first));
    let mut named = old;
    named.user.display_name = DisplayName::new("Ada".into());
    let same = LoginWrite { opening: None, naming: Naming::Same, order };
    assert_eq!(after_refusal(&login(None, Some("Ada")), &named), LoginStep::Write(same));
}

#[test]
fn a_login_is_written_as_overtaken_only_if_one_with_a_later_time_was_written_before_it() {
    let order = |seconds| {
        let state = LoginState { last_login: Some(after(seconds)), ..state() };
        match login(None, None).after_refusal(&state, false, &rotate()) {
            LoginStep::Write(LoginWrite { order, .. }) => order,
            other => panic!("{other:?}"),
        }
    };
    let orders = [99_999, 100_000, 100_001].map(order);
    assert_eq!(orders, [LoginOrder::Last, LoginOrder::Last, LoginOrder::Overtaken]);
}

#[test]
fn a_refused_login_that_was_applied_is_done_unless_the_user_is_restricted_since() {
    let login = login(Some(1), Some("Ada"));
    let mut open = with(state(), sid(1), session(1, 0, 0));
    assert_eq!(login.after_refusal(&open, false, &rotate()), LoginStep::Done);
    assert_eq!(login.after_refusal(&state(), true, &rotate()), LoginStep::Done);
    open.user.person_id = PersonId(Uuid::nil());
    assert_eq!(login.after_refusal(&open, true, &rotate()), LoginStep::Moved);
    for not_active in [UserState::Inactive, UserState::Locked] {
        open.user.state = not_active;
        assert_eq!(login.after_refusal(&open, true, &rotate()), LoginStep::Restricted);
    }
}

proptest! {
    /// Whatever the map holds, it has room after the write, and no live session goes without need.
    #[test]
    fn after_a_login_there_are_at_most_8_sessions(
        times in proptest::collection::vec((-3_000_000_i64..100_000, 0..100_000_i64), 0..=8),
    ) {
        let times: Vec<_> = times.into_iter().map(|(issued, later)| (issued, (issued + later).min(100_000))).collect();
        let (policy, state) = (rotate(), issued_and_used(&times));
        let now = after(100_000);
        let (all, live) = (times.len(), state.live_sessions(now).count());
        match among(&state, &policy) {
            Opening::Beside => prop_assert!(all < MAX_SESSIONS),
            Opening::InPlaceOf(ended) => {
                prop_assert!(all == MAX_SESSIONS && !ended.is_empty());
                let session = |id: SessionId| state.session(id).unwrap();
                prop_assert!(ended.iter().all(|(id, used)| session(*id).used == *used));
                let lost = ended.iter().filter(|(id, _)| !session(*id).is_over(now)).count();
                prop_assert_eq!(lost, usize::from(live == MAX_SESSIONS));
                prop_assert_eq!(ended.len() - lost, all - live);
                if lost == 1 {
                    let oldest = state.live_sessions(now).map(|(_, session)| session.issued).min();
                    prop_assert_eq!(Some(session(ended[0].0).issued), oldest);
                }
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }
}

//! Sessions and refresh tokens, without a table.

mod logins;
mod tokens;

use uuid::Uuid;

use super::*;
use crate::identity::{NewUser, OperationId, PersonId, Platform, PlatformUserId, PlayerId, PlayerUuid, UserState};

const MINUTE: Duration = Duration::from_mins(1);

/// A time so many seconds after the login of [`state`].
fn after(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + seconds * 1000)
}

fn policy(mode: RefreshMode) -> SessionPolicy {
    SessionPolicy {
        mode,
        idle: Duration::from_hours(30 * 24),
        absolute: Duration::from_hours(90 * 24),
        lost_answer: 5 * MINUTE,
        single: false,
    }
}

fn sid(number: u128) -> SessionId {
    SessionId(Uuid::from_u128(number))
}

fn client(name: &str) -> ClientId {
    ClientId::new(name.to_owned()).unwrap()
}

/// A user without a session.
fn state() -> LoginState {
    let new = NewUser {
        platform: Platform::Steam,
        platform_user_id: PlatformUserId::new("42".into()).unwrap(),
        display_name: None,
        player_uuid: PlayerUuid(Uuid::from_u128(3)),
        person_id: PersonId(Uuid::from_u128(4)),
        first_login: None,
        operation: OperationId(Uuid::nil()),
        now: after(0),
    };
    LoginState {
        user: new.with_player_id(PlayerId::new(1).unwrap()),
        sessions: Some(Sessions::default()),
        last_login: None,
        sessions_ended: None,
        ended_login: None,
    }
}

/// The same user with this session of the client `game`.
fn with(mut state: LoginState, id: SessionId, session: Session) -> LoginState {
    state.sessions.get_or_insert_default().0.insert(id, session);
    state
}

/// A session whose end is that of the usual policy.
fn session(n: u32, issued: i64, used: i64) -> Session {
    let (issued, used) = (after(issued), after(used));
    Session { n, client: client("game"), issued, used, ends: policy(RefreshMode::Rotate).end(issued, used) }
}

#[test]
fn a_session_id_is_shown_as_32_hex_digits_and_read_from_nothing_else() {
    let id = SessionId(Uuid::from_u128(0x66c4_0000_0000_4000_8000_0000_0000_00ab));
    let text = "66c400000000400080000000000000ab";
    assert_eq!(id.to_string(), text);
    assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{text}\""));
    assert_eq!(SessionId::from_name(text), Some(id));
    let others = ["", &text.to_uppercase(), &id.0.hyphenated().to_string(), &text[1..], &format!("{text}0")];
    assert!(others.iter().all(|text| SessionId::from_name(text).is_none()));
}

#[test]
fn a_client_s_name_fits_the_user_part_of_basic_authentication() {
    for good in ["g", "game-client_1", &"g".repeat(64)] {
        assert_eq!(ClientId::new(good.to_owned()).unwrap().as_str(), good);
    }
    for bad in ["", "a:b", "a b", "é", "a\n", &"g".repeat(65)] {
        assert!(ClientId::new(bad.to_owned()).is_none(), "{bad:?}");
    }
}

#[test]
fn a_session_ends_after_idleness_or_at_its_absolute_end() {
    let day = 24 * 3600;
    for (session, end) in
        [(session(1, 0, 0), 30 * day), (session(9, 0, 50 * day), 80 * day), (session(9, 0, 85 * day), 90 * day)]
    {
        assert_eq!(session.ends, after(end));
        assert!(!session.is_over(after(end - 1)) && session.is_over(after(end)));
    }
}

#[test]
fn an_access_token_of_a_session_is_good_while_the_session_is_there_and_not_over() {
    let state = with(state(), sid(1), session(1, 0, 0));
    let Session { ends, .. } = *state.session(sid(1)).unwrap();
    let last = Timestamp::from_millis(ends.as_millis() - 1);
    // A slow clock that issued the token, or a fast one that ended others, changes nothing.
    let ended = LoginState { sessions_ended: Some(after(60)), ended_login: Some(after(60)), ..state.clone() };
    for state in [&state, &ended] {
        for (now, is_good) in [(after(0), true), (last, true), (ends, false)] {
            assert_eq!(state.honours(Some(sid(1)), Timestamp::from_millis(0), now), is_good, "{now}");
            assert!(!state.honours(Some(sid(2)), after(1000), now));
        }
    }
    for not_active in [UserState::Inactive, UserState::Locked] {
        let mut state = state.clone();
        state.user.state = not_active;
        assert!(!state.honours(Some(sid(1)), after(0), after(0)) && !state.honours(None, after(0), after(0)));
    }
}

#[test]
fn an_access_token_without_a_session_is_good_if_it_is_from_after_the_end_of_all() {
    let ended = Some(Timestamp::from_millis(1_000_500));
    // A login before the end is usually of an earlier time.
    for ended_login in [None, Some(Timestamp::from_millis(0)), ended] {
        let state = LoginState { sessions_ended: ended, ended_login, ..state() };
        let is_good = |millis| state.honours(None, Timestamp::from_millis(millis), after(0));
        assert_eq!([1_000_499, 1_000_500, 1_000_501].map(is_good), [false, false, true]);
    }
    assert!(state().honours(None, Timestamp::from_millis(0), after(0)));
}

#[test]
fn a_login_that_was_written_before_the_end_of_all_ends_though_its_time_is_later() {
    let [ended, login] = [1_000_500, 1_000_700].map(Timestamp::from_millis);
    let state = LoginState { sessions_ended: Some(ended), ended_login: Some(login), ..state() };
    let is_good = |millis| state.honours(None, Timestamp::from_millis(millis), after(0));
    assert_eq!([1_000_501, 1_000_700, 1_000_701].map(is_good), [false, false, true]);
}

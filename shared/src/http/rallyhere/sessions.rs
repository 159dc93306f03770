use serde::Serialize;
use utoipa::ToSchema;

use crate::identity::{ClientId, LoginState, Second, SessionId, Timestamp};

/// The sessions of a user.
#[derive(Serialize, ToSchema)]
#[schema(as = Sessions, description = "The sessions of a user that have not ended.")]
pub struct SessionsBody<'a> {
    sessions: Vec<SessionBody<'a>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
struct SessionBody<'a> {
    /// The id of the session, which access tokens name too.
    #[schema(value_type = String)]
    sid: SessionId,
    /// The client that logged the user in.
    #[schema(value_type = String)]
    client_id: &'a ClientId,
    /// The time of the login.
    issued: Second,
    /// The time of the last refresh.
    used: Second,
    /// The time at which the session ends unless it is used before.
    expires_on: Second,
}

impl<'a> SessionsBody<'a> {
    /// An example for the description of the API.
    pub const EXAMPLE: &'static str = r#"{"sessions": [{
        "sid": "0166c4ff34e84c09a7c97c1c9d1f8f0e", "client_id": "game", "issued": "2026-11-22T09:00:00Z",
        "used": "2026-11-30T09:00:00Z", "expires_on": "2026-12-30T09:00:00Z"
    }]}"#;

    /// The body of the sessions that have not ended, the newest login first.
    pub fn of(state: &'a LoginState, now: Timestamp) -> Self {
        let mut live: Vec<_> = state.live_sessions(now).collect();
        live.sort_by_key(|(id, session)| (std::cmp::Reverse(session.issued), *id));
        let sessions = live.into_iter().map(|(sid, session)| SessionBody {
            sid,
            client_id: &session.client,
            issued: session.issued.round_down(),
            used: session.used.round_down(),
            expires_on: session.ends.round_down(),
        });
        Self { sessions: sessions.collect() }
    }
}

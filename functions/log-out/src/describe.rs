use shared::http::{
    Access,
    describe::{Described, Operation},
};

use crate::{LogOut, LogoutRequest, REVOCATION, REVOKE, RevokeRequest};

impl Described for LogOut {
    fn operation() -> Operation {
        let text = "Ends the session of a refresh token. An unknown token is no error. Access tokens of the session \
                    stay valid until they expire; introspection reports them as inactive. 404 if login is off.";
        Operation::new("Login", "Log out", text)
            .body::<LogoutRequest>("LogoutRequest", r#"{"refresh_token":"AQFmxP806PxMCafJfByd…"}"#)
            .replies_null(200, "The session has ended.")
    }

    fn on(path: &str) -> Operation {
        if path != REVOKE {
            return Self::operation();
        }
        let text = "Ends the session of a refresh token or of an access token (RFC 7009). An unknown token is no \
                    error. An access token without a session stays valid until it expires. \
                    404 if login is off.";
        Operation::new("Login", "Revoke a token", text)
            .form::<RevokeRequest>("RevokeRequest", r#"{"token":"AQFmxP806PxMCafJfByd…"}"#)
            .replies_nothing(200, "The session, if the token has one, has ended.")
    }

    fn access(path: &str) -> Option<Access> {
        (path == REVOKE).then_some(REVOCATION)
    }
}

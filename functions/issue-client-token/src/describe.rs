use shared::http::{
    describe::{Described, Operation},
    rallyhere::TokenResponseBody,
};

use crate::{IssueClientToken, TokenRequest};

impl Described for IssueClientToken {
    fn operation() -> Operation {
        let text = "Issues an access token for a client itself (RFC 6749, section 4.4), for example for a game \
                    server. The body may be JSON or a form. There is no refresh token. 404 if login is off.";
        Operation::new("Login", "Get a token for a client", text)
            .body_or_form::<TokenRequest>("TokenRequest", r#"{"grant_type":"client_credentials"}"#)
            .replies::<TokenResponseBody<'_>>(200, "The token.", TokenResponseBody::EXAMPLE)
    }
}

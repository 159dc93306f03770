use shared::http::{
    describe::{Described, Operation},
    rallyhere::IntrospectionBody,
};

use crate::{IntrospectRequest, IntrospectToken};

impl Described for IntrospectToken {
    fn operation() -> Operation {
        let text = "Says whether an access token of this deployment is good at this moment (RFC 7662). It is not if \
                    its user is deactivated, locked or purged, or if its session has ended. \
                    404 if login is off.";
        Operation::new("Login", "Introspect a token", text)
            .form::<IntrospectRequest>("IntrospectRequest", r#"{"token":"eyJ0eXAiOiJhdCtqd3Qi…"}"#)
            .replies::<IntrospectionBody<'_>>(200, "The state of the token.", IntrospectionBody::EXAMPLE)
    }
}

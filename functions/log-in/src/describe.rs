use shared::http::{
    describe::{Described, Operation},
    rallyhere::LoginResultBody,
};

use crate::{LogIn, LoginRequest};

impl Described for LogIn {
    fn operation() -> Operation {
        let text = "Logs a player in, or a client itself. `portal_access_token` is what the platform of `grant_type` \
                    gave the game as a proof. The first login of an account creates its user. \
                    `active_player_uuid` is the player to play: the person's active player, or the user's own. \
                    With `include_refresh` the answer has a refresh token, which `grant_type` `refresh` takes as \
                    `portal_access_token`. The `accept_*` flags have no effect. 404 if login is off, 503 if \
                    the platform does not answer.";
        Operation::new("Login", "Log in", text)
            .body::<LoginRequest>(
                "LoginRequest",
                r#"{"grant_type":"anon","portal_access_token":"ada","include_refresh":true}"#,
            )
            .replies::<LoginResultBody<'_>>(200, "The login.", LoginResultBody::EXAMPLE)
    }
}

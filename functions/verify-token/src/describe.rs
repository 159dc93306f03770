use shared::http::describe::{Described, Operation};

use crate::VerifyToken;

impl Described for VerifyToken {
    fn operation() -> Operation {
        let text = "Says whether a token is good: its issuer is trusted, its signature and its times are right. \
                    It does not say whether the player has been deactivated since. A body is ignored.";
        Operation::new("Login", "Verify a token", text).replies_null(200, "The token is good.")
    }
}

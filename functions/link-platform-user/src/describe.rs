use shared::http::describe::{Described, Operation};

use crate::{LinkPlatformUser, LinkRequest};

impl Described for LinkPlatformUser {
    fn operation() -> Operation {
        let text = "Moves a platform user, the follower, into the leader's person. The leader is `leader_person_id`, else \
                    the named platform user, else the platform user of a second token: `scheme` is `Bearer`, and `credentials` \
                    is that token. The follower is the named platform user, else the platform user of the caller's token. \
                    A permission is needed unless the leader's token proves the leader and the caller's token the follower.";
        Operation::new("Links", "Link a platform user", text)
            .optional_body::<LinkRequest>(
                "LinkRequest",
                r#"{
                    "leader_person_id": "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10",
                    "follower_platform": "Epic", "follower_platform_user_id": "c4f2a1d0b7e94f0f8a52"
                }"#,
            )
            .replies_nothing(200, "The follower belongs to the leader's person.")
    }
}

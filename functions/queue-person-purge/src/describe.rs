use shared::{
    http::{
        describe::{Described, Operation},
        rallyhere::PurgeBody,
    },
    identity::PersonId,
};

use crate::{PurgeRequest, QueuePersonPurge};

impl<Q> Described for QueuePersonPurge<Q> {
    fn operation() -> Operation {
        let text = "Queues a person for purging: everything about it is deleted at `purge_on`. Without a time that is after \
                    the configured delay; a time in the past is now, one beyond the maximum is the maximum, and one more than \
                    7 days in the past is refused. A purge that is queued takes the new time, or stays as it is without one. \
                    A purge that has begun or is over is shown. A person cannot purge itself while a user of it is deactivated, \
                    and with a configured least delay its purge is no sooner than that.";
        let person = [("person_id", "$response.body#/person_id")];
        Operation::new("Purges", "Queue a purge", text)
            .path::<PersonId>("person_id", "The person.", "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10")
            .body::<PurgeRequest>("PurgeRequest", r#"{"suggested_purge_time":"2026-12-06T09:00:00Z"}"#)
            .replies::<PurgeBody>(202, "The purge.", PurgeBody::EXAMPLE)
            .then("get-person-purge", &person)
            .then("cancel-person-purge", &person)
    }
}

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
        let text = "Queues the purge of a person: all of its records are deleted at `purge_on`. \
                    Without `suggested_purge_time` the configured default delay applies. A time in the past means now, \
                    and a time beyond the configured maximum means that maximum. A time more than 7 days in the past is \
                    refused. A queued purge takes the new time; without a time it stays as it is. A purge that is in \
                    progress or complete is only shown. A person cannot purge itself while one of its users is \
                    deactivated. A configured minimum delay for a person's own purge also applies.";
        let person = [("person_id", "$response.body#/person_id")];
        Operation::new("Purges", "Queue a purge", text)
            .path::<PersonId>("person_id", "The person.", "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10")
            .body::<PurgeRequest>("PurgeRequest", r#"{"suggested_purge_time":"2026-12-06T09:00:00Z"}"#)
            .replies::<PurgeBody>(202, "The purge.", PurgeBody::EXAMPLE)
            .then("get-person-purge", &person)
            .then("cancel-person-purge", &person)
    }
}

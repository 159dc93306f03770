//! `POST /users/v1/person/{person_id}/purge`

use std::time::Duration;

use shared::{
    access::{self, PurgeAuthority},
    ambient::Ambient,
    auth::{Authenticator, InsufficientPermissions, Permission, SubjectKey},
    config::ConfigError,
    http::{
        Endpoint, Reply, Request,
        describe::{Access, Described, Operation},
        rallyhere::{self, Answer, PERSON_NOT_FOUND, PurgeBody, Rejection},
    },
    identity::{PersonId, Purge, PurgeId, PurgePolicy, QueuePurge, Requester, Second, Timestamp, is_due_at_once},
    lambda::Setup,
    queue::{PurgeMessage, SendPurge, SqsQueue},
    refusals,
    store::{
        Attempts, DynamoStore, OwnPurgeChange, OwnPurges, QueuePurges, Queued, ReadReceipts, ReadRecords, Requested,
        StoreError,
    },
    validation::{Account, Fault, Fields, FromField, FromFields, Problems, Shape, Value, datetime, validate},
};

refusals! {
    /// What this endpoint refuses besides 403 and 422 (reference/rallyhere.md).
    pub enum QueuePurgeRefusal: Answer { PersonNotFound = PERSON_NOT_FOUND }
}

/// Why a person may not purge itself: its account would come back without the ban.
const USER_DEACTIVATED: &str = ". A user of this person is deactivated; ask support.";

/// Queues a person for purging, or gives the purge another time.
#[derive(Debug)]
pub struct QueuePersonPurge<S, Q> {
    auth: Authenticator,
    ambient: Ambient,
    store: S,
    queue: Q,
    policy: PurgePolicy,
    subject_key: SubjectKey,
}

impl<S, Q> QueuePersonPurge<S, Q> {
    /// The endpoint with what it works with.
    pub fn new(
        auth: Authenticator,
        ambient: Ambient,
        store: S,
        queue: Q,
        policy: PurgePolicy,
        subject_key: SubjectKey,
    ) -> Self {
        Self { auth, ambient, store, queue, policy, subject_key }
    }
}

/// Starts the function with its settings.
pub fn start(setup: &Setup) -> Result<QueuePersonPurge<DynamoStore, SqsQueue>, ConfigError> {
    const DAY: Duration = Duration::from_hours(24);
    let environment = setup.environment();
    let policy = PurgePolicy {
        default_delay: environment.duration("PURGE_DEFAULT_DELAY", 14 * DAY)?,
        max_delay: environment.duration("PURGE_MAX_DELAY", 30 * DAY)?,
        min_delay_self: environment.duration("PURGE_MIN_DELAY_SELF", Duration::ZERO)?,
        head_start: environment.duration("PURGE_HEAD_START", Duration::from_mins(1))?,
    };
    if policy.default_delay > policy.max_delay {
        return Err(ConfigError::wrong("PURGE_DEFAULT_DELAY", "no longer than PURGE_MAX_DELAY"));
    }
    if policy.min_delay_self > policy.max_delay {
        return Err(ConfigError::wrong("PURGE_MIN_DELAY_SELF", "no longer than PURGE_MAX_DELAY"));
    }
    let (auth, store, queue) = (setup.authenticator()?, setup.store()?, setup.queue()?);
    Ok(QueuePersonPurge::new(auth, setup.ambient(), store, queue, policy, setup.subject_key()?))
}

impl<S, Q> Endpoint for QueuePersonPurge<S, Q>
where
    S: QueuePurges + OwnPurges + ReadRecords + ReadReceipts,
    Q: SendPurge,
{
    const ACTION: &str = env!("CARGO_PKG_NAME");
    type Rejection = Rejection<QueuePurgeRefusal>;

    async fn handle(&self, request: &Request) -> Result<Reply, Self::Rejection> {
        let now = self.ambient.now();
        let caller = rallyhere::authenticate(&self.auth, request, now).await?;
        let authority = PurgeAuthority::of(&caller)?;
        let (person_id, body) =
            validate((request.path_parameter::<PersonId>("person_id"), purge_request(request, now)))?;
        request.set_subject(person_id);
        let suggested = body.suggested_purge_time.map(|suggested| suggested.time);
        let purge = |requested_by| self.requested(person_id, suggested, requested_by, now);
        let queued = match authority {
            PurgeAuthority::Any => {
                let service = Requester::Service(self.subject_key.hash(caller.actor()));
                self.store.queue_purge(&purge(service)).await?
            }
            PurgeAuthority::Own(account, refused) => {
                self.queue_own(&account, refused, purge(Requester::Itself)).await?
            }
        };
        match queued {
            Queued::Set(purge) => {
                if let Err(error) = self.send_if_due(person_id, &purge, now).await {
                    request.set_cause(format_args!("a due purge was not sent; the dispatcher will: {error}"));
                }
                Ok(Reply::json(202, &PurgeBody::of(person_id, &purge)))
            }
            Queued::Standing(purge) => Ok(Reply::json(202, &PurgeBody::of(person_id, &purge))),
            Queued::NoPerson => {
                let receipt = self.store.receipt(person_id).await?.ok_or(QueuePurgeRefusal::PersonNotFound)?;
                Ok(Reply::json(202, &PurgeBody::of_receipt(&receipt)))
            }
        }
    }
}

impl<S, Q> Described for QueuePersonPurge<S, Q>
where
    S: QueuePurges + OwnPurges + ReadRecords + ReadReceipts,
    Q: SendPurge,
{
    fn operation() -> Operation {
        let text = "Queues a person for purging: everything about it is deleted at `purge_on`. Without a time that is after \
                    the configured delay; a time in the past is now, one beyond the maximum is the maximum, and one more than \
                    7 days in the past is refused. A purge that is queued takes the new time, or stays as it is without one. \
                    A purge that has begun or is over is shown. A person cannot purge itself while a user of it is deactivated, \
                    and with a configured least delay its purge is no sooner than that.";
        let access = Access::OwnOrPermitted(&Permission::PURGE_PERSON, Some(&Permission::PURGE_SELF));
        let person = [("person_id", "$response.body#/person_id")];
        Operation::new("Purges", "Queue a purge", text, access)
            .path::<PersonId>("person_id", "The person.", "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10")
            .body::<PurgeRequest>("PurgeRequest", r#"{"suggested_purge_time":"2026-12-06T09:00:00Z"}"#)
            .replies::<PurgeBody>(202, "The purge.", PurgeBody::EXAMPLE)
            .then("get-person-purge", &person)
            .then("cancel-person-purge", &person)
    }
}

impl<S, Q> QueuePersonPurge<S, Q> {
    fn requested(
        &self,
        person_id: PersonId,
        suggested: Option<Timestamp>,
        requested_by: Requester,
        now: Timestamp,
    ) -> QueuePurge {
        let purge_on = self.policy.schedule(suggested, &requested_by, now);
        QueuePurge {
            person_id,
            purge_id: PurgeId(self.ambient.uuid()),
            purge_on,
            due_on: self.policy.look_on(purge_on, now),
            retime: suggested.is_some(),
            requested_by,
            operation: self.ambient.operation(),
            now,
        }
    }
}

impl<S, Q: SendPurge> QueuePersonPurge<S, Q> {
    /// A message that is lost here is sent again by the dispatcher: the person's item is the truth.
    async fn send_if_due(&self, person_id: PersonId, purge: &Purge, now: Timestamp) -> Result<(), StoreError> {
        if !is_due_at_once(purge.purge_on, now) {
            return Ok(());
        }
        let message = PurgeMessage::new(person_id, purge.purge_id);
        let delay = now.round_down().until(purge.purge_on);
        self.queue.send(message, delay).await
    }
}

impl<S: OwnPurges + ReadRecords, Q> QueuePersonPurge<S, Q> {
    /// Queues the purge of the account's own person, or refuses when it is not its own or has a deactivated user.
    async fn queue_own(
        &self,
        account: &Account,
        refused: InsufficientPermissions,
        mut purge: QueuePurge,
    ) -> Result<Queued, Rejection<QueuePurgeRefusal>> {
        let mut attempts = Attempts::new(&self.ambient);
        while attempts.next().await {
            let Some((person, owner)) = access::own_person(&self.store, account, purge.person_id).await? else {
                return Err(refused.into());
            };
            let after = purge.applied_to(person.purge.as_ref());
            let change = after.as_ref().map_or(OwnPurgeChange::Keep, OwnPurgeChange::Set);
            purge.operation = self.ambient.operation();
            match self.store.request_own_purge(&person, change, owner, purge.operation).await? {
                Requested::Done => {
                    let standing = || person.purge.clone().map(Queued::Standing);
                    return after.clone().map(Queued::Set).or_else(standing).ok_or_else(|| refused.into());
                }
                Requested::Deactivated => return Err(refused.because(USER_DEACTIVATED).into()),
                Requested::NotOwner => return Err(refused.into()),
                Requested::Moved => {}
            }
        }
        Err(StoreError::Contended.into())
    }
}

/// Reads the body. A time that is too old is a problem beside all others.
fn purge_request(request: &Request, now: Timestamp) -> Result<PurgeRequest, Problems> {
    let body = request.json::<PurgeRequest>()?;
    match body.suggested_purge_time {
        Some(Suggested { time, read_as }) if PurgePolicy::is_too_old(time, now) => {
            let msg = format!("must not be more than 7 days in the past (read as {read_as})");
            Err(Problems::of_body(SUGGESTED, Fault::new("value_error.datetime", msg)))
        }
        _ => Ok(body),
    }
}

const SUGGESTED: &str = "suggested_purge_time";

/// The body.
pub struct PurgeRequest {
    suggested_purge_time: Option<Suggested>,
}

impl FromFields for PurgeRequest {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self { suggested_purge_time: fields.optional(SUGGESTED)? })
    }
}

struct Suggested {
    /// Rounded up, since a purge is never early.
    time: Timestamp,
    /// What an error says.
    read_as: Second,
}

impl FromField for Suggested {
    const SHAPE: Shape = Shape::DateTime;

    fn from_field(value: &Value<'_>) -> Result<Self, Fault> {
        let micros = datetime(value)?;
        let millis = micros.div_euclid(1000) + i64::from(micros.rem_euclid(1000) > 0);
        Ok(Self { time: Timestamp::from_millis(millis), read_as: Second::from_unix(micros.div_euclid(1_000_000)) })
    }
}

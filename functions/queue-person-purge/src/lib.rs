//! `POST /users/v1/person/{person_id}/purge`

mod describe;

use std::time::Duration;

use shared::{
    access,
    ambient::Ambient,
    auth::{OwnUser, PermissionProblem, SubjectKey},
    aws::{Attempts, CallError},
    http::{Authority, rallyhere::PurgeBody},
    identity::{
        OwnPurgeChange, PersonId, Purge, PurgeId, PurgePolicy, QueuePurge, Requester, Second, Timestamp, is_due_at_once,
    },
    prelude::rallyhere::*,
    queue::{PurgeMessage, SendPurge, SqsQueue},
    store::{OwnPurges, QueuePurges, Queued, ReadReceipts, ReadRecords, Requested},
    validation::{FieldProblem, FromField, Problems, Shape, Value, datetime, validate},
};

refusals! {
    /// The refusals of this endpoint besides 403 and 422.
    pub enum QueuePurgeRefusal: ApiError { PersonNotFound = ApiError::PERSON_NOT_FOUND }
}

request! {
    /// The request body.
    pub struct PurgeRequest {
        suggested_purge_time: Option<Suggested>,
    }
}

/// Added to the 403: a person with a deactivated user may not purge itself, because its account
/// would return without the ban.
const USER_DEACTIVATED: &str = ". A user of this person is deactivated; ask support.";

/// Queues the purge of a person, or changes the time of a queued purge.
#[derive(Debug)]
pub struct QueuePersonPurge<Q> {
    /// The queue for purges that are due at once.
    pub queue: Q,
    /// The limits on the time of a purge.
    pub policy: PurgePolicy,
    /// The key of the hash that names the caller in a receipt.
    pub subject_key: SubjectKey,
}

/// Builds the function from its settings.
pub async fn start(setup: &Setup) -> Result<Served<Guarded<QueuePersonPurge<SqsQueue>>>, ConfigProblem> {
    const DAY: Duration = Duration::from_hours(24);
    let environment = setup.environment();
    let policy = PurgePolicy {
        default_delay: environment.duration("PURGE_DEFAULT_DELAY", 14 * DAY)?,
        max_delay: environment.duration("PURGE_MAX_DELAY", 30 * DAY)?,
        min_delay_self: environment.duration("PURGE_MIN_DELAY_SELF", Duration::ZERO)?,
        head_start: environment.duration("PURGE_HEAD_START", Duration::from_mins(1))?,
    };
    if policy.default_delay > policy.max_delay {
        return Err(ConfigProblem::wrong("PURGE_DEFAULT_DELAY", "no longer than PURGE_MAX_DELAY"));
    }
    if policy.min_delay_self > policy.max_delay {
        return Err(ConfigProblem::wrong("PURGE_MIN_DELAY_SELF", "no longer than PURGE_MAX_DELAY"));
    }
    let (app, queue, subject_key) = (setup.app()?, setup.queue()?, setup.subject_key().await?);
    Ok(Served::new(Guarded(QueuePersonPurge { queue, policy, subject_key }), app))
}

impl<S, Q> Rule<S> for QueuePersonPurge<Q>
where
    S: QueuePurges + OwnPurges + ReadRecords + ReadReceipts,
    Q: SendPurge,
{
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::OwnOrPermitted(&Permission::PURGE_PERSON, Some(&Permission::PURGE_SELF));
    type Refusal = QueuePurgeRefusal;

    async fn handle(
        &self,
        app: &App<S>,
        rights: Rights,
        request: &Request,
        audit: &mut Audit,
    ) -> Result<Reply, Rejection<Self::Refusal>> {
        let now = rights.now();
        let authority = rights.authority()?;
        let (person_id, body) =
            validate((request.path_parameter::<PersonId>("person_id"), purge_request(request, now)))?;
        audit.set_subject(person_id);
        let suggested = body.suggested_purge_time.map(|suggested| suggested.time);
        let purge = |requested_by| self.requested(&app.ambient, person_id, suggested, requested_by, now);
        let queued = match authority {
            Authority::Any => {
                let service = Requester::Service(self.subject_key.hash(rights.actor()));
                app.store.queue_purge(&purge(service)).await?
            }
            Authority::Own(own, refused) => queue_own(app, &own, refused, purge(Requester::Itself)).await?,
        };
        match queued {
            Queued::Set(purge) => {
                if let Err(error) = self.send_if_due(person_id, &purge, now).await {
                    audit.set_cause(format_args!(
                        "a due purge was not sent to the queue; the dispatcher will send it: {error}"
                    ));
                }
                Ok(Reply::json(202, &PurgeBody::of(person_id, &purge)))
            }
            Queued::Standing(purge) => Ok(Reply::json(202, &PurgeBody::of(person_id, &purge))),
            Queued::NoPerson => {
                let receipt = app.store.receipt(person_id).await?.ok_or(QueuePurgeRefusal::PersonNotFound)?;
                Ok(Reply::json(202, &PurgeBody::of_receipt(&receipt)))
            }
        }
    }
}

impl<Q: SendPurge> QueuePersonPurge<Q> {
    fn requested(
        &self,
        ambient: &Ambient,
        person_id: PersonId,
        suggested: Option<Timestamp>,
        requested_by: Requester,
        now: Timestamp,
    ) -> QueuePurge {
        let purge_on = self.policy.schedule(suggested, &requested_by, now);
        QueuePurge {
            person_id,
            purge_id: PurgeId(ambient.uuid()),
            purge_on,
            due_on: self.policy.look_on(purge_on, now),
            retime: suggested.is_some(),
            requested_by,
            operation: ambient.operation(),
            now,
        }
    }

    /// Sends the purge to the queue if it is due now. A lost message does no harm: the dispatcher
    /// sends the purge again, because the person's item is the truth.
    async fn send_if_due(&self, person_id: PersonId, purge: &Purge, now: Timestamp) -> Result<(), CallError> {
        if !is_due_at_once(purge.purge_on, now) {
            return Ok(());
        }
        let message = PurgeMessage::new(person_id, purge.purge_id);
        let delay = now.round_down().until(purge.purge_on);
        self.queue.send(message, delay).await
    }
}

/// Queues the purge of the own person. Refused if the own user does not belong to this person, or a
/// user of the person is deactivated.
async fn queue_own<S: OwnPurges + ReadRecords>(
    app: &App<S>,
    own: &OwnUser,
    refused: PermissionProblem,
    mut purge: QueuePurge,
) -> Result<Queued, Rejection<QueuePurgeRefusal>> {
    let mut attempts = Attempts::new(&app.ambient);
    while attempts.next().await {
        let Some((person, owner)) = access::own_person(&app.store, own, purge.person_id).await? else {
            return Err(refused.into());
        };
        let after = purge.applied_to(person.purge.as_ref());
        let change = after.as_ref().map_or(OwnPurgeChange::Keep, OwnPurgeChange::Set);
        purge.operation = app.ambient.operation();
        match app.store.request_own_purge(&person, change, owner, purge.operation).await? {
            Requested::Done => {
                let standing = || person.purge.clone().map(Queued::Standing);
                return after.clone().map(Queued::Set).or_else(standing).ok_or_else(|| refused.into());
            }
            Requested::Deactivated => return Err(refused.because(USER_DEACTIVATED).into()),
            Requested::NotOwner => return Err(refused.into()),
            Requested::Moved => {}
        }
    }
    Err(CallError::Contended.into())
}

/// Reads the body. A time that is too old is reported together with all other problems.
fn purge_request(request: &Request, now: Timestamp) -> Result<PurgeRequest, Problems> {
    let body = request.json::<PurgeRequest>()?;
    match body.suggested_purge_time {
        Some(Suggested { time, read_as }) if PurgePolicy::is_too_old(time, now) => {
            let msg = format!("must not be more than 7 days in the past (read as {read_as})");
            Err(Problems::of_body(SUGGESTED, FieldProblem::new("value_error.datetime", msg)))
        }
        _ => Ok(body),
    }
}

const SUGGESTED: &str = "suggested_purge_time";

struct Suggested {
    /// Rounded up, because a purge is never early.
    time: Timestamp,
    /// Rounded down, as the error text shows it.
    read_as: Second,
}

impl FromField for Suggested {
    const SHAPE: Shape = Shape::DateTime;

    fn from_field(value: &Value<'_>) -> Result<Self, FieldProblem> {
        let micros = datetime(value)?;
        let millis = micros.div_euclid(1000) + i64::from(micros.rem_euclid(1000) > 0);
        Ok(Self { time: Timestamp::from_millis(millis), read_as: Second::from_unix(micros.div_euclid(1_000_000)) })
    }
}

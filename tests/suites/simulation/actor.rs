//! The store and the queue as a function uses them in a world, with all faults of calls.

mod logins;
mod purges;
mod reads;

use super::{
    sim::{Sim, State, pause},
    tables::Tables,
};
use shared::{
    aws::CallError,
    identity::{
        ActivePlayerChange, Link, NewUser, OperationId, OwnPurgeChange, Owner, Person, PersonId, PlayerUuid,
        QueuePurge, StateChange, Timestamp, Unlink,
    },
    store::{
        CancelPurges, Cancelled, ChangeUserState, Changed, CreateUsers, Created, LinkUsers, Linked, OwnPurges,
        QueuePurges, Queued, Requested, SetActivePlayer, StateChanged, UnlinkUsers, Unlinked,
    },
};

/// The failed attempts after which a call is given up (`shared::aws`).
const FAILED_ATTEMPTS: u32 = 6;

/// The store and the queue of one function.
#[derive(Clone)]
pub struct Actor(pub Sim);

/// The outcome of one attempt of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answered,
    /// Not carried out: it was throttled, in conflict, or did not arrive.
    NotDone,
    /// Carried out, but the answer is lost.
    Lost,
    CrashBefore,
    CrashAfter,
    /// The caller gave up after all attempts. The flag says whether some may have been carried out.
    GivenUp(bool),
}

impl Actor {
    /// Makes one call with its retries, which are the same call, as in the store's own loop.
    async fn call<T>(&self, name: &'static str, make: impl Fn(&mut State) -> T) -> Result<T, CallError> {
        for _ in 0..FAILED_ATTEMPTS {
            pause().await;
            let fate = self.fate(name);
            let done = match fate {
                Fate::Answered | Fate::Lost | Fate::CrashAfter | Fate::GivenUp(true) => Some(make(&mut self.0.state())),
                Fate::NotDone | Fate::CrashBefore | Fate::GivenUp(false) => None,
            };
            match (fate, done) {
                (Fate::Answered, Some(answer)) => {
                    pause().await;
                    return Ok(answer);
                }
                (Fate::CrashBefore | Fate::CrashAfter, _) => {
                    self.0.state().note().crashed = true;
                    std::future::pending::<()>().await;
                }
                (Fate::GivenUp(_), _) => break,
                _ => {
                    let then = {
                        let mut state = self.0.state();
                        // A throttled call fails at once, and a call without an answer after a
                        // second.
                        let most = if fate == Fate::Lost { 1_100 } else { 100 };
                        state.now + state.dice.between(1, most)
                    };
                    self.0.sleep_until(then).await;
                }
            }
        }
        Err(CallError::NotAnswered("all attempts".to_owned()))
    }

    fn fate(&self, name: &'static str) -> Fate {
        let mut state = self.0.state();
        state.tick();
        let faults = state.faults;
        let fate = if state.dice.often(faults) {
            match state.dice.below(10) {
                0..=1 => Fate::NotDone,
                2..=3 => Fate::Lost,
                4 => Fate::CrashBefore,
                5 => Fate::CrashAfter,
                6..=7 => Fate::GivenUp(true),
                _ => Fate::GivenUp(false),
            }
        } else {
            Fate::Answered
        };
        if fate != Fate::Answered {
            state.note().faults += 1;
            state.note().lost += usize::from(fate == Fate::Lost);
        }
        state.trace(|_| format!("{name} {fate:?}"));
        fate
    }

    async fn write<T>(&self, name: &'static str, change: impl Fn(&mut Tables) -> T) -> Result<T, CallError> {
        self.call(name, |state| state.write(name, &change)).await
    }

    async fn read<T>(&self, name: &'static str, look: impl Fn(&Tables) -> T) -> Result<T, CallError> {
        self.call(name, |state| look(&state.tables)).await
    }
}

impl CreateUsers for Actor {
    async fn create_user(&self, new: &NewUser) -> Result<Created, CallError> {
        let player_id = {
            let mut state = self.0.state();
            state.note().created = Some((new.player_uuid, new.person_id));
            let session = new.first_login.as_ref().and_then(|login| login.session.as_ref());
            state.note().session = session.map(|session| session.id);
            state.tables.next_player_id()
        };
        self.call("create_user", |state| {
            let created = state.write("create_user", |tables| tables.create_user(new, player_id));
            state.note_entry(new.first_login.is_some() && matches!(created, Created::User(_)));
            created
        })
        .await
    }
}

impl SetActivePlayer for Actor {
    async fn set_active_player(&self, change: &ActivePlayerChange) -> Result<Changed, CallError> {
        self.write("set_active_player", |tables| tables.set_active_player(change)).await
    }
}

impl QueuePurges for Actor {
    async fn queue_purge(&self, purge: &QueuePurge) -> Result<Queued, CallError> {
        self.0.state().note().purge = Some((purge.purge_id, purge.purge_on));
        self.write("queue_purge", |tables| tables.queue_purge(purge)).await?
    }
}

impl CancelPurges for Actor {
    async fn cancel_purge(&self, person_id: PersonId, operation: OperationId) -> Result<Cancelled, CallError> {
        self.write("cancel_purge", |tables| tables.cancel_purge(person_id, operation)).await
    }
}

impl OwnPurges for Actor {
    async fn change_own_purge(
        &self,
        person: &Person,
        change: OwnPurgeChange<'_>,
        owner: Owner,
        operation: OperationId,
    ) -> Result<Changed, CallError> {
        self.write("change_own_purge", |tables| tables.change_own_purge(person, change, owner, operation)).await
    }

    async fn request_own_purge(
        &self,
        person: &Person,
        change: OwnPurgeChange<'_>,
        owner: Owner,
        operation: OperationId,
    ) -> Result<Requested, CallError> {
        if let OwnPurgeChange::Set(purge) = change {
            self.0.state().note().purge = Some((purge.purge_id, purge.purge_on));
        }
        self.write("request_own_purge", |tables| tables.request_own_purge(person, change, owner, operation)).await
    }
}

impl ChangeUserState for Actor {
    async fn change_user_state(
        &self,
        player_uuid: PlayerUuid,
        change: StateChange,
        operation: OperationId,
        now: Timestamp,
    ) -> Result<StateChanged, CallError> {
        self.write("change_user_state", |tables| tables.change_user_state(player_uuid, change, operation, now)).await
    }
}

impl LinkUsers for Actor {
    async fn link(&self, link: &Link) -> Result<Linked, CallError> {
        self.write("link", |tables| tables.link(link)).await
    }
}

impl UnlinkUsers for Actor {
    async fn unlink(&self, unlink: &Unlink) -> Result<Unlinked, CallError> {
        self.0.state().note().new_person = Some(unlink.new_person);
        self.write("unlink", |tables| tables.unlink(unlink)).await?
    }
}

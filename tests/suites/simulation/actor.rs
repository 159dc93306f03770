//! What a function sees of the world: stores and queue, with everything that may go wrong between.

use std::time::Duration;

use shared::{
    identity::{
        Claim, DuePurge, IdentityKey, NewUser, OperationId, Person, PersonId, PlatformUser, PlayerUuid, Purge,
        QueuePurge, Receipt, Second, StateChange, Timestamp,
    },
    queue::{PurgeMessage, SendPurge, SendPurges},
    store::{
        ActivePlayerChange, CancelPurges, Cancelled, ChangeUserState, Changed, CreateUsers, Created, DuePage, Keys,
        LeasePurges, Link, LinkUsers, Linked, OwnPurgeChange, OwnPurges, Owner, PageKey, PurgePersons, Purged,
        QueuePurges, Queued, ReadClaims, ReadPersons, ReadReceipts, ReadRecords, ReadUsers, Records, SetActivePlayer,
        StateChanged, StoreError, Unlink, UnlinkUsers, Unlinked,
    },
};

use super::{
    invariants,
    sim::{Sim, State, pause},
    tables::{Tables, shard_of},
};

/// How often a call is made at most (DESIGN.md, "One retry loop").
const TRIES: u32 = 6;

/// A function's hands.
#[derive(Clone)]
pub struct Actor(pub Sim);

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answered,
    /// Throttled, in conflict, not reached: not carried out.
    NotDone,
    /// Carried out, and the answer is lost.
    Lost,
    CrashBefore,
    CrashAfter,
    /// Given up after all tries, some of which may have been carried out.
    GivenUp(bool),
}

impl Actor {
    /// One call with its repeats: the same one, as the store's own loop makes it.
    async fn call<T>(&self, name: &'static str, make: impl Fn(&mut State) -> T) -> Result<T, StoreError> {
        for _ in 0..TRIES {
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
                        // A throttled call comes back at once, one without an answer after a second.
                        let most = if fate == Fate::Lost { 1_100 } else { 100 };
                        state.now + state.dice.between(1, most)
                    };
                    self.0.sleep_until(then).await;
                }
            }
        }
        Err(StoreError::Unavailable)
    }

    fn fate(&self, name: &'static str) -> Fate {
        let mut state = self.0.state();
        state.tick();
        let faults = state.faults;
        let fate = if state.dice.often(faults) {
            match state.dice.below(10) {
                0..=2 => Fate::NotDone,
                3..=5 => Fate::Lost,
                6 => Fate::CrashBefore,
                7 => Fate::CrashAfter,
                8 => Fate::GivenUp(true),
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

    async fn write<T>(&self, name: &'static str, change: impl Fn(&mut Tables) -> T) -> Result<T, StoreError> {
        self.call(name, |state| state.write(name, &change)).await
    }

    async fn read<T>(&self, name: &'static str, look: impl Fn(&Tables) -> T) -> Result<T, StoreError> {
        self.call(name, |state| look(&state.tables)).await
    }
}

impl CreateUsers for Actor {
    async fn create_user(&self, new: &NewUser) -> Result<Created, StoreError> {
        let player_id = {
            let mut state = self.0.state();
            state.note().created = Some((new.player_uuid, new.person_id));
            state.tables.next_player_id()
        };
        self.write("create_user", |tables| tables.create_user(new, player_id)).await
    }
}

impl SetActivePlayer for Actor {
    async fn set_active_player(&self, change: &ActivePlayerChange) -> Result<Changed, StoreError> {
        self.write("set_active_player", |tables| tables.set_active_player(change)).await
    }
}

impl QueuePurges for Actor {
    async fn queue_purge(&self, purge: &QueuePurge) -> Result<Queued, StoreError> {
        self.0.state().note().purge = Some((purge.purge_id, purge.purge_on));
        self.write("queue_purge", |tables| tables.queue_purge(purge)).await?
    }
}

impl CancelPurges for Actor {
    async fn cancel_purge(&self, person_id: PersonId, operation: OperationId) -> Result<Cancelled, StoreError> {
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
    ) -> Result<Changed, StoreError> {
        if let OwnPurgeChange::Set(purge) = change {
            self.0.state().note().purge = Some((purge.purge_id, purge.purge_on));
        }
        self.write("change_own_purge", |tables| tables.change_own_purge(person, change, owner, operation)).await
    }
}

impl ChangeUserState for Actor {
    async fn change_user_state(
        &self,
        player_uuid: PlayerUuid,
        change: StateChange,
        operation: OperationId,
        now: Timestamp,
    ) -> Result<StateChanged, StoreError> {
        self.write("change_user_state", |tables| tables.change_user_state(player_uuid, change, operation, now)).await
    }
}

impl LinkUsers for Actor {
    async fn link(&self, link: &Link) -> Result<Linked, StoreError> {
        self.write("link", |tables| tables.link(link)).await
    }
}

impl UnlinkUsers for Actor {
    async fn unlink(&self, unlink: &Unlink) -> Result<Unlinked, StoreError> {
        self.0.state().note().new_person = Some(unlink.new_person);
        self.write("unlink", |tables| tables.unlink(unlink)).await?
    }
}

impl LeasePurges for Actor {
    async fn due_purges(
        &self,
        shard: u8,
        until: Second,
        limit: u32,
        _: Option<&PageKey>,
    ) -> Result<DuePage, StoreError> {
        // Most shards are empty in a small world; asking them is no point of interest.
        let none_ever = {
            let state = self.0.state();
            !state.index.iter().flatten().any(|purge| shard_of(purge.person_id) == shard)
        };
        if none_ever {
            return Ok(DuePage { purges: Vec::new(), next: None });
        }
        self.call("due_purges", |state| {
            let lag = if state.faults > 0 { state.dice.below(state.index.len().min(3)) } else { 0 };
            let shown = &state.index[state.index.len() - 1 - lag];
            let due = shown.iter().filter(|purge| shard_of(purge.person_id) == shard && purge.due_on <= until);
            let purges = due.copied().take(usize::try_from(limit).expect("a limit")).collect();
            DuePage { purges, next: None }
        })
        .await
    }

    async fn lease_purge(&self, purge: &DuePurge, due_on: Second) -> Result<(), StoreError> {
        invariants::leased_was_sent(&mut self.0.state(), purge);
        self.write("lease_purge", |tables| tables.lease_purge(purge, due_on)).await
    }
}

impl PurgePersons for Actor {
    async fn purge(&self, person: &Person, receipt: &Receipt, operation: OperationId) -> Result<Purged, StoreError> {
        self.write("purge", |tables| tables.purge(person, receipt, operation)).await?
    }

    async fn postpone(&self, person_id: PersonId, purge: &Purge) -> Result<(), StoreError> {
        self.write("postpone", |tables| tables.postpone(person_id, purge)).await
    }
}

impl ReadClaims for Actor {
    async fn claim(&self, key: &IdentityKey) -> Result<Option<Claim>, StoreError> {
        self.read("claim", |tables| tables.claim(key)).await
    }

    async fn two_claims(&self, keys: [&IdentityKey; 2]) -> Result<[Option<Claim>; 2], StoreError> {
        let [first, second] = keys;
        let wanted = Keys { identities: vec![first.clone(), second.clone()], ..Keys::default() };
        let records = self.records(&wanted).await?;
        Ok(keys.map(|key| records.claims.get(key).copied()))
    }
}

impl ReadPersons for Actor {
    async fn person(&self, person_id: PersonId) -> Result<Option<Person>, StoreError> {
        self.read("person", |tables| tables.person(person_id)).await
    }
}

impl ReadUsers for Actor {
    async fn user(&self, player_uuid: PlayerUuid) -> Result<Option<PlatformUser>, StoreError> {
        self.read("user", |tables| tables.user(player_uuid)).await
    }
}

impl ReadReceipts for Actor {
    async fn receipt(&self, person_id: PersonId) -> Result<Option<Receipt>, StoreError> {
        self.read("receipt", |tables| tables.receipts.get(&person_id).cloned()).await
    }
}

impl ReadRecords for Actor {
    /// A batch is no snapshot: some of its keys may be read later, or come back unprocessed.
    async fn records(&self, keys: &Keys) -> Result<Records, StoreError> {
        let mut records = Records::default();
        let mut left = keys.clone();
        loop {
            let parts = [left.persons.len(), left.users.len(), left.identities.len()];
            if parts.iter().sum::<usize>() == 0 {
                return Ok(records);
            }
            let now = self.0.state().some_of(&mut left);
            let read = self.call("records", |state| state.look_up(&now)).await?;
            records.persons.extend(read.persons);
            records.users.extend(read.users);
            records.claims.extend(read.claims);
        }
    }
}

impl State {
    /// Takes some keys out: all of them in a quiet world.
    fn some_of(&mut self, left: &mut Keys) -> Keys {
        if self.faults == 0 || !self.dice.often(500) {
            return std::mem::take(left);
        }
        let mut now = Keys::default();
        let mut some = |length: usize| self.dice.below(length + 1);
        now.persons = left.persons.split_off(some(left.persons.len()));
        now.users = left.users.split_off(some(left.users.len()));
        now.identities = left.identities.split_off(some(left.identities.len()));
        now
    }

    fn look_up(&self, keys: &Keys) -> Records {
        let persons = keys.persons.iter().filter_map(|key| self.tables.person(*key));
        let users = keys.users.iter().filter_map(|key| self.tables.user(*key));
        let claims = keys.identities.iter().filter_map(|key| Some((key.clone(), self.tables.claim(key)?)));
        Records {
            persons: persons.map(|person| (person.person_id, person)).collect(),
            users: users.map(|user| (user.player_uuid, user)).collect(),
            claims: claims.collect(),
        }
    }
}

impl SendPurge for Actor {
    async fn send(&self, message: PurgeMessage, delay: Duration) -> Result<(), StoreError> {
        let delay = i64::try_from(delay.as_millis()).expect("a delay");
        self.call("send", |state| {
            let visible_at = state.now + delay;
            state.queue.send(message, visible_at);
        })
        .await
    }
}

impl SendPurges for Actor {
    async fn send_batch(&self, messages: &[PurgeMessage]) -> Result<Vec<bool>, StoreError> {
        self.call("send_batch", |state| {
            let faults = state.faults;
            let send = |message: &PurgeMessage| {
                if state.dice.often(faults) {
                    return false;
                }
                let now = state.now;
                state.queue.send(*message, now);
                state.note().accepted.push(message.purge_id());
                true
            };
            messages.iter().map(send).collect()
        })
        .await
    }

    async fn depth(&self) -> Result<u64, StoreError> {
        self.call("depth", |state| u64::try_from(state.queue.len()).expect("a depth")).await
    }
}

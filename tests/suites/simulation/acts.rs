//! Random calls of the store. They use current records, old records and repeats, so that every
//! refusal occurs.

mod logins;

use std::{collections::BTreeSet, time::Duration};

use crate::{dice::Dice, sim::BEGINNING, tables::Tables};
use shared::identity::{
    ActivePlayerChange, Claim, DisplayName, DuePurge, FirstLogin, IdentityKey, Link, Login, NewUser, OperationId,
    OwnPurgeChange, Owner, Person, PersonId, Platform, PlatformUserId, PlayerUuid, Purge, PurgeId, QueuePurge, Receipt,
    Requester, Retention, Second, SessionId, SessionUse, StateChange, Timestamp, Unlink,
};

const PLATFORMS: [Platform; 4] = [Platform::Steam, Platform::Epic, Platform::Psn, Platform::Steam];

/// One call of the store.
#[derive(Debug, Clone)]
pub enum Act {
    Create(NewUser),
    SetActive(ActivePlayerChange),
    Queue(QueuePurge),
    Cancel(PersonId, OperationId),
    Own(Person, OwnChange, Owner, OperationId),
    Request(Person, OwnChange, Owner, OperationId),
    State(PlayerUuid, StateChange, OperationId, Timestamp),
    Link(Link),
    Unlink(Unlink),
    Lease(DuePurge, Second),
    Reset(DuePurge, Second),
    Postpone(PersonId, Purge),
    Purge(Person, Receipt, OperationId),
    /// The flag says whether the user may have one session only.
    LogIn(Login, bool),
    Use(SessionUse),
    EndSession(PlayerUuid, SessionId),
    EndAll(PlayerUuid, Option<PersonId>, Timestamp),
    /// Not a call of the store: removes the sessions from a user's item, as in one that is older than
    /// they are.
    Age(PlayerUuid),
    /// Not a call of the store: gives a claim to another person, as after a restore of some of the
    /// tables.
    Tamper(IdentityKey, PersonId),
}

/// A person's own change of its purge.
#[derive(Debug, Clone)]
pub enum OwnChange {
    Set(Purge),
    Keep,
    Cancel,
}

impl OwnChange {
    pub fn as_ref(&self) -> OwnPurgeChange<'_> {
        match self {
            Self::Set(purge) => OwnPurgeChange::Set(purge),
            Self::Keep => OwnPurgeChange::Keep,
            Self::Cancel => OwnPurgeChange::Cancel,
        }
    }
}

/// The records that a sequence of calls has seen.
pub struct Acts {
    pub keys: Vec<IdentityKey>,
    pub persons: BTreeSet<PersonId>,
    pub players: BTreeSet<PlayerUuid>,
    ids: Vec<PlatformUserId>,
    read: Vec<Person>,
    claims: Vec<(usize, Claim)>,
    done: Vec<Act>,
    now: i64,
    /// The calls about logins, of a thousand.
    logins: usize,
}

impl Acts {
    /// Makes four accounts that no other sequence has.
    pub fn new(dice: &mut Dice) -> Self {
        let ids: Vec<_> =
            (0..PLATFORMS.len()).map(|_| PlatformUserId::new(dice.uuid().to_string()).expect("an id")).collect();
        let keys = PLATFORMS.iter().zip(&ids).map(|(platform, id)| IdentityKey::of(*platform, id)).collect();
        // To open nine sessions takes many logins.
        let logins = if dice.often(300) { 700 } else { 100 };
        let (persons, players) = (BTreeSet::new(), BTreeSet::new());
        Self {
            keys,
            persons,
            players,
            ids,
            read: Vec::new(),
            claims: Vec::new(),
            done: Vec::new(),
            now: BEGINNING,
            logins,
        }
    }

    /// Remembers the current records, for calls that come too late.
    pub fn learn(&mut self, tables: &Tables, act: Act) {
        for row in tables.persons.values() {
            self.persons.insert(row.item.person_id);
            if self.read.last() != Some(&row.item) {
                self.read.push(row.item.clone());
            }
        }
        self.players.extend(tables.users.keys());
        for (account, key) in self.keys.iter().enumerate() {
            let claim = tables.claim(key).map(|claim| (account, claim));
            self.claims.extend(claim.filter(|claim| !self.claims.contains(claim)));
        }
        // A creation takes its player id before it is repeated: see `Tables::create_user`.
        if !matches!(act, Act::Create(_)) {
            self.done.push(act);
        }
    }

    /// Draws the next call.
    pub fn draw(&mut self, tables: &Tables, dice: &mut Dice) -> Act {
        self.now += dice.between(0, 5_000);
        if !self.done.is_empty() && dice.often(150) {
            return dice.pick(&self.done).clone();
        }
        if dice.often(30) {
            return Act::Tamper(dice.pick(&self.keys).clone(), PersonId(dice.uuid()));
        }
        let login = dice.often(self.logins).then(|| self.login_act(tables, dice)).flatten();
        if let Some(login) = login {
            return login;
        }
        let operation = OperationId(dice.uuid());
        let now = Timestamp::from_millis(self.now);
        let Some(person) = self.person(tables, dice) else { return self.create(dice) };
        let player = *dice.pick(&person.users.values().map(|user| user.player_uuid).collect::<Vec<_>>());
        match dice.below(14) {
            0 | 1 => self.create(dice),
            2 => Act::SetActive(self.set_active(tables, &person, dice)),
            3 | 4 => Act::Queue(self.queue(&person, dice)),
            5 => Act::Cancel(person.person_id, operation),
            6 => self.own(person, dice),
            7 | 8 => Act::State(player, *dice.pick(StateChange::ALL), operation, now),
            9 => self.link(tables, &person, dice).unwrap_or_else(|| self.create(dice)),
            10 => self.unlink(tables, dice).unwrap_or_else(|| self.create(dice)),
            11 | 12 => self.purge_work(&person, dice).unwrap_or_else(|| Act::Queue(self.queue(&person, dice))),
            _ => self.purge(person, dice),
        }
    }

    /// A person as it is now, or as it was earlier.
    fn person(&self, tables: &Tables, dice: &mut Dice) -> Option<Person> {
        let standing: Vec<_> = tables.persons.values().map(|row| row.item.clone()).collect();
        let of = if standing.is_empty() || dice.often(200) { &self.read } else { &standing };
        (!of.is_empty()).then(|| dice.pick(of).clone())
    }

    /// The claim on one of the accounts as it is now, or as it was earlier.
    fn claim(&self, tables: &Tables, dice: &mut Dice) -> Option<(usize, Claim)> {
        let standing = self.keys.iter().enumerate();
        let standing: Vec<_> = standing.filter_map(|(account, key)| Some((account, tables.claim(key)?))).collect();
        let of = if standing.is_empty() || dice.often(200) { &self.claims } else { &standing };
        (!of.is_empty()).then(|| *dice.pick(of))
    }

    fn create(&self, dice: &mut Dice) -> Act {
        let (account, now) = (dice.below(PLATFORMS.len()), Timestamp::from_millis(self.now));
        Act::Create(NewUser {
            platform: PLATFORMS[account],
            platform_user_id: self.ids[account].clone(),
            display_name: if dice.often(500) { DisplayName::new("name".to_owned()) } else { None },
            player_uuid: PlayerUuid(dice.uuid()),
            person_id: PersonId(dice.uuid()),
            first_login: dice
                .often(300)
                .then(|| FirstLogin { session: dice.often(800).then(|| logins::new_session(now, dice)) }),
            operation: OperationId(dice.uuid()),
            now,
        })
    }

    fn owner(&self, person: &Person, dice: &mut Dice) -> Owner {
        let users: Vec<_> = person.users.iter().collect();
        let (platform, user) = *dice.pick(&users);
        Owner { platform: *platform, player_uuid: user.player_uuid }
    }

    fn set_active(&self, tables: &Tables, person: &Person, dice: &mut Dice) -> ActivePlayerChange {
        let owner = dice.often(400).then(|| self.owner(person, dice));
        let user = self.owner(person, dice);
        let member = dice.often(600).then_some((user.platform, user.player_uuid));
        let to = dice.often(600).then_some(user.player_uuid);
        // Sometimes it is another person, with which the other records do not match.
        let other = dice.often(150).then(|| self.person(tables, dice)).flatten();
        let person_id = other.map_or(person.person_id, |other| other.person_id);
        ActivePlayerChange { person_id, to, member, owner, operation: OperationId(dice.uuid()) }
    }

    fn queue(&self, person: &Person, dice: &mut Dice) -> QueuePurge {
        let purge_on = Second::from_unix(self.now / 1000 + dice.between(0, 20));
        QueuePurge {
            person_id: person.person_id,
            purge_id: PurgeId(dice.uuid()),
            purge_on,
            due_on: purge_on.plus(Duration::from_secs(if dice.often(500) { 60 } else { 0 })),
            retime: dice.often(600),
            requested_by: Requester::Itself,
            operation: OperationId(dice.uuid()),
            now: Timestamp::from_millis(self.now),
        }
    }

    fn own(&self, person: Person, dice: &mut Dice) -> Act {
        let owner = self.owner(&person, dice);
        let purge = self.queue(&person, dice);
        let change = match dice.below(3) {
            0 => OwnChange::Keep,
            1 => OwnChange::Cancel,
            _ => purge.applied_to(person.purge.as_ref()).map_or(OwnChange::Keep, OwnChange::Set),
        };
        let act = if dice.often(600) { Act::Request } else { Act::Own };
        act(person, change, owner, purge.operation)
    }

    fn link(&self, tables: &Tables, leader: &Person, dice: &mut Dice) -> Option<Act> {
        let (account, follower) = self.claim(tables, dice)?;
        let user = self.owner(leader, dice);
        // The function itself refuses a follower that already belongs to the leader.
        if follower.person_id == leader.person_id || follower.player_uuid == user.player_uuid {
            return None;
        }
        Some(Act::Link(Link {
            leader: leader.person_id,
            leader_user: dice.often(600).then_some((user.platform, user.player_uuid)),
            leader_is_owner: dice.often(400),
            platform: PLATFORMS[account],
            follower,
            follower_key: self.keys[account].clone(),
            follower_is_owner: dice.often(400),
            operation: OperationId(dice.uuid()),
            now: Timestamp::from_millis(self.now),
        }))
    }

    fn unlink(&self, tables: &Tables, dice: &mut Dice) -> Option<Act> {
        let (account, claim) = self.claim(tables, dice)?;
        let owner = match tables.person(claim.person_id) {
            Some(person) if dice.often(500) => Some(self.owner(&person, dice)),
            _ => None,
        };
        Some(Act::Unlink(Unlink {
            platform: PLATFORMS[account],
            claim,
            key: self.keys[account].clone(),
            new_person: PersonId(dice.uuid()),
            owner,
            operation: OperationId(dice.uuid()),
            now: Timestamp::from_millis(self.now),
        }))
    }

    fn purge_work(&self, person: &Person, dice: &mut Dice) -> Option<Act> {
        let purge = person.purge.clone()?;
        let Purge { purge_id, purge_on, due_on, dispatches, .. } = purge;
        let seen = DuePurge { person_id: person.person_id, purge_id, purge_on, due_on, dispatches };
        let until = Second::from_unix(self.now / 1000 + dice.between(0, 60));
        Some(match dice.below(4) {
            0 | 1 => Act::Lease(seen, until),
            2 => Act::Reset(seen, until),
            _ => Act::Postpone(person.person_id, purge),
        })
    }

    fn purge(&self, person: Person, dice: &mut Dice) -> Act {
        let completed_on = Second::from_unix(self.now / 1000 + dice.between(-5, 25));
        let Some(purge) = &person.purge else { return Act::Queue(self.queue(&person, dice)) };
        // The engine deletes items that have expired by the real clock.
        let retention = Retention { traces: Duration::from_hours(24), receipts: Duration::from_hours(1_000_000) };
        let receipt = Receipt::of(&person, purge, completed_on, retention);
        Act::Purge(person, receipt, OperationId(dice.uuid()))
    }
}

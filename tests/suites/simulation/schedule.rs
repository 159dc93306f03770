//! The schedule of one world: the requests, the rounds of the dispatcher, and the batches of the
//! worker.

use super::{
    background,
    callers::{self, ACCOUNTS, id_of, platform_of},
    dice::Dice,
    executor::{self, Task},
    flaws::Flaw,
    history::{self, Leader, Op},
    invariants::{self, SKEW, Violation, logins::Past},
    kms,
    logins::{self, LOST_ANSWER},
    sim::{Sim, State},
    spec::Spec,
};
use shared::{
    identity::{
        DisplayName, IdentityKey, Link, Login, NewSession, NewUser, OperationId, PersonId, PlatformUserId, PlayerUuid,
        RefreshClaim, SessionId, StateChange, Timestamp,
    },
    store::Created,
};

/// The time within which a schedule's requests begin, in milliseconds.
const SPAN: i64 = 6_000;

/// The schedules in which callers log in, of a thousand.
const LOGINS: usize = 100;

/// The result of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub violation: Option<Violation>,
    pub trace: String,
    pub requests: usize,
    pub answered: usize,
    pub purged: usize,
}

/// Runs the schedule of this seed.
pub fn run(seed: u64, flaw: Option<Flaw>, traced: bool) -> Outcome {
    let sim = Sim::new(seed, flaw, traced);
    kms::enter(&sim);
    populate(&mut sim.state(), seed);
    let start = Spec::of(&sim.state().tables);
    let tasks = draw(&sim);
    let requests = tasks.len();
    executor::run(&sim, tasks);
    if sim.state().violation.is_none() {
        settle(&sim);
    }
    let mut state = sim.state();
    if let Some(violation) = invariants::logins::told(&state.history) {
        state.violate(violation);
    }
    if state.violation.is_none() {
        let mut history = std::mem::take(&mut state.history);
        if let Some(text) = history::unexplained(&start, &mut history) {
            state.violate(Violation::new("linearizable", text));
        }
        state.history = history;
    }
    let answered = state.history.iter().filter(|entry| entry.answer.is_some()).count();
    let purged = state.tables.receipts.len();
    Outcome { violation: state.violation.take(), trace: state.take_trace(), requests, answered, purged }
}

/// Creates one to three users. Two of them may be linked into one person.
fn populate(state: &mut State, seed: u64) {
    let accounts = state.dice.below(3) + 1;
    let mut users = Vec::new();
    for account in 0..accounts {
        let new = NewUser {
            platform: platform_of(account),
            platform_user_id: account_id(account),
            display_name: DisplayName::new(format!("name-{account}")),
            player_uuid: PlayerUuid(state.dice.uuid()),
            person_id: PersonId(state.dice.uuid()),
            first_login: None,
            operation: OperationId(state.dice.uuid()),
            now: Timestamp::from_millis(state.now),
        };
        let player_id = state.tables.next_player_id();
        if let Created::User(user) = state.tables.create_user(&new, player_id) {
            users.push(user);
        }
    }
    state.logs_in = state.tables.flaw.is_some_and(Flaw::is_of_logins) || Dice::new(!seed).often(LOGINS);
    if state.logs_in {
        open_sessions(state);
    }
    if let [leader, follower, ..] = &users[..]
        && state.dice.often(400)
    {
        let key = IdentityKey::of(follower.platform, &follower.platform_user_id);
        let link = Link {
            leader: leader.person_id,
            leader_user: None,
            leader_is_owner: false,
            platform: follower.platform,
            follower: state.tables.claim(&key).expect("a claim"),
            follower_key: key,
            follower_is_owner: false,
            operation: OperationId(state.dice.uuid()),
            now: Timestamp::from_millis(state.now),
        };
        state.tables.link(&link);
    }
    let past = Past::of(&state.tables, 0);
    state.past.push(past);
}

/// Opens some sessions of the first user, at different times of the last minutes.
fn open_sessions(state: &mut State) {
    let Some(claim) = state.tables.claim(&IdentityKey::of(platform_of(0), &account_id(0))) else { return };
    for _ in 0..*state.dice.pick(&[0, 1, 2, 7, 8, 8]) {
        let (id, operation) = (SessionId(state.dice.uuid()), OperationId(state.dice.uuid()));
        let now = Timestamp::from_millis(state.now - state.dice.between(0, 600_000));
        let session = NewSession::new(id, logins::client(0), &logins::SETTINGS.sessions, now);
        let token = RefreshClaim { player_uuid: claim.player_uuid, session: id, n: 1 };
        let login = Login {
            player_uuid: claim.player_uuid,
            person_id: claim.person_id,
            display_name: None,
            session: Some(session),
            operation,
            now,
        };
        state.tables.log_in(&login, &logins::SETTINGS.sessions);
        state.refresh_tokens.push(token);
    }
}

fn account_id(account: usize) -> PlatformUserId {
    PlatformUserId::new(id_of(account)).expect("an id")
}

/// Draws the tasks of a schedule, and the rate of its faults.
fn draw(sim: &Sim) -> Vec<Task> {
    let mut state = sim.state();
    state.faults = *state.dice.pick(&[0, 30, 80, 200]);
    let poisoned = state.dice.often(100);
    if poisoned {
        let now = state.now;
        state.queue.put("{}".to_owned(), now);
    }
    // Requests that overlap find more than requests far apart.
    let span = *state.dice.pick(&[200, SPAN]);
    let mut tasks: Vec<Task> = Vec::new();
    let logs_in = state.logs_in;
    for _ in 0..state.dice.between(2, if logs_in { 8 } else { 6 }) {
        let (mut start, mut skew) = moment(&mut state, span);
        let theme = state.dice.below(2) == 0;
        if logs_in {
            start += *state.dice.pick(&[0, 0, 0, LOST_ANSWER - 500, LOST_ANSWER + 500, 3 * LOST_ANSWER]);
        }
        let sim = sim.clone();
        tasks.push(Box::pin(async move {
            sim.sleep_until(start).await;
            let (op, caller) = draw_request(&mut sim.state(), theme, logs_in);
            if op.is_of_login() && sim.state().dice.often(100) {
                skew = *sim.state().dice.pick(&[-60_000, 60_000]);
            }
            Box::pin(callers::call(sim, op, caller, skew)).await;
        }));
    }
    for _ in 0..state.dice.between(1, 3) {
        let (start, skew) = moment(&mut state, span + 12_000);
        let sim = sim.clone();
        tasks.push(Box::pin(async move {
            sim.sleep_until(start).await;
            Box::pin(background::dispatch(&sim, skew)).await;
        }));
    }
    for _ in 0..state.dice.between(1, 2) {
        let (mut start, skew) = moment(&mut state, span);
        let sim = sim.clone();
        tasks.push(Box::pin(async move {
            for _ in 0..6 {
                sim.sleep_until(start).await;
                Box::pin(background::work(&sim, skew)).await;
                let wait = sim.state().dice.between(50, 3_000);
                start = sim.state().now + wait;
            }
        }));
    }
    tasks
}

/// The time at which an actor begins, and the error of its clock.
fn moment(state: &mut State, span: i64) -> (i64, i64) {
    let start = state.now + state.dice.between(0, span);
    (start, state.dice.between(-SKEW, SKEW))
}

/// A request about current or earlier records. Half of the callers send requests about purges.
fn draw_request(state: &mut State, of_purges: bool, logs_in: bool) -> (Op, Option<usize>) {
    if logs_in && let Some(op) = draw_login(state) {
        return (op, None);
    }
    let account = state.dice.below(ACCOUNTS);
    let person = draw_person(state);
    let caller = state.dice.often(300).then(|| own_account(state, account, person));
    if of_purges {
        let op = match state.dice.below(8) {
            0..=3 => Op::Queue(person, draw_time(state)),
            4..=5 => Op::Cancel(person),
            _ => Op::GetPurge(person),
        };
        return (op, caller);
    }
    let players: Vec<_> = state.tables.users.keys().copied().collect();
    let player = if players.is_empty() { PlayerUuid(state.dice.uuid()) } else { *state.dice.pick(&players) };
    match state.dice.below(16) {
        0..=2 => (Op::Create(account), None),
        3..=5 => (Op::State(player, *state.dice.pick(StateChange::ALL)), None),
        6 => (Op::GetUser(player), None),
        7..=8 => (Op::Enable(account), caller),
        9 => (Op::Disable(account), caller),
        10 => (Op::DisablePerson(person), caller),
        11..=12 => {
            let by_person = state.dice.often(500);
            let leader = if by_person { Leader::Person(person) } else { Leader::Account(state.dice.below(ACCOUNTS)) };
            (Op::Link { leader, follower: account }, None)
        }
        13..=14 => (Op::Unlink(account), caller),
        _ => (Op::Find(account), None),
    }
}

/// A request of a client of the login, or a change of the state of a user that logs in.
fn draw_login(state: &mut State) -> Option<Op> {
    let tokens = &state.refresh_tokens;
    let token = match tokens.last() {
        Some(newest) if state.dice.often(400) => Some(*newest),
        Some(_) => Some(*state.dice.pick(tokens)),
        None => None,
    };
    let login = |state: &mut State| Op::LogIn { account: *state.dice.pick(&[0, 0, 3]), refresh: state.dice.often(800) };
    let (choice, client) = (state.dice.below(16), usize::from(state.dice.often(60)));
    match (choice, token) {
        (0..=3, _) | (4..=10, None) => Some(login(state)),
        (4..=8, Some(token)) => Some(Op::Refresh { token, client }),
        (9, Some(token)) => Some(Op::LogOut(token)),
        (10, Some(token)) => Some(Op::State(token.player_uuid, *state.dice.pick(StateChange::ALL))),
        (11, Some(token)) => {
            Some(Op::State(token.player_uuid, *state.dice.pick(&[StateChange::Deactivate, StateChange::Lock])))
        }
        (12, Some(token)) => {
            let user = state.tables.user(token.player_uuid)?;
            Some(Op::Queue(user.person_id, Some(state.now / 1000)))
        }
        _ => None,
    }
}

fn draw_person(state: &mut State) -> PersonId {
    let persons: Vec<_> = state.tables.persons.keys().chain(state.tables.receipts.keys()).copied().collect();
    if persons.is_empty() { PersonId(state.dice.uuid()) } else { *state.dice.pick(&persons) }
}

/// An account, mostly one of the person's own.
fn own_account(state: &mut State, account: usize, person: PersonId) -> usize {
    let own = state.tables.users.values().find(|row| row.item.person_id == person);
    let own = own.map(|row| callers::account_of(row.item.platform_user_id.as_str()));
    let strange = state.dice.often(200);
    own.filter(|_| !strange).unwrap_or(account)
}

/// A suggested time: in the past, now, soon, later, or none.
fn draw_time(state: &mut State) -> Option<i64> {
    let ahead = *state.dice.pick(&[None, Some(-60), Some(0), Some(0), Some(1), Some(4), Some(600)]);
    ahead.map(|ahead: i64| state.now / 1000 + ahead)
}

/// Runs three rounds without faults, which must complete every queued purge.
fn settle(sim: &Sim) {
    let world = sim.clone();
    let settling = async move {
        world.state().faults = 0;
        for _ in 0..3 {
            let Some(then) = due_by(&mut world.state()) else { break };
            world.sleep_until(then).await;
            background::dispatch(&world, 0).await;
            world.state().queue.show_all();
            for _ in 0..12 {
                background::work(&world, 0).await;
            }
        }
        let (waits, _) = world.state().queue.poison();
        for _ in 0..if waits { 12 } else { 0 } {
            world.state().queue.show_all();
            background::work(&world, 0).await;
        }
        invariants::settled(&mut world.state(), waits);
    };
    executor::run(sim, vec![Box::pin(settling)]);
}

/// The time at which every queued purge is due and visible. Sometimes all messages are lost before.
fn due_by(state: &mut State) -> Option<i64> {
    let due = state.tables.due();
    let last = due.iter().map(|purge| purge.due_on.max(purge.purge_on).as_unix() * 1000).max()?;
    let hidden = last - state.now > 49 * 3_600_000;
    if hidden {
        state.violate(Violation::new("nothing-due-lost", format!("the dispatcher will not look at {due:?}")));
    }
    if state.dice.often(300) {
        state.queue.forget();
    }
    Some(last.max(state.now) + 2 * SKEW + 1_000)
}

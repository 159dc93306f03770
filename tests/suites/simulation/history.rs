//! The requests and answers of a schedule, and a search for a sequential order that explains them
//! (Wing and Gong).

use serde_json::Value;
use shared::identity::{PersonId, PlayerUuid, PurgeId, RefreshClaim, Second, StateChange};

use super::{sim::Note, spec::Spec};

/// A request. An account is a number: see `callers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Create(usize),
    State(PlayerUuid, StateChange),
    GetUser(PlayerUuid),
    Enable(usize),
    Disable(usize),
    DisablePerson(PersonId),
    Link {
        leader: Leader,
        follower: usize,
    },
    Unlink(usize),
    /// Queues a purge, with the suggested time in seconds since the Unix epoch.
    Queue(PersonId, Option<i64>),
    Cancel(PersonId),
    GetPurge(PersonId),
    Find(usize),
    LogIn {
        account: usize,
        /// Whether it wants a refresh token.
        refresh: bool,
    },
    Refresh {
        token: RefreshClaim,
        /// The index of the client.
        client: usize,
    },
    LogOut(RefreshClaim),
    /// Not a request: a worker's transaction, which has one moment.
    Purge(PersonId, PurgeId, Second),
}

impl Op {
    /// Whether a client of the login sends it.
    pub fn is_of_login(self) -> bool {
        matches!(self, Self::LogIn { .. } | Self::Refresh { .. } | Self::LogOut(_))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leader {
    Person(PersonId),
    Account(usize),
}

/// An answer as a caller reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    pub status: u16,
    pub body: Value,
}

/// One request from its call to its return.
#[derive(Debug, Clone)]
pub struct Entry {
    pub op: Op,
    /// The account that the token names. `None` for a service.
    pub caller: Option<usize>,
    /// The time of the function's clock at the call.
    pub now: i64,
    pub called: usize,
    pub returned: usize,
    /// The answer. `None` if the caller got none.
    pub answer: Option<Response>,
    pub note: Note,
    /// Whether another request was in flight.
    pub concurrent: bool,
}

impl Entry {
    /// An entry that happens in one moment and has no answer.
    pub fn inside(op: Op, moment: usize) -> Self {
        let answer = Some(Response { status: 0, body: Value::Null });
        Self {
            op,
            caller: None,
            now: 0,
            called: moment,
            returned: moment,
            answer,
            note: Note::default(),
            concurrent: false,
        }
    }
}

/// The largest number of states that are searched, far more than any of these histories needs.
const STATES: usize = 200_000;

/// The answers that no order explains. `None` if an order explains all.
pub fn unexplained(start: &Spec, history: &mut Vec<Entry>) -> Option<String> {
    let overtaken: Vec<_> = history.iter().filter(|entry| is_overtaken(entry, history)).cloned().collect();
    history.extend(overtaken.into_iter().map(|entry| Entry { answer: None, ..entry }));
    for index in 0..history.len() {
        let (called, returned) = (history[index].called, history[index].returned);
        let mut others = history.iter().enumerate().filter(|(other, _)| *other != index);
        let concurrent = others.any(|(_, other)| other.called <= returned && called <= other.returned);
        history[index].concurrent = concurrent;
    }
    let mut search = Search { history, left: STATES, deepest: Vec::new() };
    let mut order = Vec::new();
    if search.explain(start, (1 << search.history.len()) - 1, 0, &mut order) {
        return None;
    }
    let mut text = format!("no order explains these; the best begins with {:?}", search.deepest);
    for (index, entry) in search.history.iter().enumerate() {
        let Entry { op, caller, called, returned, answer, note, .. } = entry;
        let answer = answer.as_ref().map(|answer| format!("{} {}", answer.status, answer.body));
        text.push_str(&format!("\n  {index}: {called}..{returned} {op:?} by {caller:?}: {answer:?}"));
        text.push_str(&format!(" {:?} {:?} {:?}", note.created, note.new_person, note.purge));
    }
    Some(text)
}

/// Whether this request's answer was lost, and a purge came before its repeat.
///
/// Then no record of the request is left. The answer is the contract's answer about a purged
/// person, although the request may have been carried out before the purge.
///
/// A login or refresh that was written more than once, or may have been, may have had an effect
/// before the one that its answer shows. For example, another caller has used its new token.
fn is_overtaken(entry: &Entry, history: &[Entry]) -> bool {
    let is_login = matches!(entry.op, Op::LogIn { .. } | Op::Refresh { .. });
    if is_login && (entry.note.lost > 0 || entry.note.entries > 1) {
        return entry.answer.is_some();
    }
    let purges = history.iter().filter(|other| matches!(other.op, Op::Purge(..)));
    let mut inside = purges.filter(|purge| entry.called <= purge.called && purge.called <= entry.returned);
    entry.answer.is_some() && entry.note.lost > 0 && inside.next().is_some()
}

struct Search<'h> {
    history: &'h [Entry],
    left: usize,
    deepest: Vec<usize>,
}

impl Search<'_> {
    /// Whether some order of the remaining entries continues from this state. `latest` is the
    /// latest call so far.
    fn explain(&mut self, state: &Spec, left: u32, latest: usize, order: &mut Vec<usize>) -> bool {
        let history = self.history;
        let entries = || history.iter().enumerate().filter(|(index, _)| left & (1 << index) != 0);
        let answered = |entry: &Entry| entry.answer.is_some();
        let Some(deadline) = entries().filter(|(_, entry)| answered(entry)).map(|(_, entry)| entry.returned).min()
        else {
            return true;
        };
        if self.left == 0 {
            return true;
        }
        self.left -= 1;
        if order.len() > self.deepest.len() {
            self.deepest.clone_from(order);
        }
        let next: Vec<_> = entries()
            .filter(|(_, entry)| entry.called <= deadline && entry.returned >= latest)
            .map(|(index, entry)| (entry.returned, index))
            .collect();
        let mut next = next;
        next.sort_unstable();
        for (_, index) in next {
            let entry = &history[index];
            let mut after = state.clone();
            if after.admits(entry) {
                order.push(index);
                if self.explain(&after, left & !(1 << index), latest.max(entry.called), order) {
                    return true;
                }
                order.pop();
            }
        }
        false
    }
}

//! The knowledge of clients about one person: the answers, and the changes that may or may not have
//! happened.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tests::{Answer, User, client::unix_of};

/// The state of a purge by one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    None,
    /// Queued for this time.
    Queued(i64),
    /// Done, and was due at this time.
    Complete(i64),
}

/// The change that a request asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Queued for this time or later.
    Queue(i64),
    Cancel,
}

/// A request without an answer or with a 503.
#[derive(Debug, Clone, Copy)]
struct Maybe {
    change: Change,
    /// The number of the process that it was sent to. After the end of that process it can no
    /// longer be carried out.
    epoch: usize,
    /// The time at which the client gave up.
    until: i64,
}

/// The knowledge about one person.
#[derive(Debug)]
pub struct Ledger {
    /// Its users. The person was created with the first one.
    pub users: Vec<User>,
    /// The user whose player is the active one.
    pub active: Option<usize>,
    /// For each user, whether it is deactivated.
    pub inactive: Vec<bool>,
    standing: Standing,
    maybes: Vec<Maybe>,
    /// The time at which the purge was completed, once an answer has shown it.
    completed_on: Option<i64>,
}

impl Ledger {
    pub fn new(first: User) -> Self {
        Self {
            users: vec![first],
            active: None,
            inactive: vec![false],
            standing: Standing::None,
            maybes: Vec::new(),
            completed_on: None,
        }
    }

    pub fn person_id(&self) -> &str {
        &self.users[0].person_id
    }

    pub fn joined(&mut self, user: User) {
        self.users.push(user);
        self.inactive.push(false);
    }

    /// Notes a request without an answer.
    pub fn unanswered(&mut self, change: Change, epoch: usize) {
        self.maybes.push(Maybe { change, epoch, until: now() });
    }

    /// Notes the answer to a POST with a suggested time that was sent at `sent`.
    pub fn queued(&mut self, suggested: i64, sent: i64, answer: &Answer, epoch: usize) {
        assert_eq!(answer.status, 202, "{self:?}: {}", answer.text);
        let told = told(&answer.json());
        if let Standing::Queued(on) = told {
            let (first, last) = (suggested.max(sent), suggested.max(now() + 1));
            assert!((first..=last).contains(&on), "{self:?} took another time than {first}: {}", answer.text);
            assert!(!matches!(self.standing, Standing::Complete(_)), "{self:?} came back: {}", answer.text);
        }
        self.settle(told, &answer.json(), epoch);
    }

    /// Notes the answer to a DELETE.
    pub fn cancelled(&mut self, answer: &Answer, epoch: usize) {
        match (answer.status, &*answer.code()) {
            (204, _) => {
                assert!(self.may_be(|it| matches!(it, Standing::Queued(_))), "{self:?}: nothing was queued");
                self.standing(Standing::None, epoch);
            }
            (404, "purge_not_found") => {
                assert!(self.may_be(|it| it == Standing::None), "{self:?}: the purge is lost");
                self.standing(Standing::None, epoch);
            }
            (409, "purge_already_started") => assert!(self.may_be_due(), "{self:?}: early"),
            _ => panic!("{self:?}: {} {}", answer.status, answer.text),
        }
    }

    /// Notes the answer to a GET.
    pub fn seen(&mut self, answer: &Answer, epoch: usize) -> Standing {
        match (answer.status, &*answer.code()) {
            (200, _) => {
                let (told, body) = (told(&answer.json()), answer.json());
                if let Standing::Queued(on) = told {
                    assert!(self.may_stand(on), "{self:?}: nobody asked for {}", answer.text);
                }
                self.settle(told, &body, epoch);
                told
            }
            (404, "purge_not_found") => {
                assert!(self.may_be(|it| it == Standing::None), "{self:?}: the purge is lost");
                self.standing(Standing::None, epoch);
                Standing::None
            }
            _ => panic!("{self:?}: {} {}", answer.status, answer.text),
        }
    }

    /// Whether it may have been purged.
    fn may_be_due(&self) -> bool {
        self.may_be(|it| match it {
            Standing::None => false,
            Standing::Queued(on) => on <= now(),
            Standing::Complete(_) => true,
        })
    }

    /// Whether a purge with this time may be queued, or may have been the last one.
    fn may_stand(&self, on: i64) -> bool {
        let asked = |maybe: &Maybe| match maybe.change {
            Change::Queue(first) => (first..=first.max(maybe.until + 1)).contains(&on),
            Change::Cancel => false,
        };
        matches!(self.standing, Standing::Queued(it) | Standing::Complete(it) if it == on)
            || self.maybes.iter().any(asked)
    }

    /// Fails if the time of completion differs from the one in an earlier answer.
    fn check_completed(&self, on: i64) {
        assert!(self.completed_on.is_none_or(|told| told == on), "{self:?} was purged again at {on}");
    }

    /// Whether a purge may be queued or done.
    pub fn may_be_queued(&self) -> bool {
        self.may_be(|it| it != Standing::None)
    }

    /// The state of the purge. Fails if it is still uncertain.
    pub fn certain(&self) -> Standing {
        assert!(self.maybes.is_empty(), "{self:?} is uncertain");
        self.standing
    }

    fn may_be(&self, is: impl Fn(Standing) -> bool) -> bool {
        let after = self.maybes.iter().map(|maybe| match maybe.change {
            Change::Queue(first) => Standing::Queued(first),
            Change::Cancel => Standing::None,
        });
        std::iter::once(self.standing).chain(after).any(is)
    }

    fn settle(&mut self, told: Standing, body: &Value, epoch: usize) {
        if let Standing::Complete(on) = told {
            let completed_on = unix(body, "last_modified_on");
            assert!(self.may_stand(on), "{self:?}: nobody asked for a purge at {on}: {body}");
            assert!(completed_on >= on && completed_on <= now(), "{self:?} was purged early: {body}");
            self.check_completed(completed_on);
            self.completed_on = Some(completed_on);
        } else {
            assert!(self.completed_on.is_none(), "{self:?} came back: {body}");
        }
        self.standing(told, epoch);
    }

    /// Notes an answer. It settles earlier requests, except those to the same process that may
    /// still be running.
    fn standing(&mut self, standing: Standing, epoch: usize) {
        self.standing = standing;
        let over = matches!(standing, Standing::Complete(_));
        self.maybes.retain(|maybe| maybe.epoch == epoch && !over);
    }
}

fn told(body: &Value) -> Standing {
    let on = unix(body, "purge_on");
    match body["status"].as_str() {
        Some("queued") => Standing::Queued(on),
        Some("complete") => Standing::Complete(on),
        _ => panic!("{body}"),
    }
}

/// A time of a body, in seconds since the Unix epoch.
fn unix(body: &Value, name: &str) -> i64 {
    unix_of(body[name].as_str().unwrap())
}

/// The current time in seconds since the Unix epoch.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

//! Records every call of the functions to AWS, checks it against the function's role, and applies
//! the planned faults.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws_sdk_dynamodb::config::SharedInterceptor;
use serde_json::Value;

use crate::{
    faults::{Disturbance, Fault, denied},
    random::Random,
    roles::{Allowance, needed},
    watch::{Disturb, watch},
};

/// One call to AWS.
#[derive(Debug, Clone)]
pub struct Call {
    /// The name of the binary of the function that made it.
    pub function: String,
    /// The operation, such as `UpdateItem`.
    pub operation: String,
    /// The body of the request.
    pub body: Value,
}

/// Watches all calls of one bundle.
#[derive(Debug, Default)]
pub struct Calls {
    roles: BTreeMap<String, BTreeSet<Allowance>>,
    made: Mutex<Vec<Call>>,
    planned: Mutex<Vec<(String, String, Fault)>>,
    denied: Mutex<BTreeSet<String>>,
    /// One of so many writes fails with a conflict. 0 stands for none.
    conflict_in: AtomicUsize,
    writes: AtomicUsize,
}

impl Calls {
    /// Watches calls, and refuses those that these roles do not allow.
    pub fn under(roles: BTreeMap<String, BTreeSet<Allowance>>) -> Arc<Self> {
        Arc::new(Self { roles, ..Self::default() })
    }

    /// All calls so far, in order.
    pub fn made(&self) -> Vec<Call> {
        lock(&self.made).clone()
    }

    /// Forgets the calls so far.
    pub fn forget(&self) {
        lock(&self.made).clear();
    }

    /// Plans a fault for the next call of this operation by this function that has no fault yet.
    pub fn plan(&self, function: &str, operation: &str, fault: Fault) {
        lock(&self.planned).push((function.to_owned(), operation.to_owned(), fault));
    }

    /// Removes the faults that are planned for this function and have not happened yet.
    pub fn forget_faults(&self, function: &str) {
        lock(&self.planned).retain(|(of, ..)| of != function);
    }

    /// The number of planned faults that have not happened yet.
    pub fn faults_left(&self) -> usize {
        lock(&self.planned).len()
    }

    /// From now on one of so many writes of any function fails with a conflict with another
    /// transaction.
    pub fn conflict_in(&self, writes: Option<usize>) {
        self.conflict_in.store(writes.unwrap_or_default(), Ordering::SeqCst);
    }

    /// From now on every call of this function is refused, as if its role allowed nothing.
    pub fn deny(&self, function: &str) {
        lock(&self.denied).insert(function.to_owned());
    }

    /// The interceptor for one function.
    pub fn of(self: &Arc<Self>, function: &str) -> SharedInterceptor {
        watch(Arc::<Self>::clone(self), function)
    }

    /// Refuses a call that the function's role does not allow. Any other call gets the fault that
    /// is planned for it.
    fn judge(&self, function: &str, operation: &str, body: &Value) -> Option<Disturbance> {
        let role = self.roles.get(function).filter(|_| !lock(&self.denied).contains(function));
        let allowed = role.cloned().unwrap_or_default();
        if let Some((action, resource)) = needed(operation, body).iter().find(|needed| !allowed.contains(*needed)) {
            return Some(denied(function, action, resource));
        }
        let mut planned = lock(&self.planned);
        let fault = match planned.iter().position(|(of, on, _)| of == function && on == operation) {
            Some(index) => planned.remove(index).2,
            None => self.conflict(operation)?,
        };
        Some(fault.disturbance(operation, body, &mut Random::new(0)))
    }

    fn conflict(&self, operation: &str) -> Option<Fault> {
        let conflict_in = self.conflict_in.load(Ordering::SeqCst);
        if conflict_in == 0 || !Fault::Conflict.may_meet(operation) {
            return None;
        }
        let write = self.writes.fetch_add(1, Ordering::SeqCst) + 1;
        write.is_multiple_of(conflict_in).then_some(Fault::Conflict)
    }
}

impl Disturb for Calls {
    fn disturbance(&self, function: &str, operation: &str, body: Value) -> Option<Disturbance> {
        let disturbance = self.judge(function, operation, &body);
        let (function, operation) = (function.to_owned(), operation.to_owned());
        lock(&self.made).push(Call { function, operation, body });
        disturbance
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

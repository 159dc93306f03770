//! Random faults. With the same seed, the n-th call of an operation by a function always gets the
//! same fault.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_sdk_dynamodb::config::SharedInterceptor;
use serde_json::Value;

use crate::{
    faults::{Disturbance, Fault},
    random::Random,
    watch::{Disturb, watch},
};

/// One of so many faults is slow. A slow fault takes a second, the others take no time.
const SLOW_IN: usize = 25;

/// Disturbs calls at random.
#[derive(Debug)]
pub struct Weather {
    seed: u64,
    faults_per_thousand: usize,
    calls: Mutex<BTreeMap<String, u64>>,
    tell: fn(&str, &str, Fault),
}

impl Weather {
    /// Disturbs so many of a thousand calls. Reports each fault, with its function and operation,
    /// before it happens.
    pub fn new(seed: u64, faults_per_thousand: usize, tell: fn(&str, &str, Fault)) -> Arc<Self> {
        Arc::new(Self { seed, faults_per_thousand, calls: Mutex::default(), tell })
    }

    /// The interceptor for one function.
    pub fn over(self: &Arc<Self>, function: &str) -> SharedInterceptor {
        watch(Arc::<Self>::clone(self), function)
    }

    /// The number of calls of this kind so far.
    fn count(&self, kind: &str) -> u64 {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let count = calls.entry(kind.to_owned()).or_default();
        *count += 1;
        *count
    }
}

impl Disturb for Weather {
    fn disturbance(&self, function: &str, operation: &str, body: Value) -> Option<Disturbance> {
        let kind = format!("{function} {operation}");
        let mut dice = Random::of(self.seed, &kind, self.count(&kind));
        if dice.below(1000) >= self.faults_per_thousand {
            return None;
        }
        let slow = dice.below(SLOW_IN) == 0;
        let met = |fault: &Fault| fault.may_meet(operation) && fault.is_slow() == slow;
        let mut faults: Vec<_> = Fault::ALL.into_iter().filter(met).collect();
        // Without this, a fault that only few calls can have would hardly ever happen.
        if faults.iter().any(|fault| fault.is_special()) && dice.below(2) == 0 {
            faults.retain(|fault| fault.is_special());
        }
        let fault = *dice.pick(&faults);
        (self.tell)(function, operation, fault);
        Some(fault.disturbance(operation, &body, &mut dice))
    }
}

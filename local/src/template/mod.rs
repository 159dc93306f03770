//! `template.yaml`, read as the one description of routes, functions, tables and queues.

mod build;
mod cors;
mod resolve;
mod resources;
mod yaml;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use serde_json::Value;

use crate::problem::Problem;

pub use cors::Cors;
pub use resolve::{ACCOUNT, REGION, Scope};
pub use resources::{AttributeDefinition, Index, KeyElement, Projection, Table, TimeToLive};

/// The template that this binary was built with.
pub const BUILT_IN: &str = include_str!("../../../template.yaml");

/// A template, checked as far as one machine cares.
#[derive(Debug, Clone)]
pub struct Template {
    /// The functions by logical id.
    pub functions: BTreeMap<String, Function>,
    /// The tables by logical id, which is also their local name.
    pub tables: BTreeMap<String, Table>,
    /// The queues by logical id, which is also their local name.
    pub queues: BTreeMap<String, Queue>,
    document: Value,
    scope: Scope,
}

/// A function: its binary, its limits and what calls it.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// `Metadata.BuildProperties.Binary`: the name of the crate.
    pub binary: String,
    /// After which an invocation is cut off.
    pub timeout: Duration,
    /// In megabytes.
    pub memory_size: u64,
    /// Its variables, those of `Globals` included, not yet resolved.
    pub environment: BTreeMap<String, Value>,
    /// The routes of the HTTP API that lead here.
    pub routes: Vec<RouteKey>,
    /// The queues whose messages come here.
    pub queues: Vec<QueueTrigger>,
    /// The names of the schedules that call it.
    pub schedules: Vec<Schedule>,
}

/// A route of the HTTP API. Written `POST /users/{id}` or `$default`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteKey {
    /// Everything that no other route matches.
    Default,
    /// A method, or `ANY`, and a path with `{parameters}`.
    Path {
        /// In capitals.
        method: String,
        /// As the template writes it.
        path: String,
    },
}

/// Which service's schedule it is; their events differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleKind {
    /// `ScheduleV2`: `EventBridge` Scheduler.
    Scheduler,
    /// `Schedule`: an `EventBridge` rule.
    Rule,
}

/// A schedule that calls a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The event's name in the template.
    pub name: String,
    /// Which service's schedule it is.
    pub kind: ScheduleKind,
}

/// How messages of a queue come to a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueTrigger {
    /// The queue's logical id.
    pub queue: String,
    /// At most so many messages at once.
    pub batch_size: u64,
    /// At most so many batches at the same time.
    pub maximum_concurrency: u64,
    /// Whether the function may name the messages that failed; otherwise a batch fails as a whole.
    pub reports_failures: bool,
}

/// A queue, as `AWS::SQS::Queue` declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// How long a received message stays hidden.
    pub visibility_timeout: Duration,
    /// How long a message is kept.
    pub retention: Duration,
    /// How long a message is hidden at first.
    pub delay: Duration,
    /// When and where it gives a message up.
    pub redrive: Option<Redrive>,
}

/// When and where a queue gives a message up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    /// The dead-letter queue's logical id.
    pub target: String,
    /// After so many receipts.
    pub max_receive_count: u64,
}

impl Template {
    /// The template that this binary was built with.
    pub fn built_in() -> Result<Self, Problem> {
        Self::parse(BUILT_IN)
    }

    /// Reads and checks a template.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        build::template(yaml::parse(text).map_err(Problem::Yaml)?)
    }

    /// The whole template with intrinsic functions in their long forms, for tests that look further.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// The variables that are settings: a parameter or a fixed text, rather than the address of a resource.
    pub fn settings(&self) -> BTreeSet<String> {
        let parameters = self.document.get("Parameters").and_then(Value::as_object);
        let is_parameter = |name: &str| parameters.is_some_and(|parameters| parameters.contains_key(name));
        let variables = self.functions.values().flat_map(|function| &function.environment);
        let settings = variables.filter(|(_, value)| match value.get("Ref") {
            Some(reference) => reference.as_str().is_some_and(is_parameter),
            None => !value.is_object(),
        });
        settings.map(|(name, _)| name.clone()).collect()
    }

    /// What expressions can refer to before the queues have addresses: parameters' defaults, tables, ARNs.
    pub fn scope(&self) -> Scope {
        self.scope.clone()
    }

    /// A function's variables: the template's, resolved, and the overrides, which come first.
    pub fn environment(
        &self,
        function: &str,
        scope: &Scope,
        overrides: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, Problem> {
        let mut variables = overrides.clone();
        let declared = self.functions.get(function).map(|function| &function.environment);
        for (name, expression) in declared.into_iter().flatten() {
            if variables.contains_key(name) {
                continue;
            }
            let value = scope.text(expression).map_err(|problem| Problem::Template {
                place: format!("resource {function}, variable {name}"),
                problem,
            })?;
            variables.insert(name.clone(), value);
        }
        Ok(variables)
    }
}

impl fmt::Display for RouteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("$default"),
            Self::Path { method, path } => write!(f, "{method} {path}"),
        }
    }
}

#[cfg(test)]
mod tests;

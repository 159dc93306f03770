//! Reads `template.yaml`, the only description of routes, functions, tables and queues.

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

/// The event of a function's first route, whose operation has the function's name.
const FIRST_ROUTE: &str = "Request";

/// A template. The parts that a local bundle uses are checked.
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

/// A function: its binary, its limits and its triggers.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// `Metadata.BuildProperties.Binary`: the name of the crate.
    pub binary: String,
    /// The time after which an invocation is cut off.
    pub timeout: Duration,
    /// The memory in megabytes.
    pub memory_size: u64,
    /// The variables of the function, including those of `Globals`, not yet resolved.
    pub environment: BTreeMap<String, Value>,
    /// The routes of the HTTP API that call it, by the names of their events.
    pub routes: BTreeMap<String, RouteKey>,
    /// The queues whose messages it handles.
    pub queues: Vec<QueueTrigger>,
    /// The schedules that call it.
    pub schedules: Vec<Schedule>,
}

/// A route of the HTTP API. Written `POST /users/{id}` or `$default`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteKey {
    /// Everything that no other route matches.
    Default,
    /// A method, or `ANY`, and a path with `{parameters}`.
    Path {
        /// The method in capitals.
        method: String,
        /// The path as the template writes it.
        path: String,
    },
}

/// The service of a schedule. The two services send different events.
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
    /// The service of the schedule.
    pub kind: ScheduleKind,
}

/// The event source mapping from a queue to a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueTrigger {
    /// The queue's logical id.
    pub queue: String,
    /// The largest number of messages in a batch.
    pub batch_size: u64,
    /// The largest number of batches at the same time.
    pub maximum_concurrency: u64,
    /// Whether the function may report single messages as failed. Otherwise a batch fails as a
    /// whole.
    pub reports_failures: bool,
}

/// A queue, as `AWS::SQS::Queue` declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// How long a received message stays hidden.
    pub visibility_timeout: Duration,
    /// How long a message is kept.
    pub retention: Duration,
    /// How long a new message stays hidden.
    pub delay: Duration,
    /// The redrive policy of the queue.
    pub redrive: Option<Redrive>,
}

/// A redrive policy: the dead-letter queue for messages that fail too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    /// The dead-letter queue's logical id.
    pub target: String,
    /// How often a message is received before it moves there.
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

    /// The whole template, with intrinsic functions in their long forms. Tests read it.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// The variables that are settings. Their value is a parameter or a fixed text, not the address
    /// of a resource.
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

    /// The names that expressions may use before the queues have URLs: defaults of parameters,
    /// tables, ARNs.
    pub fn scope(&self) -> Scope {
        self.scope.clone()
    }

    /// The variables of a function: the template's, resolved, and the overrides. An override takes
    /// precedence.
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

impl Function {
    /// The `operationId` of the route with this event: the function's name for `Request`, and the
    /// function's name with the event's name for others. `Rpc` of `get-user` is `get-user-rpc`.
    pub fn operation_id(&self, event: &str) -> String {
        let mut id = self.binary.clone();
        if event != FIRST_ROUTE {
            for letter in event.chars() {
                if letter.is_ascii_uppercase() {
                    id.push('-');
                }
                id.push(letter.to_ascii_lowercase());
            }
        }
        id
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

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    Function, Queue, QueueTrigger, Redrive, RouteKey, Schedule, ScheduleKind, Scope, Table, Template,
    resolve::{ACCOUNT, REGION},
    resources::{RawEvent, RawFunction, RawHttpEvent, RawMetadata, RawQueue, RawQueueEvent},
};
use crate::problem::Problem;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    #[serde(default)]
    parameters: BTreeMap<String, Parameter>,
    #[serde(default)]
    globals: Globals,
    resources: BTreeMap<String, Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    default: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Globals {
    function: RawFunction,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    r#type: String,
    #[serde(default)]
    properties: Value,
    #[serde(default)]
    metadata: Value,
}

/// Checks the document and builds the template from it.
pub(super) fn template(document: Value) -> Result<Template, Problem> {
    let read: Document = part("structure", document.clone())?;
    let scope = scope(&read)?;
    let builder = Builder { scope: &scope, globals: &read.globals.function, resources: &read.resources };
    let mut template = Template {
        functions: BTreeMap::new(),
        tables: BTreeMap::new(),
        queues: BTreeMap::new(),
        document,
        scope: scope.clone(),
    };
    for (id, resource) in &read.resources {
        match resource.r#type.as_str() {
            "AWS::Serverless::Function" => {
                template.functions.insert(id.clone(), builder.function(id, resource)?);
            }
            "AWS::DynamoDB::Table" => {
                template.tables.insert(id.clone(), table(id, resource)?);
            }
            "AWS::SQS::Queue" => {
                template.queues.insert(id.clone(), builder.queue(id, resource)?);
            }
            _ => {}
        }
    }
    refuse_twice_routed(&template.functions)?;
    Ok(template)
}

/// The names that expressions may use, without the URLs of the queues, which are only known once
/// the queue listens.
fn scope(document: &Document) -> Result<Scope, Problem> {
    let mut scope = Scope::pseudo();
    for (name, parameter) in &document.parameters {
        if let Some(default) = &parameter.default {
            let place = format!("parameter {name}");
            let text = scope.text(default).map_err(|problem| Problem::Template { place, problem })?;
            scope.define(name, &text);
        }
    }
    for (id, resource) in &document.resources {
        match resource.r#type.as_str() {
            "AWS::DynamoDB::Table" => {
                scope.define(id, id);
                scope.define_attribute(id, "Arn", &format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{id}"));
            }
            "AWS::SQS::Queue" => {
                scope.define_attribute(id, "QueueName", id);
                scope.define_attribute(id, "Arn", &format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{id}"));
            }
            "AWS::SecretsManager::Secret" => {
                scope.define(id, &format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{id}"));
            }
            _ => {}
        }
    }
    Ok(scope)
}

struct Builder<'a> {
    scope: &'a Scope,
    globals: &'a RawFunction,
    resources: &'a BTreeMap<String, Resource>,
}

impl Builder<'_> {
    fn function(&self, id: &str, resource: &Resource) -> Result<Function, Problem> {
        let place = format!("resource {id}");
        let raw: RawFunction = part(&place, or_empty(&resource.properties))?;
        let metadata: RawMetadata = part(&place, or_empty(&resource.metadata))?;
        let binary = metadata.build_properties.binary;
        let binary = binary.ok_or_else(|| wrong(&place, "Metadata.BuildProperties.Binary must name its crate"))?;
        let timeout = raw.timeout.as_ref().or(self.globals.timeout.as_ref());
        let memory_size = raw.memory_size.as_ref().or(self.globals.memory_size.as_ref());
        let mut environment = self.globals.environment.variables.clone();
        environment.extend(raw.environment.variables);
        let mut function = Function {
            binary,
            // Lambda's own defaults.
            timeout: Duration::from_secs(self.number(&place, "Timeout", timeout, 3)?),
            memory_size: self.number(&place, "MemorySize", memory_size, 128)?,
            environment,
            routes: BTreeMap::new(),
            queues: Vec::new(),
            schedules: Vec::new(),
        };
        for (name, event) in raw.events {
            self.event(&mut function, &format!("{place}, event {name}"), &name, &event)?;
        }
        Ok(function)
    }

    fn event(&self, to: &mut Function, place: &str, name: &str, event: &RawEvent) -> Result<(), Problem> {
        let schedule = |kind| Schedule { name: name.to_owned(), kind };
        match event.r#type.as_str() {
            "HttpApi" => {
                let route = route(place, part(place, or_empty(&event.properties))?)?;
                to.routes.insert(name.to_owned(), route);
            }
            "SQS" => to.queues.push(self.trigger(place, part(place, or_empty(&event.properties))?)?),
            "ScheduleV2" => to.schedules.push(schedule(ScheduleKind::Scheduler)),
            "Schedule" => to.schedules.push(schedule(ScheduleKind::Rule)),
            other => return Err(wrong(place, format!("events of type {other} do not run locally"))),
        }
        Ok(())
    }

    fn trigger(&self, place: &str, raw: RawQueueEvent) -> Result<QueueTrigger, Problem> {
        let concurrency = raw.scaling_config.maximum_concurrency;
        Ok(QueueTrigger {
            queue: self.queue_of(place, "Queue", &raw.queue)?,
            batch_size: self.number(place, "BatchSize", raw.batch_size.as_ref(), 10)?.clamp(1, 10_000),
            maximum_concurrency: self.number(place, "MaximumConcurrency", concurrency.as_ref(), 5)?.max(1),
            reports_failures: raw.function_response_types.iter().any(|kind| kind == "ReportBatchItemFailures"),
        })
    }

    fn queue(&self, id: &str, resource: &Resource) -> Result<Queue, Problem> {
        let place = format!("resource {id}");
        let raw: RawQueue = part(&place, or_empty(&resource.properties))?;
        let seconds =
            |name, value: Option<&Value>, default| self.number(&place, name, value, default).map(Duration::from_secs);
        let redrive = raw.redrive_policy.map(|redrive| {
            let count = self.number(&place, "maxReceiveCount", Some(&redrive.max_receive_count), 1)?;
            let target = self.queue_of(&place, "deadLetterTargetArn", &redrive.dead_letter_target_arn)?;
            Ok::<_, Problem>(Redrive { target, max_receive_count: count })
        });
        Ok(Queue {
            visibility_timeout: seconds("VisibilityTimeout", raw.visibility_timeout.as_ref(), 30)?,
            retention: seconds("MessageRetentionPeriod", raw.message_retention_period.as_ref(), 4 * 86_400)?,
            delay: seconds("DelaySeconds", raw.delay_seconds.as_ref(), 0)?,
            redrive: redrive.transpose()?,
        })
    }

    /// The logical id in `!GetAtt Queue.Arn`.
    fn queue_of(&self, place: &str, name: &str, expression: &Value) -> Result<String, Problem> {
        let path = expression.get("Fn::GetAtt").and_then(Value::as_array).map(Vec::as_slice);
        let Some([Value::String(id), Value::String(attribute)]) = path else {
            return Err(wrong(place, format!("{name} must be !GetAtt <queue>.Arn")));
        };
        let is_queue = self.resources.get(id).is_some_and(|resource| resource.r#type == "AWS::SQS::Queue");
        if !is_queue || attribute != "Arn" {
            return Err(wrong(place, format!("{name} refers to {id}.{attribute}, which is no queue's Arn")));
        }
        Ok(id.clone())
    }

    fn number(&self, place: &str, name: &str, expression: Option<&Value>, default: u64) -> Result<u64, Problem> {
        let Some(expression) = expression else { return Ok(default) };
        let text = self.scope.text(expression).map_err(|problem| wrong(place, format!("{name}: {problem}")))?;
        text.parse().map_err(|_| wrong(place, format!("{name} must be a whole number, not {text:?}")))
    }
}

fn table(id: &str, resource: &Resource) -> Result<Table, Problem> {
    let place = format!("resource {id}");
    let table: Table = part(&place, or_empty(&resource.properties))?;
    let indexed = table.global_secondary_indexes.iter().flat_map(|index| &index.key_schema);
    for key in table.key_schema.iter().chain(indexed) {
        let defined = |definition: &super::AttributeDefinition| definition.attribute_name == key.attribute_name;
        if !table.attribute_definitions.iter().any(defined) {
            let name = &key.attribute_name;
            return Err(wrong(&place, format!("key attribute {name} is missing from AttributeDefinitions")));
        }
    }
    Ok(table)
}

fn route(place: &str, raw: RawHttpEvent) -> Result<RouteKey, Problem> {
    match (raw.path, raw.method) {
        (None, None) => Ok(RouteKey::Default),
        (Some(path), _) if path == "$default" => Ok(RouteKey::Default),
        (Some(path), Some(method)) if path.starts_with('/') => {
            let method = match method.to_ascii_uppercase() {
                any if any == "X-AMAZON-APIGATEWAY-ANY-METHOD" => "ANY".to_owned(),
                method => method,
            };
            Ok(RouteKey::Path { method, path })
        }
        (Some(path), Some(_)) => Err(wrong(place, format!("Path {path:?} must start with /"))),
        _ => Err(wrong(place, "Path and Method must both be there, or neither for $default")),
    }
}

/// Refuses two functions on one route. `CloudFormation` would only refuse them at deployment.
fn refuse_twice_routed(functions: &BTreeMap<String, Function>) -> Result<(), Problem> {
    let mut seen = BTreeMap::new();
    for (id, function) in functions {
        for route in function.routes.values() {
            if let Some(other) = seen.insert(route, id) {
                return Err(wrong(&format!("resource {id}"), format!("{route} already leads to {other}")));
            }
        }
    }
    Ok(())
}

pub(super) fn part<T: DeserializeOwned>(place: &str, value: Value) -> Result<T, Problem> {
    serde_json::from_value(value).map_err(|error| wrong(place, error.to_string()))
}

/// Reads absent properties as an empty map, so that defaults apply.
fn or_empty(value: &Value) -> Value {
    if value.is_null() { Value::Object(serde_json::Map::new()) } else { value.clone() }
}

pub(super) fn wrong(place: &str, problem: impl Into<String>) -> Problem {
    Problem::Template { place: place.to_owned(), problem: problem.into() }
}

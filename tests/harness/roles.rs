//! The permissions of the template's roles, and the permissions that a call to AWS needs. With them
//! the suites refuse the calls that AWS would refuse.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// One permission: an action on a resource, such as `dynamodb:Query` on `PersonsTable/index/due`.
pub type Allowance = (String, String);

/// The actions of AWSLambdaBasicExecutionRole. SAM attaches it to each role that it makes for a
/// function.
const BASIC: [&str; 3] = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
/// The further actions of AWSLambdaSQSQueueExecutionRole. SAM attaches it if a queue calls the
/// function.
const QUEUE: [&str; 3] = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];
/// Properties of a function for which SAM attaches further policies.
const ATTACHING: [&str; 4] = ["DeadLetterQueue", "SnapStart", "Tracing", "VpcConfig"];

/// The permissions of each function, by the name of its binary: those of the template and those
/// that SAM attaches, as far as the permissions boundary allows them.
/// `tests/suites/template/transformed.py` checks these assumptions against SAM.
pub fn of_template(template: &roster_local::template::Template) -> BTreeMap<String, BTreeSet<Allowance>> {
    let document = template.document();
    let (resources, globals) = (&document["Resources"], &document["Globals"]["Function"]);
    let functions = resources.as_object().expect("Resources").values();
    let functions = functions.filter(|resource| resource["Type"] == "AWS::Serverless::Function");
    let roles = functions.map(|function| {
        let binary = function["Metadata"]["BuildProperties"]["Binary"].as_str().expect("a binary");
        let settings = &function["Properties"];
        let (granted, boundary) = match settings["Role"].get("Fn::GetAtt").and_then(attribute_owner) {
            Some(role) => {
                let role = &resources[role]["Properties"];
                let policies = role["Policies"].as_array().into_iter().flatten();
                let own: Vec<_> = policies.flat_map(|policy| rights(&policy["PolicyDocument"])).collect();
                (own, &role["PermissionsBoundary"])
            }
            None => {
                let policies = settings["Policies"].as_array().into_iter().flatten();
                let own = policies.filter_map(with_login).flat_map(rights).chain(attached(settings, globals)).collect();
                (own, settings.get("PermissionsBoundary").unwrap_or(&globals["PermissionsBoundary"]))
            }
        };
        let boundary = boundary["Ref"].as_str().map(|policy| &resources[policy]["Properties"]["PolicyDocument"]);
        let left = match boundary {
            Some(boundary) => granted.iter().flat_map(|right| within(boundary, right)).collect(),
            None => granted.into_iter().collect(),
        };
        (binary.to_owned(), left)
    });
    roles.collect()
}

/// The permissions that SAM attaches to the role of this function.
fn attached(settings: &Value, globals: &Value) -> Vec<Allowance> {
    for property in ATTACHING {
        let is_set = settings.get(property).or(globals.get(property)).is_some();
        assert!(!is_set, "SAM attaches a policy for {property}; say here what it allows");
    }
    let mut actions = BASIC.to_vec();
    for event in settings["Events"].as_object().into_iter().flat_map(|events| events.values()) {
        match event["Type"].as_str().expect("a type") {
            "HttpApi" | "ScheduleV2" => {}
            "SQS" => actions.extend(QUEUE),
            other => panic!("SAM may attach a policy for an event of type {other}; say here what it allows"),
        }
    }
    actions.into_iter().map(|action| (action.to_owned(), "*".to_owned())).collect()
}

/// The part of a permission that a boundary allows: nothing, a part of it, or all of it.
fn within(boundary: &Value, (action, resource): &Allowance) -> Vec<Allowance> {
    let covers = |statement: &&Value| {
        assert_eq!(statement["Effect"], "Allow");
        let names = |list: &Value| {
            let mut patterns = list.as_array().into_iter().flatten().filter_map(Value::as_str);
            patterns
                .any(|pattern| pattern.strip_suffix('*').map_or(pattern == action, |start| action.starts_with(start)))
        };
        statement.get("NotAction").map_or_else(|| names(&statement["Action"]), |others| !names(others))
    };
    let statements = boundary["Statement"].as_array().expect("a list").iter().filter(covers);
    let bounds = statements.flat_map(|statement| statement["Resource"].as_array().expect("a list")).map(resource_name);
    let left = bounds.filter_map(|bound| match (resource.as_str(), bound.as_str()) {
        (resource, bound) if bound == "*" || bound == resource => Some(resource.to_owned()),
        ("*", _) => Some(bound),
        _ => None,
    });
    left.map(|resource| (action.clone(), resource)).collect()
}

fn rights(policy: &Value) -> Vec<Allowance> {
    policy["Statement"].as_array().expect("a list").iter().filter_map(with_login).flat_map(allowances).collect()
}

/// A policy or a statement, as it is if login is on. `None` if it is there without login only.
pub fn with_login(part: &Value) -> Option<&Value> {
    let part = match part.get("Fn::If").map(|branches| branches.as_array().expect("a list").as_slice()) {
        None => part,
        Some([condition, with, _]) if condition == "HasLogin" => with,
        Some(other) => panic!("say here what holds of {other:?}"),
    };
    (part["Ref"] != "AWS::NoValue").then_some(part)
}

fn allowances(statement: &Value) -> Vec<Allowance> {
    assert_eq!(statement["Effect"], "Allow");
    let list = |name: &str| match &statement[name] {
        Value::Array(members) => members.clone(),
        // A function that returns a list.
        split if split.get("Fn::Split").is_some() => vec![split.clone()],
        other => panic!("{name} is not a list: {other}"),
    };
    let (actions, resources) = (list("Action"), list("Resource"));
    let pairs = actions.iter().flat_map(|action| resources.iter().map(move |resource| (action, resource)));
    pairs.map(|(action, resource)| (action.as_str().expect("text").to_owned(), resource_name(resource))).collect()
}

/// `!GetAtt PersonsTable.Arn` → `PersonsTable`, `!Sub ${PersonsTable.Arn}/index/due` →
/// `PersonsTable/index/due`, `!Ref LoginSecret` → `LoginSecret`, `!Split [",", !Ref LoginKeys]` →
/// `LoginKeys`.
pub fn resource_name(resource: &Value) -> String {
    if let Some(name) = resource["Ref"].as_str() {
        return name.to_owned();
    }
    if let Some([Value::String(comma), list]) = resource["Fn::Split"].as_array().map(Vec::as_slice) {
        assert_eq!(comma, ",");
        return resource_name(list);
    }
    if let Some(owner) = resource.get("Fn::GetAtt").and_then(attribute_owner) {
        return owner.to_owned();
    }
    match (resource.get("Fn::Sub").and_then(Value::as_str), resource.as_str()) {
        (Some(text), _) => text.replace("${", "").replace(".Arn}", ""),
        (None, Some(text)) => text.to_owned(),
        (None, None) => resource.to_string(),
    }
}

fn attribute_owner(reference: &Value) -> Option<&str> {
    match reference {
        Value::String(text) => text.split('.').next(),
        Value::Array(parts) => parts.first()?.as_str(),
        _ => None,
    }
}

/// The permissions that a request needs. By AWS's rules a transaction needs the actions of its
/// members, and a batch of messages needs `sqs:SendMessage`.
pub fn needed(operation: &str, body: &Value) -> Vec<Allowance> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let on = |action: &str, table: &Value| (format!("dynamodb:{action}"), text(table));
    match operation {
        "TransactWriteItems" => {
            let members = body["TransactItems"].as_array().into_iter().flatten();
            let kinds = [
                ("Put", "PutItem"),
                ("Update", "UpdateItem"),
                ("Delete", "DeleteItem"),
                ("ConditionCheck", "ConditionCheckItem"),
            ];
            members
                .flat_map(|member| {
                    let kinds = kinds.iter().filter(|(kind, _)| member.get(*kind).is_some());
                    kinds.map(|(kind, action)| on(action, &member[*kind]["TableName"])).collect::<Vec<_>>()
                })
                .collect()
        }
        "BatchGetItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            tables.map(|(table, _)| ("dynamodb:BatchGetItem".to_owned(), table.clone())).collect()
        }
        "Query" => {
            let (action, table) = on("Query", &body["TableName"]);
            let index = body["IndexName"].as_str().map(|index| format!("/index/{index}"));
            vec![(action, format!("{table}{}", index.unwrap_or_default()))]
        }
        "SendMessage" | "SendMessageBatch" => vec![("sqs:SendMessage".into(), queue(body))],
        "Sign" => vec![("kms:Sign".into(), key(body))],
        "GetPublicKey" => vec![("kms:GetPublicKey".into(), key(body))],
        "GetSecretValue" => vec![("secretsmanager:GetSecretValue".into(), secret(body))],
        "GetQueueAttributes" => vec![("sqs:GetQueueAttributes".into(), queue(body))],
        single => vec![on(single, &body["TableName"])],
    }
}

/// The key of the seals, or the name for keys of login.
fn key(body: &Value) -> String {
    let is_seal_key = body["KeyId"].as_str().is_some_and(|arn| arn.ends_with(":key/seal-key"));
    if is_seal_key { "SealKey" } else { "LoginKeys" }.to_owned()
}

fn secret(body: &Value) -> String {
    let name = body["SecretId"].as_str().unwrap_or_default().to_lowercase().replace('-', "");
    if name.contains("subjecthash") { "SubjectHashKey" } else { "LoginSecret" }.to_owned()
}

fn queue(body: &Value) -> String {
    body["QueueUrl"].as_str().and_then(|url| url.rsplit('/').next()).unwrap_or_default().to_owned()
}

//! What the template's roles allow, and what a call to AWS needs: the suites run under the roles of AWS.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// One permission: an action on a resource, such as `dynamodb:Query` on `PersonsTable/index/due`.
pub type Allowance = (String, String);

/// The permissions of each function, by the name of its binary.
pub fn of_template(template: &roster_local::template::Template) -> BTreeMap<String, BTreeSet<Allowance>> {
    let document = serde_json::to_value(template.document()).expect("a template is plain data");
    let resources = document["Resources"].as_object().expect("Resources");
    let mut roles = BTreeMap::new();
    for resource in resources.values().filter(|resource| resource["Type"] == "AWS::Serverless::Function") {
        let binary = resource["Metadata"]["BuildProperties"]["Binary"].as_str().expect("a binary");
        let mut policies = resource["Properties"]["Policies"].as_array().cloned().unwrap_or_default();
        if let Some(role) = resource["Properties"]["Role"].get("Fn::GetAtt").and_then(attribute_owner) {
            for policy in resources[role]["Properties"]["Policies"].as_array().into_iter().flatten() {
                policies.push(policy["PolicyDocument"].clone());
            }
        }
        let statements = policies.iter().flat_map(|policy| policy["Statement"].as_array().expect("a list"));
        roles.insert(binary.to_owned(), statements.flat_map(allowances).collect());
    }
    roles
}

fn allowances(statement: &Value) -> Vec<Allowance> {
    assert_eq!(statement["Effect"], "Allow");
    let list = |name: &str| statement[name].as_array().expect("Action and Resource are lists").clone();
    let (actions, resources) = (list("Action"), list("Resource"));
    let pairs = actions.iter().flat_map(|action| resources.iter().map(move |resource| (action, resource)));
    pairs.map(|(action, resource)| (action.as_str().expect("text").to_owned(), resource_name(resource))).collect()
}

/// `!GetAtt PersonsTable.Arn` → `PersonsTable`, `!Sub ${PersonsTable.Arn}/index/due` → `PersonsTable/index/due`.
fn resource_name(resource: &Value) -> String {
    if let Some(owner) = resource.get("Fn::GetAtt").and_then(attribute_owner) {
        return owner.to_owned();
    }
    match resource.get("Fn::Sub").and_then(Value::as_str) {
        Some(text) => text.replace("${", "").replace(".Arn}", ""),
        None => resource.to_string(),
    }
}

fn attribute_owner(reference: &Value) -> Option<&str> {
    match reference {
        Value::String(text) => text.split('.').next(),
        Value::Array(parts) => parts.first()?.as_str(),
        _ => None,
    }
}

/// What a request needs, by AWS's rules: a transaction needs the actions of its members, a batch send is a send.
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
        // The stand-in for KMS has one key.
        "Sign" => vec![("kms:Sign".into(), "SealKey".into())],
        "GetQueueAttributes" => vec![("sqs:GetQueueAttributes".into(), queue(body))],
        single => vec![on(single, &body["TableName"])],
    }
}

fn queue(body: &Value) -> String {
    body["QueueUrl"].as_str().and_then(|url| url.rsplit('/').next()).unwrap_or_default().to_owned()
}

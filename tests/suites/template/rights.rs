//! The roles: each function has its own, and none has wide permissions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use roster_local::template::Template;
use tests::roles::of_template;

use crate::document::{arn, document, functions, reference, resources, texts};

/// The statements of every function's role, by logical id.
fn statements() -> BTreeMap<String, Vec<Value>> {
    let roles = resources("AWS::IAM::Role");
    let of = |function: &Value| {
        let mut policies = function["Properties"]["Policies"].as_array().cloned().unwrap_or_default();
        if let Some(role) = function["Properties"].get("Role") {
            let role = &roles[role["Fn::GetAtt"][0].as_str().unwrap()];
            let documents = role["Properties"]["Policies"].as_array().unwrap();
            policies.extend(documents.iter().map(|policy| policy["PolicyDocument"].clone()));
        }
        policies.iter().flat_map(|policy| policy["Statement"].as_array().unwrap().clone()).collect()
    };
    functions().into_iter().map(|(id, function)| (id, of(&function))).collect()
}

#[test]
fn every_function_has_a_role_of_its_own() {
    let mut named: Vec<_> =
        functions().values().filter_map(|function| function["Properties"].get("Role").cloned()).collect();
    let count = named.len();
    named.sort_by_key(Value::to_string);
    named.dedup();
    assert_eq!(named.len(), count, "two functions share a role");
    for role in &named {
        assert_eq!(role["Fn::GetAtt"][1], "Arn", "a role of this template");
    }
    assert_eq!(resources("AWS::IAM::Role").len(), count + schedules().len(), "a role that nobody has");
    let globals = &document()["Globals"]["Function"];
    assert!(globals.get("Role").is_none() && globals.get("Policies").is_none(), "Globals give every function a right");
}

#[test]
fn policies_are_written_out_here() {
    for (id, function) in functions() {
        for policy in function["Properties"]["Policies"].as_array().into_iter().flatten() {
            assert!(policy.get("Statement").is_some(), "{id} has a policy of somebody else: {policy}");
        }
        assert!(
            function["Properties"].get("Role").is_none() || function["Properties"].get("Policies").is_none(),
            "{id} has a role, so SAM drops its policies"
        );
    }
    let of_schedules = schedules();
    for (id, role) in resources("AWS::IAM::Role") {
        assert!(role["Properties"].get("ManagedPolicyArns").is_none(), "{id} has a policy of somebody else");
        let service = if of_schedules.contains_key(&id) { "scheduler.amazonaws.com" } else { "lambda.amazonaws.com" };
        let trust = &role["Properties"]["AssumeRolePolicyDocument"]["Statement"];
        assert_eq!(trust.as_array().unwrap().len(), 1, "{id}");
        assert_eq!(trust[0]["Principal"], json!({ "Service": [service] }), "{id}");
    }
}

/// The function that each schedule calls, by the role of the schedule.
fn schedules() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (id, function) in functions() {
        let events = function["Properties"]["Events"].as_object().unwrap().values();
        for event in events.filter(|event| event["Type"] != "HttpApi" && event["Type"] != "SQS") {
            let role = &event["Properties"]["RoleArn"]["Fn::GetAtt"];
            let role = role[0].as_str().unwrap_or_else(|| panic!("SAM would make a role for a schedule of {id}"));
            assert_eq!(found.insert(role.to_owned(), id.clone()), None, "two schedules share {role}");
        }
    }
    found
}

#[test]
fn a_schedule_calls_its_function_and_may_do_nothing_else() {
    let roles = resources("AWS::IAM::Role");
    for (role, function) in schedules() {
        let policies = roles[&role]["Properties"]["Policies"].as_array().unwrap();
        let statements: Vec<_> = policies.iter().map(|policy| &policy["PolicyDocument"]["Statement"]).collect();
        let call = json!({ "Effect": "Allow", "Action": ["lambda:InvokeFunction"], "Resource": [arn(&function)] });
        assert_eq!(statements, [&json!([call])], "{role}");
    }
}

/// Otherwise a schedule of another account could be made to act here. Lambda is an exception: it
/// names no account when it assumes a role, but runs a function only under a role that its own
/// account has given it.
#[test]
fn a_service_that_takes_a_role_does_so_for_this_account() {
    let own = json!({ "StringEquals": { "aws:SourceAccount": reference("AWS::AccountId") } });
    let mut others = Vec::new();
    for (id, role) in resources("AWS::IAM::Role") {
        for trust in role["Properties"]["AssumeRolePolicyDocument"]["Statement"].as_array().unwrap() {
            if trust["Principal"] != json!({ "Service": ["lambda.amazonaws.com"] }) {
                assert_eq!(trust["Condition"], own, "{id}");
                others.push(id.clone());
            }
        }
    }
    assert_eq!(others, ["DispatchScheduleRole", "SealScheduleRole"]);
}

#[test]
fn a_function_writes_to_the_one_log_group_and_to_no_other() {
    let roles = of_template(&Template::built_in().unwrap());
    assert_eq!(roles.len(), functions().len());
    for (function, rights) in roles {
        assert!(rights.iter().all(|(_, resource)| resource != "*"), "{function}: {rights:?}");
        let logs: Vec<_> = rights.iter().filter(|(action, _)| action.starts_with("logs:")).collect();
        let own = ["logs:CreateLogStream", "logs:PutLogEvents"].map(|action| (action.into(), "FunctionLogs".into()));
        assert_eq!(logs, own.iter().collect::<Vec<_>>(), "{function}");
    }
}

#[test]
fn no_right_is_wider_than_one_action_on_one_resource_of_ours() {
    let own = document()["Resources"].as_object().unwrap().clone();
    for (id, statements) in statements() {
        for statement in &statements {
            assert_eq!(statement["Effect"], "Allow", "{id}");
            for other in ["NotAction", "NotResource", "Principal"] {
                assert!(statement.get(other).is_none(), "{id}: {other}");
            }
            for action in texts(&statement["Action"]) {
                assert!(!action.contains('*'), "{id} may {action}");
                assert!(action.contains(':') && !action.starts_with("iam:"), "{id} may {action}");
            }
            for resource in statement["Resource"].as_array().unwrap() {
                let owner = match (resource.get("Fn::GetAtt"), resource["Fn::Sub"].as_str()) {
                    (Some(path), _) => path[0].as_str().unwrap().to_owned(),
                    (None, Some("${PersonsTable.Arn}/index/due")) => "PersonsTable".to_owned(),
                    (None, Some("${ReceiptsTable.Arn}/index/hour")) => "ReceiptsTable".to_owned(),
                    (None, Some("${SealsTable.Arn}/index/hour")) => "SealsTable".to_owned(),
                    _ => panic!("{id}: {resource} is not one resource of this template"),
                };
                assert!(own.contains_key(&owner), "{id}: {owner}");
            }
        }
    }
}

#[test]
fn what_a_purge_or_link_deletes_goes_in_a_transaction_only() {
    let in_transaction =
        json!({ "ForAnyValue:StringEquals": { "dynamodb:EnclosingOperation": ["TransactWriteItems"] } });
    let mut deleting = Vec::new();
    for (id, statements) in statements() {
        let deletes = |statement: &&Value| texts(&statement["Action"]).contains(&"dynamodb:DeleteItem");
        for statement in statements.iter().filter(deletes) {
            assert_eq!(statement["Condition"], in_transaction, "{id}");
            deleting.push(id.clone());
        }
    }
    assert_eq!(deleting, ["LinkPlatformUserFunction", "PurgePersonFunction"]);
}

#[test]
fn conditions_say_nothing_but_in_a_transaction() {
    let in_transaction =
        json!({ "ForAnyValue:StringEquals": { "dynamodb:EnclosingOperation": ["TransactWriteItems"] } });
    for (id, statements) in statements() {
        for statement in statements.iter().filter(|statement| statement.get("Condition").is_some()) {
            // A condition with a misspelled key would never hold, or always.
            assert_eq!(statement["Condition"], in_transaction, "{id}");
        }
    }
}

#[test]
fn only_one_function_signs_seals_and_it_writes_no_receipts() {
    for (id, statements) in statements() {
        let may = |action: &str| statements.iter().any(|statement| texts(&statement["Action"]).contains(&action));
        assert_eq!(may("kms:Sign"), id == "SealReceiptsFunction", "{id}");
        let writes = statements.iter().filter(|statement| texts(&statement["Action"]).contains(&"dynamodb:PutItem"));
        for statement in writes.filter(|_| id == "SealReceiptsFunction") {
            assert_eq!(statement["Resource"], serde_json::json!([arn("SealsTable")]));
        }
    }
}

#[test]
fn nobody_may_scan() {
    for (id, statements) in statements() {
        for statement in &statements {
            assert!(!texts(&statement["Action"]).contains(&"dynamodb:Scan"), "{id}");
        }
    }
}

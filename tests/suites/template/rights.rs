//! The roles: each function has its own, and none has wide permissions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use roster_local::template::Template;
use tests::roles::{of_template, resource_name, with_login};

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
        let statements =
            policies.iter().filter_map(with_login).flat_map(|policy| policy["Statement"].as_array().unwrap());
        statements.filter_map(with_login).cloned().collect()
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
            let is_written = with_login(policy).is_some_and(|policy| policy.get("Statement").is_some());
            assert!(is_written, "{id} has a policy of somebody else: {policy}");
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

/// The resources of login, which belong to no resource of the template.
const OF_LOGIN: [&str; 2] = ["LoginKeys", "LoginSecret"];

/// The members of a list, or a function that returns a list.
fn listed(list: &Value) -> Vec<Value> {
    list.as_array().cloned().unwrap_or_else(|| vec![list.clone()])
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
            for resource in listed(&statement["Resource"]) {
                let owner = match (resource.get("Fn::GetAtt"), resource["Fn::Sub"].as_str()) {
                    (Some(path), _) => path[0].as_str().unwrap().to_owned(),
                    (None, Some("${PersonsTable.Arn}/index/due")) => "PersonsTable".to_owned(),
                    (None, Some("${ReceiptsTable.Arn}/index/hour")) => "ReceiptsTable".to_owned(),
                    (None, Some("${SealsTable.Arn}/index/hour")) => "SealsTable".to_owned(),
                    _ if resource == reference("SubjectHashKey") => "SubjectHashKey".to_owned(),
                    // The operator makes these, and names them by parameters.
                    _ if OF_LOGIN.contains(&&*resource_name(&resource)) => continue,
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

/// The functions that may do something, and the resources on which they may.
fn allowed(action: &str) -> BTreeMap<String, Vec<String>> {
    let of = |statements: &[Value]| {
        let allowing = statements.iter().filter(|statement| texts(&statement["Action"]).contains(&action));
        let resources = allowing.flat_map(|statement| listed(&statement["Resource"]));
        resources.map(|resource| resource_name(&resource)).collect::<Vec<_>>()
    };
    let all = statements().into_iter().map(|(id, statements)| (id, of(&statements)));
    all.filter(|(_, resources)| !resources.is_empty()).collect()
}

#[test]
fn seals_and_tokens_are_signed_by_the_functions_for_it_and_each_with_its_own_key() {
    let signing = allowed("kms:Sign");
    assert!(signing.contains_key("SealReceiptsFunction"));
    for (id, keys) in signing {
        let key = match id.as_str() {
            "SealReceiptsFunction" => "SealKey",
            // All of them: while a deployment puts another key first, functions still sign with the old.
            "LogInFunction" | "IssueClientTokenFunction" => "LoginKeys",
            other => panic!("{other} may sign"),
        };
        assert_eq!(keys, [key], "{id}");
    }
}

#[test]
fn every_function_that_verifies_or_signs_tokens_may_read_the_keys_of_login_and_no_other_key() {
    let reading = allowed("kms:GetPublicKey");
    for (id, keys) in &reading {
        assert_eq!(keys, &["LoginKeys"], "{id}");
    }
    for (id, function) in functions() {
        let mut events = function["Properties"]["Events"].as_object().unwrap().values();
        let serves_http = events.any(|event| event["Type"] == "HttpApi");
        assert_eq!(reading.contains_key(&id), serves_http && id != "AnswerUnroutedFunction", "{id}");
    }
}

#[test]
fn secrets_are_read_by_the_functions_that_use_them() {
    for (id, secrets) in allowed("secretsmanager:GetSecretValue") {
        let secret = match id.as_str() {
            "QueuePersonPurgeFunction" => "SubjectHashKey",
            "LogInFunction" | "IssueClientTokenFunction" | "IntrospectTokenFunction" | "LogOutFunction" => {
                "LoginSecret"
            }
            other => panic!("{other} reads secrets"),
        };
        assert_eq!(secrets, [secret], "{id}");
    }
}

/// Without login its parameters are empty, and no resource can have an empty name.
#[test]
fn rights_on_the_keys_and_the_secret_of_login_exist_only_with_login() {
    for (id, function) in functions() {
        for policy in function["Properties"]["Policies"].as_array().into_iter().flatten() {
            let always = policy["Statement"].as_array().into_iter().flatten();
            for statement in always.filter(|statement| statement.get("Fn::If").is_none()) {
                for resource in listed(&statement["Resource"]) {
                    assert!(!OF_LOGIN.contains(&&*resource_name(&resource)), "{id}: {resource}");
                }
            }
        }
    }
}

#[test]
fn the_function_that_signs_seals_writes_no_receipts() {
    for (id, statements) in statements() {
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

//! Tables, queues, parameters, outputs and alarms, word for word, since many of them cannot be
//! changed later.

use std::{collections::BTreeSet, fs};

use roster_local::template::Template;
use serde_json::{Value, json};
use shared::{config::parse_duration, telemetry::FailureKind};

use crate::document::{arn, document, properties, reference, resources, workspace};

const TABLES: [(&str, &str); 6] = [
    ("IdentitiesTable", "identity"),
    ("PersonsTable", "person_id"),
    ("ReceiptsTable", "person_id"),
    ("SealsTable", "chain"),
    ("SequencesTable", "name"),
    ("UsersTable", "player_uuid"),
];

#[test]
fn there_are_six_tables_each_keyed_by_what_it_is() {
    let tables = resources("AWS::DynamoDB::Table");
    assert_eq!(tables.keys().collect::<Vec<_>>(), TABLES.map(|(id, _)| id));
    for (id, key) in TABLES {
        let table = &tables[id]["Properties"];
        let mut keys = vec![json!({ "AttributeName": key, "KeyType": "HASH" })];
        // The chain of seals is one partition, sorted by number.
        keys.extend((id == "SealsTable").then(|| json!({ "AttributeName": "number", "KeyType": "RANGE" })));
        assert_eq!(table["KeySchema"], json!(keys), "{id}");
        assert_eq!(table["AttributeDefinitions"][0], json!({ "AttributeName": key, "AttributeType": "S" }), "{id}");
        let indexed = table.get("GlobalSecondaryIndexes").is_some();
        assert_eq!(indexed, ["PersonsTable", "ReceiptsTable", "SealsTable"].contains(&id), "{id}");
        // With a fixed name a table could not be replaced, and an account could not have a second
        // stack.
        assert!(table.get("TableName").is_none() && table.get("LocalSecondaryIndexes").is_none(), "{id}");
    }
}

#[test]
fn every_table_is_paid_by_request_protected_encrypted_and_recoverable() {
    for (id, table) in resources("AWS::DynamoDB::Table") {
        let settings = &table["Properties"];
        assert_eq!(settings["BillingMode"], "PAY_PER_REQUEST", "{id}");
        assert_eq!(settings["DeletionProtectionEnabled"], true, "{id}");
        assert_eq!(settings["PointInTimeRecoverySpecification"], json!({ "PointInTimeRecoveryEnabled": true }), "{id}");
        assert_eq!(settings["SSESpecification"], json!({ "SSEEnabled": true }), "{id}");
        assert_eq!(
            (&table["DeletionPolicy"], &table["UpdateReplacePolicy"]),
            (&json!("Retain"), &json!("Retain")),
            "{id}"
        );
    }
}

#[test]
fn only_receipts_expire() {
    for (id, table) in resources("AWS::DynamoDB::Table") {
        let expected = json!({ "AttributeName": "expires_on", "Enabled": true });
        let expected = (id == "ReceiptsTable").then_some(&expected);
        assert_eq!(table["Properties"].get("TimeToLiveSpecification"), expected, "{id}");
    }
}

#[test]
fn the_index_of_due_purges_carries_what_the_dispatcher_needs_and_no_more() {
    let persons = properties("PersonsTable");
    assert_eq!(
        persons["GlobalSecondaryIndexes"],
        json!([{
            "IndexName": "due",
            "KeySchema": [
                { "AttributeName": "purge_shard", "KeyType": "HASH" },
                { "AttributeName": "due_on", "KeyType": "RANGE" },
            ],
            "Projection": { "ProjectionType": "INCLUDE", "NonKeyAttributes": ["purge_id", "purge_on", "dispatches"] },
        }])
    );
    assert_eq!(
        persons["AttributeDefinitions"],
        json!([
            { "AttributeName": "person_id", "AttributeType": "S" },
            { "AttributeName": "purge_shard", "AttributeType": "N" },
            { "AttributeName": "due_on", "AttributeType": "N" },
        ])
    );
}

#[test]
fn receipts_and_seals_are_found_by_their_hour() {
    let index = |range: &str, projection: Value| {
        json!([{
            "IndexName": "hour",
            "KeySchema": [
                { "AttributeName": "hour", "KeyType": "HASH" },
                { "AttributeName": range, "KeyType": "RANGE" },
            ],
            "Projection": projection,
        }])
    };
    let receipts = json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": ["expires_on"] });
    assert_eq!(properties("ReceiptsTable")["GlobalSecondaryIndexes"], index("digest", receipts));
    let seals = json!({ "ProjectionType": "ALL" });
    assert_eq!(properties("SealsTable")["GlobalSecondaryIndexes"], index("number", seals));
}

#[test]
fn a_receipt_promises_what_the_template_keeps() {
    const DAY: u64 = 86_400;
    let template = Template::built_in().unwrap();
    let worker = template.functions.values().find(|function| function.binary == "purge-person").unwrap();
    let days = |variable: &str| parse_duration(worker.environment[variable].as_str().unwrap()).unwrap().as_secs() / DAY;
    // Point-in-time recovery keeps 35 days by default.
    assert_eq!(days("BACKUP_RETENTION"), 35);
    assert_eq!(days("QUEUE_RETENTION") * DAY, properties("PurgeQueue")["MessageRetentionPeriod"]);
    assert_eq!(days("DEAD_LETTER_RETENTION") * DAY, properties("PurgeDeadLetterQueue")["MessageRetentionPeriod"]);
    assert_eq!(worker.environment["LOG_RETENTION"], json!({ "Fn::Sub": "${LogRetentionDays}d" }));
    for kept in document()["Parameters"]["LogRetentionDays"]["AllowedValues"].as_array().unwrap() {
        assert!(parse_duration(&format!("{kept}d")).is_some(), "{kept} days of logs stop the worker");
    }
    for group in resources("AWS::Logs::LogGroup").values() {
        assert_eq!(group["Properties"]["RetentionInDays"], reference("LogRetentionDays"));
    }
}

#[test]
fn the_key_of_seals_signs_and_is_kept() {
    let key = &resources("AWS::KMS::Key")["SealKey"];
    assert_eq!((&key["DeletionPolicy"], &key["UpdateReplacePolicy"]), (&json!("Retain"), &json!("Retain")));
    let settings = &key["Properties"];
    assert_eq!((&settings["KeySpec"], &settings["KeyUsage"]), (&json!("ECC_NIST_P256"), &json!("SIGN_VERIFY")));
}

#[test]
fn messages_are_kept_four_days_and_dead_letters_fourteen() {
    const DAY: u64 = 86_400;
    let queues = resources("AWS::SQS::Queue");
    assert_eq!(queues.keys().collect::<Vec<_>>(), ["PurgeDeadLetterQueue", "PurgeQueue"]);
    let (queue, dead) = (properties("PurgeQueue"), properties("PurgeDeadLetterQueue"));
    assert_eq!(queue["MessageRetentionPeriod"], 4 * DAY);
    assert_eq!(dead["MessageRetentionPeriod"], 14 * DAY);
    assert_eq!((&queue["SqsManagedSseEnabled"], &dead["SqsManagedSseEnabled"]), (&json!(true), &json!(true)));
    let redrive = json!({ "deadLetterTargetArn": arn("PurgeDeadLetterQueue"), "maxReceiveCount": 5 });
    assert_eq!(queue["RedrivePolicy"], redrive);
    assert!(dead.get("RedrivePolicy").is_none());
}

#[test]
fn only_the_purge_queue_may_use_the_dead_letters() {
    let allowed = properties("PurgeDeadLetterQueue")["RedriveAllowPolicy"].clone();
    assert_eq!(allowed["redrivePermission"], "byQueue");
    let name = properties("PurgeQueue")["QueueName"]["Fn::Sub"].as_str().unwrap().to_owned();
    let source = format!("arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{name}");
    assert_eq!(allowed["sourceQueueArns"], json!([{ "Fn::Sub": source }]));
}

#[test]
fn the_operator_chooses_whom_to_trust_and_may_choose_the_rest() {
    let document = document();
    let parameters = document["Parameters"].as_object().unwrap();
    // A rule of the template demands one of the two forms of trusted issuers, or login.
    let empty = parameters.iter().filter(|(_, parameter)| parameter["Default"] == "").map(|(name, _)| name.as_str());
    let expected = [
        "AlarmTopicArn",
        "AuthAudience",
        "AuthIssuer",
        "AuthIssuers",
        "AuthJwks",
        "CorsAllowedOrigins",
        "LoginAudience",
        "LoginIssuer",
        "LoginKeys",
        "LoginSecret",
    ];
    assert_eq!(empty.collect::<Vec<_>>(), expected);
    assert!(parameters.values().all(|parameter| parameter.get("Default").is_some()));
    let defaults = [
        ("PurgeDefaultDelay", "14d"),
        ("PurgeMaxDelay", "30d"),
        ("PurgeMinDelaySelf", "0s"),
        ("ReceiptRetention", "1095d"),
    ];
    for (name, default) in defaults {
        assert_eq!(parameters[name]["Default"], default, "{name}");
        assert!(parse_duration(default).is_some(), "{name}");
        // The pattern accepts only values that the functions can read, and keeps receipts at least
        // as long as backups.
        let pattern = match name {
            "ReceiptRetention" => "^(3[6-9]|[4-9][0-9]|[1-9][0-9]{2}|[12][0-9]{3})d$",
            _ => "^([0-2]?[0-9]{1,3}d|[0-9]{1,4}h|[0-9]{1,5}m|[0-9]{1,8}s)$",
        };
        assert_eq!(parameters[name]["AllowedPattern"], pattern, "{name}");
    }
    for longest in ["2999d", "9999h", "99999m", "99999999s"] {
        assert!(parse_duration(longest).is_some(), "{longest}");
    }
    let text =
        document["Resources"].to_string() + &document["Globals"].to_string() + &document["Conditions"].to_string();
    for name in parameters.keys() {
        assert!(text.contains(&reference(name).to_string()), "parameter {name} changes nothing");
        assert!(parameters[name]["Description"].is_string(), "parameter {name} says nothing about itself");
    }
}

#[test]
fn the_outputs_say_where_everything_is() {
    let document = document();
    let outputs = document["Outputs"].as_object().unwrap();
    for (table, _) in TABLES {
        assert_eq!(outputs[&format!("{table}Name")]["Value"], reference(table));
    }
    assert_eq!(outputs["PurgeQueueUrl"]["Value"], reference("PurgeQueue"));
    assert_eq!(outputs["PurgeDeadLetterQueueUrl"]["Value"], reference("PurgeDeadLetterQueue"));
    let url = outputs["ApiUrl"]["Value"]["Fn::Sub"].as_str().unwrap();
    assert!(url.starts_with("https://${Api}.execute-api.${AWS::Region}."), "{url}");
}

#[test]
fn an_alarm_watches_dead_letters_late_and_stuck_purges_seals_lack_of_ids_5xx_failed_logins_platforms_and_throttles() {
    let alarms = resources("AWS::CloudWatch::Alarm");
    let watched: BTreeSet<_> = alarms.values().flat_map(|alarm| metrics(&alarm["Properties"])).collect();
    let expected = [
        ("AWS/ApiGateway", "5xx"),
        ("AWS/Lambda", "Errors"),
        ("AWS/Lambda", "Throttles"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
        ("Roster", "LoginFailures"),
        ("Roster", "OldestDuePurgeSeconds"),
        ("Roster", "PlatformCredentialsRefused"),
        ("Roster", "PlayerIdsExhausted"),
        ("Roster", "ServerErrors"),
        ("Roster", "StuckPurges"),
    ];
    assert_eq!(watched, expected.map(|(space, name)| (space.to_owned(), name.to_owned())).into());
    let dead = json!([{ "Name": "QueueName", "Value": { "Fn::GetAtt": ["PurgeDeadLetterQueue", "QueueName"] } }]);
    assert_eq!(alarms["DeadLettersAlarm"]["Properties"]["Dimensions"], dead);
    // Without a round there is no metric, so a dispatcher that does not run raises the alarm.
    assert_eq!(alarms["PurgesLateAlarm"]["Properties"]["TreatMissingData"], "breaching");
    let sealing = &alarms["SealsFailingAlarm"]["Properties"];
    assert_eq!(sealing["Dimensions"], json!([{ "Name": "FunctionName", "Value": reference("SealReceiptsFunction") }]));
    assert_eq!((&sealing["TreatMissingData"], &sealing["Period"]), (&json!("breaching"), &json!(3600)));
    // Without login there is no metric, and an alarm costs money.
    let with_login = ["LoginFailuresAlarm", "PlatformCredentialsAlarm", "PlatformFailuresAlarm"];
    for (id, alarm) in &alarms {
        let only = alarm.get("Condition").is_some_and(|only| only == "HasLogin");
        assert_eq!(only, with_login.contains(&id.as_str()), "{id}");
    }
    let platforms = &alarms["PlatformFailuresAlarm"]["Properties"];
    let kind = FailureKind::Platform.as_str();
    assert_eq!(platforms["Dimensions"], json!([{ "Name": "kind", "Value": kind }]));
    // One login of a player is worth no alarm, and one refusal of our credentials is.
    let limits = ["Threshold", "EvaluationPeriods", "DatapointsToAlarm", "TreatMissingData"];
    assert_eq!(limits.map(|name| &platforms[name]), [&json!(20), &json!(2), &json!(2), &json!("notBreaching")]);
    let credentials = &alarms["PlatformCredentialsAlarm"]["Properties"];
    assert_eq!((&credentials["Threshold"], &credentials["EvaluationPeriods"]), (&json!(0), &json!(1)));
    // A purge that keeps failing shows in the metric for one round at the end of each lease.
    assert_eq!(alarms["PurgesLateAlarm"]["Properties"]["DatapointsToAlarm"], 1);
}

/// The namespace and name of the metric that an alarm watches, or of each metric in its expression.
fn metrics(alarm: &Value) -> Vec<(String, String)> {
    let named = |metric: &Value| {
        let text = |name: &str| metric[name].as_str().unwrap().to_owned();
        (text("Namespace"), text("MetricName"))
    };
    let Some(queries) = alarm["Metrics"].as_array() else { return vec![named(alarm)] };
    let stats = queries.iter().map(|query| &query["MetricStat"]["Metric"]).filter(|metric| metric.is_object());
    stats.map(named).collect()
}

/// A player can cause contention and throttling, which must not wake the operator. A platform's
/// failures have their own alarm. A crash writes no metric of ours.
#[test]
fn the_alarm_on_5xx_leaves_out_contention_throttling_and_platforms_and_nothing_else() {
    let alarm = resources("AWS::CloudWatch::Alarm")["ApiErrorsAlarm"]["Properties"].clone();
    let queries = alarm["Metrics"].as_array().unwrap();
    let returned: Vec<_> = queries.iter().filter(|query| query["ReturnData"] != false).collect();
    assert_eq!(returned.len(), 1);
    let expected = "FILL(errors, 0) - FILL(contention, 0) - FILL(throttled, 0) - FILL(platform, 0)";
    assert_eq!(returned[0]["Expression"], expected);
    for query in queries.iter().filter(|query| query["ReturnData"] == false) {
        let (id, stat) = (query["Id"].as_str().unwrap(), &query["MetricStat"]);
        assert_eq!((&stat["Period"], &stat["Stat"]), (&json!(300), &json!("Sum")), "{id}");
        let (name, dimensions) = match id {
            "errors" => ("5xx", json!([{ "Name": "ApiId", "Value": reference("Api") }])),
            kind => ("ServerErrors", json!([{ "Name": "kind", "Value": kind }])),
        };
        assert_eq!((&stat["Metric"]["MetricName"], &stat["Metric"]["Dimensions"]), (&json!(name), &dimensions), "{id}");
    }
    let kinds: Vec<_> = FailureKind::ALL.into_iter().filter(|kind| *kind != FailureKind::Fault).collect();
    let subtracted: Vec<_> = queries.iter().filter_map(|query| query["Id"].as_str()).skip(2).collect();
    assert_eq!(subtracted, kinds.into_iter().map(FailureKind::as_str).collect::<Vec<_>>());
    assert_eq!((&alarm["Threshold"], &alarm["TreatMissingData"]), (&json!(5), &json!("notBreaching")));
}

#[test]
fn every_metric_of_ours_has_an_alarm_and_every_alarm_of_ours_a_metric() {
    let alarms = resources("AWS::CloudWatch::Alarm");
    let ours = alarms.values().flat_map(|alarm| metrics(&alarm["Properties"])).filter(|(space, _)| space == "Roster");
    let watched: BTreeSet<_> = ours.map(|(_, name)| name).collect();
    let files =
        ["shared/src/store/player_ids.rs", "functions/dispatch-due-purges/src/lib.rs", "shared/src/telemetry.rs"];
    let code: String = files.map(|file| fs::read_to_string(workspace().join(file)).unwrap()).concat();
    let written = code.split("metric(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    assert_eq!(written.collect::<BTreeSet<_>>(), watched);
}

#[test]
fn the_access_log_holds_nothing_of_the_caller() {
    let format = properties("Api")["AccessLogSettings"]["Format"].as_str().unwrap().to_owned();
    let fields = format.split("$context.").skip(1).map(|rest| rest.split('"').next().unwrap());
    let harmless = [
        "requestId",
        "routeKey",
        "status",
        "responseLatency",
        "integrationLatency",
        "responseLength",
        "integration.error",
    ];
    assert_eq!(fields.collect::<Vec<_>>(), harmless);
    let _: Value = serde_json::from_str(&format).expect("one line of JSON");
}

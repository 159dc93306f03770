//! Every function: its build, its triggers and its time limits.

use std::{collections::BTreeSet, time::Duration};

use roster_local::template::Template;
use serde_json::json;
use shared::config::parse_duration;

use crate::document::{arn, binary, crates, document, function_of, functions, properties, reference};

#[test]
fn every_crate_of_functions_is_in_the_template_and_in_the_local_bundle() {
    let functions = functions();
    let in_template: Vec<String> = functions.values().map(|function| binary(function).to_owned()).collect();
    let locally: Vec<String> = roster_local::functions::names().map(str::to_owned).collect();
    let set = |names: &[String]| names.iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(set(&in_template), crates());
    assert_eq!(set(&locally), crates());
    assert_eq!((in_template.len(), locally.len()), (crates().len(), crates().len()), "one is there twice");
}

#[test]
fn a_functions_logical_id_says_the_name_of_its_binary() {
    for (id, function) in functions() {
        let words = binary(&function).split('-').map(|word| {
            let (first, rest) = word.split_at(1);
            format!("{}{rest}", first.to_uppercase())
        });
        assert_eq!(id, format!("{}Function", words.collect::<String>()));
    }
}

#[test]
fn every_function_is_built_by_cargo_lambda_for_al2023_on_the_chosen_processor() {
    let globals = &document()["Globals"]["Function"];
    assert_eq!(globals["Runtime"], "provided.al2023");
    assert_eq!(globals["Handler"], "bootstrap");
    assert_eq!(globals["Architectures"], json!([{ "Ref": "Architecture" }]));
    for (id, function) in functions() {
        assert_eq!(function["Metadata"]["BuildMethod"], "rust-cargolambda", "{id}");
        // It is built in its own folder. From the root it would get the features of the local
        // bundle's dependencies.
        let binary = function["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap();
        assert_eq!(function["Properties"]["CodeUri"], format!("functions/{binary}"), "{id}");
        for fixed in ["Runtime", "Handler", "Architectures"] {
            assert!(function["Properties"].get(fixed).is_none(), "{id} has a {fixed} of its own");
        }
    }
}

#[test]
fn the_processor_is_arm64_unless_x86_64_is_asked_for() {
    let parameter = &document()["Parameters"]["Architecture"];
    assert_eq!(parameter["Default"], "arm64");
    assert_eq!(parameter["AllowedValues"], json!(["arm64", "x86_64"]));
}

#[test]
fn a_request_has_ten_seconds() {
    let template = Template::built_in().unwrap();
    for function in template.functions.values().filter(|function| !function.routes.is_empty()) {
        assert_eq!(function.timeout, Duration::from_secs(10), "{}", function.binary);
    }
}

#[test]
fn purge_person_is_called_by_the_queue_and_reports_the_records_that_failed() {
    let events = properties(&function_of("purge-person"))["Events"].as_object().unwrap().clone();
    let events: Vec<_> = events.values().collect();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["Type"], "SQS");
    let event = &events[0]["Properties"];
    // `sam validate` and `cfn-lint` accept a typo here. With a typo, one bad record would fail its
    // whole batch.
    assert_eq!(event["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    assert_eq!(event["Queue"], arn("PurgeQueue"));
    assert_eq!(event["BatchSize"], 10);
    assert_eq!(event["ScalingConfig"], json!({ "MaximumConcurrency": reference("PurgeConcurrency") }));
    // The event source allows 2 to 1000.
    let concurrency = &document()["Parameters"]["PurgeConcurrency"];
    assert_eq!((&concurrency["MinValue"], &concurrency["MaxValue"]), (&json!(2), &json!(1000)));
}

#[test]
fn nothing_else_is_called_by_a_queue_or_a_schedule() {
    let template = Template::built_in().unwrap();
    let by = |called: fn(&roster_local::template::Function) -> bool| {
        let functions = template.functions.values().filter(|function| called(function));
        functions.map(|function| function.binary.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(by(|function| !function.queues.is_empty()), ["purge-person"]);
    assert_eq!(by(|function| !function.schedules.is_empty()), ["dispatch-due-purges", "seal-receipts"]);
}

#[test]
fn due_purges_are_dispatched_every_minute() {
    let events = properties(&function_of("dispatch-due-purges"))["Events"].as_object().unwrap().clone();
    let events: Vec<_> = events.values().collect();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["Type"], "ScheduleV2");
    assert_eq!(events[0]["Properties"]["ScheduleExpression"], "rate(1 minute)");
    assert_ne!(events[0]["Properties"]["State"], "DISABLED");
}

#[test]
fn receipts_are_sealed_every_hour_after_the_settle_margin() {
    let events = properties(&function_of("seal-receipts"))["Events"].as_object().unwrap().clone();
    let events: Vec<_> = events.values().collect();
    assert_eq!(events.len(), 1);
    let expression = events[0]["Properties"]["ScheduleExpression"].as_str().unwrap();
    let minute = expression.strip_prefix("cron(").unwrap().strip_suffix(" * * * ? *)").unwrap();
    // The sealer runs after the margin, so that the hour before can be sealed, and still early in
    // the hour.
    let margin = shared::identity::SETTLE_MARGIN.as_secs() / 60;
    assert!((margin + 1..60).contains(&minute.parse().unwrap()), "{expression}");
    assert_ne!(events[0]["Properties"]["State"], "DISABLED");
}

#[test]
fn a_message_stays_hidden_for_six_times_the_workers_timeout() {
    let template = Template::built_in().unwrap();
    let worker = &template.functions[&function_of("purge-person")];
    assert_eq!(template.queues["PurgeQueue"].visibility_timeout, worker.timeout * 6);
}

#[test]
fn a_lease_outlasts_every_delivery_of_its_message_twice() {
    let template = Template::built_in().unwrap();
    let queue = &template.queues["PurgeQueue"];
    let receipts = u32::try_from(queue.redrive.as_ref().unwrap().max_receive_count).unwrap();
    let variables = properties(&function_of("dispatch-due-purges"))["Environment"]["Variables"].clone();
    let lease = parse_duration(variables["DISPATCH_LEASE"].as_str().unwrap()).unwrap();
    assert_eq!(lease, queue.visibility_timeout * receipts * 2);
    assert_eq!(variables["DISPATCH_CLOCK_SKEW"], "5s");
}

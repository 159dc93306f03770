use std::{collections::BTreeMap, time::Duration};

use super::*;

const SMALL: &str = r"
Parameters:
  Delay: { Type: String, Default: 14d }
  Issuer: { Type: String }
Globals:
  Function:
    Timeout: 10
    Environment: { Variables: { THINGS_TABLE: !Ref Things, AUTH_ISSUER: !Ref Issuer } }
Resources:
  Get:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: rust-cargolambda, BuildProperties: { Binary: get-thing } }
    Properties:
      MemorySize: 512
      Environment: { Variables: { DELAY: !Ref Delay } }
      Events:
        Get: { Type: HttpApi, Properties: { ApiId: !Ref Api, Path: '/things/{id}', Method: get } }
        Rest: { Type: HttpApi, Properties: { ApiId: !Ref Api, Path: $default, Method: ANY } }
  Work:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: work } }
    Properties:
      Timeout: 30
      Events:
        Queue:
          Type: SQS
          Properties:
            Queue: !GetAtt Jobs.Arn
            BatchSize: 5
            FunctionResponseTypes: [ReportBatchItemFailures]
            ScalingConfig: { MaximumConcurrency: 2 }
        Tick: { Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 minute) } }
  Things:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      TimeToLiveSpecification: { AttributeName: expires, Enabled: true }
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 180
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5 }
  Dead: { Type: AWS::SQS::Queue }
  Logs: { Type: AWS::Logs::LogGroup }
";

fn broken(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "{from}");
    Template::parse(&SMALL.replace(from, to)).unwrap_err().to_string()
}

#[test]
fn functions_have_their_routes_triggers_and_limits() {
    let template = Template::parse(SMALL).unwrap();
    let get = &template.functions["Get"];
    assert_eq!((get.binary.as_str(), get.timeout, get.memory_size), ("get-thing", Duration::from_secs(10), 512));
    assert_eq!(get.routes.values().map(ToString::to_string).collect::<Vec<_>>(), ["GET /things/{id}", "$default"]);
    let work = &template.functions["Work"];
    assert_eq!((work.timeout, work.memory_size), (Duration::from_secs(30), 128));
    let trigger = QueueTrigger { queue: "Jobs".into(), batch_size: 5, maximum_concurrency: 2, reports_failures: true };
    assert_eq!(work.queues, [trigger]);
    assert_eq!(work.schedules, [Schedule { name: "Tick".into(), kind: ScheduleKind::Scheduler }]);
}

#[test]
fn an_operation_is_named_after_its_function_and_a_further_one_after_its_event_too() {
    let template = Template::parse(SMALL).unwrap();
    let get = &template.functions["Get"];
    let ids = ["Request", "Rpc", "OpenidConfiguration"].map(|event| get.operation_id(event));
    assert_eq!(ids, ["get-thing", "get-thing-rpc", "get-thing-openid-configuration"]);
}

#[test]
fn queues_have_amazons_defaults_where_the_template_is_silent() {
    let template = Template::parse(SMALL).unwrap();
    assert_eq!(template.queues["Jobs"].visibility_timeout, Duration::from_mins(3));
    assert_eq!(template.queues["Jobs"].redrive, Some(Redrive { target: "Dead".into(), max_receive_count: 5 }));
    assert_eq!(template.queues["Dead"].visibility_timeout, Duration::from_secs(30));
    assert_eq!(template.queues["Dead"].retention, Duration::from_hours(96));
}

#[test]
fn variables_come_from_the_overrides_then_the_function_then_the_globals() {
    let template = Template::parse(SMALL).unwrap();
    let overrides = BTreeMap::from([("AUTH_ISSUER".to_owned(), "roster-local".to_owned())]);
    let variables = template.environment("Get", &template.scope(), &overrides).unwrap();
    let expected = [("AUTH_ISSUER", "roster-local"), ("DELAY", "14d"), ("THINGS_TABLE", "Things")];
    assert_eq!(variables, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

#[test]
fn settings_are_parameters_and_fixed_texts_but_no_resources() {
    let settings = Template::parse(SMALL).unwrap().settings();
    assert_eq!(settings, ["AUTH_ISSUER", "DELAY"].map(str::to_owned).into());
}

#[test]
fn a_variable_that_needs_a_value_is_named() {
    let template = Template::parse(SMALL).unwrap();
    let error = template.environment("Get", &template.scope(), &BTreeMap::new()).unwrap_err().to_string();
    assert!(error.contains("resource Get, variable AUTH_ISSUER") && error.contains("!Ref Issuer"), "{error}");
}

#[test]
fn a_broken_template_is_one_line_that_names_the_resource() {
    let cases = [
        ("{ Binary: work }", "{}", "resource Work is wrong: Metadata.BuildProperties.Binary"),
        (
            "Queue: !GetAtt Jobs.Arn",
            "Queue: !GetAtt Nothing.Arn",
            "Work, event Queue is wrong: Queue refers to Nothing",
        ),
        ("Queue: !GetAtt Jobs.Arn", "Queue: Jobs", "must be !GetAtt <queue>.Arn"),
        ("KeySchema: [{ AttributeName: id", "KeySchema: [{ AttributeName: key", "Things is wrong: key attribute key"),
        ("Timeout: 30", "Timeout: soon", "Work is wrong: Timeout must be a whole number"),
        ("Path: '/things/{id}'", "Path: 'things'", "Get, event Get is wrong: Path \"things\" must start with /"),
        ("Type: ScheduleV2", "Type: S3", "events of type S3"),
        ("KeySchema: [{ AttributeName: id, KeyType: HASH }]", "Other: 1", "missing field `KeySchema`"),
        (
            "Tick: {",
            "Tick: { Type: HttpApi, Properties: { Path: $default } }\n        Tock: {",
            "$default already leads to Get",
        ),
        ("Resources:", "Things:", "structure is wrong: missing field `Resources`"),
        ("Type: SQS", "Type: [", "not valid YAML"),
    ];
    for (from, to, expected) in cases {
        let error = broken(from, to);
        assert!(error.contains(expected) && !error.contains('\n'), "{error}");
    }
}

#[test]
fn the_built_in_template_is_sound() {
    let template = Template::built_in().unwrap();
    assert!(!template.functions.is_empty() && !template.tables.is_empty() && !template.queues.is_empty());
}

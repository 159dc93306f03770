//! Logins, from the gateway's event to the response. Each call to AWS is answered inside the SDK, so
//! nothing is serialized, signed or sent.

use aws_sdk_dynamodb::{
    config::{ConfigBag, Intercept, RuntimeComponents, SharedInterceptor},
    error::BoxError,
    operation::{
        get_item::{GetItemInput, GetItemOutput},
        update_item::{UpdateItemInput, UpdateItemOutput},
    },
};
use aws_sdk_kms::{
    operation::{
        get_public_key::{GetPublicKeyInput, GetPublicKeyOutput},
        sign::{SignInput, SignOutput},
    },
    primitives::Blob,
};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;
use aws_smithy_runtime_api::client::interceptors::{
    context::{BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextMut, Input, Output},
    dyn_dispatch_hint,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{json, value::to_raw_value};
use shared::{
    config::Environment,
    identity::{RefreshClaim, SessionId},
    lambda::{self, Setup},
    login::LoginSettings,
};

use crate::{
    fixtures::{PLATFORM_USER_ID, ambient, player, uuid},
    items::{Item, claim_item, lone_person_item, session_item},
    measure::Measure,
    requests::{Event, context, parsed},
};

const SETTINGS: &str = r#"{
    "refresh": { "keys": [{ "id": 1, "secret": "YlgyVDlrUTJtWjdjVjFuTDZwUjhzRDNmRzVoSjB5VWI=" }] },
    "clients": [{
        "client_id": "local",
        "secret_sha256": ["25bf8e1a2393f1108d37029b3df5593236c755742ec93465bbafa9b290bddcf6"],
        "grants": ["anon", "refresh"]
    }],
    "platforms": { "anon": {} }
}"#;

/// An RSA key of 2,048 bits, as X.509 `SubjectPublicKeyInfo`.
const PUBLIC_KEY: &str = concat!(
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAlNgoP8phSr7x8TIKRMea7MxYEwJwbrPN9Mlz83biq86sFrQW/XPBaPKe",
    "+LSE5QKGQe5i5DHv9C91s1apCwdnh5/EuBZuBCPhbqDh7hDOl+quRgeX6faK1ci53CbXm6dU4u8dlBYSqSndSQYDh0y7RM/XJpug",
    "VfUnpw/XMA70TOC7SpTx5jU2uwjDWoc5vKfGOEQZn+e4Hl0QrozEJwCiiJvAagikY8as9pP1/8SqXYbksRHgL9MFCuJdb43uGuMu",
    "x3PEAPWyB829cJl0N8h/4MJwnWIZWoH7x91vLCjlz5QLOrE+a3SbaAfcB9GelBXVwpnmly6AbWLU9QXXXSSywwIDAQAB",
);

/// The credentials `local:local`.
const CLIENT: &str = "Basic bG9jYWw6bG9jYWw=";

pub fn run(measure: &mut Measure) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let setup = Setup::new(environment(), ambient(), vec![SharedInterceptor::new(Aws)]);
    let function = lambda::http(runtime.block_on(log_in::start(&setup)).expect("login is on"));
    let settings = LoginSettings::from_json(SETTINGS).expect("the settings are good");
    let claim = RefreshClaim { player_uuid: player(0), session: SessionId(uuid(7)), n: 1 };
    let anon = json!({
        "grant_type": "anon", "portal_access_token": PLATFORM_USER_ID, "portal_display_name": "Ada Lovelace",
        "include_refresh": true, "accept_eula": true, "accept_tos": true, "accept_privacy_policy": true,
    });
    let refresh = json!({ "grant_type": "refresh", "portal_access_token": settings.refresh_tokens.issue(&claim) });
    for (name, body) in [("request: log in", anon), ("request: refresh", refresh)] {
        let event = Event::new("POST", "/users/v1/login").json(&body).with_authorization(CLIENT);
        let event = to_raw_value(&event.0).expect("an event");
        let work = |(event, context)| runtime.block_on(function(event, context)).expect("an answer");
        measure.case(name, || (event.clone(), context()), work, |reply| parsed(reply)["statusCode"] == 200);
    }
}

fn environment() -> Environment {
    let tables = ["PERSONS", "USERS", "IDENTITIES", "RECEIPTS", "SEALS", "SEQUENCES"];
    let tables = tables.map(|table| (format!("{table}_TABLE"), format!("roster-{}", table.to_lowercase())));
    let aws = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let aws = aws.map(|variable| (variable.to_owned(), "eu-west-1".to_owned()));
    let key = "arn:aws:kms:eu-west-1:123456789012:key/1f0e9d8c-7b6a-4958-8473-625140fedcba";
    let login = [
        ("LOGIN_ISSUER", "https://api.example.com"),
        ("LOGIN_AUDIENCE", "game"),
        ("LOGIN_KEYS", key),
        ("LOGIN_SECRET", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:roster/login-d4e5f6"),
    ];
    let login = login.map(|(name, value)| (name.to_owned(), value.to_owned()));
    tables.into_iter().chain(aws).chain(login).collect()
}

/// Ends each call before it begins, and answers it with the records of the fixtures.
#[derive(Debug)]
struct Aws;

#[dyn_dispatch_hint]
impl Intercept for Aws {
    fn name(&self) -> &'static str {
        "Aws"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        Err("it is answered here".into())
    }

    fn modify_before_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let output = answer(context.input().ok_or("there is no input")?)?;
        context.inner_mut().set_output_or_error(Ok(output));
        Ok(())
    }
}

fn answer(input: &Input) -> Result<Output, BoxError> {
    if let Some(get) = input.downcast_ref::<GetItemInput>() {
        let item: Item = match get.table_name.as_deref() {
            Some("roster-identities") => claim_item(),
            Some("roster-persons") => lone_person_item(),
            _ => session_item(1),
        };
        return Ok(Output::erase(GetItemOutput::builder().set_item(Some(item)).build()));
    }
    if let Some(update) = input.downcast_ref::<UpdateItemInput>() {
        // A refresh finds the successor in the session after its write.
        let is_refresh = update.condition_expression.as_deref().is_some_and(|condition| condition.contains(".#n = :n"));
        let item = session_item(if is_refresh { 2 } else { 1 });
        return Ok(Output::erase(UpdateItemOutput::builder().set_attributes(Some(item)).build()));
    }
    if input.downcast_ref::<SignInput>().is_some() {
        return Ok(Output::erase(SignOutput::builder().signature(Blob::new(vec![7; 256])).build()));
    }
    if input.downcast_ref::<GetPublicKeyInput>().is_some() {
        let key = Blob::new(STANDARD.decode(PUBLIC_KEY)?);
        return Ok(Output::erase(GetPublicKeyOutput::builder().public_key(key).build()));
    }
    Ok(Output::erase(GetSecretValueOutput::builder().secret_string(SETTINGS).build()))
}

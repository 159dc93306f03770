//! The transaction of `create-platform-user` with fixed values, with the same adapter, connections
//! and SDK. It checks no token, validates nothing and decides nothing. The difference to this is
//! Roster's own cost.

use aws_sdk_dynamodb::{
    Client,
    error::{BuildError, DisplayErrorContext, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
    primitives::Blob,
    types::{
        AttributeValue, Put, ReturnValuesOnConditionCheckFailure::AllOld, TransactWriteItem, builders::PutBuilder,
    },
};
use shared::{
    config::ConfigProblem,
    http::{Audit, Endpoint, Rejection, Reply, ReplyBody, Request},
    lambda::Setup,
    tables::Tables,
};

const IDENTITY: &str = "Steam#x1hNEuXTxSiwHp1Sg7Svs0ogmMbIlGvKwvzoXb8LhWY";
const OPERATION: &str = "9e8d7c6b-5a49-4837-a625-143f2e1d0c9b";
const PERSON: &str = "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10";
const PLAYER: &str = "66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e";
const PLAYER_ID: &str = "1048569";
const TIME: &str = "1795348800000";

/// A body with the length of `create-platform-user`'s answer.
const BODY: &str = concat!(
    r#"{"platform":"Steam","platform_user_id":"76561198000000001","display_name":"Ada","player_id":1048569,"#,
    r#""player_uuid":"66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e","person_id":"b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10"}"#,
);

/// Makes the same call for every request.
#[derive(Debug)]
pub struct Bare {
    client: Client,
    tables: Tables,
}

/// Starts the function with its settings.
pub fn start(setup: &Setup) -> Result<Bare, ConfigProblem> {
    Ok(Bare { client: setup.dynamodb()?, tables: Tables::from_environment(setup.environment())? })
}

/// The call failed, so the measurement fails.
#[derive(Debug)]
pub struct Failed(String);

impl From<BuildError> for Failed {
    fn from(error: BuildError) -> Self {
        Self(error.to_string())
    }
}

impl From<SdkError<TransactWriteItemsError>> for Failed {
    fn from(error: SdkError<TransactWriteItemsError>) -> Self {
        Self(DisplayErrorContext(error).to_string())
    }
}

impl Rejection for Failed {
    fn into_reply(self, _: &Request, audit: &mut Audit) -> Reply {
        audit.set_cause(self.0);
        Reply::empty(500)
    }
}

impl Endpoint for Bare {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    type Rejection = Failed;

    async fn handle(&self, _: &Request, _: &mut Audit) -> Result<Reply, Failed> {
        let call = self.client.transact_write_items().client_request_token(OPERATION);
        call.transact_items(self.identity()?)
            .transact_items(self.person()?)
            .transact_items(self.user()?)
            .send()
            .await?;
        Ok(Reply::empty(201).with_body("application/json", ReplyBody::Text(BODY.to_owned())))
    }
}

impl Bare {
    fn identity(&self) -> Result<TransactWriteItem, BuildError> {
        let claim = put(&self.tables.identities, "identity").item("identity", s(IDENTITY));
        let claim = claim.item("player_uuid", s(PLAYER)).item("player_id", n(PLAYER_ID)).item("person_id", s(PERSON));
        Ok(TransactWriteItem::builder().put(claim.build()?).build())
    }

    fn person(&self) -> Result<TransactWriteItem, BuildError> {
        let user = [("player_uuid", s(PLAYER)), ("player_id", n(PLAYER_ID)), ("identity", s(IDENTITY))];
        let user = AttributeValue::M(user.map(|(name, value)| (name.to_owned(), value)).into());
        let users = AttributeValue::M([("Steam".to_owned(), user)].into());
        let person = put(&self.tables.persons, "person_id").item("person_id", s(PERSON));
        let person = person.item("users", users).item("version", n("1")).item("operations", operations());
        Ok(TransactWriteItem::builder().put(person.build()?).build())
    }

    fn user(&self) -> Result<TransactWriteItem, BuildError> {
        let user = put(&self.tables.users, "player_uuid")
            .item("player_uuid", s(PLAYER))
            .item("player_id", n(PLAYER_ID))
            .item("platform", s("Steam"))
            .item("platform_user_id", s("76561198000000001"))
            .item("display_name", s("Ada"))
            .item("person_id", s(PERSON))
            .item("state", s("active"))
            .item("sequence", n("1"))
            .item("created", n(TIME))
            .item("changed", n(TIME))
            .item("operations", operations())
            .item("sessions", AttributeValue::M([].into()));
        Ok(TransactWriteItem::builder().put(user.build()?).build())
    }
}

/// The put of a new item. If the item exists, the failed condition returns it.
fn put(table: &str, key: &str) -> PutBuilder {
    let put = Put::builder().table_name(table).return_values_on_condition_check_failure(AllOld);
    put.condition_expression(format!("attribute_not_exists(#{key})")).expression_attribute_names(format!("#{key}"), key)
}

fn operations() -> AttributeValue {
    AttributeValue::L(vec![AttributeValue::B(Blob::new([0x9e; 16])); 8])
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn n(number: &str) -> AttributeValue {
    AttributeValue::N(number.to_owned())
}

//! Each check gets its own table and queues. Also has short names for calls.

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws_sdk_dynamodb::{
    config::{Credentials, Region},
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        transact_write_items::TransactWriteItemsError,
        update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    },
    types::{
        AttributeDefinition, AttributeValue, BillingMode, CancellationReason, ConditionCheck, Delete,
        GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType, Put,
        ReturnValuesOnConditionCheckFailure::AllOld, ScalarAttributeType, TransactWriteItem, Update,
    },
};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use futures_util::future::BoxFuture;
use roster_local::{
    Bundle, Options,
    template::{REGION, Template},
};
use shared::{aws::sdk_config, config::Environment, connections::aws_client};
use tests::engines;
use uuid::Uuid;

pub type Item = HashMap<String, AttributeValue>;
pub type Values<'a> = &'a [(&'a str, AttributeValue)];

/// How long a poll lasts at most. It is long, since the machine may be slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// The service that a check is about.
#[derive(Debug, Clone, Copy)]
pub enum Service {
    DynamoDb,
    Sqs,
    Kms,
    SecretsManager,
}

/// A check of one behaviour. It panics if the engine behaves otherwise.
pub struct Check {
    pub name: &'static str,
    pub service: Service,
    pub run: fn(Arc<Scene>) -> BoxFuture<'static, ()>,
}

/// The checks of one file. Each has the name of its function.
#[macro_export]
macro_rules! checks {
    ($service:ident: $($name:ident),+ $(,)?) => {
        pub fn checks() -> Vec<$crate::scene::Check> {
            vec![$($crate::scene::Check {
                name: stringify!($name),
                service: $crate::scene::Service::$service,
                run: |scene| Box::pin(async move { $name(&scene).await }),
            }),+]
        }
    };
}

/// The clients of the engines.
pub struct Scene {
    bundle: Bundle,
    kms: aws_sdk_kms::Client,
    secrets_manager: aws_sdk_secretsmanager::Client,
}

/// A table with the key `id` and the sparse index `due` over `shard` and `due_on`.
pub struct Table<'a> {
    pub name: String,
    pub client: &'a aws_sdk_dynamodb::Client,
}

/// One of the check's queues.
pub struct Queue<'a> {
    pub url: String,
    pub client: &'a aws_sdk_sqs::Client,
}

impl Scene {
    pub async fn start() -> Self {
        let template = Template::parse("Resources: {}").expect("a template of nothing");
        let options = Options { template: Some(template), environment: engines::environment(), ..Options::default() };
        let bundle = Bundle::start(options).await.expect("the engines start");
        let http_client = aws_client(&Environment::from_process()).expect("a client");
        let credentials = Credentials::new("local", "local", None, None, "local");
        let config = sdk_config(Region::new(REGION), credentials, http_client).build();
        let kms = aws_sdk_kms::config::Builder::from(&config).endpoint_url(bundle.addresses().kms).build();
        let secrets_manager = aws_sdk_secretsmanager::config::Builder::from(&config);
        let secrets_manager = secrets_manager.endpoint_url(bundle.secrets_manager_url()).build();
        Self {
            bundle,
            kms: aws_sdk_kms::Client::from_conf(kms),
            secrets_manager: aws_sdk_secretsmanager::Client::from_conf(secrets_manager),
        }
    }

    pub async fn table(&self) -> Table<'_> {
        let (name, client) = (format!("t-{}", Uuid::new_v4()), self.bundle.dynamodb());
        let types =
            [("id", ScalarAttributeType::S), ("shard", ScalarAttributeType::N), ("due_on", ScalarAttributeType::N)];
        let definitions = types.map(|(name, kind)| {
            AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
        });
        let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
        let projection = Projection::builder().projection_type(ProjectionType::Include).non_key_attributes("purge_id");
        let due = GlobalSecondaryIndex::builder()
            .index_name("due")
            .key_schema(key("shard", KeyType::Hash))
            .key_schema(key("due_on", KeyType::Range))
            .projection(projection.build());
        let create = client.create_table().table_name(&name).billing_mode(BillingMode::PayPerRequest);
        let create = create.set_attribute_definitions(Some(definitions.into())).key_schema(key("id", KeyType::Hash));
        create.global_secondary_indexes(due.build().unwrap()).send().await.unwrap();
        Table { name, client }
    }

    pub async fn queue(&self, attributes: &[(QueueAttributeName, &str)]) -> Queue<'_> {
        let client = self.bundle.sqs();
        let mut create = client.create_queue().queue_name(format!("q-{}", Uuid::new_v4()));
        for (name, value) in attributes {
            create = create.attributes(name.clone(), *value);
        }
        Queue { url: create.send().await.unwrap().queue_url.unwrap(), client }
    }

    pub fn sqs(&self) -> &aws_sdk_sqs::Client {
        self.bundle.sqs()
    }

    pub fn kms(&self) -> &aws_sdk_kms::Client {
        &self.kms
    }

    pub fn secrets_manager(&self) -> &aws_sdk_secretsmanager::Client {
        &self.secrets_manager
    }
}

impl Table<'_> {
    pub async fn put(&self, item: Item) {
        self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await.unwrap();
    }

    pub async fn get(&self, id: &str) -> Option<Item> {
        let get = self.client.get_item().table_name(&self.name).key("id", s(id)).consistent_read(true);
        get.send().await.unwrap().item
    }

    /// An update that returns the item if its condition fails.
    pub fn update(&self, id: &str, update: &str, condition: &str, values: Values<'_>) -> UpdateItemFluentBuilder {
        let request = self.client.update_item().table_name(&self.name).key("id", s(id)).update_expression(update);
        let request = request.set_expression_attribute_names(names(&[update, condition]));
        let request = request.set_expression_attribute_values(valued(values));
        request
            .set_condition_expression((!condition.is_empty()).then(|| condition.to_owned()))
            .return_values_on_condition_check_failure(AllOld)
    }

    pub async fn transact(
        &self,
        token: Option<&str>,
        members: Vec<TransactWriteItem>,
    ) -> Result<(), SdkError<TransactWriteItemsError>> {
        let request = self.client.transact_write_items().set_transact_items(Some(members));
        request.set_client_request_token(token.map(str::to_owned)).send().await.map(drop)
    }

    pub fn put_member(&self, item: Item, condition: &str) -> TransactWriteItem {
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(item))
            .set_expression_attribute_names(names(&[condition]));
        let put = put.set_condition_expression((!condition.is_empty()).then(|| condition.to_owned()));
        let put = put.return_values_on_condition_check_failure(AllOld);
        TransactWriteItem::builder().put(put.build().unwrap()).build()
    }

    pub fn update_member(&self, id: &str, update: &str, condition: &str, values: Values<'_>) -> TransactWriteItem {
        let member = Update::builder().table_name(&self.name).key("id", s(id)).update_expression(update);
        let member = member.condition_expression(condition).return_values_on_condition_check_failure(AllOld);
        let member = member.set_expression_attribute_names(names(&[update, condition]));
        let member = member.set_expression_attribute_values(valued(values));
        TransactWriteItem::builder().update(member.build().unwrap()).build()
    }

    pub fn delete_member(&self, id: &str, condition: &str, values: Values<'_>) -> TransactWriteItem {
        let member = Delete::builder().table_name(&self.name).key("id", s(id)).condition_expression(condition);
        let member = member.set_expression_attribute_names(names(&[condition]));
        let member = member.set_expression_attribute_values(valued(values));
        let member = member.return_values_on_condition_check_failure(AllOld);
        TransactWriteItem::builder().delete(member.build().unwrap()).build()
    }

    pub fn check_member(&self, id: &str, condition: &str, values: Values<'_>) -> TransactWriteItem {
        let member = ConditionCheck::builder().table_name(&self.name).key("id", s(id)).condition_expression(condition);
        let member = member.set_expression_attribute_names(names(&[condition]));
        let member = member.set_expression_attribute_values(valued(values));
        let member = member.return_values_on_condition_check_failure(AllOld);
        TransactWriteItem::builder().condition_check(member.build().unwrap()).build()
    }
}

impl Queue<'_> {
    pub async fn send(&self, body: &str) {
        self.client.send_message().queue_url(&self.url).message_body(body).send().await.unwrap();
    }

    /// The messages that can be received now, with their attributes.
    pub async fn receive(&self) -> Vec<Message> {
        let receive = self.client.receive_message().queue_url(&self.url).max_number_of_messages(10);
        let receive = receive.message_system_attribute_names(MessageSystemAttributeName::All);
        receive.send().await.unwrap().messages.unwrap_or_default()
    }

    /// Waits for the next message.
    pub async fn next(&self) -> Message {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(message) = self.receive().await.pop() {
                return message;
            }
            assert!(tokio::time::Instant::now() < deadline, "no message came within {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    pub async fn attribute(&self, name: QueueAttributeName) -> String {
        let get = self.client.get_queue_attributes().queue_url(&self.url).attribute_names(name.clone());
        get.send().await.unwrap().attributes.and_then(|mut found| found.remove(&name)).unwrap_or_default()
    }
}

pub fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub fn list<const N: usize>(texts: [&str; N]) -> AttributeValue {
    AttributeValue::L(texts.map(s).into())
}

pub fn item<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The code of an error. Empty for a success.
pub fn code<T, E: ProvideErrorMetadata, R>(result: &Result<T, SdkError<E, R>>) -> String {
    let code = |error: &SdkError<E, R>| error.as_service_error().and_then(|error| error.code().map(str::to_owned));
    result.as_ref().err().map_or_else(String::new, |error| code(error).unwrap_or_else(|| "no code".to_owned()))
}

/// The item that came with a failed condition.
pub fn refused<T>(result: Result<T, SdkError<UpdateItemError>>) -> Option<Item> {
    match result.err().expect("a failed condition").into_service_error() {
        UpdateItemError::ConditionalCheckFailedException(failed) => failed.item,
        other => panic!("not a failed condition: {other}"),
    }
}

/// The reasons why a transaction was cancelled, in the order of its members.
pub fn cancelled(result: Result<(), SdkError<TransactWriteItemsError>>) -> Vec<CancellationReason> {
    match result.expect_err("a cancelled transaction").into_service_error() {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            cancelled.cancellation_reasons.unwrap_or_default()
        }
        other => panic!("not cancelled: {other:?}"),
    }
}

pub fn codes(reasons: &[CancellationReason]) -> Vec<&str> {
    reasons.iter().map(|reason| reason.code().unwrap_or("no code")).collect()
}

/// `#name` → `name` for every name in the expressions.
fn names(expressions: &[&str]) -> Option<HashMap<String, String>> {
    let words = expressions.iter().flat_map(|expression| expression.split('#').skip(1));
    let name = |word: &str| word.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap().to_owned();
    let names: HashMap<_, _> = words.map(name).map(|name| (format!("#{name}"), name)).collect();
    (!names.is_empty()).then_some(names)
}

fn valued(values: Values<'_>) -> Option<Item> {
    let values: Item = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    (!values.is_empty()).then_some(values)
}

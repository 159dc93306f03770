//! The properties of a template's resources that a local bundle uses.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A table, as `AWS::DynamoDB::Table` declares it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Table {
    /// The name and type of each attribute that a key uses.
    pub attribute_definitions: Vec<AttributeDefinition>,
    /// The table's own key.
    pub key_schema: Vec<KeyElement>,
    /// The table's indexes.
    #[serde(default)]
    pub global_secondary_indexes: Vec<Index>,
    /// The attribute by which items expire, if any.
    pub time_to_live_specification: Option<TimeToLive>,
}

/// One attribute of a key: name and type (`S`, `N`, `B`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttributeDefinition {
    /// The attribute's name.
    pub attribute_name: String,
    /// `S`, `N` or `B`.
    pub attribute_type: String,
}

/// One part of a key: which attribute, and `HASH` or `RANGE`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeyElement {
    /// The attribute's name.
    pub attribute_name: String,
    /// `HASH` or `RANGE`.
    pub key_type: String,
}

/// A global secondary index.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Index {
    /// The index's name.
    pub index_name: String,
    /// The index's key.
    pub key_schema: Vec<KeyElement>,
    /// The attributes that the index has in addition to the keys.
    pub projection: Projection,
}

/// The projection of an index.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Projection {
    /// `KEYS_ONLY`, `INCLUDE` or `ALL`.
    pub projection_type: String,
    /// The attributes that `INCLUDE` includes.
    #[serde(default)]
    pub non_key_attributes: Vec<String>,
}

/// The attribute by which items expire.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TimeToLive {
    /// The attribute's name.
    pub attribute_name: String,
    /// Whether items expire at all.
    pub enabled: bool,
}

/// A queue's properties before references are resolved.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RawQueue {
    pub visibility_timeout: Option<Value>,
    pub message_retention_period: Option<Value>,
    pub delay_seconds: Option<Value>,
    pub receive_message_wait_time_seconds: Option<Value>,
    pub redrive_policy: Option<RawRedrive>,
}

/// When and where a queue gives a message up.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawRedrive {
    pub dead_letter_target_arn: Value,
    pub max_receive_count: Value,
}

/// Properties that a function and the template's `Globals.Function` share.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RawFunction {
    pub timeout: Option<Value>,
    pub memory_size: Option<Value>,
    pub environment: RawEnvironment,
    pub events: BTreeMap<String, RawEvent>,
}

/// `Environment:` of a function.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RawEnvironment {
    pub variables: BTreeMap<String, Value>,
}

/// One entry of a function's `Events:`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RawEvent {
    pub r#type: String,
    #[serde(default)]
    pub properties: Value,
}

/// `Properties:` of an event of type `HttpApi`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RawHttpEvent {
    pub path: Option<String>,
    pub method: Option<String>,
}

/// `Properties:` of an event of type `SQS`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RawQueueEvent {
    pub queue: Value,
    #[serde(default)]
    pub batch_size: Option<Value>,
    #[serde(default)]
    pub function_response_types: Vec<String>,
    #[serde(default)]
    pub scaling_config: RawScaling,
}

/// `ScalingConfig:` of an event of type `SQS`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RawScaling {
    pub maximum_concurrency: Option<Value>,
}

/// `Metadata:` of a function. Only the name of the binary is used.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RawMetadata {
    pub build_properties: RawBuildProperties,
}

/// `BuildProperties:` of a function's metadata.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RawBuildProperties {
    pub binary: Option<String>,
}

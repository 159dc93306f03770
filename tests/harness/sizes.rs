//! The size of an item by DynamoDB's rules, and the units of a refused write.

use std::collections::HashMap;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use base64::{Engine, engine::general_purpose::STANDARD};
use roster_local::template::Template;
use serde_json::Value;

use crate::{World, meter::Refused};

/// Attributes by name.
pub type Item = HashMap<String, AttributeValue>;

/// The bytes of an item (DynamoDB Developer Guide, "DynamoDB item sizes and formats").
pub fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + size_of(value)).sum()
}

fn size_of(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => size_of_number(number),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + size_of(value)).sum::<usize>(),
        AttributeValue::M(map) => 3 + size(map) + map.len(),
        other => panic!("no item of ours holds {other:?}"),
    }
}

/// The size of a number: one byte for each two significant digits, and one more.
fn size_of_number(number: &str) -> usize {
    let digits = number.trim_start_matches('-').trim_start_matches('0').trim_end_matches('0');
    1 + digits.len().div_ceil(2) + usize::from(number.starts_with('-'))
}

/// The units of one write of so many bytes, outside of a transaction.
fn units(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes.div_ceil(1024).max(1)).expect("a small item"))
}

/// The write units of refused writes. Their answers do not report them.
///
/// A write whose condition failed consumes the units of the larger of two items, the stored one and
/// the new one, and at least one unit (DynamoDB Developer Guide, "Capacity unit consumption for
/// write operations"). AWS does not document the units of a cancelled transaction. So this counts
/// all of its members twice, as in a transaction that succeeds, which is an upper bound. The items
/// are read now, so the caller must not have changed them since.
pub async fn refused_units(world: &World, refused: &[Refused]) -> f64 {
    let template = world.bundle.template();
    let mut sum = 0.0;
    for write in refused {
        let item = item(&write.item);
        let names = key_names(template, &write.table);
        let key =
            item.iter().filter(|(name, _)| names.contains(name)).map(|(name, value)| (name.clone(), value.clone()));
        let get = world.bundle.dynamodb().get_item().table_name(&write.table).set_key(Some(key.collect()));
        let there = get.consistent_read(true).send().await.expect("an answer").item.unwrap_or_default();
        let times = if write.in_transaction { 2.0 } else { 1.0 };
        sum += times * units(size(&there).max(size(&item)));
    }
    sum
}

fn key_names(template: &Template, table: &str) -> Vec<String> {
    let document = serde_json::to_value(template.document()).expect("plain data");
    let schema = document["Resources"][table]["Properties"]["KeySchema"].as_array().expect(table).clone();
    schema.iter().map(|part| part["AttributeName"].as_str().expect("a name").to_owned()).collect()
}

/// Reads an item from DynamoDB's JSON.
fn item(json: &Value) -> Item {
    let attributes = json.as_object().expect("an item").iter();
    attributes.map(|(name, value)| (name.clone(), attribute(value))).collect()
}

fn attribute(json: &Value) -> AttributeValue {
    let (kind, value) = json.as_object().and_then(|typed| typed.iter().next()).expect("a typed value");
    let text = || value.as_str().expect("a text").to_owned();
    match kind.as_str() {
        "S" => AttributeValue::S(text()),
        "N" => AttributeValue::N(text()),
        "B" => AttributeValue::B(Blob::new(STANDARD.decode(text()).expect("base64"))),
        "L" => AttributeValue::L(value.as_array().expect("a list").iter().map(attribute).collect()),
        "M" => AttributeValue::M(item(value)),
        other => panic!("no item of ours holds {other}"),
    }
}

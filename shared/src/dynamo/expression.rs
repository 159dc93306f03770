use std::collections::HashMap;

use aws_sdk_dynamodb::{
    error::BuildError,
    types::{
        AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure::AllOld, TransactWriteItem,
        Update,
    },
};

use super::item::Item;
use crate::aws::CallError;

/// One conditional write: alone as an `UpdateItem`, or a member of a transaction.
///
/// In expressions every attribute is written `#attribute` and every value `:value`, so that none
/// collides with a reserved word. If the condition fails DynamoDB returns the item, which shows the
/// reason without a second call.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) table: String,
    /// The key, or the whole item of a put.
    pub(crate) item: Item,
    pub(crate) condition: String,
    pub(crate) values: Vec<(&'static str, AttributeValue)>,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Put,
    Update(String),
    Delete,
    Check,
}

impl Write {
    /// The placeholders of attributes in the expressions, with their names.
    pub(crate) fn names(&self) -> HashMap<String, String> {
        let update = if let Kind::Update(update) = &self.kind { update } else { "" };
        names(&[update, &self.condition])
    }

    /// The placeholders of values in the expressions, with their values.
    pub(crate) fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        let values: HashMap<_, _> =
            self.values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        (!values.is_empty()).then_some(values)
    }

    /// This write as a member of a transaction.
    pub(crate) fn into_member(self) -> Result<TransactWriteItem, CallError> {
        let (names, values) = (Some(self.names()), self.values());
        let member = TransactWriteItem::builder();
        let member = match self.kind {
            Kind::Put => member.put(
                Put::builder()
                    .table_name(self.table)
                    .set_item(Some(self.item))
                    .condition_expression(self.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(AllOld)
                    .build()
                    .map_err(unbuilt)?,
            ),
            Kind::Update(update) => member.update(
                Update::builder()
                    .table_name(self.table)
                    .set_key(Some(self.item))
                    .update_expression(update)
                    .condition_expression(self.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(AllOld)
                    .build()
                    .map_err(unbuilt)?,
            ),
            Kind::Delete => member.delete(
                Delete::builder()
                    .table_name(self.table)
                    .set_key(Some(self.item))
                    .condition_expression(self.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(AllOld)
                    .build()
                    .map_err(unbuilt)?,
            ),
            Kind::Check => member.condition_check(
                ConditionCheck::builder()
                    .table_name(self.table)
                    .set_key(Some(self.item))
                    .condition_expression(self.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(AllOld)
                    .build()
                    .map_err(unbuilt)?,
            ),
        };
        Ok(member.build())
    }
}

/// `#name` → `name` for every name in the expressions.
pub(crate) fn names(expressions: &[&str]) -> HashMap<String, String> {
    let words = expressions.iter().flat_map(|expression| expression.split('#').skip(1));
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut names = HashMap::with_capacity(8);
    for word in words {
        let name = word.get(..word.bytes().take_while(is_part).count()).unwrap_or_default();
        names.entry(["#", name].concat()).or_insert_with(|| name.to_owned());
    }
    names
}

#[expect(clippy::needless_pass_by_value, reason = "map_err's signature")]
pub(crate) fn unbuilt(error: BuildError) -> CallError {
    CallError::Broken(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn every_marked_word_is_a_name() {
        let found = names(&["SET #users.#Steam = :user, #version = #version + :one", "attribute_exists(#person_id)"]);
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort();
        let pair = |name: &str| (format!("#{name}"), name.to_owned());
        assert_eq!(found, ["Steam", "person_id", "users", "version"].map(pair));
    }
}

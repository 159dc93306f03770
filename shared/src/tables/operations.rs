//! The last operations on an item, newest first: how a plain update knows its own repeat.
//!
//! A repeat of a write whose answer was lost comes within the 8 s of its request. Eight are kept, so that it is known
//! even when up to seven others have written the item meanwhile, and is not applied twice.

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};

use crate::{dynamo::Item, identity::OperationId};

/// The attribute that holds them.
pub(crate) const ATTRIBUTE: &str = "operations";

/// How many are kept.
const KEPT: usize = 8;

/// Puts `:operation` first; the right sides are what the item held before. An item may be of a time that kept four.
pub(crate) const NOTE: &str = "#operations[7] = if_not_exists(#operations[6], :operation), \
                               #operations[6] = if_not_exists(#operations[5], :operation), \
                               #operations[5] = if_not_exists(#operations[4], :operation), \
                               #operations[4] = #operations[3], #operations[3] = #operations[2], \
                               #operations[2] = #operations[1], #operations[1] = #operations[0], \
                               #operations[0] = :operation";

/// Holds unless this very operation is among them.
pub(crate) const IS_NEW: &str = "NOT contains(#operations, :operation)";

/// An operation as an item keeps it: 16 bytes, less than half of its text.
pub(crate) fn value(operation: OperationId) -> AttributeValue {
    AttributeValue::B(Blob::new(operation.0.into_bytes()))
}

/// The attribute of a new item: all places are taken, so that each can be moved on.
pub(crate) fn first(operation: OperationId) -> AttributeValue {
    AttributeValue::L(vec![value(operation); KEPT])
}

/// How many operations came after this one; `None` when it is not among the last.
pub(crate) fn since(item: &Item, operation: OperationId) -> Option<u64> {
    let Some(AttributeValue::L(operations)) = item.get(ATTRIBUTE) else { return None };
    let place = operations.iter().position(|kept| *kept == value(operation))?;
    u64::try_from(place).ok()
}

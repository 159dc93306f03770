//! The last operations on an item, newest first. By them an update recognises its own retry.
//!
//! A retry of a write whose response was lost comes within the 8 s of its request. Eight operations
//! are kept, so the retry is recognised even after seven other writes on the item, and is not
//! applied twice.

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};

use crate::{dynamo::Item, identity::OperationId};

/// The attribute that holds the operations.
pub(crate) const ATTRIBUTE: &str = "operations";

/// The number of operations that are kept.
const KEPT: usize = 8;

/// Puts `:operation` first and moves the others. In an update, values on the right are those before
/// it. Older items may hold only four operations.
pub(crate) const NOTE: &str = "#operations[7] = if_not_exists(#operations[6], :operation), \
                               #operations[6] = if_not_exists(#operations[5], :operation), \
                               #operations[5] = if_not_exists(#operations[4], :operation), \
                               #operations[4] = #operations[3], #operations[3] = #operations[2], \
                               #operations[2] = #operations[1], #operations[1] = #operations[0], \
                               #operations[0] = :operation";

/// Holds unless this operation is among them.
pub(crate) const IS_NEW: &str = "NOT contains(#operations, :operation)";

/// An operation as the item stores it: 16 bytes, less than half of its text.
pub(crate) fn value(operation: OperationId) -> AttributeValue {
    AttributeValue::B(Blob::new(operation.0.into_bytes()))
}

/// The attribute of a new item. Every place is filled, so that each can be moved on.
pub(crate) fn first(operation: OperationId) -> AttributeValue {
    AttributeValue::L(vec![value(operation); KEPT])
}

/// The number of operations after this one. `None` if it is not among the kept ones.
pub(crate) fn since(item: &Item, operation: OperationId) -> Option<u64> {
    let Some(AttributeValue::L(operations)) = item.get(ATTRIBUTE) else { return None };
    let place = operations.iter().position(|kept| *kept == value(operation))?;
    u64::try_from(place).ok()
}

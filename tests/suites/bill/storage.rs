//! The stored bytes of a person, by DynamoDB's rules.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use tests::{
    World,
    sizes::{Item, size},
};

/// The bytes that DynamoDB adds to each item for billing (Developer Guide, "DynamoDB item sizes and
/// formats").
const OVERHEAD: usize = 100;

const TABLES: [&str; 3] = ["PersonsTable", "UsersTable", "IdentitiesTable"];

/// The billed bytes of all persons' items in these tables. The result does not depend on the time.
pub(crate) async fn billed_bytes(world: &World) -> usize {
    let mut bytes = 0;
    for table in TABLES {
        bytes += world.items(table).await.into_iter().map(|item| OVERHEAD + size(&at_its_largest(item))).sum::<usize>();
    }
    bytes
}

/// The same item without trailing zeros in its numbers. DynamoDB does not bill them, and one time
/// in ten has one.
fn at_its_largest(item: Item) -> Item {
    let largest = |value| match value {
        AttributeValue::N(number) if number != "0" => {
            let kept = number.trim_end_matches('0').len();
            AttributeValue::N(format!("{:9<width$}", &number[..kept], width = number.len()))
        }
        AttributeValue::M(map) => AttributeValue::M(at_its_largest(map)),
        other => other,
    };
    item.into_iter().map(|(name, value)| (name, largest(value))).collect()
}

fn sized(bytes: usize) -> Item {
    let number = |text: &str| AttributeValue::N(text.to_owned());
    let list = vec![number("-120"), number("0"), AttributeValue::Bool(true)];
    let map = [("inner".to_owned(), number("1742896414029"))].into();
    let mut item = Item::from([
        ("person_id".to_owned(), AttributeValue::S("é".repeat(18))),
        ("list".to_owned(), AttributeValue::L(list)),
        ("map".to_owned(), AttributeValue::M(map)),
        ("bytes".to_owned(), AttributeValue::B(aws_sdk_dynamodb::primitives::Blob::new(*b"abc"))),
        ("text".to_owned(), AttributeValue::S(String::new())),
    ]);
    let text = "x".repeat(bytes - size(&item));
    item.insert("text".to_owned(), AttributeValue::S(text));
    assert_eq!(size(&item), bytes);
    item
}

#[test]
fn an_item_at_its_largest_has_no_number_that_ends_in_zeros() {
    let number = |text: &str| AttributeValue::N(text.to_owned());
    let map = |text: &str| AttributeValue::M([("inner".to_owned(), number(text))].into());
    for (kept, largest) in [("1742896414000", "1742896414999"), ("10", "19"), ("0", "0"), ("-120", "-129"), ("7", "7")]
    {
        assert_eq!(
            at_its_largest([("a".to_owned(), number(kept)), ("b".to_owned(), map(kept))].into()),
            [("a".to_owned(), number(largest)), ("b".to_owned(), map(largest))].into()
        );
    }
}

#[tokio::test]
async fn the_engine_takes_an_item_for_as_large_as_this_suite_does() {
    let world = crate::scene::world().await;
    for (bytes, units) in [(1024, 1.0), (1025, 2.0), (2048, 2.0), (2049, 3.0)] {
        let client = world.bundle.dynamodb();
        let put = client.put_item().table_name("PersonsTable").set_item(Some(sized(bytes)));
        let answer = put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.unwrap();
        assert_eq!(answer.consumed_capacity.unwrap().capacity_units, Some(units), "{bytes} bytes");
        client
            .delete_item()
            .table_name("PersonsTable")
            .key("person_id", AttributeValue::S("é".repeat(18)))
            .send()
            .await
            .unwrap();
    }
}

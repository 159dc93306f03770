//! The check of schemas refuses invalid values.

use serde_json::{Value, json};
use tests::json_schema::problems;

fn accepts(schema: &Value, value: &Value) -> bool {
    problems(&json!({ "components": { "Short": { "type": "string", "maxLength": 3 } } }), schema, value).is_empty()
}

#[test]
fn each_keyword_refuses_what_is_against_it() {
    let cases = [
        (json!({ "type": "string" }), json!("x"), json!(1)),
        (json!({ "type": ["number", "null"] }), json!(null), json!("1")),
        (json!({ "type": "integer" }), json!(1), json!(1.5)),
        (json!({ "enum": ["a", null, []] }), json!([]), json!("b")),
        (json!({ "anyOf": [{ "type": "null" }, { "type": "boolean" }] }), json!(true), json!(1)),
        (json!({ "required": ["a"] }), json!({ "a": null }), json!({ "b": 1 })),
        (json!({ "properties": { "a": { "type": "null" } } }), json!({ "b": 1 }), json!({ "a": 1 })),
        (json!({ "items": { "minimum": 2, "maximum": 4 } }), json!([2, 4]), json!([2, 5])),
        (json!({ "minItems": 1, "maxItems": 2 }), json!([1]), json!([])),
        (json!({ "minLength": 1, "maxLength": 2 }), json!("éé"), json!("")),
        (json!({ "$ref": "#/components/Short" }), json!("abc"), json!("abcd")),
        (json!({ "format": "uuid" }), json!("66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e"), json!("66c4ff34")),
        (json!({ "format": "date-time" }), json!("2025-03-25T09:53:34.029Z"), json!("2025-03-25")),
        (json!({ "pattern": "^[0-9]+$" }), json!("12"), json!("1.2")),
    ];
    for (schema, good, bad) in cases {
        assert!(accepts(&schema, &good), "{schema} refuses {good}");
        assert!(!accepts(&schema, &bad), "{schema} accepts {bad}");
    }
}

#[test]
#[should_panic(expected = "teach this check")]
fn an_unknown_keyword_is_not_passed_over() {
    accepts(&json!({ "uniqueItems": true }), &json!([1, 1]));
}

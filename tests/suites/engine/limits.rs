//! The limits of sizes: DynamoDB's quotas.

use crate::scene::{Scene, code, item, n, s};

crate::checks!(
    DynamoDb:
    a_key_has_2048_bytes_at_most,
    a_key_is_not_empty,
    an_item_has_400_kib_at_most,
    an_update_cannot_make_an_item_too_large,
    an_expression_has_4_kib_at_most,
    an_unused_value_is_refused,
);

async fn a_key_has_2048_bytes_at_most(scene: &Scene) {
    let table = scene.table().await;
    let put = |id: String| table.client.put_item().table_name(&table.name).item("id", s(&id)).send();
    // The limit counts bytes, not characters.
    let answers = [
        put("a".repeat(2048)).await,
        put("ä".repeat(1024)).await,
        put("a".repeat(2049)).await,
        put("ä".repeat(1025)).await,
    ];
    assert_eq!(answers.each_ref().map(code), ["", "", "ValidationException", "ValidationException"]);
}

async fn a_key_is_not_empty(scene: &Scene) {
    let table = scene.table().await;
    let put = table.client.put_item().table_name(&table.name).item("id", s("")).send().await;
    assert_eq!(code(&put), "ValidationException");
    table.put(item([("id", s("a")), ("display_name", s(""))])).await;
}

async fn an_item_has_400_kib_at_most(scene: &Scene) {
    let table = scene.table().await;
    // `id`, `a` and `text` count too.
    let room = 400 * 1024 - "idatext".len();
    let put = |length| {
        table.client.put_item().table_name(&table.name).item("id", s("a")).item("text", s(&"x".repeat(length))).send()
    };
    let answers = [put(room).await, put(room + 1).await];
    assert_eq!(answers.each_ref().map(code), ["", "ValidationException"]);
}

async fn an_update_cannot_make_an_item_too_large(scene: &Scene) {
    let table = scene.table().await;
    table.put(item([("id", s("a")), ("text", s(&"x".repeat(300 * 1024)))])).await;
    let answer = table.update("a", "SET #more = :more", "", &[(":more", s(&"x".repeat(101 * 1024)))]).send().await;
    assert_eq!(code(&answer), "ValidationException");
    assert!(!table.get("a").await.unwrap().contains_key("more"));
}

async fn an_expression_has_4_kib_at_most(scene: &Scene) {
    let table = scene.table().await;
    let longest = |bytes: usize| {
        let name = "n".repeat(200);
        let start =
            (0..).map(|index| format!("{name}{index:02} = :one, ")).take((bytes - 250) / 211).collect::<String>();
        let end = bytes - "SET ".len() - start.len() - " = :one".len();
        format!("SET {start}{} = :one", "m".repeat(end))
    };
    for (bytes, expected) in [(4096, ""), (4097, "ValidationException")] {
        let expression = longest(bytes);
        assert_eq!(expression.len(), bytes);
        assert_eq!(code(&table.update("a", &expression, "", &[(":one", n(1))]).send().await), expected, "{bytes}");
    }
}

async fn an_unused_value_is_refused(scene: &Scene) {
    let table = scene.table().await;
    let answer = table.update("a", "SET #version = :one", "", &[(":one", n(1)), (":two", n(2))]).send().await;
    assert_eq!(code(&answer), "ValidationException");
}

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use crate::login;

/// The items of the tables in DynamoDB's JSON, which decide the answer to each call. Calls do not
/// change them: an update is answered with the item that is here. So the items of a function are
/// those after its update, if that matters.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    items: Vec<(&'static str, Value)>,
    login_key: String,
}

impl Answers {
    /// Adds an item.
    #[must_use]
    pub fn with(mut self, table: &'static str, item: Value) -> Self {
        self.items.push((table, item));
        self
    }

    /// Sets the key of login: an RSA key of 2,048 bits, as X.509 `SubjectPublicKeyInfo` in base64.
    #[must_use]
    pub fn with_login_key(mut self, login_key: &str) -> Self {
        login_key.clone_into(&mut self.login_key);
        self
    }

    /// The answer to one call. `None` for a call that no function makes.
    pub(crate) fn to(&self, target: &str, call: &Value) -> Option<Value> {
        match target.split_once('.')? {
            ("DynamoDB_20120810", "GetItem") => Some(self.item(call).map_or(json!({}), |item| json!({ "Item": item }))),
            ("DynamoDB_20120810", "UpdateItem") => self.item(call).map(|item| json!({ "Attributes": item })),
            ("DynamoDB_20120810", "BatchGetItem") => self.batch(call),
            ("DynamoDB_20120810", "TransactWriteItems") => Some(json!({})),
            ("DynamoDB_20120810", "Query") => self.query(call),
            ("AmazonSQS", "GetQueueAttributes") => {
                Some(json!({ "Attributes": { "ApproximateNumberOfMessages": "0" } }))
            }
            ("AmazonSQS", "SendMessageBatch") => Some(sent(call)),
            ("TrentService", "Sign") => Some(signed(call)),
            ("TrentService", "GetPublicKey") => Some(json!({
                "KeyId": call.get("KeyId"), "PublicKey": self.login_key, "KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY",
                "SigningAlgorithms": ["RSASSA_PKCS1_V1_5_SHA_256"],
            })),
            ("secretsmanager", "GetSecretValue") => {
                let is_login = call.get("SecretId").and_then(Value::as_str) == Some(login::SECRET);
                let text = if is_login { login::SETTINGS } else { SUBJECT_HASH_KEY };
                Some(json!({ "ARN": call.get("SecretId"), "SecretString": text }))
            }
            _ => None,
        }
    }

    fn item(&self, call: &Value) -> Option<&Value> {
        self.find(call.get("TableName")?.as_str()?, call.get("Key")?)
    }

    fn find(&self, table: &str, key: &Value) -> Option<&Value> {
        let key = key.as_object()?;
        let has_key = |item: &Value| key.iter().all(|(name, value)| item.get(name) == Some(value));
        self.items.iter().find(|(of, item)| *of == table && has_key(item)).map(|(_, item)| item)
    }

    fn batch(&self, call: &Value) -> Option<Value> {
        let mut responses = Map::new();
        for (table, asked) in call.get("RequestItems")?.as_object()? {
            let keys = asked.get("Keys")?.as_array()?;
            let items: Vec<_> = keys.iter().filter_map(|key| self.find(table, key)).collect();
            responses.insert(table.clone(), json!(items));
        }
        Some(json!({ "Responses": responses, "UnprocessedKeys": {} }))
    }

    /// The items whose attribute matches the beginning of the condition, `#name = :value`.
    fn query(&self, call: &Value) -> Option<Value> {
        let table = call.get("TableName")?.as_str()?;
        let mut words = call.get("KeyConditionExpression")?.as_str()?.split(' ');
        let (name, _, value) = (words.next()?, words.next()?, words.next()?);
        let name = call.get("ExpressionAttributeNames")?.get(name)?.as_str()?;
        let value = call.get("ExpressionAttributeValues")?.get(value)?;
        let found = self.items.iter().filter(|(of, item)| *of == table && item.get(name) == Some(value));
        let items: Vec<_> = found.map(|(_, item)| item).collect();
        Some(json!({ "Items": items, "Count": items.len(), "ScannedCount": items.len() }))
    }
}

/// An answer that accepts all messages of a batch. Our client does not compare the digest.
fn sent(call: &Value) -> Value {
    let entries = call.get("Entries").and_then(Value::as_array);
    let ids = entries.into_iter().flatten().filter_map(|entry| entry.get("Id"));
    let sent = ids.map(|id| {
        let message_id = "5fea7756-0ea4-451a-a703-a558b933e274";
        json!({ "Id": id, "MessageId": message_id, "MD5OfMessageBody": "fafb00f5732ab283681e124bf8747ed1" })
    });
    json!({ "Successful": sent.collect::<Vec<_>>() })
}

/// An answer with a text of the length of an RSA signature, or of one on the curve P-256.
fn signed(call: &Value) -> Value {
    let algorithm = call.get("SigningAlgorithm").and_then(Value::as_str).unwrap_or_default();
    let length = if algorithm.starts_with("RSA") { 256 } else { 72 };
    json!({ "KeyId": call.get("KeyId"), "Signature": STANDARD.encode(vec![7; length]), "SigningAlgorithm": algorithm })
}

/// The secret of the hashes of callers.
const SUBJECT_HASH_KEY: &str = "bX4kT9wQ2mZ7cV1nL6pR8sD3fG5hJ0yUbX4kT9wQ2mZ7cV1nL6pR8sD3fG5hJ0yU";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_answered_by_the_items_that_it_asks_for() {
        let item = json!({ "id": { "S": "a" }, "shard": { "N": "3" } });
        let answers = Answers::default().with("t", item.clone());
        let get = |id: &str| {
            answers.to("DynamoDB_20120810.GetItem", &json!({ "TableName": "t", "Key": { "id": { "S": id } } }))
        };
        assert_eq!(get("a"), Some(json!({ "Item": item })));
        assert_eq!(get("b"), Some(json!({})));
        let query = |shard: &str| {
            let call = json!({
                "TableName": "t",
                "KeyConditionExpression": "#shard = :shard AND #due <= :until",
                "ExpressionAttributeNames": { "#shard": "shard", "#due": "due" },
                "ExpressionAttributeValues": { ":shard": { "N": shard }, ":until": { "N": "9" } },
            });
            answers.to("DynamoDB_20120810.Query", &call).unwrap()["Count"].clone()
        };
        assert_eq!((query("3"), query("4")), (json!(1), json!(0)));
        assert_eq!(answers.to("DynamoDB_20120810.Scan", &json!({})), None);
    }
}

//! Secrets Manager on this machine, with secrets that never change while it runs.

use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::aws_json::Operations;
use crate::template::{ACCOUNT, REGION};

/// The secrets. It answers as Secrets Manager does (AWS Secrets Manager API reference,
/// "`GetSecretValue`").
pub(crate) struct SecretsManager {
    secrets: Vec<Secret>,
    created: i64,
}

struct Secret {
    name: &'static str,
    value: String,
    version: Uuid,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetSecretValue {
    secret_id: String,
}

/// The ARN of the secret with this name.
pub(crate) fn secret_arn(name: &str) -> String {
    format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}")
}

impl SecretsManager {
    /// Secrets with these names and values.
    pub(crate) fn new(secrets: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let secrets = secrets.into_iter().map(|(name, value)| Secret { name, value, version: Uuid::new_v4() });
        Self { secrets: secrets.collect(), created: OffsetDateTime::now_utc().unix_timestamp() }
    }
}

impl Operations for SecretsManager {
    fn answer(&self, operation: &str, body: &Value) -> Result<Value, &'static str> {
        if operation != "secretsmanager.GetSecretValue" {
            return Err("UnknownOperationException");
        }
        let asked = GetSecretValue::deserialize(body).map_err(|_| "ValidationException")?.secret_id;
        let secret = self.secrets.iter().find(|secret| asked == secret.name || asked == secret_arn(secret.name));
        let secret = secret.ok_or("ResourceNotFoundException")?;
        Ok(json!({
            "ARN": secret_arn(secret.name), "Name": secret.name, "SecretString": secret.value,
            "VersionId": secret.version, "VersionStages": ["AWSCURRENT"], "CreatedDate": self.created,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_its_value_under_its_name_and_its_arn() {
        let service = SecretsManager::new([("login", "{}".to_owned()), ("other", "x".to_owned())]);
        let get = |id: Value| service.answer("secretsmanager.GetSecretValue", &json!({ "SecretId": id }));
        let arn = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:login";
        let found = get(json!("login")).unwrap();
        assert_eq!(get(json!(arn)), Ok(found.clone()));
        assert_eq!(
            (&found["ARN"], &found["Name"], &found["SecretString"]),
            (&json!(arn), &json!("login"), &json!("{}"))
        );
        assert_eq!(get(json!("other")).unwrap()["SecretString"], "x");
        assert_eq!(get(json!("another")), Err("ResourceNotFoundException"));
        assert_eq!(get(json!(null)), Err("ValidationException"));
        assert_eq!(service.answer("secretsmanager.ListSecrets", &json!({})), Err("UnknownOperationException"));
    }
}

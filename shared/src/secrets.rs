//! Secrets Manager: the secrets that a function reads once, at its start.

use aws_sdk_secretsmanager::Client;

use crate::{
    ambient::Ambient,
    aws::{CallError, Verdict, attempt},
};

/// Reads the text of a secret, by its ARN or its name. The client's own retries must be off.
pub async fn secret(client: &Client, id: &str, ambient: &Ambient) -> Result<String, CallError> {
    let call = || client.get_secret_value().secret_id(id).send();
    match attempt(ambient, |_| Verdict::ByCode, call).await? {
        Ok(secret) => secret.secret_string.ok_or_else(|| CallError::Broken("the secret is not a text".into())),
        Err(error) => Err(CallError::Broken(error.to_string())),
    }
}

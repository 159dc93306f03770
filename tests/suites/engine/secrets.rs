//! Secrets in Secrets Manager.

use serde_json::{Value, json};

use crate::scene::{Scene, code};

crate::checks!(
    SecretsManager:
    a_secret_is_found_by_its_arn_and_by_its_name,
    the_login_settings_are_a_secret,
    an_unknown_secret_is_not_found,
);

const ARN: &str = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:login";

async fn a_secret_is_found_by_its_arn_and_by_its_name(scene: &Scene) {
    let get = async |id: &str| scene.secrets_manager().get_secret_value().secret_id(id).send().await.unwrap();
    let (by_arn, by_name) = (get(ARN).await, get("login").await);
    assert_eq!((by_arn.arn(), by_arn.name()), (Some(ARN), Some("login")));
    assert_eq!(by_arn.version_stages(), ["AWSCURRENT"]);
    assert_eq!((by_arn.version_id().map(str::len), by_arn.created_date().is_some()), (Some(36), true));
    assert_eq!((by_arn.secret_string(), by_arn.arn()), (by_name.secret_string(), by_name.arn()));
    let other = get("subject-hash-key").await;
    assert!(other.secret_string().unwrap().len() >= 32);
    assert_ne!(by_arn.secret_string(), other.secret_string());
}

async fn the_login_settings_are_a_secret(scene: &Scene) {
    let secret = scene.secrets_manager().get_secret_value().secret_id(ARN).send().await.unwrap();
    let settings: Value = serde_json::from_str(secret.secret_string().unwrap()).unwrap();
    assert_eq!(settings["clients"][0]["client_id"], json!("local"));
}

async fn an_unknown_secret_is_not_found(scene: &Scene) {
    for unknown in ["log", "login-x", &ARN.replace("eu-west-1", "eu-west-2")] {
        let got = scene.secrets_manager().get_secret_value().secret_id(unknown).send().await;
        assert_eq!(code(&got), "ResourceNotFoundException", "{unknown}");
    }
}

//! KMS: one RSA key. Its calls have the faults that calls of the tables have.
//!
//! The signatures are all the same, since no rule of the simulation verifies them.

use std::{
    cell::RefCell,
    sync::{Arc, LazyLock},
};

use aws_lc_rs::{
    encoding::AsDer,
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use aws_sdk_kms::{
    Client,
    config::{Credentials, HttpClient, Region, RuntimeComponents, SharedHttpClient, retry::RetryConfig},
};
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::FutureExt;
use serde_json::json;
use shared::{ambient::Ambient, signing::LoginKeys};

use super::{actor::Actor, sim::Sim};

/// The ARN of the key.
pub const KEY: &str = "arn:aws:kms:eu-west-1:000000000000:key/login-key";

thread_local! {
    /// The world that runs on this thread.
    static WORLD: RefCell<Option<Sim>> = const { RefCell::new(None) };
}

/// The key as all functions of all worlds have it. It has read its name.
pub static KEYS: LazyLock<Arc<LoginKeys>> = LazyLock::new(|| {
    let random = || world().expect("a world").state().dice.uuid();
    let ambient = Ambient::system().with_random(random).with_sleep(|time| async move {
        let Some(sim) = world() else { return };
        let then = sim.state().now + i64::try_from(time.as_millis()).expect("a short while");
        sim.sleep_until(then).await;
    });
    let config = shared::aws::sdk_config(
        Region::new("eu-west-1"),
        Credentials::new("key", "secret", None, None, "simulation"),
        SharedHttpClient::new(Wire),
    );
    let keys = LoginKeys::new(
        Client::new(&config.retry_config(RetryConfig::disabled()).build()),
        vec![KEY.to_owned()],
        ambient,
    );
    keys.signing_kid().now_or_never().expect("an answer at once").expect("a key");
    Arc::new(keys)
});

/// Makes this world the one whose faults KMS has on this thread.
pub fn enter(sim: &Sim) {
    WORLD.set(Some(sim.clone()));
}

fn world() -> Option<Sim> {
    WORLD.with_borrow(Clone::clone)
}

#[derive(Debug)]
struct Wire;

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Self)
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        if target.ends_with(".GetPublicKey") {
            return HttpConnectorFuture::ready(Ok(answer(200, PUBLIC.clone())));
        }
        assert!(target.ends_with(".Sign"), "{target}");
        HttpConnectorFuture::new(async {
            let sim = world().expect("a world");
            let (status, body) = if Actor(sim).sign().await {
                (200, json!({ "KeyId": KEY, "Signature": STANDARD.encode([7; 256]) }).to_string())
            } else {
                (400, json!({ "__type": "ThrottlingException" }).to_string())
            };
            Ok(answer(status, body))
        })
    }
}

/// The answer about the public key.
static PUBLIC: LazyLock<String> = LazyLock::new(|| {
    let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der = pair.public_key().as_der().expect("a public key");
    json!({ "KeyId": KEY, "PublicKey": STANDARD.encode(der.as_ref()) }).to_string()
});

fn answer(status: u16, body: String) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).expect("a status"), SdkBody::from(body))
}

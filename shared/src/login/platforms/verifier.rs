//! Accounts that a verifier of the studio proves. Its requests are signed as Standard Webhooks.

use ::http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use aws_lc_rs::hmac;
use aws_smithy_types::body::SdkBody;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::{
    Grant, Proof, ProofProblem, Proven, Reason,
    calls::{Silence, retried, send},
};
use crate::{
    ambient::Ambient,
    connections::Outside,
    identity::{ClientId, Platform, PlatformUserId, Timestamp},
    telemetry,
};

/// One verifier.
pub(super) struct Verifier {
    pub(super) url: Outside,
    pub(super) platform: Platform,
    /// One key, or two while the secret changes.
    pub(super) keys: Vec<hmac::Key>,
}

/// The body of a request.
#[derive(Serialize)]
struct Question<'a> {
    platform: Platform,
    grant_type: &'static str,
    proof: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    parent_proof: &'a str,
    client_id: &'a ClientId,
    request_id: &'a str,
}

/// The body of an answer with status 200.
#[derive(Deserialize)]
struct Answer {
    platform_user_id: String,
    display_name: Option<String>,
}

impl Verifier {
    pub(super) async fn prove(&self, proof: &Proof<'_>, ambient: &Ambient) -> Result<Proven, ProofProblem> {
        let question = Question {
            platform: self.platform,
            grant_type: proof.grant.name(),
            proof: proof.token,
            parent_proof: proof.parent,
            client_id: proof.client,
            request_id: proof.request_id,
        };
        let body = serde_json::to_string(&question);
        let body = body.map_err(|_| ProofProblem::unavailable(proof.grant, "the request cannot be made"))?;
        // The same for the retry, so that the verifier can recognise it.
        let id = format!("msg_{}", ambient.uuid().simple());
        retried(ambient, || self.ask(proof.grant, &id, &body, ambient.now()), |_| false)
            .await?
            .ok_or_else(|| Reason::Invalid.into())
    }

    /// The account. `None` if the verifier refuses the proof.
    async fn ask(&self, grant: Grant, id: &str, body: &str, now: Timestamp) -> Result<Option<Proven>, Silence> {
        let body = match send(grant, &self.url, self.request(id, body, now)).await? {
            Ok(body) => body,
            Err(StatusCode::FORBIDDEN) => return Ok(None),
            Err(_) => {
                telemetry::platform_credentials_refused(now);
                return Err(Silence::lasting(grant, "the verifier refuses the signature"));
            }
        };
        let unusable = || Silence::unusable(grant);
        let Answer { platform_user_id, display_name } = serde_json::from_str(&body).map_err(|_| unusable())?;
        let account = PlatformUserId::new(platform_user_id).ok_or_else(unusable)?;
        let proven = Proven::of(account);
        Ok(Some(if display_name.is_some() { proven.named(display_name.as_deref()) } else { proven }))
    }

    fn request(&self, id: &str, body: &str, now: Timestamp) -> Option<Request<SdkBody>> {
        let time = now.round_down().as_unix();
        let signed = format!("{id}.{time}.{body}");
        let sign = |key| format!("v1,{}", STANDARD.encode(hmac::sign(key, signed.as_bytes())));
        let signature = self.keys.iter().map(sign).collect::<Vec<_>>().join(" ");
        let headers = [("webhook-id", id), ("webhook-timestamp", &time.to_string()), ("webhook-signature", &signature)];
        let mut request = Request::new(SdkBody::from(body));
        *request.method_mut() = Method::POST;
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in headers {
            request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_str(value).ok()?);
        }
        Some(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_signed_as_the_example_of_standard_webhooks() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let verifier = Verifier {
            url: Outside::new("https://v.test", std::time::Duration::ZERO).unwrap(),
            platform: Platform::Psn,
            keys: vec![hmac::Key::new(hmac::HMAC_SHA256, &key)],
        };
        let now = Timestamp::from_millis(1_614_265_330_000);
        let request = verifier.request("msg_p5jXN8AQM9LWM0D4loKWxJek", r#"{"test": 2432232314}"#, now).unwrap();
        let header = |name: &str| request.headers()[name].to_str().unwrap();
        assert_eq!(header("webhook-id"), "msg_p5jXN8AQM9LWM0D4loKWxJek");
        assert_eq!(header("webhook-timestamp"), "1614265330");
        assert_eq!(header("webhook-signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}

//! An event of API Gateway's HTTP API (payload format 2.0), read once.

use std::panic::catch_unwind;

use lambda_http::{
    aws_lambda_events::apigw::ApiGatewayV2httpRequest,
    http::header::{CONTENT_TYPE, HOST},
    request::LambdaRequest,
};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, value::RawValue};

use crate::{
    http::{Request, RequestParts, route},
    telemetry,
};

/// The event of an invocation.
pub(in crate::lambda) enum Event {
    /// A request. `lambda_http` can read it, unless it panics.
    Request(Facts, Box<LambdaRequest>),
    /// A request that `lambda_http` refuses, for example because of a line break in a header.
    Unreadable(Facts),
    /// An event that no HTTP API sends.
    Foreign,
}

/// The parts of an unreadable request that its answer depends on.
#[derive(Default)]
pub(in crate::lambda) struct Facts {
    request_id: Option<String>,
    method: String,
    route: String,
    content_type: Option<String>,
}

impl Facts {
    /// A request with the known parts. Without the gateway's id it gets Lambda's id of the
    /// invocation.
    pub(super) fn into_request(self, invocation: String) -> Request {
        Request::new(RequestParts {
            request_id: self.request_id.unwrap_or(invocation),
            method: self.method,
            path: self.route,
            content_type: self.content_type,
            ..RequestParts::default()
        })
    }
}

impl Event {
    pub(in crate::lambda) fn read(event: &RawValue) -> Self {
        // `HeaderMap` panics if there are too many headers.
        let request =
            telemetry::silently(|| catch_unwind(|| serde_json::from_str::<ApiGatewayV2httpRequest>(event.get())));
        match request {
            Ok(Ok(request)) => Self::of(request),
            Ok(Err(_)) | Err(_) => Self::unreadable(event),
        }
    }

    fn of(mut request: ApiGatewayV2httpRequest) -> Self {
        // `lambda_http` builds one URL of host, path and query, and a `?` in a host would end the
        // path. The host is not needed.
        request.headers.remove(HOST);
        request.request_context.domain_name = None;
        let context = &request.request_context;
        let facts = Facts {
            request_id: context.request_id.clone(),
            method: context.http.method.to_string(),
            route: route(
                context.route_key.as_deref(),
                context.stage.as_deref(),
                request.raw_path.as_deref().unwrap_or_default(),
            )
            .to_owned(),
            content_type: request.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned),
        };
        Self::Request(facts, Box::new(LambdaRequest::ApiGatewayV2(request)))
    }

    fn unreadable(event: &RawValue) -> Self {
        let Ok(event) = serde_json::from_str::<Value>(event.get()) else { return Self::Foreign };
        let text = |place: &str| event.pointer(place).and_then(Value::as_str);
        let Some(method) = text("/requestContext/http/method") else { return Self::Foreign };
        let (key, stage) = (text("/requestContext/routeKey"), text("/requestContext/stage"));
        let mut headers = event.get("headers").and_then(Value::as_object).into_iter().flatten();
        let content_type = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        Self::Unreadable(Facts {
            request_id: text("/requestContext/requestId").map(str::to_owned),
            method: method.to_owned(),
            route: route(key, stage, text("/rawPath").unwrap_or_default()).to_owned(),
            content_type: content_type.and_then(|(_, value)| value.as_str()).map(str::to_owned),
        })
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(|event| Self::read(&event))
    }
}

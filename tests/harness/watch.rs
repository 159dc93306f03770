//! An interceptor for the clients of the SDK. It sees each call and can disturb it.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use aws_sdk_dynamodb::{
    config::{ConfigBag, Intercept, RuntimeComponents, SharedInterceptor},
    error::BoxError,
};
use aws_smithy_runtime_api::{
    client::interceptors::{
        context::{BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextMut},
        dyn_dispatch_hint,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use hyper::body::{Body, Frame};
use serde_json::Value;

use crate::faults::{Disturbance, Request, Response};

/// Decides which calls are disturbed.
pub trait Disturb: fmt::Debug + Send + Sync + 'static {
    /// The disturbance of this call. `None` leaves the call unchanged.
    fn disturbance(&self, function: &str, operation: &str, body: Value) -> Option<Disturbance>;
}

/// The interceptor for one function.
pub fn watch(judge: Arc<dyn Disturb>, function: &str) -> SharedInterceptor {
    SharedInterceptor::new(Watch { judge, function: function.to_owned() })
}

#[derive(Debug)]
struct Watch {
    judge: Arc<dyn Disturb>,
    function: String,
}

const TARGET: &str = "x-amz-target";

#[dyn_dispatch_hint]
impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "Watch"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let operation = request.headers().get(TARGET).and_then(|target| target.rsplit('.').next());
        let operation = operation.unwrap_or_default().to_owned();
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        let Some(disturbance) = self.judge.disturbance(&self.function, &operation, body) else { return Ok(()) };
        match &disturbance.request {
            Request::Whole => {}
            // The engine refuses an operation that it does not know.
            Request::Nothing => {
                request.headers_mut().insert(TARGET, "DynamoDB_20120810.NotCarriedOut");
            }
            // No program can listen on port 0.
            Request::Nowhere => request.set_uri("http://127.0.0.1:0/")?,
            Request::Part(part) => {
                let part = part.to_string();
                request.headers_mut().insert("content-length", part.len().to_string());
                *request.body_mut() = part.into();
            }
        }
        config.interceptor_state().store_put(disturbance);
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(disturbance) = config.load::<Disturbance>() else { return Ok(()) };
        let response = context.response_mut();
        for header in ["content-length", "x-amz-crc32", "x-amzn-errortype", "x-amzn-query-error"] {
            response.headers_mut().remove(header);
        }
        let (status, body) = match &disturbance.answer {
            Response::Lost => return Err("the connection broke".into()),
            Response::Error(status, of_query, body) => {
                if let Some(code) = of_query {
                    response.headers_mut().insert("x-amzn-query-error", *code);
                }
                (*status, if body.is_null() { SdkBody::empty() } else { body.to_string().into() })
            }
            Response::Instead(body) => (200, body.to_string().into()),
            altered => (
                response.status().as_u16(),
                SdkBody::from_body_1_x(Altered {
                    real: std::mem::replace(response.body_mut(), SdkBody::taken()),
                    read: Vec::new(),
                    how: altered.clone(),
                    told: false,
                }),
            ),
        };
        *response.status_mut() = StatusCode::try_from(status)?;
        *response.body_mut() = body;
        Ok(())
    }
}

/// A response body that is read to its end and then replaced.
struct Altered {
    real: SdkBody,
    read: Vec<u8>,
    how: Response,
    told: bool,
}

impl Body for Altered {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        while let Some(frame) = ready!(Pin::new(&mut this.real).poll_frame(context)) {
            if let Ok(data) = frame?.into_data() {
                this.read.extend_from_slice(&data);
            }
        }
        let first = !std::mem::replace(&mut this.told, true);
        let whole = std::mem::take(&mut this.read);
        Poll::Ready(match &this.how {
            Response::Cut if first => Some(Ok(Frame::data(Bytes::copy_from_slice(&whole[..whole.len() / 2])))),
            Response::Cut => Some(Err("the connection broke".into())),
            Response::With(members) if first => Some(with(&whole, members).map(Frame::data)),
            // The caller must give up waiting.
            Response::Endless => return Poll::Pending,
            _ => None,
        })
    }
}

fn with(body: &[u8], members: &Value) -> Result<Bytes, BoxError> {
    let mut body: Value = serde_json::from_slice(body)?;
    let members = members.as_object().cloned().unwrap_or_default();
    body.as_object_mut().ok_or("no object")?.extend(members);
    Ok(body.to_string().into())
}

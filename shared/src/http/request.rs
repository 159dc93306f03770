use std::{collections::HashMap, fmt, sync::OnceLock};

use http::{
    HeaderName, HeaderValue,
    header::{ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, ORIGIN},
};
use lambda_http::{
    Body, RequestExt, aws_lambda_events::apigw::ApiGatewayV2httpRequestContext, request::RequestContext,
};

use crate::validation::{self, Document, FromField, FromFields, Problems};

/// The header that names the compression of gRPC-Web messages.
pub(crate) const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");

/// A request: a view of what `lambda_http` read from the gateway's event.
///
/// `Debug` shows id and method only, because everything else may hold personal data.
pub struct Request {
    inner: lambda_http::Request,
    route: OnceLock<&'static str>,
}

impl Request {
    /// Wraps a request from the gateway, or one built from [`RequestParts`].
    pub fn new(inner: impl Into<lambda_http::Request>) -> Self {
        Self { inner: inner.into(), route: OnceLock::new() }
    }

    /// The gateway's id of the request, as in its access log. Without one, Lambda's.
    pub fn id(&self) -> &str {
        let gateways = self.context().and_then(|context| context.request_id.as_deref());
        gateways
            .or_else(|| self.inner.lambda_context_ref().map(|context| context.request_id.as_str()))
            .unwrap_or_default()
    }

    /// The method, in upper case.
    pub fn method(&self) -> &str {
        self.inner.method().as_str()
    }

    /// The path of the matched route, such as `/v2/users/{userId}`. Without one, the requested
    /// path, decoded and without the stage.
    pub fn route(&self) -> &str {
        if let Some(route) = self.route.get() {
            return route;
        }
        let context = self.context();
        let key = context.and_then(|context| context.route_key.as_deref());
        let stage = context.and_then(|context| context.stage.as_deref());
        route(key, stage, self.inner.raw_http_path())
    }

    /// Sets the route of the path if the gateway matched none: the method may be another, or a base
    /// path may precede it.
    pub fn set_route(&self, route: &'static str) {
        self.route.set(route).ok();
    }

    fn context(&self) -> Option<&ApiGatewayV2httpRequestContext> {
        match self.inner.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => Some(context),
            _ => None,
        }
    }

    /// The `Authorization` header. The gateway joins repeated ones with a comma.
    pub fn authorization(&self) -> Option<&str> {
        self.header(&AUTHORIZATION)
    }

    /// The `Content-Type` header.
    pub fn content_type(&self) -> Option<&str> {
        self.header(&CONTENT_TYPE)
    }

    /// Whether this is a CORS preflight.
    pub fn is_preflight(&self) -> bool {
        let has = |name: &HeaderName| self.inner.headers().contains_key(name);
        self.method() == "OPTIONS" && has(&ORIGIN) && has(&ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// The compression that this header names. `None` without the header, and for `identity`.
    pub(crate) fn encoding(&self, header: &HeaderName) -> Option<&str> {
        let encoding = self.header(header)?.trim();
        (!encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity")).then_some(encoding)
    }

    /// The text of a header. It came in JSON, so it is always UTF-8.
    fn header(&self, name: &HeaderName) -> Option<&str> {
        std::str::from_utf8(self.inner.headers().get(name)?.as_bytes()).ok()
    }

    /// The body as it was received.
    pub fn body(&self) -> &[u8] {
        self.inner.body()
    }

    /// A parameter of the path, not validated.
    pub fn raw_path_parameter(&self, name: &str) -> &str {
        self.path_text(name).unwrap_or_default()
    }

    /// A parameter of the path, validated.
    pub fn path_parameter<T: FromField>(&self, name: &'static str) -> Result<T, Problems> {
        validation::path(name, self.path_text(name))
    }

    fn path_text(&self, name: &str) -> Option<&str> {
        self.inner.path_parameters_ref()?.first(name)
    }

    /// The query, validated.
    pub fn query<T: FromFields>(&self) -> Result<T, Problems> {
        validation::query(self.inner.uri().query().unwrap_or_default())
    }

    /// The JSON body, parsed and not yet validated: for rules that must know the caller between the
    /// two. The only error is a body that is not JSON.
    pub fn document(&self) -> Result<Document<'_>, Problems> {
        Document::json(self.body(), self.content_type())
    }

    /// The same for a body that may be a form, by its content type.
    pub fn document_or_form(&self) -> Result<Document<'_>, Problems> {
        Document::json_or_form(self.body(), self.content_type())
    }

    /// The body as a form, validated.
    pub fn form<T: FromFields>(&self) -> Result<T, Problems> {
        validation::form(self.body(), self.content_type())
    }

    /// The JSON body, validated. It is required.
    pub fn json<T: FromFields>(&self) -> Result<T, Problems> {
        validation::body(self.body(), self.content_type())
    }

    /// The JSON body, validated. No body, `{}` and `null` are equal.
    pub fn optional_json<T: FromFields + Default>(&self) -> Result<T, Problems> {
        validation::optional_body(self.body(), self.content_type())
    }
}

/// The path of the route with this key. For `$default` it is the requested path without the stage.
/// A stage other than `$default` is the first segment of the path, unless a custom domain already
/// maps to it.
pub(crate) fn route<'a>(key: Option<&'a str>, stage: Option<&str>, path: &'a str) -> &'a str {
    if let Some((_method, path)) = key.and_then(|key| key.split_once(' ')) {
        return path;
    }
    let stage = stage.filter(|stage| !stage.is_empty());
    let rest = path.strip_prefix('/').zip(stage).and_then(|(path, stage)| path.strip_prefix(stage));
    rest.filter(|rest| rest.starts_with('/')).unwrap_or(path)
}

/// The parts of a request that no gateway sent: an example of the description, or a test's.
#[derive(Default)]
pub struct RequestParts {
    /// The gateway's id of the request. Every 5xx body shows it.
    pub request_id: String,
    /// The method, in upper case.
    pub method: String,
    /// The path of the route.
    pub path: String,
    /// The parameters of the route, percent-decoded.
    pub path_parameters: Vec<(String, String)>,
    /// The query, percent-encoded.
    pub query: String,
    /// The `Authorization` header.
    pub authorization: Option<String>,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The `Content-Encoding` header.
    pub encoding: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl From<RequestParts> for lambda_http::Request {
    /// Leaves out a method, query or header that HTTP does not allow.
    fn from(parts: RequestParts) -> Self {
        let mut context = ApiGatewayV2httpRequestContext::default();
        context.request_id = Some(parts.request_id);
        context.route_key = Some(format!("{} {}", parts.method, parts.path));
        let parameters: HashMap<_, _> = parts.path_parameters.into_iter().collect();
        let mut request = Self::new(Body::Binary(parts.body))
            .with_raw_http_path(parts.path)
            .with_path_parameters(parameters)
            .with_request_context(RequestContext::ApiGatewayV2(context));
        if let Ok(method) = parts.method.parse() {
            *request.method_mut() = method;
        }
        if let Ok(uri) = format!("/?{}", parts.query).parse() {
            *request.uri_mut() = uri;
        }
        let headers = [
            (AUTHORIZATION, parts.authorization),
            (CONTENT_TYPE, parts.content_type),
            (CONTENT_ENCODING, parts.encoding),
        ];
        for (name, value) in headers {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
                request.headers_mut().insert(name, value);
            }
        }
        request
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("id", &self.id()).field("method", &self.method()).finish_non_exhaustive()
    }
}

//! The errors of an operation, each described by a reply that says it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::openapi::{
    Content, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Schema, Type,
    example::ExampleBuilder, schema::AnyOfBuilder,
};

use super::{Access, DescribedRejection, Description, schema};
use crate::http::Reply;

/// What decides which errors of its dialect an operation has.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// It is a call of Connect and gRPC-Web.
    pub is_call: bool,
    /// The name of its request message, where its errors say it.
    pub message: &'static str,
    /// It takes a body.
    pub reads_body: bool,
    /// It has input that can be wrong.
    pub validates: bool,
    /// Who may call it.
    pub access: Access,
}

/// A reply that says one error.
#[derive(Debug)]
pub struct Sample {
    /// The error's code, or its id.
    pub name: String,
    /// What is answered.
    pub reply: Reply,
}

impl Sample {
    /// The body.
    pub fn body(&self) -> Value {
        schema::example(self.reply.text().unwrap_or_default())
    }
}

/// Adds the errors of a rejection, and those that the gateway answers before or after a function.
pub(super) fn add<R: DescribedRejection>(description: &mut Description, facts: Facts) {
    let mut by_status = BTreeMap::<u16, Vec<Sample>>::new();
    for sample in R::samples(facts) {
        by_status.entry(sample.reply.status).or_default().push(sample);
    }
    for (status, samples) in by_status {
        let samples: Vec<_> = samples.iter().collect();
        let response = response(status, &samples, Some(R::body(&samples)));
        refer(description, status, R::component(status, facts), response);
    }
    for (status, name) in [(413, "ContentTooLarge"), (429, "TooManyRequests"), (431, "RequestHeaderFieldsTooLarge")] {
        if !description.operation.responses.responses.contains_key(&status.to_string()) {
            refer(description, status, Some(name), response(status, &[], None));
        }
    }
    description.schemas.push(("GatewayMessage".to_owned(), gateway_message()));
}

/// A schema for texts of which only these occur.
pub(in crate::http) fn one_of_texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(distinct(texts)))
}

/// Each once, where it comes first.
pub(in crate::http) fn distinct<T: PartialEq>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    all.into_iter().fold(Vec::new(), |mut distinct, one| {
        if !distinct.contains(&one) {
            distinct.push(one);
        }
        distinct
    })
}

fn refer(description: &mut Description, status: u16, component: Option<&'static str>, response: Response) {
    let response = match component {
        Some(name) => {
            description.responses.push((name.to_owned(), response));
            RefOr::Ref(Ref::from_response_name(name))
        }
        None => RefOr::T(response),
    };
    description.operation.responses.responses.insert(status.to_string(), response);
}

/// The replies of one status; the schema of the function's own, if it has any.
fn response(status: u16, samples: &[&Sample], body: Option<RefOr<Schema>>) -> Response {
    let (reason, gateway) = words(status);
    let gateway_schema = || Ref::from_schema_name("GatewayMessage");
    let schema = match (body, gateway) {
        (Some(body), None) => body,
        (Some(body), Some(_)) => AnyOfBuilder::new().item(body).item(gateway_schema()).into(),
        (None, _) => gateway_schema().into(),
    };
    let own = samples.iter().map(|sample| (sample.name.clone(), sample.body()));
    let gateways = gateway.map(|message| ("gateway".to_owned(), json!({ "message": message })));
    let examples = own.chain(gateways).map(|(name, body)| (name, ExampleBuilder::new().value(Some(body))));
    let names: Vec<_> = samples.iter().map(|sample| format!("`{}`", sample.name)).collect();
    let text =
        if names.is_empty() { format!("{reason}, by the gateway") } else { format!("{reason}: {}", names.join(", ")) };
    let content = Content::builder().schema(Some(schema)).examples_from_iter(examples);
    let mut response = ResponseBuilder::new().description(text).content("application/json", content.build());
    for (name, value) in samples.iter().flat_map(|sample| &sample.reply.headers) {
        if *name != "content-type" {
            let header = HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String)));
            response = response.header(*name, header.example(Some(value.as_ref().into())).build());
        }
    }
    response.build()
}

/// What a status is called, and what the gateway says where it answers it by itself.
fn words(status: u16) -> (&'static str, Option<&'static str>) {
    match status {
        400 => ("Bad Request", None),
        401 => ("Unauthorized", None),
        403 => ("Forbidden", None),
        404 => ("Not Found", None),
        409 => ("Conflict", None),
        413 => ("Content Too Large", Some("Request Entity Too Large")),
        415 => ("Unsupported Media Type", None),
        422 => ("Unprocessable Content", None),
        429 => ("Too Many Requests", Some("Too Many Requests")),
        431 => ("Request Header Fields Too Large", Some("Request Header Fields Too Large")),
        500 => ("Internal Server Error", Some("Internal Server Error")),
        503 => ("Service Unavailable", Some("Service Unavailable")),
        _ => ("Error", None),
    }
}

fn gateway_message() -> RefOr<Schema> {
    let text = "What the API gateway answers by itself, in place of the function.";
    let message = ObjectBuilder::new().schema_type(Type::String);
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(text))
        .property("message", message)
        .required("message")
        .into()
}

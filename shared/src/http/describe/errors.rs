//! The errors of an operation, each described by a sample reply.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::openapi::{
    Content, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Schema, Type,
    example::ExampleBuilder,
    extensions::{Extensions, ExtensionsBuilder},
    schema::AnyOfBuilder,
};

use super::{DescribedRejection, Description, Schemas, schema};
use crate::http::{Access, Reply};

const GATEWAY_MESSAGE: &str = "GatewayMessage";

/// The properties of an operation that decide which errors of its dialect it has.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// The operation is a call of Connect or gRPC-Web.
    pub is_call: bool,
    /// The name of its request message, for errors that show it.
    pub message: &'static str,
    /// The operation takes a body.
    pub reads_body: bool,
    /// The operation has input that can be invalid.
    pub validates: bool,
    /// The access rule.
    pub access: Access,
}

/// A sample reply for one error.
#[derive(Debug)]
pub struct Sample {
    /// The error's code or id.
    pub name: String,
    /// The reply.
    pub reply: Reply,
}

impl Sample {
    /// The body as JSON.
    pub fn body(&self) -> Value {
        schema::example(self.reply.text().unwrap_or_default())
    }
}

/// The error schema of a dialect, and the codes and ids that it can have at one status.
pub struct ErrorBody {
    /// The name of the schema.
    pub name: &'static str,
    /// That schema, and those that it refers to.
    pub schemas: Vec<(String, RefOr<Schema>)>,
    /// The possible codes, as they are in the bodies. A schema for each list would make generators
    /// write a model for each list.
    pub codes: Vec<Value>,
    /// The possible ids in the details.
    pub ids: Vec<Value>,
}

impl ErrorBody {
    /// One extension for both lists, because the extensions of a response have no order.
    fn extensions(self) -> Extensions {
        let lists = [("codes", self.codes), ("ids", self.ids)].into_iter().filter(|(_, list)| !list.is_empty());
        let lists: Map<_, _> = lists.map(|(name, list)| (name.to_owned(), distinct(list).into())).collect();
        ExtensionsBuilder::new().add("x-errors", lists).build()
    }
}

/// Adds the errors of a rejection but those that occur on other routes only, and the errors of the
/// gateway itself.
pub(super) fn add<R: DescribedRejection>(
    description: &mut Description,
    facts: Facts,
    elsewhere: &[(u16, &'static str)],
) {
    let mut by_status = BTreeMap::<u16, Vec<Sample>>::new();
    let occurs = |sample: &Sample| !elsewhere.contains(&(sample.reply.status, &sample.name));
    for sample in R::samples(facts).into_iter().filter(occurs) {
        by_status.entry(sample.reply.status).or_default().push(sample);
    }
    for (status, samples) in by_status {
        let samples: Vec<_> = samples.iter().collect();
        let mut body = R::body(&samples);
        description.schemas.append(&mut body.schemas);
        let response = response(status, &samples, Some(body), &mut description.schemas);
        refer(description, status, R::component(status, facts), response);
    }
    for (status, name) in [(413, "ContentTooLarge"), (429, "TooManyRequests"), (431, "RequestHeaderFieldsTooLarge")] {
        if !description.operation.responses.responses.contains_key(&status.to_string()) {
            let response = response(status, &[], None, &mut description.schemas);
            refer(description, status, Some(name), response);
        }
    }
    description.schemas.push((GATEWAY_MESSAGE.to_owned(), gateway_message()));
}

/// A schema for a text that is one of these.
pub(in crate::http) fn one_of_texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(distinct(texts)))
}

/// Removes repetitions, and keeps the first of each.
fn distinct<T: PartialEq>(all: impl IntoIterator<Item = T>) -> Vec<T> {
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

/// The response for one status. `body` is absent if only the gateway answers it.
fn response(status: u16, samples: &[&Sample], body: Option<ErrorBody>, schemas: &mut Schemas) -> Response {
    let (reason, gateway) = words(status);
    let schema = match (&body, gateway) {
        (Some(body), None) => body.name.to_owned(),
        (Some(body), Some(_)) => or_gateway_message(body.name, schemas),
        (None, _) => GATEWAY_MESSAGE.to_owned(),
    };
    let own = samples.iter().map(|sample| (sample.name.clone(), sample.body()));
    let gateways = gateway.map(|message| ("gateway".to_owned(), json!({ "message": message })));
    let examples = own.chain(gateways).map(|(name, body)| (name, ExampleBuilder::new().value(Some(body))));
    let names: Vec<_> = samples.iter().map(|sample| format!("`{}`", sample.name)).collect();
    let text =
        if names.is_empty() { format!("{reason}, by the gateway") } else { format!("{reason}: {}", names.join(", ")) };
    let content = Content::builder().schema(Some(Ref::from_schema_name(schema))).examples_from_iter(examples);
    let mut response = ResponseBuilder::new()
        .description(text)
        .content("application/json", content.build())
        .extensions(body.map(ErrorBody::extensions));
    for (name, value) in samples.iter().flat_map(|sample| &sample.reply.headers) {
        if *name != "content-type" {
            let header = HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String)));
            response = response.header(*name, header.example(Some(value.as_ref().into())).build());
        }
    }
    response.build()
}

/// The reason phrase of a status, and the gateway's message if the gateway can answer it itself.
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

/// Adds a schema for an answer of the function or the gateway, and returns its name.
fn or_gateway_message(name: &str, schemas: &mut Schemas) -> String {
    let either = AnyOfBuilder::new().item(Ref::from_schema_name(name)).item(Ref::from_schema_name(GATEWAY_MESSAGE));
    let name = format!("{name}Or{GATEWAY_MESSAGE}");
    schemas.push((name.clone(), either.into()));
    name
}

fn gateway_message() -> RefOr<Schema> {
    let text = "An answer of the API gateway itself, in place of the function's.";
    let message = ObjectBuilder::new().schema_type(Type::String);
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(text))
        .property("message", message)
        .required("message")
        .into()
}

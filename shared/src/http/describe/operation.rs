use serde_json::Value;
use utoipa::{
    ToSchema,
    openapi::{
        Content, ObjectBuilder, Ref, RefOr, Required, Response, ResponseBuilder, Schema,
        link::{Link, LinkBuilder},
        path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        request_body::{RequestBody, RequestBodyBuilder},
        schema::SchemaType,
    },
};

use super::{Description, errors::Facts, schema};
use crate::{
    http::Access,
    validation::{Field, Fields, FromField, FromFields, Shape},
};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// The hand-written description of an endpoint.
pub struct Operation {
    tag: &'static str,
    summary: &'static str,
    text: &'static str,
    parameters: Vec<Parameter>,
    body: Option<RequestBody>,
    success: Vec<(u16, Response)>,
    links: Vec<(&'static str, Link)>,
    schemas: Vec<(String, RefOr<Schema>)>,
    message: &'static str,
    /// Some input can be invalid.
    validates: bool,
}

/// A body: its content type, its schema, and an example if it is JSON.
pub(in crate::http) type Media = (&'static str, RefOr<Schema>, Option<Value>);

impl Operation {
    /// A new operation: its tag, a summary in one line, and a description in Markdown.
    pub fn new(tag: &'static str, summary: &'static str, text: &'static str) -> Self {
        Self {
            tag,
            summary,
            text,
            parameters: Vec::new(),
            body: None,
            success: Vec::new(),
            links: Vec::new(),
            schemas: Vec::new(),
            message: "",
            validates: false,
        }
    }

    /// Adds a validated parameter of the path.
    #[must_use]
    pub fn path<T: FromField>(self, name: &'static str, text: &str, example: &str) -> Self {
        self.parameter(
            ParameterIn::Path,
            Field { name, required: true, nullable: false, shape: T::SHAPE },
            text,
            example,
        )
    }

    /// Adds a parameter of the path that is any text up to this length.
    #[must_use]
    pub fn path_text(self, name: &'static str, max_chars: usize, text: &str, example: &str) -> Self {
        let shape = Shape::Text { min_chars: 1, max_chars };
        self.parameter(ParameterIn::Path, Field { name, required: true, nullable: false, shape }, text, example)
    }

    /// Adds a header that may be absent. One that is longer than this is ignored.
    #[must_use]
    pub fn header(self, name: &'static str, max_chars: usize, text: &str, example: &str) -> Self {
        let shape = Shape::Text { min_chars: 0, max_chars };
        let validates = self.validates;
        let described =
            self.parameter(ParameterIn::Header, Field { name, required: false, nullable: false, shape }, text, example);
        Self { validates, ..described }
    }

    /// Adds the query parameters. `words` has a name, a description and an example for each.
    #[must_use]
    pub fn query<T: FromFields>(self, words: &[(&str, &str, &str)]) -> Self {
        Fields::of::<T>().into_iter().fold(self, |operation, field| {
            let (_, text, example) = words.iter().find(|(name, ..)| *name == field.name).copied().unwrap_or_default();
            operation.parameter(ParameterIn::Query, field, text, example)
        })
    }

    /// Requires a JSON body, with a schema of this name.
    #[must_use]
    pub fn body<T: FromFields>(mut self, name: &str, example: &str) -> Self {
        let schema = schema::of_body::<T>(name, &mut self.schemas);
        let nothing = schema::of_nothing::<T>(true);
        self.takes(true, nothing, [(JSON, schema, Some(schema::example(example)))])
    }

    /// Allows a JSON body, with a schema of this name.
    #[must_use]
    pub fn optional_body<T: FromFields>(mut self, name: &str, example: &str) -> Self {
        let schema = schema::of_body::<T>(name, &mut self.schemas);
        let nothing = schema::of_nothing::<T>(false);
        self.takes(false, nothing, [(JSON, schema, Some(schema::example(example)))])
    }

    /// Requires a form, with a schema of this name. The example is the same object as JSON.
    #[must_use]
    pub fn form<T: FromFields>(mut self, name: &str, example: &str) -> Self {
        let schema = schema::of_body::<T>(name, &mut self.schemas);
        self.takes(true, "", [(FORM, schema, Some(schema::example(example)))])
    }

    /// Requires a body that is JSON or a form, with a schema of this name.
    #[must_use]
    pub fn body_or_form<T: FromFields>(mut self, name: &str, example: &str) -> Self {
        let schema = schema::of_body::<T>(name, &mut self.schemas);
        let example = Some(schema::example(example));
        self.takes(true, "", [(JSON, schema.clone(), example.clone()), (FORM, schema, example)])
    }

    /// Adds a success with a JSON body.
    #[must_use]
    pub fn replies<T: ToSchema>(mut self, status: u16, text: &str, example: &str) -> Self {
        let schema = self.refers_to::<T>();
        self.answers(status, text, [(JSON, schema, Some(schema::example(example)))])
    }

    /// Adds a success whose body is `null`. The schema allows everything, as FastAPI describes it.
    #[must_use]
    pub fn replies_null(self, status: u16, text: &str) -> Self {
        let anything = ObjectBuilder::new().schema_type(SchemaType::AnyValue);
        self.answers(status, text, [(JSON, anything.into(), Some(Value::Null))])
    }

    /// Adds a success without a body.
    #[must_use]
    pub fn replies_nothing(mut self, status: u16, text: &str) -> Self {
        self.success.push((status, Response::new(text)));
        self
    }

    /// Links a success to a following operation, with these parameters.
    #[must_use]
    pub fn then(mut self, operation: &'static str, parameters: &[(&str, &str)]) -> Self {
        self.links.push((operation, followed(operation, parameters).build()));
        self
    }

    /// Links a success to a following operation, with this body.
    #[must_use]
    pub fn then_with_body(mut self, operation: &'static str, body: &str) -> Self {
        self.links.push((operation, followed(operation, &[]).request_body(Some(schema::example(body))).build()));
        self
    }

    /// Sets the name of the request message, for errors that show it.
    pub(in crate::http) fn named(self, message: &'static str) -> Self {
        Self { message, ..self }
    }

    /// Adds the schema of a reply's body, and refers to it.
    pub(in crate::http) fn refers_to<T: ToSchema>(&mut self) -> RefOr<Schema> {
        self.schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(&mut self.schemas);
        Ref::from_schema_name(T::name()).into()
    }

    /// Adds a schema under this name, and refers to it.
    pub(in crate::http) fn named_schema(&mut self, name: &str, schema: impl Into<RefOr<Schema>>) -> RefOr<Schema> {
        self.schemas.push((name.to_owned(), schema.into()));
        Ref::from_schema_name(name).into()
    }

    /// Takes a body in any of these content types.
    pub(in crate::http) fn takes(mut self, required: bool, text: &str, media: impl IntoIterator<Item = Media>) -> Self {
        self.validates = true;
        let body = RequestBodyBuilder::new().required(Some(if required { Required::True } else { Required::False }));
        let body = body.description((!text.is_empty()).then_some(text));
        let add =
            |body: RequestBodyBuilder, (name, schema, example): Media| body.content(name, content(schema, example));
        self.body = Some(media.into_iter().fold(body, add).build());
        self
    }

    /// Adds a success with a body in any of these content types.
    pub(in crate::http) fn answers(mut self, status: u16, text: &str, media: impl IntoIterator<Item = Media>) -> Self {
        let response = ResponseBuilder::new().description(text);
        let add = |response: ResponseBuilder, (name, schema, example): Media| {
            response.content(name, content(schema, example))
        };
        self.success.push((status, media.into_iter().fold(response, add).build()));
        self
    }

    pub(super) fn facts(&self, access: Access, is_call: bool) -> Facts {
        Facts { is_call, message: self.message, reads_body: self.body.is_some(), validates: self.validates, access }
    }

    pub(super) fn description(self, access: Access) -> Description {
        let is_path = |parameter: &&Parameter| parameter.parameter_in == ParameterIn::Path;
        let path_parameters = self.parameters.iter().filter(is_path).map(|parameter| parameter.name.clone()).collect();
        let mut operation = OperationBuilder::new()
            .tag(self.tag)
            .summary(Some(self.summary))
            .description(Some(format!("{}\n\n{}", self.text, access.sentence())))
            .request_body(self.body)
            .securities(Some(access.requirements()))
            .extensions(Some(access.extensions()));
        for parameter in self.parameters {
            operation = operation.parameter(parameter);
        }
        for (status, mut response) in self.success {
            response.links = self.links.iter().map(|(name, link)| ((*name).to_owned(), link.clone().into())).collect();
            operation = operation.response(status.to_string(), response);
        }
        Description { operation: operation.build(), path_parameters, schemas: self.schemas, responses: Vec::new() }
    }

    fn parameter(mut self, place: ParameterIn, field: Field, text: &str, example: &str) -> Self {
        // A path always has its parameters.
        let any_text = matches!(field.shape, Shape::Text { min_chars: 0 | 1, max_chars: usize::MAX });
        self.validates |= place != ParameterIn::Path || !any_text;
        let parameter = ParameterBuilder::new()
            .name(field.name)
            .parameter_in(place)
            .required(if field.required { Required::True } else { Required::False })
            .description(Some(text))
            .schema(Some(schema::of_text(field.shape, &mut self.schemas)))
            .example(Some(example.into()));
        self.parameters.push(parameter.build());
        self
    }
}

fn content(schema: RefOr<Schema>, example: Option<Value>) -> Content {
    Content::builder().schema(Some(schema)).example(example).build()
}

fn followed(operation: &str, parameters: &[(&str, &str)]) -> LinkBuilder {
    let link = LinkBuilder::new().operation_id(operation);
    parameters.iter().fold(link, |link, (name, value)| link.parameter(*name, *value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::validation::request;

    request! {
        #[expect(dead_code, reason = "only the description of its fields is read")]
        struct Revoke {
            token: String,
            token_type_hint: Option<String>,
            quietly: bool = default(false),
        }
    }

    fn described(operation: Operation) -> (Value, Value) {
        let description = operation.description(Access::Open);
        let schemas: serde_json::Map<_, _> = description
            .schemas
            .iter()
            .map(|(name, schema)| (name.clone(), serde_json::to_value(schema).unwrap()))
            .collect();
        (serde_json::to_value(description.operation).unwrap(), schemas.into())
    }

    fn operation() -> Operation {
        Operation::new("Tag", "Summary", "Text.")
    }

    #[test]
    fn a_form_and_json_of_one_model_share_a_schema() {
        let example = r#"{"token":"x"}"#;
        let (of_both, schemas) = described(operation().body_or_form::<Revoke>("Revoke", example));
        let content = &of_both["requestBody"]["content"];
        let expected = json!({ "schema": { "$ref": "#/components/schemas/Revoke" }, "example": { "token": "x" } });
        assert_eq!(content, &json!({ JSON: expected, FORM: expected }));
        assert_eq!(schemas["Revoke"]["required"], json!(["token"]));
        let (of_form, _) = described(operation().form::<Revoke>("Revoke", example));
        assert_eq!(of_form["requestBody"]["content"], json!({ FORM: expected }));
        assert_eq!(of_form["requestBody"]["required"], true);
    }

    #[test]
    fn only_a_field_that_may_be_null_says_so() {
        let (_, schemas) = described(operation().form::<Revoke>("Revoke", "{}"));
        let types = |name: &str| schemas["Revoke"]["properties"][name]["type"].clone();
        let expected = (json!(["string"]), json!(["string", "null"]), json!(["boolean"]));
        assert_eq!((types("token"), types("token_type_hint"), types("quietly")), expected);
    }

    #[test]
    fn a_null_reply_has_a_schema_that_allows_everything() {
        let (described, _) = described(operation().replies_null(200, "Done."));
        assert_eq!(described["responses"]["200"]["content"][JSON], json!({ "schema": {}, "example": null }));
    }

    #[test]
    fn a_header_and_a_path_of_any_text_cannot_be_invalid() {
        let validates = |operation: Operation| operation.facts(Access::Open, false).validates;
        assert!(!validates(operation()));
        assert!(!validates(operation().path_text("id", usize::MAX, "An id.", "x")));
        assert!(!validates(operation().header("x-hint", 32, "A hint.", "x")));
        assert!(validates(operation().path_text("id", 200, "An id.", "x")));
        assert!(validates(operation().query::<Revoke>(&[])));
        assert!(validates(operation().header("x-hint", 32, "A hint.", "x").form::<Revoke>("Revoke", "{}")));
        let (described, _) = described(operation().header("x-hint", 32, "A hint.", "x"));
        assert_eq!(
            (&described["parameters"][0]["in"], &described["parameters"][0]["required"]),
            (&json!("header"), &json!(false))
        );
    }
}

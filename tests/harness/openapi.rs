//! The OpenAPI document, read as plain JSON, as any client would read it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use roster_local::{
    openapi,
    template::{Function, Template},
};
use serde_json::Value;

use crate::{
    Answer,
    endpoints::{self, Endpoint},
    json_schema,
};

/// The document.
#[derive(Debug)]
pub struct Document(pub Value);

/// The proof that an operation asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// None.
    Nothing,
    /// The id and the secret of a client of login.
    Client,
    /// A good bearer token, whatever it permits.
    AnyToken,
    /// A bearer token that permits the request, or that proves the own person.
    Permission,
}

/// The id and the secret of the client of the bundle's login, in base64: `local:local`.
pub const CLIENT: &str = "bG9jYWw6bG9jYWw=";

/// One operation of the document.
#[derive(Debug, Clone)]
pub struct Operation<'d> {
    /// The `operationId`, such as `create-platform-user`.
    pub id: &'d str,
    /// The method in capitals.
    pub method: String,
    /// The path, with `{parameters}`.
    pub path: &'d str,
    /// The operation itself.
    pub value: &'d Value,
    document: &'d Document,
}

impl Document {
    /// The document for the template's routes.
    pub fn load() -> Self {
        let json = openapi::json(&Template::built_in().expect("the template")).expect("the document");
        Self(serde_json::from_str(&json).expect("JSON"))
    }

    /// The same document, loaded once.
    pub fn built_in() -> &'static Self {
        static BUILT_IN: LazyLock<Document> = LazyLock::new(Document::load);
        &BUILT_IN
    }

    /// Every operation that is in the catalogue. The suite `template` fails if one is missing
    /// there.
    pub fn catalogued(&self) -> Vec<Operation<'_>> {
        let mut operations = self.operations();
        operations.retain(|operation| endpoints::find(operation.name()).is_some());
        operations
    }

    /// Every operation.
    pub fn operations(&self) -> Vec<Operation<'_>> {
        let paths = self.0["paths"].as_object().expect("paths");
        let operations = paths.iter().flat_map(|(path, item)| {
            item.as_object().expect("a path").iter().map(move |(method, value)| Operation {
                id: value["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no id")),
                method: method.to_uppercase(),
                path,
                value,
                document: self,
            })
        });
        operations.collect()
    }

    /// The operation with this id.
    pub fn operation(&self, id: &str) -> Operation<'_> {
        self.operations().into_iter().find(|operation| operation.id == id).unwrap_or_else(|| panic!("no {id}"))
    }

    /// The target of a reference, or the value itself if it is not one.
    pub fn resolved<'d>(&'d self, value: &'d Value) -> &'d Value {
        json_schema::resolved(&self.0, value)
    }

    /// The problems of a value under this schema.
    pub fn problems(&self, schema: &Value, value: &Value) -> Vec<String> {
        json_schema::problems(&self.0, schema, value)
    }
}

impl Operation<'static> {
    /// The operation with this id in the document for the template's routes.
    pub fn built_in(id: &str) -> &'static Self {
        static BUILT_IN: LazyLock<BTreeMap<&str, Operation<'static>>> =
            LazyLock::new(|| Document::built_in().operations().into_iter().map(|one| (one.id, one)).collect());
        BUILT_IN.get(id).unwrap_or_else(|| panic!("no {id}"))
    }
}

impl<'d> Operation<'d> {
    /// Whether its errors have ZITADEL's form.
    pub fn is_zitadel(&self) -> bool {
        self.path.starts_with("/v2/users") || self.is_call()
    }

    /// Whether it is a call over Connect and gRPC-Web.
    pub fn is_call(&self) -> bool {
        self.path.starts_with("/zitadel.")
    }

    /// The name of the function's binary.
    pub fn function(&self) -> &'static str {
        static FUNCTIONS: LazyLock<BTreeMap<String, String>> = LazyLock::new(functions);
        FUNCTIONS.get(self.id).unwrap_or_else(|| panic!("{} is no operation of the template", self.id))
    }

    /// The name of its entry in the catalogue. A call has the entry of its function.
    pub fn name(&self) -> &'d str {
        if self.is_call() { self.function() } else { self.id }
    }

    /// The entry of the operation in the catalogue.
    pub fn endpoint(&self) -> &'static Endpoint {
        endpoints::find(self.name()).unwrap_or_else(|| panic!("{} is not in the catalogue", self.name()))
    }

    /// The proof that it asks of its caller, by its security requirements.
    pub fn auth(&self) -> Auth {
        let required = self.value["security"].as_array().unwrap_or_else(|| panic!("{} says nothing", self.id));
        let asks = |scheme: &str| required.iter().any(|one| one.get(scheme).is_some());
        match (asks("client"), asks("bearer")) {
            (false, false) => Auth::Nothing,
            (true, false) => Auth::Client,
            (false, true) if self.permissions().is_empty() && self.own_permissions().is_none() => Auth::AnyToken,
            (false, true) => Auth::Permission,
            (true, true) => panic!("{} takes a token or a client", self.id),
        }
    }

    /// Whether it reads a bearer token.
    pub fn takes_token(&self) -> bool {
        [Auth::AnyToken, Auth::Permission].contains(&self.auth())
    }

    /// The `Authorization` header of a caller that may do everything: this token, the bundle's
    /// client, or none.
    pub fn authorization(&self, token: &str) -> Option<String> {
        match self.auth() {
            Auth::Nothing => None,
            Auth::Client => Some(format!("Basic {CLIENT}")),
            Auth::AnyToken | Auth::Permission => Some(format!("Bearer {token}")),
        }
    }

    /// Whether some input of the operation can be invalid: it reads a body or a validated parameter.
    pub fn validates(&self) -> bool {
        let is_validated = |parameter: &Value| {
            let schema = &parameter["schema"];
            let any_text = schema["type"] == "string" && schema.get("maxLength").or(schema.get("format")).is_none();
            parameter["in"] != "header" && !(parameter["in"] == "path" && any_text)
        };
        let mut parameters = self.value["parameters"].as_array().into_iter().flatten();
        self.value["requestBody"].is_object() || parameters.any(is_validated)
    }

    /// The schema of its JSON body. `null` if it reads no body.
    pub fn body_schema(&self) -> &'d Value {
        self.document.resolved(&self.value["requestBody"]["content"]["application/json"]["schema"])
    }

    /// The schema of its form. `null` if it reads none.
    pub fn form_schema(&self) -> &'d Value {
        self.document.resolved(&self.value["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"])
    }

    /// The fields of its body.
    pub fn fields(&self) -> Vec<&'d str> {
        let schema = if self.body_schema().is_null() { self.form_schema() } else { self.body_schema() };
        let fields = schema["properties"].as_object();
        fields.into_iter().flat_map(|fields| fields.keys().map(String::as_str)).collect()
    }

    /// Every documented status with its response.
    pub fn responses(&self) -> Vec<(u16, &'d Value)> {
        let responses = self.value["responses"].as_object().expect("responses");
        let responses = responses.iter().map(|(status, response)| {
            (status.parse().unwrap_or_else(|_| panic!("{}: {status}", self.id)), self.document.resolved(response))
        });
        responses.collect()
    }

    /// Every status of success with its response. The status for a record that already exists comes
    /// first.
    pub fn successes(&self) -> Vec<(u16, &'d Value)> {
        let successes: Vec<_> = self.responses().into_iter().filter(|(status, _)| *status < 300).collect();
        assert!(!successes.is_empty(), "{}", self.id);
        successes
    }

    /// The status of success on a target that is ready, with its response.
    pub fn success(&self) -> (u16, &'d Value) {
        self.successes()[0]
    }

    /// The permissions, each of which is enough for the data of any person.
    pub fn permissions(&self) -> Vec<&'d str> {
        texts(&self.value["x-permissions"]["anybody"])
    }

    /// Further permissions that are enough for the caller's own person or user. `None` if no
    /// permission is needed.
    pub fn own_permissions(&self) -> Option<Vec<&'d str>> {
        let permissions = &self.value["x-permissions"];
        let own = ["own-person", "own-user"].into_iter().map(|whose| &permissions[whose]).find(|own| !own.is_null());
        own.map(texts)
    }

    /// Fails unless the document describes this answer: its status, its content type and its body.
    /// A 5xx fails too, since a test without faults must never see one.
    pub fn assert_foresees(&self, answer: &Answer) {
        let id = self.id;
        assert!(answer.status < 500, "{id}: {} {}", answer.status, answer.text);
        let response = self.responses().into_iter().find(|(status, _)| *status == answer.status);
        let (_, response) = response.unwrap_or_else(|| panic!("{id}: {} {}", answer.status, answer.text));
        let Some(contents) = response["content"].as_object() else {
            assert_eq!((answer.text.as_str(), answer.header("content-type")), ("", None), "{id}: {}", answer.status);
            return;
        };
        let content_type = answer.header("content-type").unwrap_or_else(|| panic!("{id}: no content type"));
        let content = contents.get(content_type).unwrap_or_else(|| panic!("{id}: {content_type}"));
        if content_type == "application/json" {
            let body: Value = serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("{id}: {}", answer.text));
            let mut problems = self.document.problems(&content["schema"], &body);
            problems.extend(unlisted(response, &body));
            assert!(problems.is_empty(), "{id} {}: {problems:#?}", answer.status);
        }
        for name in response["headers"].as_object().into_iter().flat_map(|headers| headers.keys()) {
            assert!(answer.header(name).is_some(), "{id} {}: no {name}", answer.status);
        }
    }
}

/// The binary of each operation of the template.
fn functions() -> BTreeMap<String, String> {
    let template = Template::built_in().expect("the template");
    let of = |function: Function| {
        let ids: Vec<_> = function.routes.keys().map(|event| function.operation_id(event)).collect();
        ids.into_iter().map(move |id| (id, function.binary.clone()))
    };
    template.functions.into_values().flat_map(of).collect()
}

/// The codes and texts of an error that its response does not list. They are not part of the
/// schema, which all errors share.
pub fn unlisted(response: &Value, body: &Value) -> Vec<String> {
    let listed =
        |list: &str, value: &Value| response["x-errors"][list].as_array().is_some_and(|all| all.contains(value));
    let mut problems = Vec::new();
    let mut hold = |holds: bool, what: &Value| {
        if !holds {
            problems.push(format!("{what} is not listed"));
        }
    };
    if let Some(code) = body["error_code"].as_str() {
        hold(listed("codes", &body["error_code"]), &body["error_code"]);
        hold(body["auth_success"] != code.starts_with("auth_"), body);
    }
    for problem in body["detail"].as_array().into_iter().flatten() {
        hold(listed("codes", &problem["type"]), problem);
    }
    if let Some(code) = body.get("code") {
        hold(listed("codes", code), code);
        let detail = &body["details"][0];
        let fields: Vec<_> =
            detail.as_object().into_iter().flat_map(|fields| fields.keys().map(String::as_str)).collect();
        hold(
            match fields.as_slice() {
                [] => true,
                ["@type", "id", "message"] => {
                    let of_type = detail["@type"] == "type.googleapis.com/zitadel.v1.ErrorDetail";
                    code.is_number() && of_type && listed("ids", &detail["id"])
                }
                ["type", "value"] => code.is_string() && detail["type"] == "zitadel.v1.ErrorDetail",
                _ => false,
            },
            detail,
        );
    }
    problems
}

/// Every permission that any operation names.
pub fn all_permissions(document: &Document) -> BTreeSet<String> {
    let named = |operation: &Operation<'_>| {
        let own = operation.own_permissions().unwrap_or_default();
        operation.permissions().into_iter().chain(own).map(str::to_owned).collect::<Vec<_>>()
    };
    document.operations().iter().flat_map(named).collect()
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|text| text.as_str().expect("a text")).collect()
}

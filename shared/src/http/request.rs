use std::{
    fmt::{self, Display},
    sync::{Mutex, OnceLock, PoisonError},
};

use crate::{
    identity::PersonId,
    validation::{self, FromField, FromFields, Problems},
};

/// One request, free of the platform that carried it.
///
/// `Debug` shows method, path template and id only: everything else may hold personal data.
pub struct Request {
    parts: RequestParts,
    actor: OnceLock<String>,
    subject: Mutex<Option<String>>,
    person: Mutex<Option<String>>,
    cause: Mutex<Option<String>>,
}

/// What a request is made of.
#[derive(Default)]
pub struct RequestParts {
    /// The gateway's id of the request; every 5xx body names it.
    pub request_id: String,
    /// The method, in upper case.
    pub method: String,
    /// The path, percent-decoded once.
    pub path: String,
    /// The parameters of the route, percent-decoded.
    pub path_parameters: Vec<(String, String)>,
    /// The query, decoded, in order.
    pub query: Vec<(String, String)>,
    /// The `Authorization` header; several are joined by a comma, as the gateway does.
    pub authorization: Option<String>,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// How the body is compressed: `Content-Encoding` or `grpc-encoding`; `identity` is as none.
    pub encoding: Option<String>,
    /// The body, decoded from base64 where the event had it so.
    pub body: Vec<u8>,
}

impl Request {
    /// A request of these parts.
    pub fn new(parts: RequestParts) -> Self {
        Self {
            parts,
            actor: OnceLock::new(),
            subject: Mutex::new(None),
            person: Mutex::new(None),
            cause: Mutex::new(None),
        }
    }

    /// The gateway's id of the request.
    pub fn id(&self) -> &str {
        &self.parts.request_id
    }

    /// The method, in upper case.
    pub fn method(&self) -> &str {
        &self.parts.method
    }

    /// The path, percent-decoded once.
    pub fn path(&self) -> &str {
        &self.parts.path
    }

    /// The `Authorization` header.
    pub fn authorization(&self) -> Option<&str> {
        self.parts.authorization.as_deref()
    }

    /// The `Content-Type` header.
    pub fn content_type(&self) -> Option<&str> {
        self.parts.content_type.as_deref()
    }

    /// Whether the sender compressed the body, or might have.
    pub fn is_compressed(&self) -> bool {
        self.parts.encoding.is_some()
    }

    /// The body as it came.
    pub fn body(&self) -> &[u8] {
        &self.parts.body
    }

    /// One parameter of the route as it came.
    pub fn raw_path_parameter(&self, name: &str) -> &str {
        self.path_text(name).unwrap_or_default()
    }

    /// One parameter of the route, validated.
    pub fn path_parameter<T: FromField>(&self, name: &'static str) -> Result<T, Problems> {
        validation::path(name, self.path_text(name))
    }

    fn path_text(&self, name: &str) -> Option<&str> {
        self.parts.path_parameters.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The query, validated.
    pub fn query<T: FromFields>(&self) -> Result<T, Problems> {
        validation::query(&self.parts.query)
    }

    /// The JSON body, validated; it must be there.
    pub fn json<T: FromFields>(&self) -> Result<T, Problems> {
        validation::body(&self.parts.body, self.parts.content_type.as_deref())
    }

    /// The JSON body, validated; absent, `{}` and `null` are the same.
    pub fn optional_json<T: FromFields + Default>(&self) -> Result<T, Problems> {
        validation::optional_body(&self.parts.body, self.parts.content_type.as_deref())
    }

    /// Notes for the audit line who acts: a hash, never the subject of the token.
    pub fn set_actor(&self, actor: impl Display) {
        self.actor.set(actor.to_string()).ok();
    }

    /// Notes for the audit line whom the request is about: a person's or player's uuid. The last note counts.
    pub fn set_subject(&self, subject: impl Display) {
        note(&self.subject, subject);
    }

    /// Notes for the audit line whose person changes, where the subject is a player. The last note counts.
    pub fn set_person(&self, person_id: PersonId) {
        note(&self.person, person_id);
    }

    /// Notes for the audit line what went wrong, told to the operator and not to the caller. The last note counts.
    pub fn set_cause(&self, cause: impl Display) {
        note(&self.cause, cause);
    }

    pub(crate) fn actor(&self) -> Option<&str> {
        self.actor.get().map(String::as_str)
    }

    pub(crate) fn subject(&self) -> Option<String> {
        noted(&self.subject)
    }

    pub(crate) fn person(&self) -> Option<String> {
        noted(&self.person)
    }

    pub(crate) fn cause(&self) -> Option<String> {
        noted(&self.cause)
    }
}

fn note(place: &Mutex<Option<String>>, noted: impl Display) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(noted.to_string());
}

fn noted(place: &Mutex<Option<String>>) -> Option<String> {
    place.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("id", &self.id()).field("method", &self.method()).finish_non_exhaustive()
    }
}

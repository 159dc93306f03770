//! The texts of the document about the API as a whole.

use utoipa::openapi::{
    Info, InfoBuilder, Server, ServerBuilder,
    info::{ContactBuilder, LicenseBuilder},
    tag::{Tag, TagBuilder},
};

/// The description of a client's credentials.
pub(super) const CLIENT: &str = "The id and the secret of a client of login, as user and password of HTTP Basic.";

/// The description of the bearer token.
pub(super) const TOKEN: &str = "A JWT of a trusted issuer. What it permits is in its permissions; a held `*` covers \
    whatever stands in its place. Where an operation accepts several permissions, one is enough.";

const DESCRIPTION: &str = "\
The player-identity backend of a game: persons, their platform users, cross progression, deactivation, and purges.

Most operations need a bearer token; each says what it needs. Two dialects are spoken, which the path decides (a base path in front of it changes nothing):

- **RallyHere**, under `/users` and `/.well-known`: errors are `{\"auth_success\", \"error_code\", \"desc\"}`, and input that is not valid is \
  told as FastAPI does (422). 401 is never used: what is wrong with a token is a 403 `auth_*` with `auth_success: false`.
- **ZITADEL**, under `/v2/users` and `/zitadel.`: errors are `{\"code\", \"message\", \"details\"}` with the codes of gRPC. \
  The calls under `/zitadel.` are Connect (JSON, Protocol Buffers) and gRPC-Web (Protocol Buffers).

An unknown path is 404 and another method of a known path 405 with `Allow`, in the dialect of the path \
(RallyHere: `not_found`, `method_not_allowed`); a preflight of CORS is 204. The gateway in front answers `{\"message\"}` by itself when it throttles \
(429), when request line and headers are over 10,240 bytes (431), when a body is over about 6 MB, as text (413), and when a function \
does not answer (500, 503). Unknown fields of a body are ignored.

This page and `/openapi.json` are served by the local bundle only.";

pub(super) fn info() -> Info {
    let license = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    InfoBuilder::new()
        .title("Roster")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .contact(Some(ContactBuilder::new().name(Some("The maintainers of Roster")).build()))
        .license(Some(license))
        .build()
}

pub(super) fn tags() -> Vec<Tag> {
    let tags = [
        ("Platform users", "Accounts on platforms, each with its one player."),
        ("Cross progression", "Which player the logins of a person yield."),
        ("Links", "Which platform users belong to one person."),
        ("Purges", "Deleting everything about a person, on time."),
        ("Login", "The tokens that this deployment issues, and whether a token is good."),
        ("User state", "Whether a user may be used (ZITADEL)."),
    ];
    tags.map(|(name, text)| TagBuilder::new().name(name).description(Some(text)).build()).into()
}

pub(super) fn servers() -> Vec<Server> {
    vec![ServerBuilder::new().url("/").description(Some("Where this document comes from.")).build()]
}

//! The errors of login in the description of the API.

use utoipa::openapi::{ArrayBuilder, ObjectBuilder, Ref, Type};

use super::{
    ApiError, LoginError, LoginRejection, Rejection, RestrictionBody,
    describe::{named, of},
};
use crate::{
    auth::Permission,
    http::{
        Access, Audit, Refusal, Rejection as _, Reply, Request, RequestParts,
        describe::{DescribedRejection, ErrorBody, Facts, Sample, Schemas},
    },
    identity::UserState,
    login::Grant,
};

/// The errors that login shares with the rest of its dialect.
type Others = Rejection<Never>;

/// No refusal.
#[derive(Debug, Clone, Copy)]
pub(super) enum Never {}

impl Refusal for Never {
    type Error = ApiError;
    const ALL: &'static [Self] = &[];

    fn error(self) -> ApiError {
        match self {}
    }
}

impl<E: Refusal<Error = LoginError>> DescribedRejection for LoginRejection<E> {
    fn refusals() -> Vec<(u16, &'static str)> {
        let own = E::ALL.iter().map(|refusal| (403, refusal.error().code));
        [(ApiError::NOT_FOUND.status, ApiError::NOT_FOUND.code)].into_iter().chain(own).collect()
    }

    fn samples(facts: Facts) -> Vec<Sample> {
        let request = Request::new(RequestParts::default());
        let reply = |rejection: Self| rejection.into_reply(&request, &mut Audit::default());
        let mut replies: Vec<Reply> = vec![reply(Self::Off)];
        if matches!(facts.access, Access::Client(_)) {
            replies.push(reply(Self::Client));
        }
        if facts.access.forbids() {
            replies.push(reply(Self::Forbidden(Permission::INTROSPECT.refusal())));
        }
        replies.extend(E::ALL.iter().map(|refusal| {
            let restriction = RestrictionBody::of_state(UserState::Inactive);
            match refusal.error() {
                LoginError::INVALID_GRANT_TYPE => reply(Self::Grant(*refusal, Grant::Anon)),
                LoginError::USER_AUTH_RESTRICTED => match restriction {
                    Some(restriction) => reply(Self::Restricted(*refusal, restriction)),
                    None => reply(Self::Refused(*refusal)),
                },
                _ => reply(Self::Refused(*refusal)),
            }
        }));
        let own = replies.into_iter().map(|reply| named("/error_code", reply));
        let others = Others::samples(facts).into_iter().filter(|sample| sample.reply.status != 403);
        own.chain(others).collect()
    }

    fn body(samples: &[&Sample]) -> ErrorBody {
        if samples.iter().any(|sample| sample.reply.status != 403) {
            return Others::body(samples);
        }
        let codes = samples.iter().map(|sample| sample.name.as_str().into()).collect();
        ErrorBody { name: "LoginCompleteMessage", schemas: refused(), codes, ids: Vec::new() }
    }

    fn component(status: u16, facts: Facts) -> Option<&'static str> {
        match status {
            403 => None,
            other => Others::component(other, facts),
        }
    }
}

/// The schema of a refused login.
fn refused() -> Schemas {
    let needs = || of(Type::Boolean).description(Some("Always false: there are no agreements."));
    let restrictions = ArrayBuilder::new().items(Ref::from_schema_name("Restriction"));
    let message = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(
            "The reason why a login was refused. `x-errors` of a response lists each `error_code` in it.",
        ))
        .property("auth_success", of(Type::Boolean))
        .property("error_code", of(Type::String))
        .property("desc", of(Type::String).description(Some("The reason in words, for humans.")))
        .property("needs_eula", needs())
        .property("needs_tos", needs())
        .property("needs_privacy_policy", needs())
        .property("restrictions", restrictions);
    let message = ["auth_success", "error_code", "desc"].into_iter().fold(message, ObjectBuilder::required);
    let mut schemas: Schemas = vec![("LoginCompleteMessage".into(), message.into())];
    schemas.push(("Restriction".into(), <RestrictionBody as utoipa::PartialSchema>::schema()));
    schemas
}

//! `GET /v2/users/{userId}`
//! `POST /zitadel.user.v2.UserService/GetUserByID`

mod describe;

use shared::{access, auth::TokenRejection, prelude::zitadel::*, store::ReadUsers};

/// The id of the error "user not found". ZITADEL's `GetUserByID` has no command id, so this is the
/// id of its query (docs/contract/zitadel.md, "User states").
const NOT_FOUND: ApiError = ApiError::user_not_found("QUERY-Dfbg2");

/// The name of the request message, for the error about an invalid `userId`.
const REQUEST: &str = "GetUserByIDRequest";

refusals! {
    /// The refusals of this endpoint besides those that its whole dialect shares.
    pub enum GetUserRefusal: ApiError { UserNotFound = NOT_FOUND }
}

/// Shows a user and its state.
#[derive(Debug)]
pub struct GetUser;

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<Served<GetUser>, ConfigProblem> {
    setup.serve(GetUser)
}

impl<S: ReadUsers> Rule<S> for GetUser {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::ItselfOrPermitted(&Permission::READ_STATE);
    type Rejection = Rejection<GetUserRefusal>;

    async fn handle(&self, app: &App<S>, request: &Request, audit: &mut Audit) -> Result<Reply, Self::Rejection> {
        let user_id = zitadel::named_user(request)?;
        let rights = zitadel::authenticate::<Self, _, _>(app, request, audit).await?;
        zitadel::check_length(&user_id, REQUEST)?;
        let permitted = rights.require_unrestricted();
        let own = rights.own_user();
        if own.is_none() {
            permitted?;
        }
        let user = match zitadel::player_uuid(&user_id) {
            Some(player_uuid) => {
                audit.set_subject(player_uuid);
                app.store.user(player_uuid).await?
            }
            None => None,
        };
        let is_itself = match own.zip(user.as_ref()) {
            Some((own, user)) => access::is_itself(&own, user).map_err(TokenRejection::Refused)?,
            None => false,
        };
        if !is_itself {
            permitted?;
        }
        Ok(zitadel::shown(request, &user.ok_or(GetUserRefusal::UserNotFound)?))
    }
}

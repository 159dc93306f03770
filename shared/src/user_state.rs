//! A change of a user's state: the one rule behind deactivate, reactivate, lock and unlock
//! (docs/contract/zitadel.md, "User states").

use std::{fmt, marker::PhantomData};

use crate::{
    auth::Permission,
    http::{
        Access, App, Audit, Refusal, Reply, Request, Rule,
        describe::{Described, Operation},
        zitadel::{self, ApiError, Rejection},
    },
    identity::StateChange,
    store::{ChangeUserState, StateChanged},
};

/// The differences between the four changes, implemented by the refusals of each endpoint.
pub trait StateRule: Refusal<Error = ApiError> + fmt::Debug + Sync {
    /// The name of the function.
    const ACTION: &'static str;
    /// The change.
    const CHANGE: StateChange;
    /// The summary in the description of the API.
    const SUMMARY: &'static str;
    /// The description in the API: the effect, and the states that allow the change.
    const TEXT: &'static str;
    /// The name of the request message, for the error about an invalid `userId`.
    const REQUEST: &'static str;
    /// The refusal if the user does not exist.
    const NOT_FOUND: Self;
    /// The refusal if the user's state does not allow the change.
    const REFUSED: Self;
}

/// The rule of a state change, over REST, Connect and gRPC-Web.
pub struct ChangeState<R>(PhantomData<fn() -> R>);

impl<R> Default for ChangeState<R> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<R: StateRule, S: ChangeUserState> Rule<S> for ChangeState<R> {
    const ACTION: &str = R::ACTION;
    const ACCESS: Access = Access::Permitted(&Permission::WRITE_STATE);
    type Rejection = Rejection<R>;

    async fn handle(&self, app: &App<S>, request: &Request, audit: &mut Audit) -> Result<Reply, Self::Rejection> {
        let user_id = zitadel::named_user(request)?;
        let rights = zitadel::authenticate::<Self, _, _>(app, request, audit).await?;
        zitadel::check_length(&user_id, R::REQUEST)?;
        rights.require_unrestricted()?;
        let player_uuid = zitadel::player_uuid(&user_id).ok_or(R::NOT_FOUND)?;
        audit.set_subject(player_uuid);
        let operation = app.ambient.operation();
        match app.store.change_user_state(player_uuid, R::CHANGE, operation, rights.now()).await? {
            StateChanged::Done(user) => {
                audit.set_person(user.person_id);
                Ok(zitadel::changed(request, &user))
            }
            StateChanged::Refused(_) => Err(R::REFUSED.into()),
            StateChanged::NoUser => Err(R::NOT_FOUND.into()),
        }
    }
}

impl<R: StateRule> Described for ChangeState<R> {
    fn operation() -> Operation {
        zitadel::change(R::REQUEST, R::SUMMARY, R::TEXT)
    }

    fn call() -> Operation {
        zitadel::change_call(R::REQUEST, R::SUMMARY, R::TEXT)
    }
}

impl<R: StateRule> fmt::Debug for ChangeState<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChangeState({})", R::ACTION)
    }
}

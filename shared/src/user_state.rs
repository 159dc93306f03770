//! A change of a user's state: the one rule behind deactivate, reactivate, lock and unlock.

use std::{fmt, marker::PhantomData};

use crate::{
    ambient::Ambient,
    auth::{Authenticator, Permission},
    http::{
        Endpoint, Refusal, Reply, Request,
        describe::{Described, Operation},
        zitadel::{self, Answer, Rejection},
    },
    identity::StateChange,
    store::{ChangeUserState, StateChanged},
};

/// What one change of state has of its own: the refusals of its endpoint, and this.
pub trait StateRule: Refusal<Answer = Answer> + fmt::Debug + Sync {
    /// The name of its function.
    const ACTION: &'static str;
    /// The change.
    const CHANGE: StateChange;
    /// The change in a line, for the description of the API.
    const SUMMARY: &'static str;
    /// What comes of it, and when it is refused.
    const TEXT: &'static str;
    /// The name of its request message, for the text about a wrong `userId`.
    const REQUEST: &'static str;
    /// There is no such user.
    const NOT_FOUND: Self;
    /// The user's state does not allow the change.
    const REFUSED: Self;
}

/// The endpoint of a change of state, over REST, Connect and gRPC-Web.
pub struct ChangeState<R, S> {
    auth: Authenticator,
    ambient: Ambient,
    store: S,
    rule: PhantomData<fn() -> R>,
}

impl<R, S> ChangeState<R, S> {
    /// The endpoint with what it works with.
    pub fn new(auth: Authenticator, ambient: Ambient, store: S) -> Self {
        Self { auth, ambient, store, rule: PhantomData }
    }
}

impl<R: StateRule, S: ChangeUserState> Endpoint for ChangeState<R, S> {
    const ACTION: &str = R::ACTION;
    type Rejection = Rejection<R>;

    async fn handle(&self, request: &Request) -> Result<Reply, Self::Rejection> {
        let now = self.ambient.now();
        let user_id = zitadel::named_user(request)?;
        let caller = zitadel::authenticate(&self.auth, request, now).await?;
        zitadel::check_length(&user_id, R::REQUEST)?;
        caller.require(&Permission::WRITE_STATE)?;
        let player_uuid = zitadel::player_uuid(&user_id).ok_or(R::NOT_FOUND)?;
        request.set_subject(player_uuid);
        let operation = self.ambient.operation();
        match self.store.change_user_state(player_uuid, R::CHANGE, operation, now).await? {
            StateChanged::Done(user) => {
                request.set_person(user.person_id);
                Ok(zitadel::changed(request, &user))
            }
            StateChanged::Refused(_) => Err(R::REFUSED.into()),
            StateChanged::NoUser => Err(R::NOT_FOUND.into()),
        }
    }
}

impl<R: StateRule, S: ChangeUserState> Described for ChangeState<R, S> {
    fn operation() -> Operation {
        zitadel::change(R::REQUEST, R::SUMMARY, R::TEXT)
    }

    fn call() -> Operation {
        zitadel::change_call(R::REQUEST, R::SUMMARY, R::TEXT)
    }
}

impl<R: StateRule, S> fmt::Debug for ChangeState<R, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChangeState({})", R::ACTION)
    }
}

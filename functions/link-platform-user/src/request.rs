use crate::LinkRefusal;
use shared::{
    access::{AccessProblem, TargetUser, own_user},
    auth::{OwnUser, PermissionProblem},
    identity::PersonId,
    prelude::rallyhere::{Rejection, request},
    store::Records,
    validation::{Account, FieldProblem, FromField, Shape, Value, text},
};

request! {
    /// The request body. Half of a pair counts as absent.
    #[derive(Default)]
    pub struct LinkRequest {
        leader_person_id: Option<PersonId>,
        leader: Option<Account> = pair("leader_platform", "leader_platform_user_id"),
        follower: Option<Account> = pair("follower_platform", "follower_platform_user_id"),
        scheme: Option<Text>,
        credentials: Option<Text>,
    }
}

/// The leader: how the request names the person that gains a user, and whether a token proves it.
pub(crate) enum Leader {
    Person(PersonId),
    User(TargetUser),
    /// The own user of a second token, the leader's.
    Credentials(OwnUser),
}

/// The leader and the follower that a request names.
pub(crate) struct Named {
    pub(crate) leader: Leader,
    pub(crate) follower: TargetUser,
}

impl LinkRequest {
    /// What is left to prove for a caller that is refused unless it names only itself.
    pub(crate) fn unproven(
        &self,
        own: Option<&OwnUser>,
        refused: PermissionProblem,
    ) -> Result<Option<Unproven>, PermissionProblem> {
        let named: Vec<_> = [&self.leader, &self.follower].into_iter().flatten().cloned().collect();
        if self.leader_person_id.is_some() {
            return Err(refused);
        }
        if named.is_empty() {
            return Ok(None);
        }
        let own = own.ok_or(refused)?;
        let accounts: Vec<_> = named.into_iter().filter(|account| own.has(account) != Some(true)).collect();
        if accounts.iter().any(|account| own.has(account) == Some(false)) {
            return Err(refused);
        }
        Ok((!accounts.is_empty()).then(|| Unproven { own: own.clone(), accounts, refused }))
    }

    /// The token that is to prove the leader. `None` if another field names the leader.
    pub(crate) fn leader_token(&self) -> Option<&str> {
        let (Text(scheme), Text(credentials)) = (self.scheme.as_ref()?, self.credentials.as_ref()?);
        let decides = self.leader_person_id.is_none() && self.leader.is_none();
        (decides && scheme.eq_ignore_ascii_case("Bearer")).then_some(credentials)
    }

    /// Finds the leader and the follower of the request (docs/contract/rallyhere.md, "Links"). The
    /// leader is a person, a platform user, or the user of a second token; the follower is a
    /// platform user or the caller's own.
    ///
    /// `credentials` is the own user of the leader's token; `None` if it names none.
    pub(crate) fn resolve(self, own: Option<OwnUser>, credentials: Option<OwnUser>) -> Result<Named, LinkRefusal> {
        let leader = match (self.leader_person_id, self.leader, self.scheme.zip(self.credentials)) {
            (Some(person_id), ..) => Some(Leader::Person(person_id)),
            (_, Some(account), _) => Some(Leader::User(TargetUser::Named(account))),
            (.., Some(_)) => Some(Leader::Credentials(credentials.ok_or(LinkRefusal::InvalidTokenClaims)?)),
            _ => None,
        };
        let follower = TargetUser::of(self.follower, own).ok_or(LinkRefusal::InvalidTokenClaims)?;
        Ok(Named { leader: leader.ok_or(LinkRefusal::LeaderNotFound)?, follower })
    }
}

/// The accounts in a request that must turn out to be the own user's, where only the user's record
/// can tell.
pub(crate) struct Unproven {
    pub(crate) own: OwnUser,
    accounts: Vec<Account>,
    refused: PermissionProblem,
}

impl Unproven {
    /// Refuses the request unless all of its accounts are those of the own user among the records.
    pub(crate) fn check<E>(&self, records: &Records) -> Result<(), Rejection<E>> {
        let own = own_user(&self.own, records).map_err(AccessProblem::Token)?;
        let is_own = own.is_some_and(|own| self.accounts.iter().all(|account| *account == own.account));
        if is_own { Ok(()) } else { Err(self.refused.into()) }
    }
}

/// A text of any length: the limit of the body bounds it.
struct Text(String);

impl FromField for Text {
    const SHAPE: Shape = Shape::Text { min_chars: 0, max_chars: usize::MAX };

    fn from_field(value: &Value<'_>) -> Result<Self, FieldProblem> {
        text(value, 0, usize::MAX).map(Self)
    }
}

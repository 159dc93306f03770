use crate::LinkRefusal;
use shared::{
    auth::Caller,
    http::Rights,
    identity::{PersonId, Platform, PlayerUuid},
    request,
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
    Account(Account),
    /// The platform user of a second token, the leader's.
    Credentials(Account),
}

/// The leader and the follower that a request names.
pub(crate) struct Named {
    pub(crate) leader: Leader,
    pub(crate) follower: Account,
}

impl LinkRequest {
    /// Whether the request names an account or a person that the two tokens alone do not cover.
    pub(crate) fn needs_permission(&self, rights: &Rights) -> bool {
        let own = rights.own_account();
        let foreign = |account: &Option<Account>| account.is_some() && *account != own;
        self.leader_person_id.is_some() || foreign(&self.leader) || foreign(&self.follower)
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
    /// `credentials` is the caller that the leader's token proves; `None` if it proves nobody.
    pub(crate) fn resolve(self, rights: &Rights, credentials: Option<&Caller>) -> Result<Named, LinkRefusal> {
        let leader = match (self.leader_person_id, self.leader, self.scheme.zip(self.credentials)) {
            (Some(person_id), ..) => Some(Leader::Person(person_id)),
            (_, Some(account), _) => Some(Leader::Account(account)),
            (.., Some(_)) => {
                let account = credentials.and_then(Caller::account).ok_or(LinkRefusal::InvalidTokenClaims)?;
                Some(Leader::Credentials(account))
            }
            _ => None,
        };
        let follower = self.follower.or_else(|| rights.own_account()).ok_or(LinkRefusal::InvalidTokenClaims)?;
        Ok(Named { leader: leader.ok_or(LinkRefusal::LeaderNotFound)?, follower })
    }
}

impl Named {
    /// The user by which the leader was found. The write checks that the leader still has it.
    pub(crate) fn leader_user(&self, records: &Records) -> Option<(Platform, PlayerUuid)> {
        match &self.leader {
            Leader::Person(_) => None,
            Leader::Account(leader) | Leader::Credentials(leader) => {
                records.claims.get(&leader.key).map(|claim| (leader.platform, claim.player_uuid))
            }
        }
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

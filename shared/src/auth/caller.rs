use std::fmt;

use aws_lc_rs::hmac;
use sha2::{Digest, Sha256};

use super::permission::{Permission, PermissionProblem};
use crate::identity::{Platform, PlatformUserId, PlayerUuid, SubjectHash};

/// The caller, proven by a token. `Debug` shows the actor and nothing else.
#[derive(Clone)]
pub struct Caller {
    pub(super) actor: Actor,
    pub(super) permissions: Vec<String>,
    /// The platform user for whom the token was issued.
    pub(super) platform_user: Option<(Platform, PlatformUserId)>,
    /// The player for whom this deployment itself issued the token.
    pub(super) player_uuid: Option<PlayerUuid>,
}

impl Caller {
    /// The caller's name in audit lines.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The player for whom this deployment itself issued the token.
    pub fn player_uuid(&self) -> Option<PlayerUuid> {
        self.player_uuid
    }

    /// The permissions in the token.
    pub fn permissions(&self) -> &[String] {
        &self.permissions
    }

    /// Whether the caller holds this permission.
    pub fn holds(&self, permission: &Permission) -> bool {
        permission.is_covered_by(&self.permissions)
    }

    /// Refuses a caller without this permission.
    pub fn require(&self, permission: &'static Permission) -> Result<(), PermissionProblem> {
        if self.holds(permission) {
            return Ok(());
        }
        Err(permission.refusal())
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("actor", &self.actor).finish_non_exhaustive()
    }
}

/// A stable name for a caller that reveals nothing about it: a hash of issuer and subject, written
/// as 16 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Actor([u8; 32]);

impl Actor {
    /// The actor of this subject. Hashes both, because a subject is unique within its issuer only (RFC 7519 section 4.1.2).
    pub(crate) fn of(issuer: &str, subject: &str) -> Self {
        Self(Sha256::new().chain_update(issuer).chain_update("\n").chain_update(subject).finalize().into())
    }
}

/// The key for keyed hashes of callers. `Debug` shows nothing of it.
pub struct SubjectKey(hmac::Key);

impl SubjectKey {
    /// The smallest length of the secret, in bytes.
    pub const MIN_BYTES: usize = 32;

    /// `None` if the secret is too short.
    pub fn new(secret: &[u8]) -> Option<Self> {
        (secret.len() >= Self::MIN_BYTES).then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    /// The HMAC-SHA-256 of this actor: receipts hold it in place of the caller.
    pub fn hash(&self, actor: &Actor) -> SubjectHash {
        let tag = hmac::sign(&self.0, &actor.0);
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(tag.as_ref()).for_each(|(byte, tag)| *byte = *tag);
        SubjectHash::new(bytes)
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectKey")
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(8).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Actor({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_the_start_of_the_hash_of_issuer_and_subject() {
        // printf 'https://issuer.test\nada' | sha256sum
        assert_eq!(Actor::of("https://issuer.test", "ada").to_string(), "e01b6cb34a0b90f4");
        assert_ne!(Actor::of("a", "b"), Actor::of("a", "c"));
    }

    #[test]
    fn a_subject_hash_depends_on_caller_and_key() {
        let key = |byte: u8| SubjectKey::new(&[byte; 32]).unwrap();
        let (ada, bob) = (Actor::of("i", "ada"), Actor::of("i", "bob"));
        assert_eq!(key(1).hash(&ada), key(1).hash(&ada));
        assert_ne!(key(1).hash(&ada), key(1).hash(&bob));
        assert_ne!(key(1).hash(&ada), key(2).hash(&ada));
        assert!(SubjectKey::new(&[1; 31]).is_none());
    }

    #[test]
    fn a_caller_without_the_permission_is_refused_with_the_documented_list() {
        let caller = Caller {
            actor: Actor::of("", ""),
            permissions: vec!["user:platform:read".into()],
            platform_user: None,
            player_uuid: None,
        };
        assert_eq!(caller.require(&Permission::READ_USER), Ok(()));
        assert_eq!(
            caller.require(&Permission::PURGE_PERSON).unwrap_err().to_string(),
            "Insufficient Permissions - Expected any of: purge:*:*, purge:person:admin"
        );
    }
}

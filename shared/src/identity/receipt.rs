use std::{fmt, time::Duration};

use serde::Serialize;

use super::{Digest, Hour, Person, PersonId, PlayerUuid, Purge, PurgeId, Second};

/// The caller that asked for a purge, without a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Requester {
    /// The person itself, through one of its users.
    Itself,
    /// A service, by permission.
    Service(SubjectHash),
}

impl Requester {
    /// The name on the wire and in the tables.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Itself => "self",
            Self::Service(_) => "service",
        }
    }

    /// The hash of the service.
    pub const fn subject_hash(&self) -> Option<&SubjectHash> {
        match self {
            Self::Itself => None,
            Self::Service(hash) => Some(hash),
        }
    }

    /// Parses the text of a requester.
    pub fn from_text(text: &str) -> Option<Self> {
        match text.split_once(' ') {
            None => (text == "self").then_some(Self::Itself),
            Some(("service", hash)) => SubjectHash::from_hex(hash).map(Self::Service),
            Some(_) => None,
        }
    }
}

impl fmt::Display for Requester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        self.subject_hash().map_or(Ok(()), |hash| write!(f, " {hash}"))
    }
}

/// A keyed hash of a caller. The same caller always has the same hash, and only the holder of the
/// key can compute it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct SubjectHash(Digest);

impl SubjectHash {
    /// The hash with the bytes of an HMAC-SHA-256.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(Digest::new(bytes))
    }

    /// Parses 64 lower-case hex digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        Digest::from_hex(text).map(Self)
    }
}

impl fmt::Display for SubjectHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The remains of a person after a purge: ids, times and counts, no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Receipt {
    /// The person that was purged. It never has more than one receipt.
    pub person_id: PersonId,
    /// The id of the purge.
    pub purge_id: PurgeId,
    /// The time at which the purge was queued.
    pub created_on: Second,
    /// The time at which the purge was due.
    pub purge_on: Second,
    /// The time at which all records were deleted.
    pub completed_on: Second,
    /// The caller that asked for the purge.
    pub requested_by: Requester,
    /// The players that were deleted, in order. After a restore from a backup, `repair` finds by
    /// them the users that must not return.
    pub players: Vec<PlayerUuid>,
    /// The number of times that the dispatcher sent the purge to a worker.
    pub dispatches: u32,
    /// The time after which no backup, log or queue can hold a trace of the person.
    pub erased_everywhere_by: Second,
    /// The time at which the receipt itself expires.
    pub expires_on: Second,
}

/// How long traces of a purged person, and receipts, are kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// The longest retention of backups, logs and queues.
    pub traces: Duration,
    /// The retention of receipts.
    pub receipts: Duration,
}

impl Receipt {
    /// The receipt of a purge that ends now.
    pub fn of(person: &Person, purge: &Purge, completed_on: Second, retention: Retention) -> Self {
        let mut players: Vec<_> = person.users.values().map(|user| user.player_uuid).collect();
        players.sort();
        Self {
            person_id: person.person_id,
            purge_id: purge.purge_id,
            created_on: purge.created_on,
            purge_on: purge.purge_on,
            completed_on,
            requested_by: purge.requested_by.clone(),
            players,
            dispatches: purge.dispatches,
            erased_everywhere_by: completed_on.plus(retention.traces),
            expires_on: completed_on.plus(retention.receipts),
        }
    }

    /// The hour of the receipt: the seal of this hour covers it.
    pub fn hour(&self) -> Hour {
        Hour::of(self.completed_on)
    }

    /// The receipt as it is published.
    pub fn body(&self) -> ReceiptBody<'_> {
        let count = self.players.len();
        ReceiptBody {
            completed_on: self.completed_on,
            created_on: self.created_on,
            dispatches: self.dispatches,
            erased_everywhere_by: self.erased_everywhere_by,
            expires_on: self.expires_on,
            person_id: self.person_id,
            players: &self.players,
            purge_id: self.purge_id,
            purge_on: self.purge_on,
            removed: Removed { identities: count, persons: 1, users: count },
            requested_by: self.requested_by.kind(),
            subject_hash: self.requested_by.subject_hash(),
        }
    }

    /// SHA-256 of the body as canonical JSON (RFC 8785: names in order, no spaces).
    pub fn digest(&self) -> Digest {
        Digest::of(canonical(&self.body()).as_bytes())
    }
}

/// A receipt as JSON. The fields are declared in the order of RFC 8785, so the JSON is canonical.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceiptBody<'r> {
    completed_on: Second,
    created_on: Second,
    dispatches: u32,
    erased_everywhere_by: Second,
    expires_on: Second,
    person_id: PersonId,
    players: &'r [PlayerUuid],
    purge_id: PurgeId,
    purge_on: Second,
    removed: Removed,
    requested_by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_hash: Option<&'r SubjectHash>,
}

/// The number of deleted records of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Removed {
    identities: usize,
    persons: usize,
    users: usize,
}

/// Canonical JSON (RFC 8785), for bodies that declare their fields in order and hold only whole
/// numbers and plain text.
pub(super) fn canonical(body: &impl Serialize) -> String {
    // Such a body always serializes. If it did not, the digest of an empty text would fail every
    // verification.
    serde_json::to_string(body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn receipt(requested_by: Requester) -> Receipt {
        let second = Second::from_unix;
        Receipt {
            person_id: PersonId(Uuid::from_u128(1)),
            purge_id: PurgeId(Uuid::from_u128(2)),
            created_on: second(0),
            purge_on: second(3600),
            completed_on: second(3601),
            requested_by,
            players: vec![PlayerUuid(Uuid::from_u128(3)), PlayerUuid(Uuid::from_u128(4))],
            dispatches: 5,
            erased_everywhere_by: second(7200),
            expires_on: second(86_400),
        }
    }

    #[test]
    fn the_canonical_bytes_are_rfc_8785_and_their_hash_is_the_digest() {
        let body = concat!(
            r#"{"completed_on":"1970-01-01T01:00:01Z","created_on":"1970-01-01T00:00:00Z","dispatches":5,"#,
            r#""erased_everywhere_by":"1970-01-01T02:00:00Z","expires_on":"1970-01-02T00:00:00Z","#,
            r#""person_id":"00000000-0000-0000-0000-000000000001","#,
            r#""players":["00000000-0000-0000-0000-000000000003","00000000-0000-0000-0000-000000000004"],"#,
            r#""purge_id":"00000000-0000-0000-0000-000000000002","purge_on":"1970-01-01T01:00:00Z","#,
            r#""removed":{"identities":2,"persons":1,"users":2},"requested_by":"self"}"#,
        );
        let own = receipt(Requester::Itself);
        assert_eq!(canonical(&own.body()), body);
        assert_eq!(own.digest(), Digest::of(body.as_bytes()));
        assert_eq!(own.hour().start(), Second::from_unix(3600));
        let service = receipt(Requester::Service(SubjectHash::new([0xab; 32])));
        let tail = format!(r#""requested_by":"service","subject_hash":"{}"}}"#, "ab".repeat(32));
        assert!(canonical(&service.body()).ends_with(&tail));
    }

    #[test]
    fn a_requester_has_one_text_and_comes_back_from_it() {
        let service = Requester::Service(SubjectHash::new([0xab; 32]));
        for (requester, text) in
            [(Requester::Itself, "self".to_owned()), (service, format!("service {}", "ab".repeat(32)))]
        {
            assert_eq!(requester.to_string(), text);
            assert_eq!(Requester::from_text(&text), Some(requester));
        }
        for other in ["", "Self", "service", "service ", "service ab", "self x", "other"] {
            assert_eq!(Requester::from_text(other), None, "{other}");
        }
    }
}

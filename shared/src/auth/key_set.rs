use std::collections::{BTreeMap, btree_map::Entry};

use serde_json::value::RawValue;

use super::{algorithm::Algorithm, key_problem::KeyProblem, public_key::PublicKey};
use crate::json::{Members, Mistyped};

/// The public keys of one issuer, by `kid`. If only one key is usable it may have no `kid`; its
/// name here is then empty.
#[derive(Debug)]
pub(super) struct KeySet {
    by_name: BTreeMap<String, PublicKey>,
    /// Whether exactly one key could have signed. Two keys with one name count as two.
    has_one: bool,
}

/// The reasons why a key set is refused, in words for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetProblem {
    /// The document is not a JWK Set (RFC 7517 section 5).
    #[error("the key set is not a JSON object with an array `keys`")]
    NotAKeySet,
    /// The set has no keys, so it could verify no token.
    #[error("the key set has no keys")]
    Empty,
    /// One key is unusable.
    #[error("keys[{index}]{} is unusable: {problem}", named(.kid.as_deref()))]
    Key {
        /// The key's place in `keys`, from 0.
        index: usize,
        /// The key's name, if it has one.
        kid: Option<String>,
        /// The reason why it is unusable.
        problem: KeyProblem,
    },
}

impl KeySet {
    /// Parses a configured key set. Every key must be usable. RFC 7517 section 5 allows skipping
    /// keys, but the operator chose each of these.
    pub(super) fn parse(jwks: &str, algorithms: &[Algorithm]) -> Result<Self, KeySetProblem> {
        match Self::read(jwks, algorithms)? {
            (_, Some(problem)) => Err(problem),
            (keys, None) if keys.by_name.is_empty() => Err(KeySetProblem::Empty),
            (keys, None) => Ok(keys),
        }
    }

    /// Parses a published key set, and returns the problem of the first skipped key. The set may
    /// hold keys for other purposes and algorithms, and perhaps no usable one.
    pub(super) fn parse_published(
        jwks: &str,
        algorithms: &[Algorithm],
    ) -> Result<(Self, Option<KeySetProblem>), KeySetProblem> {
        Self::read(jwks, algorithms)
    }

    /// The usable keys, and the first problem with another key.
    fn read(jwks: &str, algorithms: &[Algorithm]) -> Result<(Self, Option<KeySetProblem>), KeySetProblem> {
        // Some Windows editors write a byte order mark first; RFC 8259 section 8.1 lets a reader
        // ignore it.
        let set = Members::parse(jwks.trim_start_matches('\u{feff}')).ok_or(KeySetProblem::NotAKeySet)?;
        let Ok(Some(jwks)) = set.read::<Vec<&RawValue>>("keys") else { return Err(KeySetProblem::NotAKeySet) };
        let parsed: Vec<_> = jwks.iter().map(|jwk| parse_key(jwk.get(), algorithms)).collect();
        let has_one = parsed.iter().filter(|key| key.is_ok()).count() == 1;
        let (mut keys, mut first) = (Self { by_name: BTreeMap::new(), has_one }, None);
        for (index, key) in parsed.into_iter().enumerate() {
            if let Err((kid, problem)) = key.and_then(|(kid, key)| keys.add(kid, key)) {
                first = first.or(Some(KeySetProblem::Key { index, kid, problem }));
            }
        }
        Ok((keys, first))
    }

    /// The number of keys.
    pub(super) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// The key of exactly this name. Without a name it is the only key, if there is exactly one.
    pub(super) fn find(&self, kid: Option<&str>) -> Option<&PublicKey> {
        match kid {
            Some(kid) => self.by_name.get(kid),
            None => self.by_name.values().next().filter(|_| self.has_one),
        }
    }

    fn add(&mut self, kid: Option<String>, key: PublicKey) -> Result<(), NamedKeyProblem> {
        let kid = kid.or_else(|| self.has_one.then(String::new)).ok_or((None, KeyProblem::NoKid))?;
        match self.by_name.entry(kid) {
            Entry::Occupied(entry) => Err((Some(entry.key().clone()), KeyProblem::RepeatedKid)),
            Entry::Vacant(entry) => {
                entry.insert(key);
                Ok(())
            }
        }
    }
}

/// The name of a refused key, if it has one, and the reason.
type NamedKeyProblem = (Option<String>, KeyProblem);

/// Parses a key for one of these algorithms, and its name, if it has one.
fn parse_key(jwk: &str, algorithms: &[Algorithm]) -> Result<(Option<String>, PublicKey), NamedKeyProblem> {
    let jwk = Members::parse(jwk).ok_or((None, KeyProblem::NotAnObject))?;
    let kid = jwk.read::<Option<String>>("kid").map(|kid| kid.flatten().filter(|kid| !kid.is_empty()));
    let name = || kid.as_ref().ok().cloned().flatten();
    let key = PublicKey::from_members(&jwk).map_err(|problem| (name(), problem))?;
    if !algorithms.contains(&key.algorithm()) {
        return Err((name(), KeyProblem::NotAllowed));
    }
    Ok((kid.map_err(|Mistyped| (None, KeyProblem::NoKid))?, key))
}

fn named(kid: Option<&str>) -> String {
    kid.map(|kid| format!(" (kid {kid:?})")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::auth::testing::TestKey;

    fn refusal(keys: &Value) -> KeySetProblem {
        KeySet::parse(&json!({ "keys": keys }).to_string(), Algorithm::ALL).unwrap_err()
    }

    #[test]
    fn a_key_is_found_by_its_exact_kid() {
        let key = TestKey::ed25519();
        let keys = KeySet::parse(&json!({ "keys": [key.jwk()] }).to_string(), Algorithm::ALL).unwrap();
        assert!(keys.find(Some(key.kid)).is_some());
        assert!(keys.find(Some("")).is_none());
        assert!(keys.find(Some(&key.kid.to_uppercase())).is_none());
    }

    #[test]
    fn a_key_set_is_an_object_with_an_array_of_keys() {
        for jwks in ["", "null", "[]", "{}", r#"{"keys":null}"#, r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#] {
            assert_eq!(KeySet::parse(jwks, Algorithm::ALL).unwrap_err(), KeySetProblem::NotAKeySet, "{jwks}");
        }
    }

    #[test]
    fn an_empty_set_is_refused() {
        assert_eq!(refusal(&json!([])), KeySetProblem::Empty);
    }

    #[test]
    fn a_key_without_a_name_is_refused() {
        let unnamed = |kid: Value| {
            let mut jwk = TestKey::ed25519().jwk();
            jwk["kid"] = kid;
            jwk
        };
        let refused = KeySetProblem::Key { index: 0, kid: None, problem: KeyProblem::NoKid };
        for kid in [json!(null), json!(""), json!(1)] {
            assert_eq!(refusal(&json!([unnamed(kid), TestKey::p256().jwk()])), refused);
        }
        assert_eq!(refusal(&json!([unnamed(json!(1))])), refused);
    }

    #[test]
    fn a_key_that_is_alone_needs_no_name_and_is_found_without_one() {
        let found = |keys: Value, kid: Option<&str>| {
            let keys = KeySet::parse(&json!({ "keys": keys }).to_string(), Algorithm::ALL).unwrap();
            keys.find(kid).map(PublicKey::algorithm)
        };
        let (key, other) = (TestKey::ed25519(), TestKey::p256());
        for kid in [json!(null), json!("")] {
            let mut jwk = key.jwk();
            jwk["kid"] = kid;
            assert_eq!(found(json!([jwk]), None), Some(Algorithm::EdDsa));
            assert_eq!(found(json!([jwk]), Some(key.kid)), None);
        }
        assert_eq!(found(json!([key.jwk()]), None), Some(Algorithm::EdDsa));
        assert_eq!(found(json!([key.jwk(), other.jwk()]), None), None);
    }

    #[test]
    fn the_only_key_is_the_only_usable_one_and_two_with_one_name_are_two() {
        let only = |keys: Value| {
            let (keys, _) = KeySet::parse_published(&json!({ "keys": keys }).to_string(), Algorithm::ALL).unwrap();
            keys.find(None).map(PublicKey::algorithm)
        };
        let (mut unnamed, mut twin) = (TestKey::p256().jwk(), TestKey::p256().jwk());
        unnamed.as_object_mut().unwrap().remove("kid");
        twin["kid"] = json!(TestKey::ed25519().kid);
        let mut encryption = TestKey::rsa().jwk();
        encryption["use"] = json!("enc");
        assert_eq!(only(json!([encryption, unnamed])), Some(Algorithm::Es256));
        assert_eq!(only(json!([TestKey::ed25519().jwk(), twin])), None);
        assert_eq!(only(json!([TestKey::ed25519().jwk(), unnamed])), None);
    }

    #[test]
    fn two_keys_of_the_same_name_are_refused() {
        let (mut twin, key) = (TestKey::p256().jwk(), TestKey::ed25519());
        twin["kid"] = json!(key.kid);
        let refused = refusal(&json!([key.jwk(), twin]));
        assert_eq!(
            refused,
            KeySetProblem::Key { index: 1, kid: Some(key.kid.into()), problem: KeyProblem::RepeatedKid }
        );
    }

    #[test]
    fn a_key_of_another_algorithm_is_refused() {
        let jwks = json!({ "keys": [TestKey::ed25519().jwk()] }).to_string();
        let kid = Some(TestKey::ed25519().kid.into());
        let refused = KeySet::parse(&jwks, &[Algorithm::Rs256, Algorithm::Es256]).unwrap_err();
        assert_eq!(refused, KeySetProblem::Key { index: 0, kid, problem: KeyProblem::NotAllowed });
    }

    #[test]
    fn of_a_published_set_the_usable_keys_count() {
        let (key, other) = (TestKey::ed25519(), TestKey::p256());
        let mut encryption = TestKey::rsa().jwk();
        encryption["use"] = json!("enc");
        let mut twin = other.jwk();
        twin["kid"] = json!(key.kid);
        let published = |keys: Value| {
            KeySet::parse_published(&json!({ "keys": keys }).to_string(), &[Algorithm::EdDsa, Algorithm::Rs256])
        };
        let (keys, skipped) = published(json!([encryption, 1, key.jwk(), other.jwk(), twin])).unwrap();
        assert_eq!(keys.len(), 1);
        assert_eq!(keys.find(Some(key.kid)).unwrap().algorithm(), Algorithm::EdDsa);
        let kid = Some(TestKey::rsa().kid.into());
        assert_eq!(skipped, Some(KeySetProblem::Key { index: 0, kid, problem: KeyProblem::NotForSignatures }));
        for (unusable, is_skipped) in [(json!([]), false), (json!([1]), true)] {
            let (keys, skipped) = published(unusable).unwrap();
            assert_eq!((keys.len(), skipped.is_some()), (0, is_skipped));
        }
        assert_eq!(KeySet::parse_published("{}", Algorithm::ALL).unwrap_err(), KeySetProblem::NotAKeySet);
    }

    #[test]
    fn the_refusal_says_which_key_and_why() {
        let refused = refusal(&json!([TestKey::ed25519().jwk(), { "kty": "oct", "kid": "s", "k": "AAAA" }]));
        assert_eq!(
            refused.to_string(),
            r#"keys[1] (kid "s") is unusable: it is symmetric; only public keys belong here"#
        );
        assert_eq!(
            refusal(&json!([1])).to_string(),
            "keys[0] is unusable: it is not a JSON object with distinct names"
        );
    }
}

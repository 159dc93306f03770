use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{
    algorithm::Algorithm,
    error::KeysUnavailable,
    key_client::{FetchProblem, KeyClient, UrlProblem},
    key_set::{KeySet, KeySetProblem},
};
use crate::identity::Timestamp;

/// How old keys may be before they are asked for again: while the issuer answers, a key that it dropped is trusted no longer
/// than this. Where it dropped all of them at once, which may be its mistake, it must have said so for as long again.
const REFRESH_AFTER: Duration = Duration::from_mins(10);
/// How old keys may be when the issuer cannot be reached. Beyond it nobody is let in.
const MAX_AGE: Duration = Duration::from_hours(24);
/// The pause between two fetches, so that tokens with invented names of keys cannot make us ask again and again.
const PAUSE: Duration = Duration::from_mins(1);
/// The pause while there are no keys at all, and every request fails.
const PAUSE_WITHOUT_KEYS: Duration = Duration::from_secs(5);

/// The keys of an issuer that publishes them: fetched at start, again now and then, and when a token names an unknown one.
pub(super) struct RemoteKeys {
    issuer: String,
    client: KeyClient,
    algorithms: Vec<Algorithm>,
    state: Mutex<State>,
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone, Default)]
struct State {
    keys: Option<(Arc<KeySet>, Timestamp)>,
    attempted: Option<Timestamp>,
    /// Whether the last fetch brought nothing, or is under way.
    failed: bool,
    /// Since when the issuer has published no usable key.
    without_keys: Option<Timestamp>,
}

/// Why a fetch left the keys as they were.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Fetch(#[from] FetchProblem),
    #[error(transparent)]
    KeySet(#[from] KeySetProblem),
}

impl RemoteKeys {
    pub(super) fn new(issuer: &str, url: &str, algorithms: &[Algorithm]) -> Result<Self, UrlProblem> {
        Ok(Self {
            issuer: issuer.to_owned(),
            client: KeyClient::new(url)?,
            algorithms: algorithms.to_owned(),
            state: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
        })
    }

    /// The keys for a token that names this one. Waits for a fetch where only that can help.
    pub(super) async fn keys(&self, kid: Option<&str>, now: Timestamp) -> Result<Arc<KeySet>, KeysUnavailable> {
        if self.state().lacks(kid, now) {
            // Requests at the same time wait for one fetch, and look again at what it brought.
            let _one_at_a_time = self.fetching.lock().await;
            let state = self.state();
            if state.lacks(kid, now) && state.may_fetch(now) {
                self.fetch(now).await;
            }
        } else if self.state().is_due(now)
            && let Ok(_one_at_a_time) = self.fetching.try_lock()
            && self.state().is_due(now)
        {
            // The keys are good enough for everybody but the one who asks for new ones.
            self.fetch(now).await;
        }
        self.state().judging(kid, now).ok_or(KeysUnavailable)
    }

    /// The keys that are here already.
    pub(super) fn known(&self, now: Timestamp) -> Option<Arc<KeySet>> {
        self.state().usable(now).cloned()
    }

    async fn fetch(&self, now: Timestamp) {
        // Noted first: a request that is given up meanwhile has asked all the same.
        self.update(|state| (state.attempted, state.failed) = (Some(now), true));
        match self.fetched().await {
            Ok((keys, skipped)) if keys.len() > 0 => {
                let skipped = skipped.map(|problem| problem.to_string());
                tracing::info!(issuer = self.issuer, keys = keys.len(), skipped, "the key set was fetched");
                let keys = Some((Arc::new(keys), now));
                self.update(|state| *state = State { keys, attempted: Some(now), ..State::default() });
            }
            Ok((_, skipped)) => {
                let skipped = skipped.map(|problem| problem.to_string());
                self.update(|state| state.note_no_keys(now));
                let age_s = self.age_s(now);
                tracing::warn!(
                    issuer = self.issuer,
                    skipped,
                    age_s,
                    "the issuer publishes no usable key; if it signs with a shared secret (HS256), it must change to a key pair"
                );
            }
            Err(problem) => {
                let (problem, age_s) = (told(&problem), self.age_s(now));
                tracing::warn!(issuer = self.issuer, problem, age_s, "the key set could not be fetched");
            }
        }
    }

    /// How old the keys are that are here.
    fn age_s(&self, now: Timestamp) -> Option<u64> {
        self.state().keys.map(|(_, fetched)| fetched.until(now).as_secs())
    }

    async fn fetched(&self) -> Result<(KeySet, Option<KeySetProblem>), Problem> {
        Ok(KeySet::parse_published(&self.client.fetch().await?, &self.algorithms)?)
    }

    fn state(&self) -> State {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn update(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl State {
    /// The issuer publishes no usable key. The last ones are dropped when that is no mistake of a moment.
    fn note_no_keys(&mut self, now: Timestamp) {
        let since = *self.without_keys.get_or_insert(now);
        if since.until(now) >= REFRESH_AFTER {
            self.keys = None;
        }
    }

    fn usable(&self, now: Timestamp) -> Option<&Arc<KeySet>> {
        self.keys.as_ref().filter(|(_, fetched)| fetched.until(now) < MAX_AGE).map(|(keys, _)| keys)
    }

    /// The keys that a token with this key is judged by. A key that could not be asked for may well be good.
    fn judging(&self, kid: Option<&str>, now: Timestamp) -> Option<Arc<KeySet>> {
        self.usable(now).filter(|_| !(self.failed && self.lacks(kid, now))).cloned()
    }

    /// Whether a token that names this key cannot be judged by the keys that are here.
    fn lacks(&self, kid: Option<&str>, now: Timestamp) -> bool {
        self.usable(now).is_none_or(|keys| kid.is_some_and(|kid| keys.find(Some(kid)).is_none()))
    }

    /// Whether the issuer may have dropped a key meanwhile, and can be asked.
    fn is_due(&self, now: Timestamp) -> bool {
        self.keys.as_ref().is_none_or(|(_, fetched)| has_passed(REFRESH_AFTER, *fetched, now)) && self.may_fetch(now)
    }

    /// Whether the last fetch is long enough ago.
    fn may_fetch(&self, now: Timestamp) -> bool {
        let pause = if self.usable(now).is_some() { PAUSE } else { PAUSE_WITHOUT_KEYS };
        self.attempted.is_none_or(|attempted| has_passed(pause, attempted, now))
    }
}

/// Whether so much time has passed. A clock that was set back has passed everything.
fn has_passed(while_: Duration, since: Timestamp, now: Timestamp) -> bool {
    now < since || since.until(now) >= while_
}

/// A problem with its causes, since a client's own error says "client error" and no more.
fn told(problem: &Problem) -> String {
    let causes = std::iter::successors(std::error::Error::source(problem), |cause| cause.source());
    causes.fold(problem.to_string(), |text, cause| format!("{text}: {cause}"))
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeys").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::auth::testing::{NOW, TestKey};

    fn after(seconds: u64) -> Timestamp {
        NOW.plus(Duration::from_secs(seconds))
    }

    fn keys() -> Arc<KeySet> {
        let key_set = json!({ "keys": [TestKey::ed25519().jwk()] }).to_string();
        Arc::new(KeySet::parse(&key_set, Algorithm::ALL).unwrap())
    }

    /// Keys fetched now, and asked for again after so many seconds.
    fn state(attempted: u64) -> State {
        State { keys: Some((keys(), NOW)), attempted: Some(after(attempted)), ..State::default() }
    }

    #[test]
    fn the_first_fetch_is_at_once_and_the_next_without_keys_five_seconds_later() {
        assert!(State::default().lacks(None, NOW) && State::default().may_fetch(NOW));
        let failed = State { attempted: Some(NOW), failed: true, ..State::default() };
        assert!(failed.lacks(None, NOW) && !failed.may_fetch(after(4)));
        assert!(failed.may_fetch(after(5)));
    }

    #[test]
    fn with_keys_there_is_a_minute_between_two_fetches() {
        assert!(!state(0).may_fetch(after(59)));
        assert!(state(0).may_fetch(after(60)));
        assert!(!state(60).may_fetch(after(119)));
    }

    #[test]
    fn only_an_unknown_key_is_lacking() {
        assert!(state(0).lacks(Some("x"), NOW));
        for kid in [Some(TestKey::ed25519().kid), None] {
            assert!(!state(0).lacks(kid, NOW));
        }
    }

    #[test]
    fn keys_are_old_after_ten_minutes_and_serve_for_a_day() {
        let day = 24 * 60 * 60;
        assert!(!state(0).is_due(after(599)) && state(0).is_due(after(600)));
        assert!(!state(600).is_due(after(659)) && state(600).is_due(after(660)));
        assert!(state(0).usable(after(day - 1)).is_some());
        assert!(state(0).usable(after(day)).is_none() && state(0).lacks(None, after(day)));
        assert!(!state(day).may_fetch(after(day + 4)) && state(day).may_fetch(after(day + 5)));
    }

    #[test]
    fn a_key_that_could_not_be_asked_for_is_not_judged() {
        let (known, failed) = (TestKey::ed25519().kid, State { failed: true, ..state(0) });
        assert!(failed.judging(Some(known), NOW).is_some() && failed.judging(Some("x"), NOW).is_none());
        assert!(state(0).judging(Some("x"), NOW).is_some());
    }

    #[test]
    fn keys_are_dropped_when_the_issuer_has_published_none_for_ten_minutes() {
        let mut state = state(0);
        for (seconds, is_usable) in [(600, true), (660, true), (1199, true), (1200, false)] {
            state.note_no_keys(after(seconds));
            assert_eq!(state.usable(after(seconds)).is_some(), is_usable, "{seconds}");
        }
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_put_a_fetch_off() {
        assert!(state(100).may_fetch(after(99)));
        assert!(state(0).is_due(Timestamp::from_millis(NOW.as_millis() - 1)));
    }
}

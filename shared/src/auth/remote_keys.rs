use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{
    algorithm::Algorithm,
    error::KeysUnavailable,
    key_set::{KeySet, KeySetProblem},
    publish::PublishKeys,
};
use crate::{
    connections::{FetchProblem, Outside, TIME_LIMIT},
    identity::Timestamp,
};

/// The age at which keys are fetched again. While the issuer answers, a key that it no longer
/// publishes is trusted for at most this long. A set without any usable key may be a mistake: the
/// old keys are dropped only if the issuer still publishes such a set this long afterwards.
const REFRESH_AFTER: Duration = Duration::from_mins(10);
/// The largest age of keys whose issuer cannot be reached. Beyond it every token of the issuer is
/// answered with 503.
const MAX_AGE: Duration = Duration::from_hours(24);
/// The shortest time between two fetches, so that tokens with invented key names cannot cause many
/// fetches.
const PAUSE: Duration = Duration::from_mins(1);
/// The shortest time between two fetches while there are no usable keys and every request fails.
const PAUSE_WITHOUT_KEYS: Duration = Duration::from_secs(5);

/// The keys of an issuer that publishes them. They are fetched at start, regularly, and when a
/// token names an unknown key.
pub(super) struct RemoteKeys {
    issuer: String,
    source: Source,
    algorithms: Vec<Algorithm>,
    state: Mutex<State>,
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone, Default)]
struct State {
    keys: Option<(Arc<KeySet>, Timestamp)>,
    attempted: Option<Timestamp>,
    /// Whether the last fetch brought no keys, or is still in progress.
    failed: bool,
    /// The time since which the issuer has published no usable key.
    without_keys: Option<Timestamp>,
}

/// The place from which keys are fetched.
#[expect(clippy::large_enum_variant, reason = "an issuer has one, in a box")]
pub(super) enum Source {
    /// The server of the issuer.
    Url(Outside),
    /// A source inside this deployment.
    Lazy(Arc<dyn PublishKeys>),
}

/// The reasons why a fetch left the keys unchanged.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Fetch(#[from] FetchProblem),
    #[error("{0}")]
    Source(String),
    #[error("no response within {TIME_LIMIT:?}")]
    TimedOut,
    #[error(transparent)]
    KeySet(#[from] KeySetProblem),
}

impl RemoteKeys {
    pub(super) fn new(issuer: &str, source: Source, algorithms: &[Algorithm]) -> Self {
        Self {
            issuer: issuer.to_owned(),
            source,
            algorithms: algorithms.to_owned(),
            state: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
        }
    }

    /// The keys for a token with this `kid`. Waits for a fetch only if the loaded keys cannot judge
    /// the token.
    pub(super) async fn keys(&self, kid: Option<&str>, now: Timestamp) -> Result<Arc<KeySet>, KeysUnavailable> {
        if self.state().lacks(kid, now) {
            // Concurrent requests wait for one fetch, and check again what it brought.
            let _one_at_a_time = self.fetching.lock().await;
            let state = self.state();
            if state.lacks(kid, now) && state.may_fetch(now) {
                self.fetch(now).await;
            }
        } else if self.state().is_due(now)
            && let Ok(_one_at_a_time) = self.fetching.try_lock()
            && self.state().is_due(now)
        {
            // Only this request waits for the fetch: the loaded keys are still good for all others.
            self.fetch(now).await;
        }
        self.state().usable_for(kid, now).ok_or(KeysUnavailable)
    }

    /// The keys that are loaded, unless they are too old.
    pub(super) fn known(&self, now: Timestamp) -> Option<Arc<KeySet>> {
        self.state().usable(now).cloned()
    }

    async fn fetch(&self, now: Timestamp) {
        // Noted first: a fetch counts even if its request is dropped meanwhile.
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
                    "the issuer publishes no usable key; a shared secret (HS256) is none"
                );
            }
            Err(problem) => {
                let (problem, age_s) = (problem.to_string(), self.age_s(now));
                tracing::warn!(issuer = self.issuer, problem, age_s, "the key set could not be fetched");
            }
        }
    }

    /// The age of the loaded keys, in seconds.
    fn age_s(&self, now: Timestamp) -> Option<u64> {
        self.state().keys.map(|(_, fetched)| fetched.until(now).as_secs())
    }

    async fn fetched(&self) -> Result<(KeySet, Option<KeySetProblem>), Problem> {
        let key_set = match &self.source {
            Source::Url(url) => url.get().await?,
            Source::Lazy(source) => {
                let fetched = tokio::time::timeout(TIME_LIMIT, source.key_set()).await;
                fetched.map_err(|_| Problem::TimedOut)?.map_err(Problem::Source)?
            }
        };
        Ok(KeySet::parse_published(&key_set, &self.algorithms)?)
    }

    fn state(&self) -> State {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn update(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl State {
    /// Notes that the issuer publishes no usable key. Drops the old keys if it has done so for long
    /// enough.
    fn note_no_keys(&mut self, now: Timestamp) {
        let since = *self.without_keys.get_or_insert(now);
        if since.until(now) >= REFRESH_AFTER {
            self.keys = None;
        }
    }

    fn usable(&self, now: Timestamp) -> Option<&Arc<KeySet>> {
        self.keys.as_ref().filter(|(_, fetched)| fetched.until(now) < MAX_AGE).map(|(keys, _)| keys)
    }

    /// The keys by which a token with this `kid` is judged. `None` if they are too old, or the
    /// `kid` is unknown and the last fetch failed: the token may be valid.
    fn usable_for(&self, kid: Option<&str>, now: Timestamp) -> Option<Arc<KeySet>> {
        self.usable(now).filter(|_| !(self.failed && self.lacks(kid, now))).cloned()
    }

    /// Whether the loaded keys cannot judge a token with this `kid`.
    fn lacks(&self, kid: Option<&str>, now: Timestamp) -> bool {
        self.usable(now).is_none_or(|keys| kid.is_some_and(|kid| keys.find(Some(kid)).is_none()))
    }

    /// Whether the keys are old enough for the next fetch, and a fetch is allowed.
    fn is_due(&self, now: Timestamp) -> bool {
        self.keys.as_ref().is_none_or(|(_, fetched)| has_elapsed(REFRESH_AFTER, *fetched, now)) && self.may_fetch(now)
    }

    /// Whether the last fetch is long enough ago.
    fn may_fetch(&self, now: Timestamp) -> bool {
        let pause = if self.usable(now).is_some() { PAUSE } else { PAUSE_WITHOUT_KEYS };
        self.attempted.is_none_or(|attempted| has_elapsed(pause, attempted, now))
    }
}

/// Whether this much time has passed. A clock that was set back counts as enough time.
fn has_elapsed(period: Duration, since: Timestamp, now: Timestamp) -> bool {
    now < since || since.until(now) >= period
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

    /// State with keys fetched now, and the last attempt this many seconds after the epoch.
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
        assert!(failed.usable_for(Some(known), NOW).is_some() && failed.usable_for(Some("x"), NOW).is_none());
        assert!(state(0).usable_for(Some("x"), NOW).is_some());
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

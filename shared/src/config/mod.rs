//! Reads the environment once at start into typed settings. A wrong variable stops the start with a
//! clear message.

mod object;

use std::{collections::BTreeMap, str::FromStr, time::Duration};

pub(crate) use object::Object;
pub use object::SettingsProblem;

/// The environment variables of a function.
///
/// `Debug` shows names only, because values hold credentials.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The variables of this process. A variable that is not UTF-8 counts as not set.
    pub fn from_process() -> Self {
        let utf8 = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(utf8).collect())
    }

    /// The text of a required variable. An empty one counts as not set, because SAM writes an
    /// absent parameter so.
    pub fn text(&self, name: &'static str, expected: &'static str) -> Result<&str, ConfigProblem> {
        self.optional(name).ok_or(ConfigProblem { name, expected: expected.into(), missing: true })
    }

    /// The text of an optional variable.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A duration such as `14d`, `12h`, `5m` or `30s`, or the default.
    pub fn duration(&self, name: &'static str, default: Duration) -> Result<Duration, ConfigProblem> {
        let Some(text) = self.optional(name) else { return Ok(default) };
        parse_duration(text)
            .ok_or_else(|| ConfigProblem::wrong(name, "a duration such as 14d, 12h, 5m or 30s, at most 3653d"))
    }

    /// A whole number, or the default.
    pub fn number<N: FromStr>(&self, name: &'static str, default: N) -> Result<N, ConfigProblem> {
        let Some(text) = self.optional(name) else { return Ok(default) };
        text.parse().map_err(|_| ConfigProblem::wrong(name, "a whole number"))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A variable that stops the function at start. The text names the variable and the expected value,
/// never the actual one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} {}: it should be {expected}", if *missing { "is not set" } else { "cannot be used" })]
pub struct ConfigProblem {
    name: &'static str,
    expected: String,
    missing: bool,
}

impl ConfigProblem {
    /// A variable with an unusable value.
    pub fn wrong(name: &'static str, expected: impl Into<String>) -> Self {
        Self { name, expected: expected.into(), missing: false }
    }
}

/// Parses a whole number and one of the units `d`, `h`, `m`, `s`. At most ten years.
pub fn parse_duration(text: &str) -> Option<Duration> {
    const TEN_YEARS: u64 = 3653 * 86_400;
    let unit = text.chars().last()?;
    let seconds_per_unit = match unit {
        'd' => 86_400,
        'h' => 3_600,
        'm' => 60,
        's' => 1,
        _ => return None,
    };
    let count = text.strip_suffix(unit)?;
    if !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = count.parse::<u64>().ok()?.checked_mul(seconds_per_unit)?;
    (seconds <= TEN_YEARS).then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        assert_eq!(parse_duration("14d"), Some(Duration::from_hours(14 * 24)));
        assert_eq!(parse_duration("12h"), Some(Duration::from_hours(12)));
        assert_eq!(parse_duration("0s"), Some(Duration::ZERO));
        for wrong in ["", "d", "14", "1.5h", "-1s", "+1s", "14 d", "1w", "99999999999999999999d", "4000d", "1é"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_refusal_names_the_variable_and_what_it_should_be_but_not_its_value() {
        let environment: Environment = [("PURGE_MAX_DELAY", "soon"), ("AUTH_ISSUER", "")].into_iter().collect();
        let wrong = environment.duration("PURGE_MAX_DELAY", Duration::ZERO).unwrap_err().to_string();
        assert_eq!(
            wrong,
            "PURGE_MAX_DELAY cannot be used: it should be a duration such as 14d, 12h, 5m or 30s, at most 3653d"
        );
        let missing = environment.text("AUTH_ISSUER", "the `iss` of the tokens").unwrap_err().to_string();
        assert_eq!(missing, "AUTH_ISSUER is not set: it should be the `iss` of the tokens");
        assert_eq!(format!("{environment:?}"), r#"{"AUTH_ISSUER", "PURGE_MAX_DELAY"}"#);
    }
}

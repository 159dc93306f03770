//! `roster check FILE`: reads a settings document before it is deployed.

use std::{collections::BTreeSet, fmt, fs::File, io::Read, path::Path, time::Duration};

use shared::{
    identity::{RefreshMode, SessionPolicy},
    login::{Client, Grant, LoginSettings},
};

use crate::problem::Problem;

/// The size of the largest secret that Secrets Manager stores.
const LARGEST: usize = 65_536;

/// Units of durations, from the largest, with their seconds.
const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

/// The facts of a good document. `Display` shows them without any secret.
#[derive(Debug)]
pub struct CheckedSettings(LoginSettings);

/// Reads the settings document of login in a file. A problem names the member that is wrong, and
/// never its value.
pub fn check_settings(path: &Path) -> Result<CheckedSettings, Problem> {
    let wrong = |problem: &dyn fmt::Display| Problem::Input(format!("{}: {problem}", path.display()));
    let unreadable = |source| Problem::File { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let limit = u64::try_from(LARGEST + 1).unwrap_or(u64::MAX);
    File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() > LARGEST {
        return Err(wrong(&"it is larger than 65,536 bytes, the limit of Secrets Manager"));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong(&"it is not UTF-8"))?;
    LoginSettings::from_json(&text).map(CheckedSettings).map_err(|problem| wrong(&problem))
}

impl fmt::Display for CheckedSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LoginSettings { access_token_lifetime, sessions, clients, anon, platforms, .. } = &self.0;
        writeln!(f, "access tokens: valid for {}", length(*access_token_lifetime))?;
        writeln!(f, "refresh tokens: {}", refresh(sessions))?;
        writeln!(f, "anonymous logins: {}", if *anon { "on" } else { "off" })?;
        let clients = clients.all();
        writeln!(f, "platforms: {}", platforms.grants().count())?;
        platforms.grants().try_for_each(|grant| writeln!(f, "- {}", platform_line(grant, clients)))?;
        let grants: BTreeSet<_> = clients.iter().flat_map(|client| &client.grants).map(|grant| grant.name()).collect();
        write!(f, "clients: {}, with the grants {}", clients.len(), listed(grants))?;
        clients.iter().try_for_each(|client| write!(f, "\n- {}{}", client_line(client), self.off(client)))
    }
}

fn refresh(sessions: &SessionPolicy) -> String {
    let SessionPolicy { mode, idle, absolute, lost_answer, single } = sessions;
    let mode = match mode {
        RefreshMode::Rotate => {
            format!("each is used once, and again for {} if its answer was lost", length(*lost_answer))
        }
        RefreshMode::Stable => "each is used again and again".to_owned(),
    };
    let (idle, absolute) = (length(*idle), length(*absolute));
    let single = if *single { "; a login ends the user's other sessions" } else { "" };
    format!("{mode}; a session ends {idle} after its last use, and {absolute} after its login{single}")
}

impl CheckedSettings {
    /// The end of a client's line: its grants whose logins are off. Empty if there are none.
    fn off(&self, client: &Client) -> String {
        let LoginSettings { anon, platforms, .. } = &self.0;
        let is_off = |grant: &Grant| match grant {
            Grant::Refresh | Grant::ClientCredentials => false,
            Grant::Anon => !anon,
            other => !platforms.has(*other),
        };
        let names: Vec<_> = client.grants.iter().copied().filter(is_off).map(Grant::name).collect();
        if names.is_empty() { String::new() } else { format!("; off, so refused: {}", names.join(" ")) }
    }
}

/// A platform that is on, with the clients that may use it.
fn platform_line(grant: Grant, clients: &[Client]) -> String {
    let users = clients.iter().filter(|client| client.may_use(grant)).map(|client| client.client_id.as_str());
    format!("{}: for the clients {}", grant.name(), listed(users))
}

fn client_line(client: &Client) -> String {
    let create = if client.create { "creates users" } else { "creates no users" };
    let permissions = match client.permissions.len() {
        0 => "no permissions".to_owned(),
        _ => format!("the permissions {}", listed(client.permissions.iter().map(String::as_str))),
    };
    let grants = listed(client.grants.iter().copied().map(Grant::name));
    format!("{}: the grants {grants}; {create}; {permissions}", client.client_id.as_str())
}

fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    if names.is_empty() { "(none)".to_owned() } else { names.join(" ") }
}

/// A duration in the largest unit that holds it whole.
fn length(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let unit = UNITS.iter().find(|(_, unit)| seconds >= *unit && seconds.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{seconds}s"), |(name, unit)| format!("{}{name}", seconds / unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_written_as_the_document_has_it() {
        let written = [0, 59, 90, 300, 3_600, 5_400, 86_400, 90 * 86_400].map(|it| length(Duration::from_secs(it)));
        assert_eq!(written, ["0s", "59s", "90s", "5m", "1h", "90m", "1d", "90d"]);
    }
}

use std::{collections::BTreeMap, fmt};

use shared::identity::repair::Finding;

/// The number of findings of each kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    counts: BTreeMap<&'static str, u64>,
    needs_somebody: bool,
}

impl Report {
    /// Whether there are no findings.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The number of findings of this kind.
    pub fn of(&self, kind: &str) -> u64 {
        self.counts.get(kind).copied().unwrap_or(0)
    }

    /// Whether a finding is left that an operator must decide.
    pub const fn needs_somebody(&self) -> bool {
        self.needs_somebody
    }

    pub(super) fn count(&mut self, finding: &Finding) {
        *self.counts.entry(finding.kind()).or_default() += 1;
        self.needs_somebody |= finding.needs_somebody();
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing found");
        }
        let found = Finding::KINDS.iter().filter_map(|kind| Some((kind, self.counts.get(kind)?)));
        found.enumerate().try_for_each(|(line, (kind, count))| {
            if line > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{count:>9} {kind}")
        })
    }
}

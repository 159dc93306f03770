//! Compares counts with a baseline.

use std::{collections::BTreeSet, fmt};

use crate::baseline::Baseline;

/// The difference that counts as equal, in percent.
pub const TOLERANCE_PERCENT: u64 = 3;

/// The verdict on one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Equal within the tolerance.
    Same,
    /// Fewer instructions. A new baseline keeps them from coming back unnoticed.
    Fewer,
    /// More instructions than the tolerance allows.
    More,
    /// Not in the baseline.
    New,
    /// Only in the baseline.
    Gone,
}

impl Verdict {
    /// The verdict on a count, compared with the count in the baseline.
    pub fn of(count: Option<u64>, was: Option<u64>) -> Self {
        match (count, was) {
            (None, _) => Self::Gone,
            (_, None) => Self::New,
            (Some(count), Some(was)) if count * 100 > was * (100 + TOLERANCE_PERCENT) => Self::More,
            (Some(count), Some(was)) if count * 100 < was * (100 - TOLERANCE_PERCENT) => Self::Fewer,
            _ => Self::Same,
        }
    }

    /// Whether it fails the run.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::More | Self::New | Self::Gone)
    }

    fn remark(self) -> &'static str {
        match self {
            Self::Same => "",
            Self::Fewer => "  fewer",
            Self::More => "  MORE",
            Self::New => "  NO BASELINE",
            Self::Gone => "  NOT MEASURED",
        }
    }
}

/// All cases of a run and of a baseline. It is printed as a table.
#[derive(Debug)]
pub struct Comparison<'a> {
    counts: &'a Baseline,
    baseline: &'a Baseline,
}

impl<'a> Comparison<'a> {
    /// The comparison of a run with a baseline.
    pub fn new(counts: &'a Baseline, baseline: &'a Baseline) -> Self {
        Self { counts, baseline }
    }

    /// Each case with its count and the count in the baseline.
    fn rows(&self) -> impl Iterator<Item = (&'a str, Option<u64>, Option<u64>)> {
        let (counts, was) = (&self.counts.0, &self.baseline.0);
        let cases: BTreeSet<&str> = counts.keys().chain(was.keys()).map(String::as_str).collect();
        cases.into_iter().map(|case| (case, counts.get(case).copied(), was.get(case).copied()))
    }

    /// The cases with this verdict.
    pub fn with(&self, verdict: Verdict) -> Vec<&'a str> {
        self.rows().filter(|(_, count, was)| Verdict::of(*count, *was) == verdict).map(|(case, ..)| case).collect()
    }

    /// Whether any case fails the run.
    pub fn is_failure(&self) -> bool {
        self.rows().any(|(_, count, was)| Verdict::of(count, was).is_failure())
    }
}

impl fmt::Display for Comparison<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<48} {:>12} {:>9} {:>8}", "case", "instructions", "baseline", "change")?;
        for (case, count, was) in self.rows() {
            let number = |number: Option<u64>| number.map_or("-".to_owned(), |number| number.to_string());
            let change = change(count, was).map_or("-".to_owned(), |change| format!("{change:+.1} %"));
            let remark = Verdict::of(count, was).remark();
            writeln!(f, "{case:<48} {:>12} {:>9} {change:>8}{remark}", number(count), number(was))?;
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn change(count: Option<u64>, was: Option<u64>) -> Option<f64> {
    let (count, was) = (count? as f64, was? as f64);
    Some((count / was - 1.0) * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(cases: &[(&str, u64)]) -> Baseline {
        Baseline(cases.iter().map(|(case, count)| ((*case).to_owned(), *count)).collect())
    }

    #[test]
    fn three_percent_more_or_less_is_the_same_and_one_instruction_beyond_is_not() {
        for (count, verdict) in [
            (10_300, Verdict::Same),
            (10_301, Verdict::More),
            (9700, Verdict::Same),
            (9699, Verdict::Fewer),
            (10_000, Verdict::Same),
        ] {
            assert_eq!(Verdict::of(Some(count), Some(10_000)), verdict, "{count}");
        }
    }

    #[test]
    fn more_new_and_gone_fail_and_fewer_does_not() {
        let was = counts(&[("a", 1000), ("b", 1000)]);
        for (now, fails) in [
            (counts(&[("a", 1000), ("b", 1030)]), false),
            (counts(&[("a", 1000), ("b", 500)]), false),
            (counts(&[("a", 1000), ("b", 1031)]), true),
            (counts(&[("a", 1000)]), true),
            (counts(&[("a", 1000), ("b", 1000), ("c", 1)]), true),
        ] {
            assert_eq!(Comparison::new(&now, &was).is_failure(), fails, "{now:?}");
        }
    }

    #[test]
    fn the_table_names_each_case_once_with_what_it_was() {
        let (now, was) = (counts(&[("a", 1050), ("b", 900), ("d", 7)]), counts(&[("a", 1000), ("b", 1000), ("c", 5)]));
        let comparison = Comparison::new(&now, &was);
        let table: Vec<String> =
            comparison.to_string().lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        let rows = [
            "case instructions baseline change",
            "a 1050 1000 +5.0 % MORE",
            "b 900 1000 -10.0 % fewer",
            "c - 5 - NOT MEASURED",
            "d 7 - - NO BASELINE",
        ];
        assert_eq!(table, rows);
        assert_eq!(comparison.with(Verdict::More), ["a"]);
    }
}

//! The committed counts. There is a file for each compiler version and target, with a line for each
//! case.

use std::collections::BTreeMap;

/// The instructions of each case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline(pub BTreeMap<String, u64>);

/// The number of a malformed line of a baseline, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(pub usize);

impl Baseline {
    /// The name of the file for an output of `rustc -vV`. `None` if the output lacks the version or
    /// the target.
    pub fn file_name(rustc: &str) -> Option<String> {
        let field = |name: &str| rustc.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        Some(format!("{}-{}.txt", field("release")?, field("host")?))
    }

    /// Reads a file. A line has a count, a blank, and the case. Lines with `#` are comments.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let mut cases = BTreeMap::new();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
            let (count, case) = line.trim_start().split_once(' ').ok_or(Malformed(index + 1))?;
            let count = count.parse().map_err(|_| Malformed(index + 1))?;
            if count == 0 || cases.insert(case.to_owned(), count).is_some() {
                return Err(Malformed(index + 1));
            }
        }
        Ok(Self(cases))
    }

    /// The text of a file, with a remark at its top.
    pub fn write(&self, remark: &str) -> String {
        let lines = self.0.iter().map(|(case, count)| format!("{count:>9} {case}\n"));
        format!("# {remark}\n{}", lines.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_baseline_comes_back_from_its_file() {
        let baseline = Baseline([("token: RS256".to_owned(), 12_345), ("body: link".to_owned(), 7)].into());
        assert_eq!(Baseline::parse(&baseline.write("why")), Ok(baseline));
    }

    #[test]
    fn a_line_that_says_nothing_or_twice_the_same_is_named() {
        for (text, line) in [("# x\n12", 2), ("x body", 1), ("0 body", 1), ("1 body\n2 body", 2), ("1 a\n\n2 b", 2)] {
            assert_eq!(Baseline::parse(text), Err(Malformed(line)), "{text}");
        }
    }

    #[test]
    fn a_file_is_for_one_compiler_and_one_target() {
        let rustc =
            "rustc 1.95.0 (59807616e 2026-04-14)\nbinary: rustc\nhost: x86_64-unknown-linux-gnu\nrelease: 1.95.0\n";
        assert_eq!(Baseline::file_name(rustc).as_deref(), Some("1.95.0-x86_64-unknown-linux-gnu.txt"));
        assert_eq!(Baseline::file_name("rustc 1.95.0"), None);
    }
}

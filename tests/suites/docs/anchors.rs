//! The anchors that GitHub gives to headings.

use std::collections::{BTreeMap, BTreeSet};

use tests::docs::{headings, outside_fences};

/// Every anchor of a page: of its headings, in their order, and those that are set by hand.
pub fn anchors(text: &str) -> BTreeSet<String> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors = BTreeSet::new();
    for heading in headings(text) {
        let anchor = anchor(&heading.text);
        let before = times.entry(anchor.clone()).or_default();
        anchors.insert(if *before == 0 { anchor } else { format!("{anchor}-{before}") });
        *before += 1;
    }
    for (_, line) in outside_fences(text) {
        for attribute in ["<a id=\"", "<a name=\""] {
            anchors.extend(line.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
    }
    anchors
}

/// Lower case, without punctuation, and with a dash for each blank.
fn anchor(heading: &str) -> String {
    let kept = plain(heading).to_lowercase();
    let kept = kept.chars().filter(|char| char.is_alphanumeric() || matches!(char, ' ' | '-' | '_'));
    kept.map(|char| if char == ' ' { '-' } else { char }).collect()
}

/// A text of Markdown as it is shown: links by their texts, code without its backticks.
pub fn plain(text: &str) -> String {
    let (mut shown, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("](") {
        let (start, link) = before.rsplit_once('[').unwrap_or((before, ""));
        shown.push_str(start);
        shown.push_str(link);
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    (shown + rest).replace(['`', '*'], "")
}

#[test]
fn anchors_are_githubs() {
    for (heading, expected) in [
        ("Proving a purge", "proving-a-purge"),
        ("Calls over Connect and gRPC-Web", "calls-over-connect-and-grpc-web"),
        ("What is `person_id`?", "what-is-person_id"),
        ("Costs, in $ & €", "costs-in---"),
        ("A [link](b.md#c) to it", "a-link-to-it"),
        ("2026-11-30: Größe", "2026-11-30-größe"),
    ] {
        assert_eq!(anchor(heading), expected);
    }
    let page = "# A\n## B\n```sh\n# no heading\n```\n## B\n### B!\n<a id=\"by-hand\"></a>\n";
    let expected = ["a", "b", "b-1", "b-2", "by-hand"].map(str::to_owned);
    assert_eq!(anchors(page), expected.into());
}

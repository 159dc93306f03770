//! Issuers.

use serde_json::{Value, json};
use tests::platforms::{APPLE, EPIC, EPIC_V1, GOOGLE, Kind};

use super::{Accepted, Case, Invalid};

/// Only an exact issuer counts. The paths of Epic have tests of their own.
pub(super) fn cases(kind: &'static Kind) -> Vec<Case> {
    let (scheme, rest) = kind.iss.split_once("://").unwrap();
    let (host, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let of_text = |name: &str, iss: String| Case::claims(kind, name, Invalid, json!({ "iss": iss }));
    let of = |name: &str, iss: Value| Case::claims(kind, name, Invalid, json!({ "iss": iss }));
    if kind.name == EPIC_V1.name {
        // Another issuer is not the first version's.
        return Vec::new();
    }
    let mut cases = vec![
        of("no issuer", json!(null)),
        of("an issuer that is empty", json!("")),
        of("an issuer that is a number", json!(1)),
        of("an issuer that is a list", json!([kind.iss])),
        of("another issuer", json!("https://issuer.test")),
        of_text("an issuer that begins like ours", format!("{scheme}://{host}.evil.test{path}")),
        of_text("an issuer whose host ends like ours", format!("{scheme}://evil-{host}{path}")),
        of_text("an issuer with our host as user", format!("{scheme}://{host}@evil.test{path}")),
        of_text("an issuer with our host in its path", format!("{scheme}://evil.test/{host}{path}")),
        of_text("an issuer with a port", format!("{scheme}://{host}:444{path}")),
        of_text("an issuer in capitals", kind.iss.to_uppercase()),
        of_text("an issuer without TLS", kind.iss.replacen("https", "http", 1)),
        of_text("an issuer with a blank", format!(" {}", kind.iss)),
    ];
    for (of, other) in [(&GOOGLE, "accounts.google.com"), (&APPLE, "https://account.apple.com")] {
        if kind.name == of.name {
            cases.push(Case::claims(kind, "the other issuer of the platform", Accepted, json!({ "iss": other })));
        }
    }
    if kind.name != EPIC.name {
        cases.push(of_text("an issuer with a path of its own", format!("{}/x", kind.iss)));
        cases.push(of_text("an issuer with a slash", format!("{}/", kind.iss)));
        cases.push(of_text("an issuer with a query", format!("{}?x", kind.iss)));
    }
    cases
}

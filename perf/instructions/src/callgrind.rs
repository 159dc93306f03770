//! Reads callgrind's dumps. They must be written without compression of names.

/// The counts of one dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Instructions of our code.
    pub own: u64,
    /// Instructions of calls that are left out.
    pub left_out: u64,
}

/// Reads one dump: all collected instructions without the calls (caller, callee) that are left out.
/// `None` if the dump is malformed. A call that is left out must not contain another one.
pub fn count(dump: &str, is_left_out: impl Fn(&str, &str) -> bool) -> Option<Counted> {
    let (mut total, mut left_out) = (None, 0);
    let (mut caller, mut callee, mut is_call) = ("", "", false);
    for line in dump.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            caller = name;
        } else if let Some(name) = line.strip_prefix("cfn=") {
            callee = name;
        } else if line.starts_with("calls=") {
            is_call = true;
        } else if let Some(sum) = line.strip_prefix("totals:").or_else(|| line.strip_prefix("summary:")) {
            total = Some(sum.trim().parse().ok()?);
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let cost: u64 = line.split_ascii_whitespace().nth(1)?.parse().ok()?;
            if is_call {
                is_call = false;
                left_out += if is_left_out(caller, callee) { cost } else { 0 };
            }
        }
    }
    let total: u64 = total?;
    Some(Counted { own: total.checked_sub(left_out)?, left_out })
}

/// Whether a call leaves our code and enters code that we cannot change.
pub fn is_others(caller: &str, callee: &str) -> bool {
    is_signature(caller, callee) || is_hash(callee) && !is_hash(caller) || is_sdk(callee)
}

/// Whether a call enters AWS-LC. AWS-LC is in C, whose names have no path, and it never calls back.
fn is_signature(caller: &str, callee: &str) -> bool {
    caller.contains("::") && callee.starts_with("aws_lc_") && !callee.contains("::")
}

fn is_hash(function: &str) -> bool {
    function.starts_with("sha2::")
        || function.starts_with("<D as digest::digest::Digest>::")
        || ["digest::Digest::of", "digest::Digest::of_all"].iter().any(|of| function.ends_with(of))
}

/// Whether a call enters the SDK. Each call of the SDK is one future in its own span, and none of
/// our futures has one.
fn is_sdk(callee: &str) -> bool {
    callee.starts_with("<tracing::instrument::Instrumented<")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `outer` (5 of its own) calls `hash` (100, of which 60 in `round`) twice and `copy` (7);
    /// `hash` calls `hash` again.
    const DUMP: &str = "\
version: 1
events: Ir
fn=outer
3 5
cfi=a.c
cfn=hash
calls=2 9
3 100
cfn=copy
calls=1 1
4 7

fn=hash
9 30
cfn=round
calls=8 1
9 60
cfn=hash
calls=1 9
9 10

fn=copy
1 7

totals: 112
";

    #[test]
    fn a_call_that_is_left_out_counts_with_all_that_it_calls_and_once() {
        let hash = |caller: &str, callee: &str| caller != "hash" && callee == "hash";
        assert_eq!(count(DUMP, hash), Some(Counted { own: 12, left_out: 100 }));
        assert_eq!(count(DUMP, |_, callee| callee == "copy"), Some(Counted { own: 105, left_out: 7 }));
        assert_eq!(count(DUMP, |_, _| false), Some(Counted { own: 112, left_out: 0 }));
    }

    #[test]
    fn a_dump_without_a_total_or_with_less_than_it_leaves_out_is_no_dump() {
        assert_eq!(count(DUMP.split("totals").next().unwrap(), |_, _| false), None);
        assert_eq!(count(&DUMP.replace("totals: 112", "totals: 99"), |_, callee| callee == "hash"), None);
        assert_eq!(count(&DUMP.replace("totals: 112", "totals: x"), |_, _| false), None);
    }

    #[test]
    fn signatures_hashes_and_the_sdk_are_left_out_where_our_code_calls_them() {
        const RUST: &str = "shared::auth::Authenticator::authenticate::{{closure}}";
        let others = [
            (RUST, "aws_lc_0_47_0_RSA_verify"),
            (RUST, "shared::identity::digest::Digest::of_all"),
            (RUST, "sha2::sha256::compress256"),
            (RUST, "<D as digest::digest::Digest>::finalize"),
            (RUST, "<tracing::instrument::Instrumented<T> as core::future::future::Future>::poll"),
        ];
        assert!(others.into_iter().all(|(caller, callee)| is_others(caller, callee)));
        let ours_or_below = [
            (RUST, "shared::auth::token::UnverifiedToken::parse"),
            (RUST, "aws_lc_rs::ec::signature::EcdsaVerificationAlgorithm::verify"),
            (RUST, "shared::identity::digest::Digest::of_nothing"),
            (RUST, "memcpy"),
            ("ecdsa_verify", "aws_lc_0_47_0_bn_mul4x_mont"),
            ("aws_lc_0_47_0_RSA_verify", "aws_lc_0_47_0_bn_mul4x_mont"),
            ("shared::identity::digest::Digest::of", "sha2::sha256::compress256"),
            ("shared::identity::digest::Digest::of", "<D as digest::digest::Digest>::finalize"),
            ("<D as digest::digest::Digest>::finalize", "sha2::sha256::compress256"),
        ];
        assert!(!ours_or_below.into_iter().any(|(caller, callee)| is_others(caller, callee)));
    }
}

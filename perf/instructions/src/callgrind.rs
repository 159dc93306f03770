//! Reads callgrind's dumps, written without compression of names.

/// What one dump says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Instructions outside of what is left out.
    pub own: u64,
    /// Instructions of what is left out.
    pub left_out: u64,
}

/// Reads one dump: all that was collected, less the calls from outside into what is to be left out. `None` where the dump
/// is not as it should be.
pub fn count(dump: &str, is_left_out: impl Fn(&str) -> bool) -> Option<Counted> {
    let (mut total, mut left_out, mut inside) = (None, 0, false);
    let (mut callee_is_left_out, mut is_call) = (false, false);
    for line in dump.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            inside = is_left_out(name);
        } else if let Some(name) = line.strip_prefix("cfn=") {
            callee_is_left_out = is_left_out(name);
        } else if line.starts_with("calls=") {
            is_call = true;
        } else if let Some(sum) = line.strip_prefix("totals:").or_else(|| line.strip_prefix("summary:")) {
            total = Some(sum.trim().parse().ok()?);
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let cost: u64 = line.split_ascii_whitespace().nth(1)?.parse().ok()?;
            if is_call {
                is_call = false;
                left_out += if callee_is_left_out && !inside { cost } else { 0 };
            }
        }
    }
    let total: u64 = total?;
    Some(Counted { own: total.checked_sub(left_out)?, left_out })
}

/// Whether all of a function's cost is that of signatures or hashes, which is not ours to mend.
///
/// The outermost functions, each of which is one in the binary: what the libraries below call by themselves has any name.
pub fn is_crypto(function: &str) -> bool {
    const OURS: [&str; 4] = ["PublicKey::verifies", "SubjectKey::hash", "Digest::of", "Digest::of_all"];
    function.starts_with("sha2::") || OURS.iter().any(|ours| function.ends_with(ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `outer` (5 of its own) calls `hash` (100, of which 60 in `round`) twice and `copy` (7); `hash` calls `hash` again.
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
    fn a_call_into_what_is_left_out_counts_with_all_that_it_calls_and_once() {
        assert_eq!(count(DUMP, |name| name == "hash"), Some(Counted { own: 12, left_out: 100 }));
        assert_eq!(count(DUMP, |name| name == "copy"), Some(Counted { own: 105, left_out: 7 }));
        assert_eq!(count(DUMP, |_| false), Some(Counted { own: 112, left_out: 0 }));
    }

    #[test]
    fn what_is_called_by_what_is_left_out_is_not_left_out_twice() {
        let left_out = |name: &str| name == "hash" || name == "round";
        assert_eq!(count(DUMP, left_out), Some(Counted { own: 12, left_out: 100 }));
    }

    #[test]
    fn a_dump_without_a_total_or_with_less_than_it_leaves_out_is_no_dump() {
        assert_eq!(count(DUMP.split("totals").next().unwrap(), |_| false), None);
        assert_eq!(count(&DUMP.replace("totals: 112", "totals: 99"), |name| name == "hash"), None);
        assert_eq!(count(&DUMP.replace("totals: 112", "totals: x"), |_| false), None);
    }

    #[test]
    fn signatures_and_hashes_are_crypto_and_what_reads_tokens_is_not() {
        let crypto = [
            "shared::auth::public_key::PublicKey::verifies",
            "shared::auth::caller::SubjectKey::hash",
            "shared::identity::digest::Digest::of_all",
            "sha2::sha256::compress256",
        ];
        assert!(crypto.into_iter().all(is_crypto));
        let ours = [
            "shared::auth::token::UnverifiedToken::parse",
            "<alloc::string::String as core::fmt::Write>::write_str",
            "shared::identity::digest::Digest::of_nothing",
            "memcpy",
        ];
        assert!(!ours.into_iter().any(is_crypto));
    }
}

//! `exp`, `nbf` and `iat`: numbers of seconds, fractions allowed (RFC 7519 section 2), with 5 s of
//! leeway.

use super::{Case, Verdict, with_raw_claims, without_claim};
use crate::auth::testing::{self, NOW};

const NOW_SECONDS: i64 = NOW.as_millis() / 1000;

pub(super) fn cases() -> Vec<Case> {
    [missing(), never_numbers(), unusual_numbers(), around_the_leeway()].into_iter().flatten().collect()
}

fn missing() -> Vec<Case> {
    vec![
        Case::new("exp absent", without_claim("exp"), Verdict::BAD_CLAIMS),
        Case::new("exp in upper case as EXP", renamed("exp", "EXP"), Verdict::BAD_CLAIMS),
        Case::new("nbf absent", without_claim("nbf"), Verdict::ACCEPTED),
        Case::new("iat absent", without_claim("iat"), Verdict::ACCEPTED),
    ]
}

fn never_numbers() -> Vec<Case> {
    let in_an_hour = NOW_SECONDS + 3600;
    let values = [
        format!("\"{in_an_hour}\""),
        "\"2099-01-01T00:00:00Z\"".into(),
        "\"Infinity\"".into(),
        "\"\"".into(),
        "null".into(),
        "true".into(),
        "false".into(),
        "[]".into(),
        format!("[{in_an_hour}]"),
        "{}".into(),
        format!("{{\"$date\":{in_an_hour}}}"),
        "-1".into(),
        "-0.001".into(),
        format!("-{in_an_hour}"),
        "1e300".into(),
        "1e999".into(),
        "99999999999999999999999999".into(),
        "18446744073709551616".into(),
    ];
    ["exp", "nbf", "iat"]
        .into_iter()
        .flat_map(|name| {
            values
                .iter()
                .map(move |value| Case::new(format!("{name} {value}"), with_time(name, value), Verdict::claim(name)))
        })
        .chain(["exp", "nbf", "iat"].into_iter().flat_map(never_json))
        .collect()
}

/// Numbers in other languages, but not in JSON.
fn never_json(name: &'static str) -> impl Iterator<Item = Case> {
    let values = ["NaN", "Infinity", "0x7fffffff", "+1", "01", "1.", ".5", "1_000"];
    values
        .into_iter()
        .map(move |value| Case::new(format!("{name} {value}"), with_time(name, value), Verdict::BAD_CLAIMS))
}

/// Unusual spellings that are valid JSON numbers.
fn unusual_numbers() -> Vec<Case> {
    let exp = |name: &str, value: &str, verdict| Case::new(format!("exp {name}"), with_time("exp", value), verdict);
    vec![
        exp("as a whole float", &format!("{}.0", NOW_SECONDS + 60), Verdict::ACCEPTED),
        exp("with a fraction", &format!("{}.25", NOW_SECONDS + 60), Verdict::ACCEPTED),
        exp("with an exponent", "1.7428965e9", Verdict::ACCEPTED),
        exp("in milliseconds", &format!("{}", (NOW_SECONDS + 60) * 1000), Verdict::claim("exp")),
        exp("of 2^53 + 1", "9007199254740993", Verdict::claim("exp")),
        exp("of 2^63", "9223372036854775808", Verdict::claim("exp")),
        exp("of 1e19", "1e19", Verdict::claim("exp")),
        exp("at the end of the year 9999", "253402300799.5", Verdict::ACCEPTED),
        exp("after the year 9999", "253402300800", Verdict::claim("exp")),
        exp("of 0", "0", Verdict::EXPIRED),
        exp("of minus zero", "-0", Verdict::EXPIRED),
        exp("of almost nothing", "1e-300", Verdict::EXPIRED),
        exp("of 2^31 - 1", "2147483647", Verdict::ACCEPTED),
        exp("of 2^31", "2147483648", Verdict::ACCEPTED),
        Case::new("nbf of 0", with_time("nbf", "0"), Verdict::ACCEPTED),
        Case::new("nbf with a fraction", with_time("nbf", &format!("{NOW_SECONDS}.5")), Verdict::ACCEPTED),
        Case::new("nbf of 1e19", with_time("nbf", "1e19"), Verdict::claim("nbf")),
        Case::new("nbf in milliseconds", with_time("nbf", &format!("{NOW_SECONDS}000")), Verdict::claim("nbf")),
        Case::new("iat with a fraction", with_time("iat", &format!("{NOW_SECONDS}.5")), Verdict::ACCEPTED),
        Case::new("iat in milliseconds", with_time("iat", &format!("{NOW_SECONDS}000")), Verdict::claim("iat")),
        Case::new("iat at the end of the year 9999", with_time("iat", "253402300799"), Verdict::ACCEPTED),
        Case::new("iat of 0", with_time("iat", "0"), Verdict::ACCEPTED),
        Case::new("iat that is yet to come", with_time("iat", &(NOW_SECONDS + 3600).to_string()), Verdict::ACCEPTED),
        Case::new("exp spelled with an escape, and past", with_time(r"\u0065xp", "1"), Verdict::EXPIRED),
    ]
}

/// Refused from five seconds after `exp` on, and until five seconds before `nbf`.
fn around_the_leeway() -> Vec<Case> {
    let exp = [
        (1, "000", Verdict::ACCEPTED),
        (0, "000", Verdict::ACCEPTED),
        (-1, "000", Verdict::ACCEPTED),
        (-4, "000", Verdict::ACCEPTED),
        (-5, "010", Verdict::ACCEPTED),
        (-5, "000", Verdict::EXPIRED),
        (-6, "999", Verdict::EXPIRED),
        (-6, "000", Verdict::EXPIRED),
        (-3600, "000", Verdict::EXPIRED),
    ];
    let nbf = [
        (0, "000", Verdict::ACCEPTED),
        (1, "000", Verdict::ACCEPTED),
        (4, "999", Verdict::ACCEPTED),
        (5, "000", Verdict::ACCEPTED),
        (5, "010", Verdict::claim("nbf")),
        (6, "000", Verdict::claim("nbf")),
        (3600, "000", Verdict::claim("nbf")),
    ];
    let case = |name: &'static str, (seconds, millis, verdict): (i64, &str, Verdict)| {
        let token = with_time(name, &format!("{}.{millis}", NOW_SECONDS + seconds));
        Case::new(format!("{name} at now {seconds:+} s and {millis} ms"), token, verdict)
    };
    exp.into_iter().map(|row| case("exp", row)).chain(nbf.into_iter().map(|row| case("nbf", row))).collect()
}

/// The usual claims, with this one written exactly like this.
fn with_time(name: &str, value: &str) -> String {
    let mut claims = testing::claims();
    super::members(&mut claims).remove(&name.replace(r"\u0065", "e"));
    with_raw_claims(claims.to_string().replacen('{', &format!("{{\"{name}\":{value},"), 1))
}

fn renamed(name: &str, other: &str) -> String {
    with_raw_claims(testing::claims().to_string().replace(&format!("\"{name}\""), &format!("\"{other}\"")))
}

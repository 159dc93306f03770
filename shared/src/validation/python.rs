//! Python's conversions of texts and numbers, as far as the wire format shows them.

/// `float(text)`. `None` for Python's `ValueError`.
pub(super) fn float(text: &str) -> Option<f64> {
    without_underscores(text.trim(), u8::is_ascii_digit)?.parse().ok()
}

/// `int(text, 16)` of a text without a minus. `None` for Python's `ValueError`.
pub(super) fn hex(text: &str) -> Option<u128> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    let digits = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => digits.strip_prefix('_').unwrap_or(digits),
        None => text,
    };
    let digits = without_underscores(digits, u8::is_ascii_hexdigit)?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u128::from_str_radix(&digits, 16).ok()).flatten()
}

/// `str(number)` of a number written as JSON.
pub(super) fn number_text(number: &str) -> String {
    if is_integer(number) {
        return if number == "-0" { "0".to_owned() } else { number.to_owned() };
    }
    // Every JSON number is also a float in Rust.
    number.parse().map(float_text).unwrap_or_default()
}

/// Whether Python reads a JSON number as an `int`.
pub(super) fn is_integer(number: &str) -> bool {
    !number.contains(['.', 'e', 'E'])
}

/// `repr(number)`: the shortest digits that give the same number. Exponents below -4, and from 16
/// on, are written.
fn float_text(number: f64) -> String {
    if number == 0.0 || (1e-4..1e16).contains(&number.abs()) {
        return format!("{number:?}");
    }
    let scientific = format!("{number:e}");
    match scientific.split_once('e') {
        Some((digits, exponent)) => match exponent.strip_prefix('-') {
            Some(exponent) => format!("{digits}e-{exponent:0>2}"),
            None => format!("{digits}e+{exponent:0>2}"),
        },
        // An infinity.
        None => scientific,
    }
}

/// Python allows a single underscore between two digits.
fn without_underscores(text: &str, is_digit: fn(&u8) -> bool) -> Option<String> {
    let bytes = text.as_bytes();
    let digit_at = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(is_digit);
    let stray = |at: usize| !digit_at(at.checked_sub(1)) || !digit_at(at.checked_add(1));
    let strays = bytes.iter().enumerate().any(|(at, byte)| *byte == b'_' && stray(at));
    (!strays).then(|| text.replace('_', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_python_writes_them() {
        for (number, expected) in [
            ("123456789012345678901", "123456789012345678901"),
            ("-0", "0"),
            ("-0.0", "-0.0"),
            ("1E2", "100.0"),
            ("1e15", "1000000000000000.0"),
            ("1e16", "1e+16"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("1.50e-7", "1.5e-07"),
            ("123456789012345678901.0", "1.2345678901234568e+20"),
            ("-1e999", "-inf"),
            ("5e-324", "5e-324"),
        ] {
            assert_eq!(number_text(number), expected);
        }
    }

    #[test]
    fn floats_are_read_as_python_reads_them() {
        for text in ["1", " +1.5\n", ".5", "5.", "1_000", "1e1_0", "InFinity", "\u{2003}1\u{b}"] {
            assert!(float(text).is_some(), "{text}");
        }
        for text in ["", " ", ".", "1e", "_1", "1_", "1__0", "1_.5", "0x1", "1 0", "1\0", "1\u{1f}"] {
            assert!(float(text).is_none(), "{text}");
        }
    }

    #[test]
    fn hexadecimals_are_read_as_python_reads_them() {
        for text in ["ff", " +0xFF ", "0x_f_f", "f_f"] {
            assert_eq!(hex(text), Some(255), "{text}");
        }
        for text in ["", "0x", "-1", "++1", "0x+1", "_1", "0x__1", "g", "+ 1"] {
            assert_eq!(hex(text), None, "{text}");
        }
    }
}

//! Checks a body as Python's JSON decoder does (3.11, `_json.c`), and finds the same error at the
//! same character.
//!
//! It runs before `serde_json`, because our limits also hold inside values, which a raw value
//! skips.

const DEPTH_MAX: usize = 64;
const INTEGER_DIGITS_MAX: usize = 4300;
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The character at which a text stops being JSON, and the reason.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SyntaxProblem {
    pub(crate) index: usize,
    pub(crate) message: &'static str,
}

/// The text without its byte order mark, if it is JSON within our limits.
pub(crate) fn check(bytes: &[u8]) -> Result<&str, SyntaxProblem> {
    let text = str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        SyntaxProblem { index: String::from_utf8_lossy(valid).chars().count(), message: "Invalid UTF-8" }
    })?;
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0 };
    scanner.document().map_err(|stop| {
        let before = text.get(..stop.at).unwrap_or_default();
        SyntaxProblem { index: before.chars().count(), message: stop.message }
    })?;
    Ok(text)
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A syntax error whose place is counted in bytes.
struct Stop {
    at: usize,
    message: &'static str,
}

fn stop<T>(at: usize, message: &'static str) -> Result<T, Stop> {
    Err(Stop { at, message })
}

impl Scanner<'_> {
    fn document(&mut self) -> Result<(), Stop> {
        self.skip_whitespace();
        self.value(0)?;
        self.skip_whitespace();
        if self.at < self.bytes.len() { stop(self.at, "Extra data") } else { Ok(()) }
    }

    /// Reads one value that is inside `depth` arrays and objects.
    fn value(&mut self, depth: usize) -> Result<(), Stop> {
        match self.peek() {
            Some(b'{' | b'[') if depth == DEPTH_MAX => stop(self.at, "Nesting too deep"),
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => self.string(),
            Some(b'n') => self.word("null"),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: usize) -> Result<(), Stop> {
        self.at += 1;
        self.skip_whitespace();
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            if self.peek() != Some(b'"') {
                return stop(self.at, "Expecting property name enclosed in double quotes");
            }
            self.string()?;
            self.skip_whitespace();
            if !self.take(b':') {
                return stop(self.at, "Expecting ':' delimiter");
            }
            self.skip_whitespace();
            self.value(depth)?;
            if self.closes(b'}')? {
                return Ok(());
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), Stop> {
        self.at += 1;
        self.skip_whitespace();
        if self.take(b']') {
            return Ok(());
        }
        loop {
            self.value(depth)?;
            if self.closes(b']')? {
                return Ok(());
            }
        }
    }

    /// Reads the closing bracket or the comma after an item.
    fn closes(&mut self, bracket: u8) -> Result<bool, Stop> {
        self.skip_whitespace();
        if self.take(bracket) {
            return Ok(true);
        }
        if !self.take(b',') {
            return stop(self.at, "Expecting ',' delimiter");
        }
        self.skip_whitespace();
        Ok(false)
    }

    fn string(&mut self) -> Result<(), Stop> {
        let begin = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape(begin)?,
                Some(..=0x1f) => return stop(self.at, "Invalid control character at"),
                Some(_) => self.at += 1,
                None => return stop(begin, "Unterminated string starting at"),
            }
        }
    }

    fn escape(&mut self, begin: usize) -> Result<(), Stop> {
        let backslash = self.at;
        self.at += 1;
        match self.peek() {
            Some(b'u') => self.unicode_escape(),
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(_) => stop(backslash, "Invalid \\escape"),
            None => stop(begin, "Unterminated string starting at"),
        }
    }

    /// Python accepts half of a surrogate pair. We refuse it, because UTF-8 cannot represent it.
    fn unicode_escape(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let whole = match self.code_unit()? {
            0xD800..=0xDBFF if self.rest().starts_with(b"\\u") => {
                self.at += 1;
                (0xDC00..=0xDFFF).contains(&self.code_unit()?)
            }
            unit => !(0xD800..=0xDFFF).contains(&unit),
        };
        if whole { Ok(()) } else { stop(start, "Invalid \\uXXXX escape") }
    }

    /// Reads `uXXXX`. Like Python's decoder it requires one more character after that.
    fn code_unit(&mut self) -> Result<u32, Stop> {
        let digits = self.bytes.get(self.at + 1..self.at + 5).filter(|_| self.at + 5 < self.bytes.len());
        let unit = digits.and_then(|digits| {
            digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + char::from(*digit).to_digit(16)?))
        });
        match unit {
            Some(unit) => {
                self.at += 5;
                Ok(unit)
            }
            None => stop(self.at, "Invalid \\uXXXX escape"),
        }
    }

    fn word(&mut self, word: &str) -> Result<(), Stop> {
        if !self.rest().starts_with(word.as_bytes()) {
            return stop(self.at, "Expecting value");
        }
        self.at += word.len();
        Ok(())
    }

    /// Reads the longest number. Like Python's decoder it leaves a dot or an exponent without
    /// digits unread.
    fn number(&mut self) -> Result<(), Stop> {
        let start = self.at;
        self.take(b'-');
        let digits = if self.take(b'0') { 1 } else { self.skip_digits() };
        if digits == 0 {
            return stop(start, "Expecting value");
        }
        let fraction = self.digits_behind(|scanner| scanner.take(b'.'));
        let exponent = self.digits_behind(|scanner| {
            let exponent = scanner.take(b'e') || scanner.take(b'E');
            let _sign = exponent && (scanner.take(b'+') || scanner.take(b'-'));
            exponent
        });
        if digits > INTEGER_DIGITS_MAX && !fraction && !exponent {
            return stop(start, "Integer too long");
        }
        Ok(())
    }

    /// Skips a lead and the digits after it, or nothing.
    fn digits_behind(&mut self, lead: impl Fn(&mut Self) -> bool) -> bool {
        let start = self.at;
        let found = lead(self) && self.skip_digits() > 0;
        if !found {
            self.at = start;
        }
        found
    }

    fn skip_digits(&mut self) -> usize {
        self.skip_while(u8::is_ascii_digit)
    }

    fn skip_whitespace(&mut self) {
        self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn skip_while(&mut self, wanted: impl Fn(&u8) -> bool) -> usize {
        let skipped = self.rest().iter().take_while(|byte| wanted(byte)).count();
        self.at += skipped;
        skipped
    }

    fn take(&mut self, wanted: u8) -> bool {
        let taken = self.peek() == Some(wanted);
        self.at += usize::from(taken);
        taken
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> (usize, &'static str) {
        let error = check(text.as_bytes()).unwrap_err();
        (error.index, error.message)
    }

    #[test]
    fn errors_are_those_of_the_python_decoder() {
        for (text, index, message) in [
            (" ", 1, "Expecting value"),
            ("[1,]", 3, "Expecting value"),
            ("{\"é\": nul}", 6, "Expecting value"),
            ("-", 0, "Expecting value"),
            ("01", 1, "Extra data"),
            ("[1.]", 2, "Expecting ',' delimiter"),
            ("[1e+]", 2, "Expecting ',' delimiter"),
            ("{\"a\"", 4, "Expecting ':' delimiter"),
            ("{", 1, "Expecting property name enclosed in double quotes"),
            ("{\"a\":1,}", 7, "Expecting property name enclosed in double quotes"),
            ("[\"a", 1, "Unterminated string starting at"),
            ("[\"a\\", 1, "Unterminated string starting at"),
            ("\"\t\"", 1, "Invalid control character at"),
            ("\"\\x\"", 1, "Invalid \\escape"),
            ("\"\\u12g4\"", 2, "Invalid \\uXXXX escape"),
            ("\"\\u1234", 2, "Invalid \\uXXXX escape"),
        ] {
            assert_eq!(error(text), (index, message), "{text}");
        }
    }

    #[test]
    fn text_that_is_not_utf_8_is_refused_at_its_character() {
        let error = check(b"\"\xc3\xa9\xff\"").unwrap_err();
        assert_eq!(error, SyntaxProblem { index: 2, message: "Invalid UTF-8" });
        assert_eq!(check(b"{\0}\0").unwrap_err().index, 1);
    }

    #[test]
    fn halves_of_surrogate_pairs_are_refused_everywhere() {
        assert_eq!(check(br#""\ud83d\ude00""#), Ok(r#""\ud83d\ude00""#));
        for text in [r#"[["\ud83d"]]"#, r#"[["\ude00"]]"#, r#"[["\ud83d\u0041"]]"#] {
            assert_eq!(error(text), (4, "Invalid \\uXXXX escape"), "{text}");
        }
    }

    #[test]
    fn nesting_goes_64_deep() {
        assert!(check(format!("{}{}", "[".repeat(64), "]".repeat(64)).as_bytes()).is_ok());
        assert_eq!(error(&"[".repeat(65)), (64, "Nesting too deep"));
        assert_eq!(error(&"{\"a\":".repeat(65)), (320, "Nesting too deep"));
    }

    #[test]
    fn integers_have_4300_digits_at_most() {
        assert!(check(format!("-{}", "1".repeat(4300)).as_bytes()).is_ok());
        assert!(check(format!("{}.0", "1".repeat(4301)).as_bytes()).is_ok());
        assert_eq!(error(&"1".repeat(4301)), (0, "Integer too long"));
    }

    #[test]
    fn nan_and_infinity_are_no_json() {
        for text in ["NaN", "Infinity", "-Infinity"] {
            assert_eq!(error(text), (0, "Expecting value"));
        }
    }

    #[test]
    fn a_byte_order_mark_does_not_count() {
        assert_eq!(check(b"\xef\xbb\xbf{}"), Ok("{}"));
        assert_eq!(error("\u{feff}{"), (1, "Expecting property name enclosed in double quotes"));
    }
}

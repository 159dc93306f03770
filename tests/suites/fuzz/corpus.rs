//! Inputs in a file, one on each line. Bytes that a line cannot hold are escaped.

use std::{fs, path::PathBuf};

/// The inputs of the corpus for a target. A line that begins with `#` is a comment.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    let path = path(target);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let inputs = text.lines().filter(|line| !line.starts_with('#'));
    inputs.map(|line| unescaped(line).unwrap_or_else(|| panic!("{}: {line}", path.display()))).collect()
}

/// The path of a target's corpus.
pub fn path(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz-corpus").join(target).with_extension("txt")
}

/// An input as a line. Printable ASCII stands for itself, and every other byte is `\n`, `\\` or
/// `\x` with two digits.
pub fn escaped(input: &[u8]) -> String {
    let escape = |(at, byte): (usize, &u8)| match byte {
        b'#' if at == 0 => "\\x23".to_owned(),
        b'\n' => "\\n".to_owned(),
        b'\\' => "\\\\".to_owned(),
        b' '..=b'~' => char::from(*byte).to_string(),
        byte => format!("\\x{byte:02x}"),
    };
    input.iter().enumerate().map(escape).collect()
}

fn unescaped(line: &str) -> Option<Vec<u8>> {
    let (mut input, mut bytes) = (Vec::new(), line.bytes());
    while let Some(byte) = bytes.next() {
        input.push(match byte {
            b'\\' => match bytes.next()? {
                b'n' => b'\n',
                b'\\' => b'\\',
                b'x' => {
                    let digits = [bytes.next()?, bytes.next()?];
                    u8::from_str_radix(str::from_utf8(&digits).ok()?, 16).ok()?
                }
                _ => return None,
            },
            byte => byte,
        });
    }
    Some(input)
}

#[test]
fn every_input_survives_its_line() {
    let bytes: Vec<u8> = (0..=255).rev().collect();
    for input in [bytes.as_slice(), b"", b"#", b"\\x41\n\"", "é\u{2028}".as_bytes()] {
        let line = escaped(input);
        assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && !line.starts_with('#'), "{line}");
        assert_eq!(unescaped(&line).as_deref(), Some(input));
    }
    for wrong in ["\\", "\\x", "\\x4", "\\xg0", "\\t"] {
        assert_eq!(unescaped(wrong), None, "{wrong}");
    }
}

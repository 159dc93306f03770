//! Searches for texts that must not appear, in every encoding in which they could.

use std::{collections::BTreeSet, fmt::Write};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use serde_json::Value;

use crate::Answer;

/// The fields that a success echoes by contract: the account's id and its name, each under several
/// names.
const ECHOES: [&str; 7] = [
    "platform_user_id",
    "portal_user_id",
    "display_name",
    "username",
    "loginNames",
    "preferredLoginName",
    "displayName",
];

/// The fields of a `GetUserByIDResponse` with the same name: each path lists field numbers from the
/// outside in.
const NAMES: [&[u64]; 7] = [&[2, 3], &[2, 4], &[2, 5], &[2, 6, 3], &[2, 6, 4], &[2, 6, 5], &[2, 6, 6, 4]];

/// The number of hex digits of a caller's hash that audit lines show by design.
const ACTOR_DIGITS: usize = 16;

/// Finds canaries in all their forms.
#[derive(Debug, Default)]
pub struct Finder {
    /// The name of a canary, and one form of it in lower case.
    forms: BTreeSet<(String, String)>,
}

impl Finder {
    /// Adds a text: ASCII of at least 12 characters that occurs nowhere else.
    pub fn watch(&mut self, what: &str, text: &str) {
        assert!(text.len() >= 12 && text.is_ascii(), "{text:?} would be found where it is not");
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let each = |form: fn(u8) -> String| text.bytes().map(form).collect::<String>();
        self.add(what, text.to_owned());
        self.add(what, each(|byte| format!("\\u{byte:04x}")));
        self.add(what, each(|byte| format!("\\\\u{byte:04x}")));
        self.add(what, each(|byte| format!("\\u{{{byte:x}}}")));
        self.add(what, each(|byte| format!("\\x{byte:02x}")));
        self.add(what, each(|byte| format!("%{byte:02x}")));
        self.add(what, each(|byte| format!("%25{byte:02x}")));
        self.add(what, String::from_utf8_lossy(&utf16).into_owned());
        self.add(what, hex(&utf16));
        self.watch_bytes(what, text.as_bytes());
    }

    /// Adds bytes, in the forms hex, base64 and list of numbers.
    pub fn watch_bytes(&mut self, what: &str, bytes: &[u8]) {
        let numbers: Vec<_> = bytes.iter().map(ToString::to_string).collect();
        self.add(what, numbers.join(","));
        self.add(what, numbers.join(", "));
        self.add(what, hex(bytes));
        for form in base64_anywhere(bytes) {
            self.add(what, form);
        }
    }

    /// Adds the key of a platform account and its hash. A part of the hash is found too.
    pub fn watch_account(&mut self, platform_user_id: &str) {
        let hash = digest(&SHA256, platform_user_id.as_bytes());
        let what = format!("the hash of {platform_user_id}");
        self.watch_bytes(&what, hash.as_ref());
        self.add(&what, hex(&hash.as_ref()[..8]));
        self.add(&what, hex(&hash.as_ref()[24..]));
        // The key itself is a text, so it could be encoded again.
        self.watch(&what, &URL_SAFE_NO_PAD.encode(hash.as_ref()));
    }

    /// Adds a subject of this issuer's tokens and its hashes without a key. The digits that audit
    /// lines show are allowed.
    pub fn watch_subject(&mut self, issuer: &str, subject: &str) {
        self.watch("sub", subject);
        let plain = digest(&SHA256, subject.as_bytes());
        self.watch_bytes("the hash of sub", plain.as_ref());
        self.add("the hash of sub", hex(&plain.as_ref()[..ACTOR_DIGITS / 2]));
        let actor = digest(&SHA256, format!("{issuer}\n{subject}").as_bytes());
        self.watch_bytes("the whole actor", actor.as_ref());
        self.add("more of the actor", hex(actor.as_ref())[..=ACTOR_DIGITS].to_owned());
        self.watch_bytes("the rest of the actor", &actor.as_ref()[ACTOR_DIGITS / 2..]);
    }

    /// Adds a token: its signature, which is unique, and its encoded claims.
    pub fn watch_token(&mut self, token: &str) {
        let mut parts = token.rsplitn(2, '.');
        let (signature, claims) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        self.watch("a token's signature", &signature[..24]);
        self.watch("a token's claims", &claims[claims.len() - 24..]);
    }

    /// The names of the canaries that these bytes contain.
    pub fn found(&self, haystack: &[u8]) -> BTreeSet<&str> {
        let haystack = String::from_utf8_lossy(haystack).to_ascii_lowercase();
        let found = self.forms.iter().filter(|(_, form)| haystack.contains(form));
        found.map(|(what, _)| what.as_str()).collect()
    }

    /// Fails if these bytes contain a canary, and quotes the line.
    pub fn assert_absent(&self, place: &str, haystack: &[u8]) {
        if self.found(haystack).is_empty() {
            return;
        }
        let line = haystack.split(|byte| *byte == b'\n').find(|line| !self.found(line).is_empty());
        let line = String::from_utf8_lossy(line.unwrap_or(haystack)).into_owned();
        panic!("{:?} in {place}: {}", self.found(haystack), line.chars().take(2000).collect::<String>());
    }

    /// Fails if an answer contains a canary, except in the fields that a success echoes by
    /// contract.
    pub fn assert_absent_in_answer(&self, place: &str, answer: &Answer) {
        let headers = format!("{:?}", answer.headers);
        self.assert_absent(place, headers.as_bytes());
        let mut body = answer.json();
        if answer.status < 300 && !body.is_null() {
            drop_echoes(&mut body);
            self.assert_absent(place, body.to_string().as_bytes());
        } else {
            let bytes = match answer.header("content-type") {
                Some("application/proto") => without_names(&answer.bytes, &[]),
                Some("application/grpc-web+proto") => without_names_in_frame(&answer.bytes),
                _ => answer.bytes.to_vec(),
            };
            self.assert_absent(place, &bytes);
        }
    }

    fn add(&mut self, what: &str, form: String) {
        self.forms.insert((what.to_owned(), form.to_ascii_lowercase()));
    }
}

fn drop_echoes(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !ECHOES.contains(&name.as_str()));
            members.values_mut().for_each(drop_echoes);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_echoes),
        _ => {}
    }
}

/// The bytes of a message without the names in it.
fn without_names(mut message: &[u8], path: &[u64]) -> Vec<u8> {
    let mut kept = Vec::new();
    while let Some(tag) = varint(&mut message) {
        let path = [path, &[tag >> 3]].concat();
        let length = if tag & 7 == 2 { varint(&mut message) } else { varint(&mut message).map(|_| 0) };
        let field = length.and_then(|length| message.split_at_checked(usize::try_from(length).ok()?));
        let Some((field, rest)) = field else { break };
        if NAMES.iter().any(|name| name.starts_with(&path) && name.len() > path.len()) {
            kept.extend(without_names(field, &path));
        } else if !NAMES.contains(&&*path) {
            kept.extend(field);
        }
        message = rest;
    }
    // A rest that is not a message is kept unchanged.
    kept.extend(message);
    kept
}

/// Does the same with the first frame of a gRPC-Web body, if it is a message.
fn without_names_in_frame(body: &[u8]) -> Vec<u8> {
    match body.split_first_chunk() {
        Some((&[0, a, b, c, d], rest)) => {
            let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).expect("a short frame");
            let (message, trailers) = rest.split_at(length);
            [&without_names(message, &[]), trailers].concat()
        }
        _ => body.to_vec(),
    }
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let end = bytes.iter().position(|byte| byte & 0x80 == 0)?;
    let (number, rest) = bytes.split_at(end + 1);
    *bytes = rest;
    Some(number.iter().rev().fold(0, |number, byte| number << 7 | u64::from(byte & 0x7F)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("memory");
        hex
    })
}

/// The base64 of these bytes at each possible offset in a longer text: the characters that no
/// neighbouring byte changes.
fn base64_anywhere(bytes: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let padded = [&vec![0; before][..], bytes].concat();
        let whole = padded.len() / 3 * 3;
        let first = [0, 2, 3][before];
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            forms.push(engine.encode(&padded[..whole])[first..].to_owned());
        }
    }
    forms
}

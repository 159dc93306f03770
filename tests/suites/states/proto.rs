//! Protocol Buffers taken apart by hand.

use serde_json::{Value, json};
use shared::identity::Timestamp;

/// Id and text of a `zitadel.v1.ErrorDetail`.
pub fn error_detail(message: &[u8]) -> (String, String) {
    let fields = fields(message);
    assert_eq!(fields.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2]);
    (fields[0].1.text(), fields[1].1.text())
}

/// The `details` of a message as they are in JSON.
pub fn details_of(message: &[u8]) -> Value {
    let response = fields(message);
    let [(1, details)] = &response[..] else { panic!("{response:?}") };
    let details = fields(&details.bytes());
    let [(1, sequence), (2, changed), (3, owner), (4, created)] = &details[..] else { panic!("{details:?}") };
    let time = |field: &Field| {
        let parts = fields(&field.bytes());
        let part = |wanted| parts.iter().find(|(number, _)| *number == wanted).map_or(0, |(_, part)| part.number());
        Timestamp::from_millis(i64::try_from(part(1) * 1000 + part(2) / 1_000_000).unwrap()).to_string()
    };
    json!({
        "sequence": sequence.number().to_string(), "changeDate": time(changed),
        "resourceOwner": owner.text(), "creationDate": time(created),
    })
}

#[derive(Debug, Clone)]
pub enum Field {
    Number(u64),
    Bytes(Vec<u8>),
}

impl Field {
    pub fn number(&self) -> u64 {
        if let Self::Number(number) = self { *number } else { panic!("{self:?} is no number") }
    }

    pub fn bytes(&self) -> Vec<u8> {
        if let Self::Bytes(bytes) = self { bytes.clone() } else { panic!("{self:?} is no text or message") }
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.bytes()).unwrap()
    }
}

/// The fields of a Protocol Buffers message of numbers, texts and messages.
pub fn fields(mut message: &[u8]) -> Vec<(u64, Field)> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let tag = varint(&mut message);
        let field = match tag & 7 {
            0 => Field::Number(varint(&mut message)),
            2 => {
                let length = usize::try_from(varint(&mut message)).unwrap();
                let (bytes, rest) = message.split_at(length);
                message = rest;
                Field::Bytes(bytes.to_vec())
            }
            other => panic!("wire type {other}"),
        };
        found.push((tag >> 3, field));
    }
    found
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().expect("more of a number");
        *bytes = rest;
        number |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return number;
        }
    }
    panic!("an endless number")
}

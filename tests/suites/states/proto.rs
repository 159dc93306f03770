//! Reads Protocol Buffers by hand, independently of the server's code.

use serde_json::{Value, json};
use shared::identity::Timestamp;

/// The id and the text of a `zitadel.v1.ErrorDetail`.
pub fn error_detail(message: &[u8]) -> (String, String) {
    let fields = fields(message);
    assert_eq!(fields.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2]);
    (fields[0].1.text(), fields[1].1.text())
}

/// The `details` of a message as JSON.
pub fn details_of(message: &[u8]) -> Value {
    let response = fields(message);
    let [(1, details)] = &response[..] else { panic!("{response:?}") };
    details_in(details)
}

/// A `GetUserByIDResponse` as JSON. The field numbers are those of `@zitadel/proto` 1.3.
pub fn shown(message: &[u8]) -> Value {
    let response = fields(message);
    let [(1, details), (2, user)] = &response[..] else { panic!("{response:?}") };
    let user = fields(&user.bytes());
    let field = |number: u64| &user.iter().find(|(other, _)| *other == number).expect("a field").1;
    assert_eq!(numbers(&user), [1, 2, 3, 4, 5, 6, 8]);
    let human = fields(&field(6).bytes());
    assert_eq!(numbers(&human), [1, 2, 3, 4, 5, 6]);
    let profile = fields(&human[5].1.bytes());
    let [(4, display_name)] = &profile[..] else { panic!("{profile:?}") };
    let (mut shown, mut as_human) = (named(&user), named(&human));
    as_human["profile"] = json!({ "displayName": display_name.text() });
    shown["details"] = details_in(field(8));
    shown["human"] = as_human;
    json!({ "details": details_in(details), "user": shown })
}

/// The fields 1 to 5, which a user and its human share.
fn named(fields: &[(u64, Field)]) -> Value {
    let text = |at: usize| fields[at].1.text();
    let state = ["UNSPECIFIED", "ACTIVE", "INACTIVE", "DELETED", "LOCKED"][fields[1].1.number() as usize];
    json!({
        "userId": text(0), "state": format!("USER_STATE_{state}"), "username": text(2), "loginNames": [text(3)],
        "preferredLoginName": text(4),
    })
}

fn numbers(fields: &[(u64, Field)]) -> Vec<u64> {
    fields.iter().map(|(number, _)| *number).collect()
}

fn details_in(details: &Field) -> Value {
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

/// The fields of a Protocol Buffers message. It may have numbers, texts and messages.
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

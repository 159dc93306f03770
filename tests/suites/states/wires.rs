//! A client for each encoding. It writes and reads bytes itself and does not use the server's
//! encoders.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use serde_json::{Value, json};
use tests::{Answer, World};

use crate::{
    path,
    proto::{details_of, error_detail, fields},
};

/// The changes of state, by the last segment of their REST path, with the state in which each
/// begins.
pub const CHANGES: [Change; 4] = [
    Change {
        verb: "deactivate",
        call: "DeactivateUser",
        before: &[],
        unknown: "COMMAND-5gp2p62iin",
        refused: ("COMMAND-5gunjw0cd7", "User already inactive"),
    },
    Change {
        verb: "reactivate",
        call: "ReactivateUser",
        before: &["deactivate"],
        unknown: "COMMAND-9hy5kzbuk6",
        refused: ("COMMAND-s5qqcz97hf", "User is not inactive"),
    },
    Change {
        verb: "lock",
        call: "LockUser",
        before: &[],
        unknown: "COMMAND-450yxuqrh1",
        refused: ("COMMAND-lgws8wtsqf", "User is not active or initial"),
    },
    Change {
        verb: "unlock",
        call: "UnlockUser",
        before: &["lock"],
        unknown: "COMMAND-x377t913pw",
        refused: ("COMMAND-olb9vb0oca", "User is not locked"),
    },
];

/// One change of state.
#[derive(Clone, Copy)]
pub struct Change {
    pub verb: &'static str,
    pub call: &'static str,
    /// The changes of a new user that must come before.
    pub before: &'static [&'static str],
    /// The id of its 404.
    pub unknown: &'static str,
    /// The id and text of its 400.
    pub refused: (&'static str, &'static str),
}

impl Change {
    pub fn call_path(&self) -> String {
        format!("/zitadel.user.v2.UserService/{}", self.call)
    }

    pub fn function(&self) -> String {
        format!("{}-user", self.verb)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    Rest,
    /// gRPC-Web on the REST path.
    RestGrpcWeb,
    ConnectJson,
    ConnectProto,
    GrpcWeb,
}

pub const WIRES: [Wire; 5] = [Wire::Rest, Wire::RestGrpcWeb, Wire::ConnectJson, Wire::ConnectProto, Wire::GrpcWeb];

/// The outcome of a call in any encoding.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The HTTP status.
    pub status: u16,
    /// The gRPC status. 0 is a success.
    pub code: u64,
    pub message: String,
    /// The id and the text of the error's detail.
    pub detail: Option<(String, String)>,
    /// The details of a success.
    pub details: Value,
}

impl Wire {
    pub fn is_web(self) -> bool {
        matches!(self, Self::RestGrpcWeb | Self::GrpcWeb)
    }

    pub fn is_call(self) -> bool {
        !matches!(self, Self::Rest | Self::RestGrpcWeb)
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Rest | Self::ConnectJson => "application/json",
            Self::ConnectProto => "application/proto",
            Self::RestGrpcWeb => "application/grpc-web",
            Self::GrpcWeb => "application/grpc-web+proto",
        }
    }

    /// The HTTP status in this encoding of an error that has the status `rest` over REST.
    pub fn status(self, rest: u16) -> u16 {
        match self {
            Self::Rest => rest,
            Self::RestGrpcWeb | Self::GrpcWeb => 200,
            // The status of a body that is too large follows from the code in Connect.
            Self::ConnectJson | Self::ConnectProto if rest == 413 => 429,
            Self::ConnectJson | Self::ConnectProto => rest,
        }
    }

    pub fn path(self, change: Change, user_id: &str) -> String {
        if self.is_call() { change.call_path() } else { path(user_id, change.verb) }
    }

    pub fn body(self, user_id: &str) -> Vec<u8> {
        let mut message = vec![0x0A];
        let mut length = user_id.len();
        while length > 0x7F {
            message.push(u8::try_from(length & 0x7F).unwrap() | 0x80);
            length >>= 7;
        }
        message.push(u8::try_from(length).unwrap());
        message.extend(user_id.as_bytes());
        match self {
            Self::Rest => b"{}".to_vec(),
            Self::ConnectJson => json!({ "userId": user_id }).to_string().into_bytes(),
            Self::ConnectProto => message,
            Self::RestGrpcWeb | Self::GrpcWeb => {
                let length = u32::try_from(message.len()).unwrap().to_be_bytes();
                [&[0][..], &length, &message].concat()
            }
        }
    }

    /// Sends these bytes about a user.
    pub async fn send(
        self,
        world: &World,
        change: Change,
        user_id: &str,
        authorization: Option<&str>,
        body: Vec<u8>,
    ) -> Answer {
        let mut headers = vec![("content-type", self.content_type())];
        headers.extend(authorization.map(|authorization| ("authorization", authorization)));
        world.send("POST", &self.path(change, user_id), &headers, body).await
    }

    /// Sends a change as a caller with every permission.
    pub async fn ask(self, world: &World, change: Change, user_id: &str) -> Outcome {
        let admin = format!("Bearer {}", world.admin());
        self.read(&self.send(world, change, user_id, Some(&admin), self.body(user_id)).await)
    }

    /// Reads an answer. Fails unless it is in this encoding.
    pub fn read(self, answer: &Answer) -> Outcome {
        let content_type = answer.header("content-type").expect("a content type");
        if self.is_web() {
            assert_eq!((answer.status, content_type), (200, "application/grpc-web+proto"), "{answer:?}");
            return read_web(&answer.bytes);
        }
        let details = match (answer.status, self) {
            (200, Self::ConnectProto) => {
                assert_eq!(content_type, "application/proto");
                return success(details_of(&answer.bytes));
            }
            (200, _) => answer.json()["details"].clone(),
            _ => Value::Null,
        };
        assert_eq!(content_type, "application/json", "{answer:?}");
        if answer.status == 200 {
            return success(details);
        }
        let error = answer.json();
        let text = |value: &Value| value.as_str().expect(&answer.text).to_owned();
        let detail = &error["details"][0];
        let (code, detail) = if self == Self::Rest {
            let url = "type.googleapis.com/zitadel.v1.ErrorDetail";
            assert!(detail.is_null() || detail["@type"] == url, "{}", answer.text);
            let read = (!detail.is_null()).then(|| (text(&detail["id"]), text(&detail["message"])));
            (error["code"].as_u64().expect(&answer.text), read)
        } else {
            assert!(detail.is_null() || detail["type"] == "zitadel.v1.ErrorDetail", "{}", answer.text);
            let read = detail["value"].as_str().map(|value| error_detail(&STANDARD_NO_PAD.decode(value).unwrap()));
            (number_of(error["code"].as_str().expect(&answer.text)), read)
        };
        Outcome { status: answer.status, code, message: text(&error["message"]), detail, details: Value::Null }
    }
}

fn success(details: Value) -> Outcome {
    Outcome { status: 200, code: 0, message: String::new(), detail: None, details }
}

fn number_of(name: &str) -> u64 {
    let names = [
        ("invalid_argument", 3),
        ("not_found", 5),
        ("permission_denied", 7),
        ("resource_exhausted", 8),
        ("failed_precondition", 9),
        ("unimplemented", 12),
        ("internal", 13),
        ("unavailable", 14),
        ("unauthenticated", 16),
    ];
    names.iter().find(|(other, _)| *other == name).unwrap_or_else(|| panic!("{name}")).1
}

/// The message of a successful answer over gRPC-Web.
pub fn message_of(body: &[u8]) -> &[u8] {
    assert_eq!(body[0], 0, "a frame with a message");
    let length = u32::from_be_bytes(body[1..5].try_into().unwrap());
    let (message, trailers) = body[5..].split_at(length.try_into().unwrap());
    assert_eq!(trailers, b"\x80\0\0\0\x10grpc-status: 0\r\n");
    message
}

/// Reads a body of frames: a message and trailers, or trailers alone.
fn read_web(mut body: &[u8]) -> Outcome {
    let mut frames = Vec::new();
    while !body.is_empty() {
        let (head, rest) = body.split_at(5);
        let (bytes, after) = rest.split_at(u32::from_be_bytes(head[1..].try_into().unwrap()).try_into().unwrap());
        frames.push((head[0], bytes));
        body = after;
    }
    let (flag, trailers) = frames.pop().expect("a frame");
    assert_eq!(flag, 0x80, "trailers come last");
    let trailers = std::str::from_utf8(trailers).unwrap().strip_suffix("\r\n").expect("a line's end");
    let trailers: Vec<_> = trailers.split("\r\n").map(|line| line.split_once(": ").unwrap()).collect();
    let trailer = |name: &str| trailers.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
    let code: u64 = trailer("grpc-status").expect("a status").parse().unwrap();
    if code == 0 {
        assert_eq!((trailers.len(), frames.len(), frames[0].0), (1, 1, 0));
        return success(details_of(frames[0].1));
    }
    assert!(frames.is_empty(), "an error has no message");
    let message = trailer("grpc-message").expect("a text").to_owned();
    let detail = trailer("grpc-status-details-bin").map(|bin| {
        let status = fields(&STANDARD.decode(padded(bin)).unwrap());
        assert_eq!(status.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!((status[0].1.number(), status[1].1.text()), (code, message.clone()), "clients believe this one");
        let any = fields(&status[2].1.bytes());
        assert_eq!(any[0].1.text(), "type.googleapis.com/zitadel.v1.ErrorDetail");
        error_detail(&any[1].1.bytes())
    });
    Outcome { status: 200, code, message, detail, details: Value::Null }
}

fn padded(base64: &str) -> String {
    assert!(!base64.contains('='), "{base64}");
    format!("{base64}{}", "=".repeat((4 - base64.len() % 4) % 4))
}

//! gRPC-Web in its binary form: messages and trailers are frames of a flag, a length and bytes
//! (docs/contract/zitadel.md, "gRPC-Web").

use std::{borrow::Cow, fmt::Write};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use prost::Message;

use super::{
    failure::{Failure, WireProblem},
    gzip,
    messages::Status,
};

const MESSAGE: u8 = 0x00;
const COMPRESSED: u8 = 0x01;
const TRAILERS: u8 = 0x80;

/// The one message of a request. It may be compressed if the request names gzip.
pub(super) fn message(body: &[u8], is_gzip: bool) -> Result<Cow<'_, [u8]>, WireProblem> {
    let Some((&[flag, a, b, c, d], message)) = body.split_first_chunk() else {
        return Err(WireProblem::Malformed("a frame has a flag, a length of 4 bytes and a message".into()));
    };
    let is_whole = usize::try_from(u32::from_be_bytes([a, b, c, d])) == Ok(message.len());
    match flag {
        MESSAGE | COMPRESSED if !is_whole => {
            Err(WireProblem::Malformed("a request is one frame, as long as it says".into()))
        }
        MESSAGE => Ok(Cow::Borrowed(message)),
        COMPRESSED if is_gzip => gzip::expanded(message).map(Cow::Owned),
        COMPRESSED => Err(WireProblem::Malformed("a compressed message needs grpc-encoding: gzip".into())),
        _ => Err(WireProblem::Malformed("a request is one frame with flag 0 or 1".into())),
    }
}

/// A frame with the message, and trailers with the status OK.
pub(super) fn success(message: &impl Message) -> Vec<u8> {
    let mut body = frame(MESSAGE, &message.encode_to_vec());
    body.extend(frame(TRAILERS, b"grpc-status: 0\r\n"));
    body
}

/// Trailers with the error, without a message. Some clients cannot read an error in headers.
pub(super) fn failure(failure: &Failure) -> Vec<u8> {
    let mut trailers = format!("grpc-status: {}\r\n", failure.code.number());
    write!(trailers, "grpc-message: {}\r\n", percent_encoded(&failure.message)).ok();
    if failure.detail.is_some() {
        let status = STANDARD_NO_PAD.encode(Status::from(failure).encode_to_vec());
        write!(trailers, "grpc-status-details-bin: {status}\r\n").ok();
    }
    frame(TRAILERS, trailers.as_bytes())
}

fn frame(flag: u8, bytes: &[u8]) -> Vec<u8> {
    // Our messages are far below 4 GiB.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let mut frame = Vec::with_capacity(5 + bytes.len());
    frame.push(flag);
    frame.extend(length.to_be_bytes());
    frame.extend(bytes);
    frame
}

/// Encodes `grpc-message`: printable ASCII without `%`, and every other byte as `%XX`.
fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if (0x20..=0x7E).contains(&byte) && byte != b'%' {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").ok();
        }
        encoded
    })
}

//! The HTTP side of a call: content type, method, compression, unknown methods.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use tests::World;

use crate::{
    NO_ONE, path, verdict,
    wires::{CHANGES, Outcome, WIRES, Wire},
};

const ACCEPTED: &str = "application/json, application/proto, application/grpc-web, application/grpc-web+proto";

fn is_unsupported(answer: &tests::Answer, what: &str) {
    assert_eq!((answer.status, answer.header("accept-post")), (415, Some(ACCEPTED)), "{what}");
    assert_eq!(
        (answer.header("content-type"), &answer.json()["code"]),
        (Some("application/json"), &12.into()),
        "{what}"
    );
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("HTTP/2 trailers") && message.contains(ACCEPTED), "{message}");
}

#[tokio::test]
async fn grpc_itself_is_415_on_every_path_whoever_asks() {
    let world = World::start().await;
    let body = Wire::GrpcWeb.body(NO_ONE);
    for change in CHANGES {
        for path in [change.call_path(), path(NO_ONE, change.verb)] {
            for content_type in ["application/grpc", "application/grpc+proto", "Application/GRPC; x=y"] {
                let answer = world.send("POST", &path, &[("content-type", content_type)], body.clone()).await;
                is_unsupported(&answer, &format!("{path} {content_type}"));
            }
        }
    }
}

#[tokio::test]
async fn a_call_of_another_content_type_is_415() {
    let world = World::start().await;
    let authorization = format!("Bearer {}", world.admin());
    let others = [
        "text/plain",
        "application/connect+json",
        "application/grpc-web-text",
        "application/grpc-web+json",
        "application/x-protobuf",
        "application/json,application/json",
        "",
    ];
    for change in CHANGES {
        for content_type in others {
            let headers = [("authorization", &*authorization), ("content-type", content_type)];
            let answer = world.send("POST", &change.call_path(), &headers, "{}").await;
            is_unsupported(&answer, content_type);
        }
        is_unsupported(&world.send("POST", &change.call_path(), &[], "{}").await, "no content type");
    }
}

#[tokio::test]
async fn content_types_count_without_parameters_and_in_any_case() {
    let world = World::start().await;
    let authorization = format!("Bearer {}", world.admin());
    for (wire, content_type) in [
        (Wire::ConnectJson, "Application/JSON; charset=utf-8"),
        (Wire::ConnectProto, "APPLICATION/PROTO"),
        (Wire::GrpcWeb, "application/grpc-web+Proto ;x=y"),
        (Wire::RestGrpcWeb, "application/GRPC-WEB;"),
    ] {
        let headers = [("authorization", &*authorization), ("content-type", content_type)];
        let path = wire.path(CHANGES[0], NO_ONE);
        let answer = world.send("POST", &path, &headers, wire.body(NO_ONE)).await;
        assert_eq!(wire.read(&answer).code, 5, "{content_type}");
    }
}

#[tokio::test]
async fn a_call_is_a_post() {
    let world = World::start().await;
    for change in CHANGES {
        for method in ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            for wire in WIRES {
                let headers = [("content-type", wire.content_type())];
                let answer = world.send(method, &change.call_path(), &headers, "").await;
                let expected = r#"{"code":12,"message":"Method Not Allowed"}"#;
                assert_eq!(verdict(&answer), (405, expected), "{method} {wire:?}");
                assert_eq!(answer.header("allow"), Some("POST"), "{method} {wire:?}");
            }
        }
    }
}

#[tokio::test]
async fn an_unknown_call_is_unimplemented_in_the_protocol_that_asks_and_404_otherwise() {
    let world = World::start().await;
    for unknown in ["/zitadel.user.v2.UserService/DeleteUser", "/zitadel.user.v2.UserService/", "/zitadel.x/y/z"] {
        for wire in [Wire::ConnectJson, Wire::ConnectProto, Wire::GrpcWeb] {
            let headers = [("content-type", wire.content_type())];
            let outcome = wire.read(&world.send("POST", unknown, &headers, wire.body(NO_ONE)).await);
            assert_eq!((outcome.status, outcome.code), (wire.status(404), 12), "{unknown} {wire:?}");
            assert_eq!(outcome.message, "unknown method");
        }
        for content_type in ["text/plain", "application/grpc"] {
            let answer = world.send("POST", unknown, &[("content-type", content_type)], "{}").await;
            assert_eq!(verdict(&answer), (404, r#"{"code":5,"message":"Not Found"}"#), "{unknown} {content_type}");
        }
    }
}

#[tokio::test]
async fn grpc_web_on_a_rest_path_is_answered_as_such_whatever_goes_wrong() {
    let world = World::start().await;
    let headers = [("content-type", "application/grpc-web+proto")];
    for (path, allow, message) in
        [("/v2/users/x/nothing", None, "unknown method"), ("/v2/users/x", Some("GET"), "Method Not Allowed")]
    {
        let answer = world.send("POST", path, &headers, "").await;
        let outcome = Wire::RestGrpcWeb.read(&answer);
        assert_eq!((outcome.code, &*outcome.message, answer.header("allow")), (12, message, allow), "{path}");
    }
}

/// The header with which a client of this encoding announces compression.
fn compressed_by(wire: Wire, encoding: &str) -> (&'static str, &str) {
    (if wire.is_web() { "grpc-encoding" } else { "content-encoding" }, encoding)
}

/// Sends a deactivation of a user with this compressed body.
async fn send_compressed(world: &World, wire: Wire, user_id: &str, encoding: &str, body: Vec<u8>) -> Outcome {
    let authorization = format!("Bearer {}", world.admin());
    let content_type = ("content-type", wire.content_type());
    let headers = [content_type, ("authorization", &*authorization), compressed_by(wire, encoding)];
    wire.read(&world.send("POST", &wire.path(CHANGES[0], user_id), &headers, body).await)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A body with this message, which is already compressed.
fn framed(wire: Wire, compressed: &[u8]) -> Vec<u8> {
    if !wire.is_web() {
        return compressed.to_vec();
    }
    [&[1][..], &u32::try_from(compressed.len()).unwrap().to_be_bytes(), compressed].concat()
}

/// The message about a user, without a frame.
fn unframed(wire: Wire, user_id: &str) -> Vec<u8> {
    wire.body(user_id).split_off(if wire.is_web() { 5 } else { 0 })
}

/// A message about this user with exactly this length.
fn padded(wire: Wire, user_id: &str, length: usize) -> Vec<u8> {
    let mut message = unframed(wire, user_id);
    if matches!(wire, Wire::Rest | Wire::ConnectJson) {
        message.resize(length, b' ');
        return message;
    }
    // The unknown field 15 takes the remaining bytes.
    let rest = length - message.len() - 4;
    message.extend([0x7A, 0x80 | (rest & 0x7F) as u8, 0x80 | (rest >> 7 & 0x7F) as u8, (rest >> 14) as u8]);
    message.resize(length, 0);
    message
}

/// connect-python compresses with gzip by default, and ZITADEL's own server reads it.
#[tokio::test]
async fn a_message_that_is_compressed_with_gzip_is_read() {
    let world = World::start().await;
    for wire in WIRES {
        for encoding in ["gzip", "GZIP"] {
            let user = world.create("Steam", &format!("{wire:?} {encoding}")).await.player_uuid;
            let message = unframed(wire, &user);
            let half = message.len() / 2;
            let members = [gzip(&message[..half]), gzip(&message[half..])].concat();
            let outcome = send_compressed(&world, wire, &user, encoding, framed(wire, &gzip(&message))).await;
            assert_eq!((outcome.code, &outcome.details["sequence"]), (0, &"2".into()), "{wire:?} {encoding}");
            // Several gzip members in a row are one text (RFC 1952, 2.2).
            let outcome = send_compressed(&world, wire, &user, encoding, framed(wire, &members)).await;
            assert_eq!((outcome.code, outcome.status), (9, wire.status(400)), "{wire:?} {encoding}");
        }
    }
}

#[tokio::test]
async fn over_grpc_web_each_message_says_whether_it_is_compressed() {
    let world = World::start().await;
    for wire in [Wire::RestGrpcWeb, Wire::GrpcWeb] {
        let plain = send_compressed(&world, wire, NO_ONE, "gzip", wire.body(NO_ONE)).await;
        assert_eq!(plain.code, 5, "{wire:?}: {plain:?}");
        let unnamed = framed(wire, &gzip(&unframed(wire, NO_ONE)));
        let unnamed = wire.read(&wire.send(&world, CHANGES[0], NO_ONE, None, unnamed).await);
        let expected = "a compressed message needs grpc-encoding: gzip";
        assert_eq!((unnamed.code, &*unnamed.message), (3, expected), "{wire:?}");
    }
}

#[tokio::test]
async fn nothing_is_compressed_to_nothing() {
    let world = World::start().await;
    for wire in WIRES {
        let (code, status) = match wire {
            Wire::Rest | Wire::RestGrpcWeb => (5, 404),
            // An empty message names no user, and an empty body is not JSON.
            _ => (3, 400),
        };
        let outcome = send_compressed(&world, wire, NO_ONE, "gzip", framed(wire, b"")).await;
        assert_eq!((outcome.code, outcome.status), (code, wire.status(status)), "{wire:?}: {}", outcome.message);
        assert!(!outcome.message.contains("gzip"), "{}", outcome.message);
    }
}

#[tokio::test]
async fn what_a_message_expands_to_counts_against_the_limit_of_a_body() {
    let world = World::start().await;
    for wire in WIRES {
        let fits =
            send_compressed(&world, wire, NO_ONE, "gzip", framed(wire, &gzip(&padded(wire, NO_ONE, 65_536)))).await;
        assert_eq!(fits.code, 5, "{wire:?}: {fits:?}");
        let members = gzip(&padded(wire, NO_ONE, 65_536)).repeat(2);
        for bomb in [gzip(&padded(wire, NO_ONE, 65_537)), gzip(&vec![0; 50_000_000]), members] {
            assert!(bomb.len() < 65_000);
            let outcome = send_compressed(&world, wire, NO_ONE, "gzip", framed(wire, &bomb)).await;
            let said = (outcome.status, outcome.code, &*outcome.message);
            assert_eq!(said, (wire.status(413), 8, "Request body is larger than 65536 bytes"), "{wire:?}");
        }
    }
}

#[tokio::test]
async fn broken_gzip_is_a_malformed_body_and_is_not_quoted() {
    let world = World::start().await;
    for wire in WIRES {
        let good = gzip(&unframed(wire, "alice"));
        let changed = |at: usize| {
            let mut bytes = good.clone();
            bytes[at] ^= 0x55;
            bytes
        };
        let broken = [
            unframed(wire, "alice"),
            good[..1].to_vec(),
            good[..good.len() - 1].to_vec(),
            good[..good.len() - 9].to_vec(),
            changed(0),
            changed(2),
            changed(good.len() - 5),
            changed(good.len() - 1),
            [&good[..], b"alice"].concat(),
            [&good[..], b"\0"].concat(),
            [&good[..], &good[..5]].concat(),
        ];
        for body in broken {
            let outcome = send_compressed(&world, wire, NO_ONE, "gzip", framed(wire, &body)).await;
            // Over REST a proxy may have removed the compression and kept the header. So a body
            // that is not gzip is read as JSON.
            if wire == Wire::Rest && !body.starts_with(&[0x1f, 0x8b]) {
                let is_json = body == unframed(wire, "alice");
                assert_eq!(outcome.code, if is_json { 5 } else { 3 }, "{body:?}");
                assert!(!outcome.message.contains("alice"), "{}", outcome.message);
                continue;
            }
            let said = (outcome.status, outcome.code, &*outcome.message);
            assert_eq!(said, (wire.status(400), 3, "malformed gzip"), "{wire:?} {body:?}");
        }
    }
}

/// A REST client may have written a charset into the header. So its body is read as JSON.
#[tokio::test]
async fn another_compression_is_unimplemented_and_identity_is_none() {
    let world = World::start().await;
    let authorization = format!("Bearer {}", world.admin());
    for wire in WIRES {
        for header in ["content-encoding", "grpc-encoding"] {
            for (encoding, code) in [("br", 12), ("deflate", 12), ("gzip, gzip", 12), ("identity", 5), ("Identity", 5)]
            {
                let content_type = ("content-type", wire.content_type());
                let headers = [content_type, ("authorization", &*authorization), (header, encoding)];
                let path = wire.path(CHANGES[0], NO_ONE);
                let outcome = wire.read(&world.send("POST", &path, &headers, wire.body(NO_ONE)).await);
                let is_read = wire.is_web() || (header == "content-encoding" && wire != Wire::Rest);
                let code = if is_read { code } else { 5 };
                assert_eq!(outcome.code, code, "{wire:?} {header}: {encoding}");
                assert!(code == 5 || outcome.message == "unsupported compression: use gzip or identity");
                assert_eq!(outcome.status, wire.status(if code == 5 { 404 } else { 400 }), "{wire:?}");
            }
        }
    }
}

#[tokio::test]
async fn on_a_rest_path_the_path_names_the_user_and_not_the_message() {
    let world = World::start().await;
    let (user, other) = (world.create("Steam", "42").await, world.create("Steam", "43").await);
    let admin = format!("Bearer {}", world.admin());
    let wire = Wire::RestGrpcWeb;
    let answer = wire.send(&world, CHANGES[0], &user.player_uuid, Some(&admin), wire.body(&other.player_uuid)).await;
    assert_eq!(wire.read(&answer).code, 0);
    let states = [crate::state(&world, &user).await, crate::state(&world, &other).await];
    assert_eq!(states, ["USER_STATE_INACTIVE", "USER_STATE_ACTIVE"]);
}

#[tokio::test]
async fn each_proto3_spelling_of_the_id_is_read_and_other_fields_are_skipped() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let admin = format!("Bearer {}", world.admin());
    let id = &user.player_uuid;
    let json = |text: String| (Wire::ConnectJson, text.into_bytes());
    let unknown = |body: Vec<u8>| [&b"\x10\x07\x1A\x01x"[..], &body, b"\x25abcd"].concat();
    let bodies = [
        json(format!(r#"{{"user_id":"{id}"}}"#)),
        json(format!(r#" {{"x":{{"userId":1}},"userId": "{id}","y":[null]}} "#)),
        (Wire::ConnectProto, unknown(Wire::ConnectProto.body(id))),
        // The last value of a repeated field counts.
        (Wire::ConnectProto, [Wire::ConnectProto.body("x"), Wire::ConnectProto.body(id)].concat()),
    ];
    for (of, (wire, body)) in CHANGES.into_iter().zip(bodies) {
        assert_eq!(wire.read(&wire.send(&world, of, "", Some(&admin), body).await).code, 0, "{}", of.verb);
    }
}

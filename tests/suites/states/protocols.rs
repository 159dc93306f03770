//! What HTTP itself says of a call: content type, method, compression, unknown methods.

use tests::World;

use crate::{
    NO_ONE, path, verdict,
    wires::{CHANGES, WIRES, Wire},
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

#[tokio::test]
async fn a_compressed_call_is_unimplemented_and_identity_is_not_compressed() {
    let world = World::start().await;
    let authorization = format!("Bearer {}", world.admin());
    for wire in WIRES.into_iter().filter(|wire| *wire != Wire::Rest) {
        for header in ["content-encoding", "grpc-encoding"] {
            for (encoding, code) in [("gzip", 12), ("br", 12), ("identity", 5), ("Identity", 5)] {
                let content_type = ("content-type", wire.content_type());
                let headers = [content_type, ("authorization", &*authorization), (header, encoding)];
                let path = wire.path(CHANGES[0], NO_ONE);
                let outcome = wire.read(&world.send("POST", &path, &headers, wire.body(NO_ONE)).await);
                assert_eq!(outcome.code, code, "{wire:?} {header}: {encoding}");
                assert!(code == 5 || outcome.message == "unsupported compression: use identity");
                assert_eq!(outcome.status, wire.status(if code == 5 { 404 } else { 400 }), "{wire:?}");
            }
        }
        if wire.is_web() {
            let mut flagged = wire.body(NO_ONE);
            flagged[0] = 1;
            let answer = wire.send(&world, CHANGES[0], NO_ONE, None, flagged).await;
            assert_eq!(wire.read(&answer).code, 12, "{wire:?}");
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
        // The last one of a repeated field counts.
        (Wire::ConnectProto, [Wire::ConnectProto.body("x"), Wire::ConnectProto.body(id)].concat()),
    ];
    for (of, (wire, body)) in CHANGES.into_iter().zip(bodies) {
        assert_eq!(wire.read(&wire.send(&world, of, "", Some(&admin), body).await).code, 0, "{}", of.verb);
    }
}

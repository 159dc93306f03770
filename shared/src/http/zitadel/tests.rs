//! The bytes of the four encodings. The vectors were made with the message types of the published
//! clients.

use super::*;
use crate::{
    http::{Rejection as _, ReplyBody, RequestParts},
    identity::{DisplayName, PersonId, Platform, PlatformUserId, PlayerId, Timestamp, UserState},
};

const REST: &str = "/v2/users/ok/deactivate";
const CALL: &str = "/zitadel.user.v2.UserService/DeactivateUser";
const GET: &str = "/zitadel.user.v2.UserService/GetUserByID";
const REFUSED: ApiError = ApiError::failed_precondition("COMMAND-5gunjw0cd7", "User already inactive");
const MESSAGE: &str = "0a3d0802120b089efa89bf0610c082ea0d1a2430643161336538322d366565312d346634652d383363642d346338326165346533\
                       3235372206089dfa89bf06";
/// A `GetUserByIDResponse`.
const SHOWN: &str = "0a3d0802120b089efa89bf0610c082ea0d1a2430643161336538322d366565312d346634652d383363642d34633832616534 \
    65333235372206089dfa89bf0612b6010a2430303030303030302d303030302d303030302d303030302d3030303030303030 \
    3030303010021a0341646122034164612a03416461323e0a2430303030303030302d303030302d303030302d303030302d30 \
    303030303030303030303010021a0341646122034164612a0341646132052203416461423d0802120b089efa89bf0610c082 \
    ea0d1a2430643161336538322d366565312d346634652d383363642d3463383261653465333235372206089dfa89bf06";

#[derive(Debug, Clone, Copy)]
struct Refused;

impl Refusal for Refused {
    type Error = ApiError;
    const ALL: &'static [Self] = &[Self];

    fn error(self) -> ApiError {
        REFUSED
    }
}

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn request(path: &str, content_type: &str, body: &[u8]) -> Request {
    let content_type = Some(content_type.to_owned()).filter(|text| !text.is_empty());
    Request::new(RequestParts {
        request_id: "r-1".into(),
        method: "POST".into(),
        path: path.into(),
        path_parameters: vec![("userId".into(), "ok".into())],
        content_type,
        body: body.to_vec(),
        ..RequestParts::default()
    })
}

fn named(request: &Request) -> Result<String, WireProblem> {
    Wire::user_id(request).map(Cow::into_owned)
}

fn user() -> PlatformUser {
    PlatformUser {
        player_uuid: PlayerUuid(uuid::Uuid::nil()),
        player_id: PlayerId::new(1).unwrap(),
        platform: Platform::Steam,
        platform_user_id: PlatformUserId::new("42".into()).unwrap(),
        display_name: None,
        person_id: PersonId(uuid::uuid!("0d1a3e82-6ee1-4f4e-83cd-4c82ae4e3257")),
        state: UserState::Inactive,
        sequence: 2,
        created: Timestamp::from_millis(1_742_896_413_000),
        changed: Timestamp::from_millis(1_742_896_414_029),
    }
}

fn refused(path: &str, content_type: &str) -> Reply {
    Rejection::from(Refused).into_reply(&request(path, content_type, b""), &mut Audit::default())
}

fn header<'r>(reply: &'r Reply, name: &str) -> Option<&'r str> {
    reply.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_ref())
}

fn bytes(reply: &Reply) -> &[u8] {
    match &reply.body {
        Some(ReplyBody::Bytes(bytes)) => bytes,
        _ => panic!("no bytes"),
    }
}

#[test]
fn success_is_the_same_json_over_rest_and_connect() {
    let expected = r#"{"details":{"sequence":"2","changeDate":"2025-03-25T09:53:34.029Z","resourceOwner":"0d1a3e82-6ee1-4f4e-83cd-4c82ae4e3257","creationDate":"2025-03-25T09:53:33.000Z"}}"#;
    for path in [REST, CALL] {
        let reply = changed(&request(path, "application/json", b"{}"), &user());
        assert_eq!((reply.status, reply.text(), reply.outcome), (200, Some(expected), None));
        assert_eq!(header(&reply, "content-type"), Some("application/json"));
    }
}

#[test]
fn success_over_connect_with_protocol_buffers_is_the_message() {
    let reply = changed(&request(CALL, "application/proto", b""), &user());
    assert_eq!((reply.status, bytes(&reply)), (200, &*hex(MESSAGE)));
    assert_eq!(header(&reply, "content-type"), Some("application/proto"));
}

#[test]
fn success_over_grpc_web_is_a_frame_with_the_message_and_one_with_trailers() {
    for path in [REST, CALL] {
        for content_type in ["application/grpc-web", "application/grpc-web+proto"] {
            let reply = changed(&request(path, content_type, b""), &user());
            let expected = [hex("000000003f"), hex(MESSAGE), hex("8000000010"), b"grpc-status: 0\r\n".to_vec()];
            assert_eq!((reply.status, bytes(&reply)), (200, &*expected.concat()));
            assert_eq!(header(&reply, "content-type"), Some("application/grpc-web+proto"));
        }
    }
}

#[test]
fn an_error_over_rest_has_a_number_and_a_prefixed_type() {
    let reply = refused(REST, "application/json");
    let expected = r#"{"code":9,"message":"User already inactive (COMMAND-5gunjw0cd7)","details":[{"@type":"type.googleapis.com/zitadel.v1.ErrorDetail","id":"COMMAND-5gunjw0cd7","message":"User already inactive"}]}"#;
    assert_eq!((reply.status, reply.text()), (400, Some(expected)));
}

#[test]
fn an_error_over_connect_has_a_name_and_a_plain_type_and_is_json_always() {
    for content_type in ["application/json", "application/proto"] {
        let reply = refused(CALL, content_type);
        let expected = r#"{"code":"failed_precondition","message":"User already inactive (COMMAND-5gunjw0cd7)","details":[{"type":"zitadel.v1.ErrorDetail","value":"ChJDT01NQU5ELTVndW5qdzBjZDcSFVVzZXIgYWxyZWFkeSBpbmFjdGl2ZQ"}]}"#;
        assert_eq!((reply.status, reply.text()), (400, Some(expected)));
        assert_eq!(header(&reply, "content-type"), Some("application/json"));
    }
}

#[test]
fn an_error_over_grpc_web_is_http_200_and_one_frame_of_trailers() {
    let expected = "grpc-status: 9\r\ngrpc-message: User already inactive (COMMAND-5gunjw0cd7)\r\ngrpc-status-details-bin: CAkSKlVzZXIgYWxyZWFkeSBpbmFjdGl2ZSAoQ09NTUFORC01Z3VuancwY2Q3KRpZCip0eXBlLmdvb2dsZWFwaXMuY29tL3ppdGFkZWwudjEuRXJyb3JEZXRhaWwSKwoSQ09NTUFORC01Z3VuancwY2Q3EhVVc2VyIGFscmVhZHkgaW5hY3RpdmU\r\n";
    let reply = refused(CALL, "application/grpc-web+proto");
    assert_eq!(reply.status, 200);
    let length = u32::try_from(expected.len()).unwrap().to_be_bytes();
    assert_eq!(bytes(&reply), [&[0x80][..], &length, expected.as_bytes()].concat());
    assert_eq!((reply.outcome, reply.code), (Some(400), Some("failed_precondition")), "the log says what happened");
}

#[test]
fn an_error_without_a_detail_has_no_details() {
    let unproven = |content_type| {
        let rejection = Rejection::<Refused>::Unauthenticated(Unauthenticated::NoHeader);
        rejection.into_reply(&request(CALL, content_type, b""), &mut Audit::default())
    };
    let reply = unproven("application/json");
    let expected = r#"{"code":"unauthenticated","message":"auth header missing"}"#;
    assert_eq!((reply.status, reply.text()), (401, Some(expected)));
    assert_eq!(header(&reply, "www-authenticate"), Some("auth header missing"));
    let reply = unproven("application/grpc-web");
    let trailers = b"grpc-status: 16\r\ngrpc-message: auth header missing\r\n";
    assert_eq!(bytes(&reply), [&hex("8000000034")[..], trailers].concat());
    assert_eq!((header(&reply, "www-authenticate"), reply.outcome), (None, Some(401)));
}

#[test]
fn what_a_stranger_asks_for_in_vain_is_unimplemented_and_no_5xx() {
    for content_type in ["application/json", "application/proto", "application/grpc-web"] {
        let call = request(CALL, content_type, b"");
        let compressed = Rejection::<Refused>::from(WireProblem::Compressed).into_reply(&call, &mut Audit::default());
        for (reply, status) in [(not_found(&call), 404), (compressed, 400)] {
            let logged = reply.outcome.unwrap_or(reply.status);
            assert_eq!((logged, reply.code), (status, Some("unimplemented")), "{content_type}");
            assert_eq!(reply.status, if reply.outcome.is_some() { 200 } else { status }, "{content_type}");
        }
    }
}

#[test]
fn what_is_too_large_is_429_over_connect_and_413_otherwise() {
    for (path, content_type, status) in [
        (REST, "application/json", 413),
        (REST, "application/grpc-web", 413),
        (CALL, "application/grpc-web", 413),
        (CALL, "application/json", 429),
        (CALL, "application/proto", 429),
    ] {
        let reply = too_large(&request(path, content_type, b""));
        assert_eq!((reply.outcome.unwrap_or(reply.status), reply.code), (status, Some("resource_exhausted")));
    }
}

/// The bytes that `toBinary(GetUserByIDResponseSchema, …)` of `@zitadel/proto` 1.3 writes.
#[test]
fn a_shown_user_is_the_message_of_the_published_clients() {
    let user = PlatformUser { display_name: DisplayName::new("Ada".into()), ..user() };
    let reply = shown(&request(GET, "application/proto", b""), &user);
    assert_eq!((reply.status, bytes(&reply)), (200, &*hex(&SHOWN.replace(' ', ""))));
}

#[test]
fn a_message_for_trailers_is_percent_encoded() {
    let failure = Failure::new(Code::Internal, "50% of é\r\ngrpc-status: 0\u{7F}~");
    let expected = "grpc-status: 13\r\ngrpc-message: 50%25 of %C3%A9%0D%0Agrpc-status: 0%7F~\r\n";
    assert_eq!(grpc_web::failure(&failure).get(5..).unwrap(), expected.as_bytes());
}

#[test]
fn a_request_names_its_user_in_each_encoding() {
    let bodies = [
        ("application/json", b"{\"userId\":\"ok\"}".to_vec()),
        ("application/proto", hex("0a026f6b")),
        ("application/grpc-web", hex("00000000040a026f6b")),
        ("application/grpc-web+proto", hex("00000000040a026f6b")),
    ];
    for (content_type, body) in bodies {
        assert_eq!(named(&request(CALL, content_type, &body)).unwrap(), "ok", "{content_type}");
    }
}

#[test]
fn an_empty_message_is_a_message_and_an_empty_body_only_where_it_is_one() {
    for (content_type, body) in [
        ("application/json", "7b7d"),
        ("application/proto", ""),
        ("application/grpc-web", "0000000000"),
        // `userId: null`, which the JSON of proto3 reads as unset.
        ("application/json", "7b22757365724964223a6e756c6c7d"),
    ] {
        assert_eq!(named(&request(CALL, content_type, &hex(body))).unwrap(), "", "{content_type} {body}");
    }
    for content_type in ["application/json", "application/grpc-web"] {
        let undecoded = named(&request(CALL, content_type, b""));
        assert!(matches!(undecoded, Err(WireProblem::Malformed(_))), "{content_type}");
    }
}

#[test]
fn the_path_wins_over_the_message_which_must_be_right_all_the_same() {
    for (content_type, good, bad) in [
        ("application/json", "7b22757365724964223a22786d227d", "7b"),
        ("application/grpc-web+proto", "00000000040a02786d", "00000000040a05786d"),
    ] {
        assert_eq!(named(&request(REST, content_type, &hex(good))).unwrap(), "ok");
        let undecoded = named(&request(REST, content_type, &hex(bad)));
        assert!(matches!(undecoded, Err(WireProblem::Malformed(_))), "{content_type}");
    }
}

#[test]
fn a_frame_is_whole_and_single() {
    let wrong = [
        "00",
        "00000000",
        "0000000004",
        "00000000040a026f",
        "00000000040a026f6b6b",
        "00000000040a026f6b8000000000",
        "00ffffffff0a026f6b",
        "80000000040a026f6b",
        "02000000040a026f6b",
        "00000000040a036f6b",
        "00000000040d026f6b",
        "0000000003080001",
        "00000000030a01ff",
    ];
    for body in wrong {
        let undecoded = named(&request(CALL, "application/grpc-web", &hex(body)));
        assert!(matches!(undecoded, Err(WireProblem::Malformed(_))), "{body}: {undecoded:?}");
    }
    let unnamed = named(&request(CALL, "application/grpc-web", &hex("01000000040a026f6b")));
    assert_eq!(unnamed, Err(WireProblem::Malformed("a compressed message needs grpc-encoding: gzip".into())));
}

#[test]
fn an_unknown_compression_is_unimplemented_and_rest_goes_by_the_body() {
    let compressed = |path: &str, content_type: &str| {
        Request::new(RequestParts {
            method: "POST".into(),
            path: path.into(),
            content_type: Some(content_type.into()),
            encoding: Some("br".into()),
            body: b"{}".to_vec(),
            ..RequestParts::default()
        })
    };
    for content_type in ["application/json", "application/proto", "application/grpc-web"] {
        assert_eq!(named(&compressed(CALL, content_type)), Err(WireProblem::Compressed), "{content_type}");
    }
    assert_eq!(named(&compressed(REST, "application/json")).unwrap(), "");
}

//! Each request model: from bytes to a valid request, and from bytes to the list of problems.

use serde_json::json;
use shared::{
    http::{Request, RequestParts, rallyhere, zitadel},
    validation::{FromFields, Problems, body, optional_body, query},
};

use crate::{
    fixtures::{FOREIGN_ID, PLATFORM_USER_ID, person_id, player},
    measure::Measure,
    requests::grpc_web,
};

const JSON: Option<&str> = Some("application/json");

pub fn run(measure: &mut Measure) {
    let account = json!({ "platform": "Steam", "platform_user_id": PLATFORM_USER_ID }).to_string();
    let no_account = json!({ "platform": "steam", "platform_user_id": "x".repeat(2049) }).to_string();

    let create = json!({ "platform": "Steam", "platform_user_id": PLATFORM_USER_ID, "display_name": "Ada Lovelace" });
    let no_create = json!({ "platform": "steam", "platform_user_id": "", "display_name": 7 });
    required::<create_platform_user::CreateRequest>(measure, "create", &create.to_string(), &no_create.to_string());
    required::<create_platform_user::CreateRequest>(measure, "create, no JSON", &create.to_string(), r#"{"platform":"#);

    let purge = r#"{"suggested_purge_time":"2026-12-06T09:00:00.123+01:00"}"#;
    required::<queue_person_purge::PurgeRequest>(measure, "purge", purge, r#"{"suggested_purge_time":"tomorrow"}"#);

    let link = json!({
        "leader_person_id": person_id(), "follower_platform": "Steam", "follower_platform_user_id": FOREIGN_ID,
    });
    let no_link = json!({ "leader_person_id": "me", "follower_platform": "steam", "credentials": 1 });
    optional::<link_platform_user::LinkRequest>(measure, "link", &link.to_string(), &no_link.to_string());
    optional::<unlink_platform_user::UnlinkRequest>(measure, "unlink", &account, &no_account);
    optional::<enable_cross_progression::EnableRequest>(measure, "enable", &account, &no_account);
    let person = json!({ "person_id": person_id() }).to_string();
    optional::<disable_cross_progression::DisableRequest>(measure, "disable", &person, r#"{"person_id":"me"}"#);

    let pairs = |platform: &str, id: &str| format!("platform={platform}&platform_user_id={id}");
    let (good, bad) = (pairs("Steam", PLATFORM_USER_ID), pairs("steam", ""));
    both(measure, "query: find", &*good, &*bad, query::<find_platform_user::FindQuery>);

    let named = |query: &str, name: &str| format!("{query}&display_name={name}");
    let (good, bad) = (named(&good, "Ada+Lovelace"), named(&bad, ""));
    both(measure, "query: upsert", &*good, &*bad, query::<upsert_platform_user::UpsertQuery>);

    states(measure);
    refusal(measure, &no_create.to_string());
}

fn required<T: FromFields>(measure: &mut Measure, name: &str, good: &str, bad: &str) {
    both(measure, &format!("body: {name}"), good, bad, |text| body::<T>(text.as_bytes(), JSON));
}

fn optional<T: FromFields + Default>(measure: &mut Measure, name: &str, good: &str, bad: &str) {
    let read = |text: &str| optional_body::<T>(text.as_bytes(), JSON);
    both(measure, &format!("body: {name}"), good, bad, read);
    measure.case(&format!("body: {name}, absent"), || "", read, Result::is_ok);
}

fn both<I: ?Sized, T>(measure: &mut Measure, name: &str, good: &I, bad: &I, read: impl Fn(&I) -> Result<T, Problems>) {
    measure.case(name, || good, &read, Result::is_ok);
    measure.case(&format!("{name}, refused"), || bad, &read, Result::is_err);
}

/// The three encodings of the message that names a user.
fn states(measure: &mut Measure) {
    let call = "/zitadel.user.v2.UserService/DeactivateUser";
    let request = |path: &str, content_type: &str, body: Vec<u8>| {
        Request::new(RequestParts {
            method: "POST".into(),
            path: path.into(),
            path_parameters: [("userId".to_owned(), player(0).to_string())].into(),
            content_type: Some(content_type.into()),
            body,
            ..RequestParts::default()
        })
    };
    let json = json!({ "userId": player(0) }).to_string().into_bytes();
    let frame = grpc_web(&player(0).to_string());
    let requests = [
        ("body: state, REST", request("/v2/users/x/deactivate", "application/json", b"{}".to_vec())),
        ("body: state, Connect", request(call, "application/json", json)),
        ("body: state, Connect with Protocol Buffers", request(call, "application/proto", frame[5..].to_vec())),
        ("body: state, gRPC-Web", request(call, "application/grpc-web+proto", frame)),
    ];
    for (name, request) in &requests {
        let named = |request: &Request| {
            let named = zitadel::named_user::<deactivate_user::DeactivateRefusal>(request);
            named.is_ok_and(|named| named.len() == 36)
        };
        measure.case(name, || request, named, |right| *right);
    }
}

/// The list of problems as an answer.
fn refusal(measure: &mut Measure, bad: &str) {
    use rallyhere::Rejection;
    let problems = || body::<create_platform_user::CreateRequest>(bad.as_bytes(), JSON).err().expect("refused");
    let request = Request::new(RequestParts::default());
    let reply = |problems: Problems| {
        let rejection = Rejection::<create_platform_user::CreateRefusal>::from(problems);
        shared::http::Rejection::into_reply(rejection, &request, &mut shared::http::Audit::default())
    };
    measure.case("answer: 422", problems, reply, |reply| reply.status == 422);
}

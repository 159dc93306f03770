//! The ways in which a request can be invalid, each with a canary.

use serde_json::{Value, json};
use tests::ways::Call;

use super::cage::{BODY, HEADER, PATH, QUERY};

/// A call with one more header.
pub struct Wrong {
    pub call: Call,
    pub header: Option<(&'static str, String)>,
    pub content_type: String,
}

/// All invalid forms of this call.
pub fn wrongs(call: &Call) -> Vec<Wrong> {
    let calls = paths(call).into_iter().chain(bodies(call));
    let mut wrongs: Vec<_> =
        calls.map(|call| Wrong { content_type: call.content_type.into(), call, header: None }).collect();
    let same = |content_type: &str, header| Wrong { call: call.clone(), content_type: content_type.to_owned(), header };
    for name in ["content-encoding", "grpc-encoding", "connect-protocol-version", "grpc-timeout", "connect-timeout-ms"]
    {
        wrongs.push(same(call.content_type, Some((name, HEADER.to_owned()))));
    }
    for content_type in [HEADER.to_owned(), format!("application/{HEADER}"), "application/grpc".to_owned()] {
        wrongs.push(same(&content_type, None));
    }
    wrongs
}

/// The call with wrong methods, unknown paths, and ids that are not uuids.
fn paths(call: &Call) -> Vec<Call> {
    let with = |method: &str, path: String| Call { method: method.to_owned(), path, ..call.clone() };
    let (path, query) = call.path.split_once('?').map_or((&*call.path, ""), |(path, query)| (path, query));
    let mut calls = vec![
        with("PATCH", call.path.clone()),
        with("PUT", format!("{path}?{QUERY}={QUERY}&{query}")),
        with(&call.method, format!("{path}/{PATH}?{query}")),
        with(&call.method, format!("/{PATH}{path}")),
        with(&call.method, format!("{path}?{query}&{QUERY}={QUERY}")),
        with(&call.method, format!("{path}?platform={QUERY}&platform_user_id={QUERY}&person_id={QUERY}")),
        with(&call.method, format!("{path}?platform=Steam&platform_user_id={}", QUERY.repeat(150))),
    ];
    let is_id = |segment: &str| segment.len() == 36 && segment.split('-').count() == 5;
    for id in path.split('/').filter(|segment| is_id(segment)) {
        for junk in [PATH.to_owned(), format!("Zo%C3%AB%20%22{PATH}%22%2F"), PATH.repeat(20), format!("{id}{PATH}")] {
            calls.push(with(&call.method, call.path.replace(id, &junk)));
        }
    }
    calls
}

/// The call with bodies that are cut, not JSON, the wrong JSON, too large, or wrong in one member.
fn bodies(call: &Call) -> Vec<Call> {
    let with = |body: Vec<u8>| Call { body, ..call.clone() };
    let junk = json!({ BODY: [BODY, { BODY: { "platform_user_id": BODY } }], "platform_user_id": { BODY: BODY } });
    let mut calls = vec![
        with(format!("{{\"{BODY}\": \"{BODY}").into_bytes()),
        with(format!("{BODY} {{}}").into_bytes()),
        with(json!([BODY]).to_string().into_bytes()),
        with(json!(BODY).to_string().into_bytes()),
        with(junk.to_string().into_bytes()),
        with([BODY.as_bytes(), &[0xFF, 0xFE], BODY.as_bytes()].concat()),
        with(BODY.repeat(5000).into_bytes()),
        with([&[0x0A, 0x10][..], BODY.as_bytes()].concat()),
        with([&[0, 0, 0, 0, 18, 0x0A, 0x10][..], BODY.as_bytes()].concat()),
        with(call.body.iter().chain(BODY.as_bytes()).copied().collect()),
    ];
    let Ok(Value::Object(members)) = serde_json::from_slice(&call.body) else { return calls };
    for name in members.keys() {
        for value in [json!(BODY), json!({ BODY: BODY }), json!([BODY]), json!(BODY.repeat(200)), Value::Null] {
            let mut changed = members.clone();
            changed.insert(name.clone(), value);
            calls.push(with(Value::Object(changed).to_string().into_bytes()));
        }
    }
    let mut more = members.clone();
    let fields = ["display_name", "scheme", "credentials", "suggested_purge_time", "person_id", "userId", BODY];
    more.extend(fields.map(|name| (name.to_owned(), json!({ BODY: BODY }))));
    calls.push(with(Value::Object(more).to_string().into_bytes()));
    let mut texts = members;
    texts.extend(fields.map(|name| (name.to_owned(), json!(BODY))));
    calls.push(with(Value::Object(texts).to_string().into_bytes()));
    calls
}

//! Steam's web API.

use serde_json::{Value, json};

use crate::site::Response;

/// The app.
pub const APP: u32 = 480;
/// The publisher's key, which is a canary.
pub const KEY: &str = "ZQSTEAMKEY5R8W2M";
/// The path of the method that authenticates a ticket.
pub const PATH: &str = "/ISteamUserAuth/AuthenticateUserTicket/v1/";
/// A ticket, as a game client sends it.
pub const TICKET: &str = "14000000D1B4F02A6B9C3E57F00DBEEF";

/// The answer to a good ticket of this user.
pub fn good(steam_id: &str) -> Response {
    params(json!({ "steamid": steam_id, "ownersteamid": steam_id }))
}

/// The answer to a ticket with these values beside the usual ones. `null` removes one.
pub fn params(changes: Value) -> Response {
    let mut params = json!({
        "result": "OK", "steamid": "42", "ownersteamid": "42", "vacbanned": false, "publisherbanned": false,
    });
    let members = params.as_object_mut().expect("an object");
    members.extend(changes.as_object().expect("an object").clone());
    members.retain(|_, value| !value.is_null());
    Response::of(&json!({ "response": { "params": params } }))
}

/// The answer to a ticket that Steam refuses: 200 with this error.
pub fn error(code: i64) -> Response {
    let desc = match code {
        3 => "Invalid parameter",
        101 => "Invalid ticket",
        102 => "Ticket for other app",
        _ => "Something else",
    };
    Response::of(&json!({ "response": { "error": { "errorcode": code, "errordesc": desc } } }))
}

/// The answer to a request with a wrong key.
pub fn forbidden() -> Response {
    let text = "<html><head><title>Forbidden</title></head><body><h1>Forbidden</h1>Access is denied.</body></html>";
    Response::Page("403 Forbidden", "text/html; charset=UTF-8", text.to_owned())
}

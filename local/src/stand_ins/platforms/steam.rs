//! Steam: tickets, and the answers of its Web API (`ISteamUserAuth/AuthenticateUserTicket`).

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use hyper::StatusCode;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::identity::Second;

use super::PlatformTokenRequest;
use crate::{problem::Problem, stand_ins::rsa_keys::RsaKey};

/// The path of the method.
pub(crate) const STEAM_PATH: &str = "/steam/ISteamUserAuth/AuthenticateUserTicket/v1/";
/// The app for which tickets are made.
pub(crate) const STEAM_APP: u32 = 480;
/// The publisher's key.
pub(crate) const STEAM_KEY: &str = "local";

/// The length of a signature, in bytes. The content of the ticket follows it.
const SIGNATURE: usize = 256;

/// The content of a ticket.
#[derive(Debug, Serialize, Deserialize)]
struct Ticket {
    user: String,
    owner: String,
    app: u32,
    vac_banned: bool,
    publisher_banned: bool,
    expires: i64,
}

/// An answer of Steam.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A page, with this status.
    Html(StatusCode, String),
    /// A document, always with the status 200.
    Json(Value),
}

/// A ticket in hexadecimal digits, as games send it.
pub(super) fn ticket(
    request: &PlatformTokenRequest,
    user: &str,
    owner: Option<&str>,
    expires: Second,
    key: &RsaKey,
) -> Result<String, Problem> {
    let app = request.app.as_deref().map_or(Ok(STEAM_APP), str::parse);
    let ticket = Ticket {
        user: user.to_owned(),
        owner: owner.unwrap_or(user).to_owned(),
        app: app.map_err(|_| Problem::Input("the --app of a Steam ticket is a number, such as 480".to_owned()))?,
        vac_banned: request.vac_banned,
        publisher_banned: request.publisher_banned,
        expires: expires.as_unix(),
    };
    let content = serde_json::to_vec(&ticket).map_err(|error| Problem::failed("writing the ticket", &error))?;
    let signed = [key.sign(&content)?, content].concat();
    Ok(to_hex(&signed))
}

/// The answer to a request with this query. Steam answers 200 with a code inside for everything
/// that is wrong with a ticket.
pub(super) fn answer(query: &str, key: &RsaKey, now: Second) -> Result<Answer, Problem> {
    let parameter = |name: &str| value(query, name);
    let (publisher_key, app, ticket) = match ["key", "appid", "ticket"].map(|name| parameter(name).ok_or(name)) {
        [Ok(key), Ok(app), Ok(ticket)] => (key, app, ticket),
        [Err(name), ..] | [_, Err(name), _] | [.., Err(name)] => {
            let missing = format!("Required parameter '{name}' is missing");
            return Ok(page(StatusCode::BAD_REQUEST, "Bad Request", &missing));
        }
    };
    if publisher_key != STEAM_KEY {
        let denied = "Access is denied. Retrying will not help. Please verify your <pre>key=</pre> parameter.";
        return Ok(page(StatusCode::FORBIDDEN, "Forbidden", denied));
    }
    let (Ok(app), Some(signed)) = (app.parse::<u32>(), from_hex(&ticket)) else {
        return Ok(error(3, "Invalid parameter"));
    };
    // No ticket of this machine is made with an identity.
    let asks_for_identity = parameter("identity").is_some_and(|identity| !identity.is_empty());
    let ticket = verified(&signed, key)?.filter(|ticket| now.as_unix() < ticket.expires && !asks_for_identity);
    let Some(ticket) = ticket else { return Ok(error(101, "Invalid ticket")) };
    if ticket.app != app {
        return Ok(error(102, "Ticket for other app"));
    }
    Ok(Answer::Json(json!({ "response": { "params": {
        "result": "OK", "steamid": ticket.user, "ownersteamid": ticket.owner, "vacbanned": ticket.vac_banned,
        "publisherbanned": ticket.publisher_banned,
    } } })))
}

/// The content of a ticket that the key has signed.
fn verified(signed: &[u8], key: &RsaKey) -> Result<Option<Ticket>, Problem> {
    let Some((signature, content)) = signed.split_at_checked(SIGNATURE) else { return Ok(None) };
    let public_key = key.public_key().map_err(|_| Problem::crypto("reading the key"))?;
    let verifier = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key);
    let is_ours = verifier.verify(content, signature).is_ok();
    Ok(is_ours.then(|| serde_json::from_slice(content).ok()).flatten())
}

fn error(code: u16, description: &str) -> Answer {
    Answer::Json(json!({ "response": { "error": { "errorcode": code, "errordesc": description } } }))
}

fn page(status: StatusCode, title: &str, text: &str) -> Answer {
    let head = format!("<html><head><title>{title}</title></head>");
    Answer::Html(status, format!("{head}<body><h1>{title}</h1>{text}</body></html>"))
}

/// The first value with this name in a query.
fn value(query: &str, name: &str) -> Option<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.into_iter().find(|(found, _)| *found == name)?;
    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
}

fn to_hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).map(|digit| digit.to_ascii_uppercase()).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<_> = text.chars().map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect::<Option<_>>()?;
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some(high << 4 | low),
        _ => None,
    });
    pairs.collect::<Option<Vec<_>>>().filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use shared::identity::Timestamp;

    use super::*;
    use crate::stand_ins::platforms::{LocalPlatform, PlatformKey};

    const NOW: Timestamp = Timestamp::from_millis(1_742_896_414_000);

    fn of_42() -> PlatformTokenRequest {
        PlatformTokenRequest::new(LocalPlatform::Steam, "42")
    }

    fn ticket(request: &PlatformTokenRequest) -> String {
        request.proof(&PlatformKey::in_memory(), NOW).unwrap()
    }

    fn key() -> Arc<RsaKey> {
        PlatformKey::in_memory().current().unwrap()
    }

    fn ask_at(query: &str, now: Timestamp) -> Answer {
        answer(query, &key(), now.round_down()).unwrap()
    }

    fn ask(request: &PlatformTokenRequest) -> Answer {
        ask_at(&format!("key=local&appid=480&ticket={}", ticket(request)), NOW)
    }

    /// The answer to a good ticket of user 42.
    fn good(owner: &str, vac_banned: bool, publisher_banned: bool) -> Answer {
        Answer::Json(json!({ "response": { "params": {
            "result": "OK", "steamid": "42", "ownersteamid": owner, "vacbanned": vac_banned,
            "publisherbanned": publisher_banned,
        } } }))
    }

    #[test]
    fn a_ticket_says_whose_it_is() {
        assert_eq!(ask(&of_42()), good("42", false, false));
        assert_eq!(ask(&of_42().owner("43")), good("43", false, false));
        assert_eq!(ask(&of_42().vac_banned(true)), good("42", true, false));
        assert_eq!(ask(&of_42().publisher_banned(true)), good("42", false, true));
    }

    #[test]
    fn a_ticket_is_hexadecimal_in_either_case_and_short_enough_for_a_login() {
        let ticket = ticket(&PlatformTokenRequest::new(LocalPlatform::Steam, "9".repeat(20)).owner("9".repeat(20)));
        assert!(ticket.len().is_multiple_of(2) && ticket.len() <= 5120, "{}", ticket.len());
        assert!(ticket.chars().all(|digit| matches!(digit, '0'..='9' | 'A'..='F')));
        let lower = format!("key=local&appid=480&ticket={}", self::ticket(&of_42()).to_ascii_lowercase());
        assert_eq!(ask_at(&lower, NOW), good("42", false, false));
    }

    #[test]
    fn a_changed_ticket_is_invalid() {
        let ticket = ticket(&of_42());
        let last = ticket.len() - 1;
        for at in [0, SIGNATURE * 2 - 1, SIGNATURE * 2, last] {
            let mut changed: Vec<_> = ticket.chars().collect();
            changed[at] = if changed[at] == '0' { '1' } else { '0' };
            let changed: String = changed.into_iter().collect();
            let answer = ask_at(&format!("key=local&appid=480&ticket={changed}"), NOW);
            assert_eq!(answer, error(101, "Invalid ticket"), "{at}");
        }
        for part in ["14", &ticket[..SIGNATURE * 2], &ticket[2..]] {
            let answer = ask_at(&format!("key=local&appid=480&ticket={part}"), NOW);
            assert_eq!(answer, error(101, "Invalid ticket"));
        }
    }

    #[test]
    fn a_ticket_is_invalid_when_its_time_is_over_or_its_key_is_gone() {
        let query = format!("key=local&appid=480&ticket={}", ticket(&of_42().expires_in(Duration::from_mins(5))));
        assert_eq!(ask_at(&query, NOW.plus(Duration::from_secs(299))), good("42", false, false));
        assert_eq!(ask_at(&query, NOW.plus(Duration::from_mins(5))), error(101, "Invalid ticket"));
        let other = RsaKey::unkept().unwrap();
        assert_eq!(answer(&query, &other, NOW.round_down()).unwrap(), error(101, "Invalid ticket"));
    }

    #[test]
    fn a_ticket_that_was_made_without_an_identity_has_none() {
        let query = format!("key=local&appid=480&ticket={}&identity=", ticket(&of_42()));
        assert_eq!(ask_at(&query, NOW), good("42", false, false));
        assert_eq!(ask_at(&format!("{query}roster"), NOW), error(101, "Invalid ticket"));
    }

    #[test]
    fn a_ticket_of_another_app_is_told_from_an_invalid_one() {
        assert_eq!(ask(&of_42().app("481")), error(102, "Ticket for other app"));
    }

    #[test]
    fn what_is_no_ticket_or_no_app_is_an_invalid_parameter() {
        let ticket = ticket(&of_42());
        for (app, ticket) in [("480", "xyz"), ("480", "abc"), ("480", ""), ("480", "é"), ("game", &*ticket)] {
            let answer = ask_at(&format!("key=local&appid={app}&ticket={ticket}"), NOW);
            assert_eq!(answer, error(3, "Invalid parameter"), "{app} {ticket}");
        }
    }

    #[test]
    fn a_wrong_key_and_a_missing_parameter_are_answered_with_a_page() {
        let status = |query: &str| match ask_at(query, NOW) {
            Answer::Html(status, page) => (status.as_u16(), page),
            Answer::Json(document) => panic!("{document}"),
        };
        let (denied, page) = status("key=other&appid=480&ticket=14");
        assert_eq!(denied, 403);
        assert!(page.starts_with("<html>") && page.contains("verify your <pre>key=</pre>"), "{page}");
        for (query, missing) in [("", "key"), ("key=local&ticket=14", "appid"), ("key=local&appid=480", "ticket")] {
            let (bad, page) = status(query);
            assert!(bad == 400 && page.contains(&format!("'{missing}' is missing")), "{bad} {page}");
        }
    }

    #[test]
    fn values_of_a_query_are_decoded() {
        assert_eq!(value("a=1&key=lo%63al&key=x", "key").as_deref(), Some("local"));
        assert_eq!(value("keys=1&key", "key"), None);
    }
}

//! After a purge nothing personal is left, and the logs never held any.

use std::{fmt::Write, path::PathBuf};

use aws_sdk_dynamodb::types::AttributeValue;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use roster_local::Options;
use serde_json::json;
use tests::{World, logs, world::percent};

use crate::bench::*;

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("roster-purges-{}", uuid::Uuid::new_v4())))
    }

    /// All its files in one.
    fn bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(&self.0).unwrap().map(|file| file.unwrap().path());
        files.flat_map(|file| std::fs::read(file).unwrap()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

/// JSON's escapes: as little as it must, and everything but ASCII.
fn json_escaped(text: &str) -> [String; 2] {
    let plain = serde_json::to_string(text).unwrap();
    let plain = plain[1..plain.len() - 1].to_owned();
    let mut ascii = String::new();
    let mut units = [0; 2];
    for character in plain.chars() {
        if character.is_ascii() {
            ascii.push(character);
        } else {
            character.encode_utf16(&mut units).iter().for_each(|unit| write!(ascii, "\\u{unit:04x}").unwrap());
        }
    }
    [plain, ascii]
}

/// What base64 makes of these bytes wherever they stand in a text: the part that no neighbour changes.
fn base64_anywhere(bytes: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let padded = [&vec![0; before][..], bytes].concat();
        let whole = padded.len() / 3 * 3;
        let first = [0, 2, 3][before];
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            forms.push(engine.encode(&padded[..whole])[first..].to_owned());
        }
    }
    forms
}

/// Every way in which a text could lie around.
fn forms(text: &str) -> Vec<String> {
    let mut forms = vec![text.to_owned(), percent(text), percent(text).to_lowercase()];
    forms.extend(json_escaped(text));
    forms.extend(base64_anywhere(text.as_bytes()));
    forms.extend([hex(text.as_bytes()), hex(text.as_bytes()).to_uppercase()]);
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    forms.push(hex(&utf16));
    // Escaped once more, as a text within a text is.
    let twice = json_escaped(text).map(|escaped| json_escaped(&escaped)[0].clone());
    forms.extend(twice);
    forms
}

/// Case is no hiding place.
fn searchable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).to_ascii_lowercase()
}

fn contains(haystack: &[u8], needle: &str) -> bool {
    searchable(haystack).contains(&needle.to_ascii_lowercase())
}

fn found<'n>(haystack: &[u8], needles: &'n [String]) -> Vec<&'n String> {
    let haystack = searchable(haystack);
    needles.iter().filter(|needle| haystack.contains(&needle.to_ascii_lowercase())).collect()
}

/// Every text in every table, one a line.
async fn raw_dump(world: &World) -> String {
    fn texts(value: &AttributeValue, into: &mut String) {
        match value {
            AttributeValue::S(text) | AttributeValue::N(text) => writeln!(into, "{text}").unwrap(),
            AttributeValue::M(map) => map.iter().for_each(|(name, value)| {
                writeln!(into, "{name}").unwrap();
                texts(value, into);
            }),
            AttributeValue::L(list) => list.iter().for_each(|value| texts(value, into)),
            AttributeValue::B(bytes) => writeln!(into, "{}", String::from_utf8_lossy(bytes.as_ref())).unwrap(),
            other => panic!("{other:?} is searched by nobody"),
        }
    }
    let mut dump = String::new();
    for item in everything(world).await.into_iter().flatten() {
        texts(&AttributeValue::M(item), &mut dump);
    }
    dump
}

/// Creates two linked users with names, does everything that can be done with them, and purges their person.
struct Story {
    /// The texts that are personal.
    secrets: Vec<String>,
    person_id: String,
}

const IDS: [(&str, &str); 2] = [("Steam", "Zoë \"Q\"/🎮#7656119-α%"), ("PSN", "ωmega+<ada>&lovelace=1815\\")];
const NAMES: [&str; 2] = ["Ädä the “Great”", "Grace\tHopper/ß"];

impl Story {
    async fn begin(world: &World) -> Self {
        let mut users = Vec::new();
        for ((platform, id), name) in IDS.into_iter().zip(NAMES) {
            let body = json!({ "platform": platform, "platform_user_id": id, "display_name": name });
            let answer = world.post("/users/v1/platform-user", &world.admin(), body).await;
            assert_eq!(answer.status, 201, "{}", answer.text);
            let created = answer.json();
            users.push(tests::User {
                platform: platform.to_owned(),
                platform_user_id: id.to_owned(),
                player_uuid: created["player_uuid"].as_str().unwrap().to_owned(),
                player_id: created["player_id"].as_u64().unwrap(),
                person_id: created["person_id"].as_str().unwrap().to_owned(),
            });
        }
        world.link(&users[0], &users[1]).await;
        let person = stored(world, &users[0].person_id).await;
        let mut secrets: Vec<String> =
            IDS.map(|(_, id)| id.to_owned()).into_iter().chain(NAMES.map(Into::into)).collect();
        for user in person["users"].as_m().unwrap().values() {
            let identity = user.as_m().unwrap()["identity"].as_s().unwrap().clone();
            let (_, hash) = identity.split_once('#').unwrap();
            secrets.push(hash.to_owned());
            secrets.push(identity);
        }
        let person_id = users[0].person_id.clone();
        Self::live(world, &users).await;
        Self { secrets, person_id }
    }

    /// Requests that succeed and requests that fail, with the secrets in bodies, queries and tokens.
    async fn live(world: &World, users: &[tests::User]) {
        let admin = world.admin();
        for user in users {
            let pair = json!({ "platform": user.platform, "platform_user_id": user.platform_user_id });
            world.find(user).await.unwrap();
            world.post("/users/v1/platform-user", &admin, pair.clone()).await;
            world.post("/users/v1/cross-progression/enable", &admin, pair.clone()).await;
            world.post("/users/v1/cross-progression/enable", &world.player(user), pair.clone()).await;
            world.post("/users/v1/cross-progression/disable", &world.player(user), json!({})).await;
            world.post("/users/v1/unlink", &world.player(user), json!({ "platform": user.platform_user_id })).await;
            world.get(&format!("/users/v2/player/{}/links", user.player_uuid), &world.player(user)).await;
            world.get(&format!("/unknown/{}", percent(&user.platform_user_id)), &admin).await;
            world.post(&format!("/v2/users/{}/deactivate", user.player_uuid), &admin, pair.clone()).await;
            world.post(&format!("/v2/users/{}/reactivate", user.player_uuid), &admin, pair).await;
            world.get(&format!("/v2/users/{}", user.player_uuid), &admin).await;
            let wrong = format!("{{\"platform\": \"{}", user.platform_user_id);
            let headers = [("authorization", &*format!("Bearer {admin}"))];
            world.send("POST", "/users/v1/platform-user", &headers, wrong).await;
        }
    }

    fn needles(&self) -> Vec<String> {
        let mut needles: Vec<_> = self.secrets.iter().flat_map(|secret| forms(secret)).collect();
        needles.sort();
        needles.dedup();
        needles
    }
}

#[test]
fn the_search_finds_every_form() {
    let text = IDS[0].1;
    for form in forms(text) {
        assert!(contains(format!("before{form}after").as_bytes(), &form), "{form}");
    }
    for before in ["", "x", "xy", "xyz"] {
        let hidden = URL_SAFE_NO_PAD.encode(format!("{before}{text} and more"));
        assert!(!found(hidden.as_bytes(), &base64_anywhere(text.as_bytes())).is_empty(), "{hidden}");
    }
    assert!(found(b"nothing of the kind", &forms(text)).is_empty());
}

#[tokio::test]
async fn a_purge_leaves_nothing_personal_in_tables_queues_logs_and_the_file() {
    let folder = Folder::new();
    let data = Some(folder.0.clone());
    let world = World::start_with(Options { data, worker: false, ..Options::default() }).await;
    let story = Story::begin(&world).await;
    let needles = story.needles();

    // The search is worth something: all of it is there now, but not in the logs.
    let dump = raw_dump(&world).await;
    for secret in &story.secrets {
        assert!(forms(secret).iter().any(|form| contains(dump.as_bytes(), form)), "{secret}");
    }
    assert!(!found(&folder.bytes(), &needles).is_empty());
    assert_eq!(found(logs::text().as_bytes(), &needles), [""; 0]);

    // Once by the dispatcher, so that messages are sent both ways.
    post(&world, &story.person_id, json!({ "suggested_purge_time": world.now() + 60 })).await;
    world.advance(std::time::Duration::from_secs(61));
    world.tick().await;
    post(&world, &story.person_id, json!({ "suggested_purge_time": 0 })).await;
    world.advance(std::time::Duration::from_secs(1));
    let messages = receive(&world, 2).await;
    assert_eq!(found(messages.concat().as_bytes(), &needles), [""; 0]);
    assert_eq!(work(&world, &[&messages[0], &messages[1], "nonsense"]).await, [2]);
    assert_eq!(world.purge_status(&story.person_id).await, "complete");

    assert_eq!(found(raw_dump(&world).await.as_bytes(), &needles), [""; 0]);
    assert_eq!(counts(&world).await, [0, 0, 0, 1]);
    let receipt = world.items("ReceiptsTable").await.remove(0);
    let mut kept: Vec<_> = receipt.keys().map(String::as_str).collect();
    kept.sort_unstable();
    let ids_times_and_counts = [
        "completed_on",
        "created_on",
        "digest",
        "dispatches",
        "erased_everywhere_by",
        "expires_on",
        "hour",
        "person_id",
        "players",
        "purge_id",
        "purge_on",
        "requested_by",
    ];
    assert_eq!(kept, ids_times_and_counts);
    assert_eq!(found(logs::text().as_bytes(), &needles), [""; 0]);

    world.bundle.database().vacuum().unwrap();
    world.bundle.stop().await;
    let bytes = folder.bytes();
    assert!(contains(&bytes, &story.person_id), "the receipt is in the file");
    assert_eq!(found(&bytes, &needles), [""; 0]);
}

//! The users of proven accounts: created once, known again, named, and refused.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{
    Answer,
    platforms::{
        APPLE, CUSTOM, DISCORD, EPIC, EPIC_V1, GOOGLE, Kind, NINTENDO, TWITCH, USER, steam, steam::TICKET, verifier,
    },
};

use super::{Scene, verdict};
use crate::scene::{LOGIN, Login, ask, change, masked, refresh};

/// A grant, the platform of its accounts, and that platform's number.
const ACCOUNTS: [(&str, &str, u8); 12] = [
    ("google", "Google", 13),
    ("apple", "Apple", 24),
    ("epic", "Epic", 28),
    ("nintendo_switch", "NintendoSwitch", 22),
    ("discord", "Discord", 25),
    ("twitch", "Twitch", 16),
    ("xboxlive", "XboxLive", 10),
    ("steam", "Steam", 5),
    ("ps4_v1", "PSN", 9),
    ("ps4_v3", "PSN", 9),
    ("ps5_v3", "PSN", 9),
    ("rallyhere", "RallyHere", 14),
];

/// A good proof for this user, by any grant.
fn proof(scene: &Scene, grant: &str, user: &str) -> String {
    let kinds: [&Kind; 7] = [&GOOGLE, &APPLE, &EPIC, &NINTENDO, &DISCORD, &TWITCH, &CUSTOM];
    match kinds.into_iter().find(|kind| kind.grant == grant) {
        Some(kind) => kind.proof(user, scene.now()),
        None if grant == "steam" => {
            scene.platforms.steam.answer(steam::good(user));
            TICKET.to_owned()
        }
        None => {
            scene.platforms.verifier.answer(verifier::good(user));
            "proof".to_owned()
        }
    }
}

/// A login of this user by any grant, with a session.
async fn enter(scene: &Scene, grant: &str, user: &str) -> Login {
    let proof = proof(scene, grant, user);
    let answer = scene.ask_with(grant, &proof, json!({ "include_refresh": true })).await;
    Login::of(&scene.world, answer).await
}

/// Steam's users have up to 20 digits, and Nintendo's 16 hex digits.
const DIGITS: &str = "7656119796028793";

#[tokio::test]
async fn a_first_login_makes_the_user_that_the_other_endpoints_find() {
    let scene = Scene::start().await;
    let mut players = BTreeSet::new();
    for (grant, platform, portal_id) in ACCOUNTS {
        let login = enter(&scene, grant, DIGITS).await;
        assert_eq!((login.text("platform"), &login.body["portal_id"]), (platform, &json!(portal_id)), "{grant}");
        assert_eq!(login.text("portal_user_id"), DIGITS, "{grant}");
        let path = format!("/users/v1/platform-user?platform={platform}&platform_user_id={DIGITS}");
        let found = scene.world.get(&path, &scene.world.admin()).await.json();
        assert_eq!((&found["player_uuid"], &found["person_id"]), (&json!(login.player()), &login.body["person_id"]));
        let again = Login::of(&scene.world, refresh(&scene.world, "phone", login.refresh()).await).await;
        assert_eq!(again.player(), login.player(), "{grant}");
        players.insert(login.player().to_owned());
    }
    // The three grants of PlayStation are one platform. Else, the same id is another user.
    assert_eq!(players.len(), 10);
}

#[tokio::test]
async fn a_login_answers_with_the_account_and_nothing_of_the_proof() {
    let scene = Scene::start().await;
    let more = json!({ "portal_display_name": "Ada", "include_refresh": true, "accept_eula": true });
    let answer = scene.ask_with("apple", &APPLE.proof(USER, scene.now()), more).await;
    insta::assert_snapshot!(masked(&answer.text), @r#"{"access_token":"[jwt]","refresh_token":"[refresh]","active_player_uuid":"[uuid]","active_player_id":1,"person_id":"[uuid]","platform":"Apple","portal_id":24,"portal_user_id":"00a1b2c3d4e5f607","display_name":"Ada","permissions":["purge:person:self","user:restriction:read:self","user:audit:self"],"restrictions":[],"client_id":"phone","token_type":"Bearer","expires_in":3600,"publisher_uuid":"[uuid]","tenant_uuid":"[uuid]","config_elector_uuid":"[uuid]","client_uuid":"[uuid]","role_custom_data":{}}"#);
}

#[tokio::test]
async fn a_user_that_was_created_before_is_the_one_that_logs_in() {
    let scene = Scene::start().await;
    let mut created = std::collections::BTreeMap::new();
    for (grant, platform, _) in ACCOUNTS {
        let user = match created.get(platform) {
            Some(user) => tests::User::clone(user),
            None => scene.world.create(platform, DIGITS).await,
        };
        let login = enter(&scene, grant, DIGITS).await;
        assert_eq!((login.player(), login.text("person_id")), (&*user.player_uuid, &*user.person_id), "{grant}");
        assert_eq!(login.body["active_player_id"], user.player_id, "{grant}");
        created.insert(platform, user);
    }
    // As the page of the API has it.
    let steam = scene.world.create("Steam", "42").await;
    assert_eq!(enter(&scene, "steam", "42").await.player(), steam.player_uuid);
}

/// Both versions of Epic's tokens name one account.
#[tokio::test]
async fn the_versions_of_epic_are_one_platform() {
    let scene = Scene::start().await;
    assert_eq!(scene.enter(&EPIC, USER).await.player(), scene.enter(&EPIC_V1, USER).await.player());
}

#[tokio::test]
async fn many_first_logins_at_once_make_one_user() {
    let scene = Scene::start().await;
    for (grant, platform, _) in [ACCOUNTS[0], ACCOUNTS[7], ACCOUNTS[10]] {
        let logins = join_all((0..10).map(|_| enter(&scene, grant, DIGITS))).await;
        let players: BTreeSet<_> = logins.iter().map(Login::player).collect();
        assert_eq!(players.len(), 1, "{platform}");
        let identities = scene.world.items("IdentitiesTable").await;
        let of_platform =
            |item: &&std::collections::HashMap<_, _>| format!("{item:?}").contains(&format!("{platform}#"));
        assert_eq!(identities.iter().filter(of_platform).count(), 1, "{platform}");
    }
    assert_eq!(scene.world.items("UsersTable").await.len(), 3);
}

/// The name in the answer to a login by a proof with these changes, with a name by the client's
/// word.
async fn named(scene: &Scene, kind: &Kind, user: &str, changes: Value, word: &str) -> Option<String> {
    let proof = kind.changed(user, scene.now(), changes);
    let answer = scene.ask_with(kind.grant, &proof, json!({ "portal_display_name": word })).await;
    let login = Login::of(&scene.world, answer).await;
    login.body["display_name"].as_str().map(str::to_owned)
}

/// The name of a user that another endpoint shows.
async fn stored(scene: &Scene, kind: &Kind, platform: &str, user: &str) -> Value {
    let path = format!("/users/v1/platform-user?platform={platform}&platform_user_id={user}");
    let found = scene.world.get(&path, &scene.world.admin()).await;
    assert_eq!(found.status, 200, "{}: {}", kind.name, found.text);
    found.json()["display_name"].clone()
}

/// Names that no platform vouches for: absent, empty and mistyped.
fn nameless() -> [Value; 6] {
    [json!(null), json!(""), json!(42), json!({ "given": "Ada" }), json!(["Ada"]), json!(["Ada", "Bea"])]
}

#[tokio::test]
async fn where_a_platform_names_its_accounts_the_clients_word_never_counts() {
    let scene = Scene::start().await;
    let long = "é".repeat(300);
    for (kind, platform) in
        [(&GOOGLE, "Google"), (&EPIC, "Epic"), (&EPIC_V1, "Epic"), (&TWITCH, "Twitch"), (&CUSTOM, "XboxLive")]
    {
        let of = async |user: &str, name: &Value, word: &str| {
            let changes = json!({ kind.display_name: name });
            named(&scene, kind, &format!("{}-{user}", kind.kid()), changes, word).await
        };
        for (number, name) in nameless().iter().enumerate() {
            let user = number.to_string();
            assert_eq!(of(&user, name, "Eve").await, None, "{}: {name} of a new user", kind.name);
            assert_eq!(of(&user, name, "Eve").await, None, "{}: {name} of a known user", kind.name);
            assert_eq!(of(&user, &json!("Bea"), "Eve").await.as_deref(), Some("Bea"), "{}", kind.name);
        }
        assert_eq!(of("ada", &json!(long), "Eve").await.as_deref(), Some(&long[..512]), "{}", kind.name);
        assert_eq!(of("ada", &json!("Ada"), "").await.as_deref(), Some("Ada"), "{}", kind.name);
        for name in nameless() {
            for word in ["Eve", ""] {
                assert_eq!(of("ada", &name, word).await.as_deref(), Some("Ada"), "{}: {name} {word}", kind.name);
            }
        }
        assert_eq!(stored(&scene, kind, platform, &format!("{}-ada", kind.kid())).await, "Ada", "{}", kind.name);
    }
}

#[tokio::test]
async fn where_a_platform_names_no_accounts_the_clients_word_counts() {
    let scene = Scene::start().await;
    let long = "é".repeat(300);
    for (kind, platform) in [(&APPLE, "Apple"), (&NINTENDO, "NintendoSwitch"), (&DISCORD, "Discord")] {
        let of = async |word: &str| {
            let names = json!({ "name": "N", "dn": "D", "preferred_username": "P", "gamertag": "G" });
            named(&scene, kind, USER, names, word).await
        };
        assert_eq!(of("").await, None, "{}", kind.name);
        assert_eq!(of(&long).await.as_deref(), Some(&long[..512]), "{}", kind.name);
        assert_eq!(of("Word").await.as_deref(), Some("Word"), "{}", kind.name);
        assert_eq!(of("").await.as_deref(), Some("Word"), "{}", kind.name);
        assert_eq!(stored(&scene, kind, platform, USER).await, "Word", "{}", kind.name);
    }
}

#[tokio::test]
async fn each_platform_vouches_for_the_claim_that_the_settings_name() {
    let scene = Scene::start().await;
    let names = json!({ "name": "N", "dn": "D", "preferred_username": "P", "gamertag": "G", "nickname": "X" });
    for (kind, expected) in [
        (&GOOGLE, "N"),
        (&APPLE, "Client"),
        (&EPIC, "D"),
        (&EPIC_V1, "D"),
        (&NINTENDO, "Client"),
        (&DISCORD, "Client"),
        (&TWITCH, "P"),
        (&CUSTOM, "G"),
    ] {
        let proof = kind.changed(USER, scene.now(), names.clone());
        let answer = scene.ask_with(kind.grant, &proof, json!({ "portal_display_name": "Client" })).await;
        assert_eq!(Login::of(&scene.world, answer).await.text("display_name"), expected, "{}", kind.name);
    }
}

#[tokio::test]
async fn a_deactivated_or_locked_user_is_refused_and_comes_back() {
    let scene = Scene::start().await;
    for grant in ["google", "steam", "ps5_v3"] {
        let login = enter(&scene, grant, DIGITS).await;
        for (leave, restriction, back) in
            [("deactivate", "account_deny_auth", "reactivate"), ("lock", "account_lockout", "unlock")]
        {
            change(&scene.world, login.player(), leave).await;
            let answer = scene.ask(grant, &proof(&scene, grant, DIGITS)).await;
            assert_eq!(verdict(&answer), "user_auth_restricted", "{grant}");
            assert_eq!(answer.json()["restrictions"], json!([{ "type": restriction }]));
            change(&scene.world, login.player(), back).await;
            assert_eq!(enter(&scene, grant, DIGITS).await.player(), login.player());
        }
    }
}

/// The answer to a login by the client that creates no users.
async fn visit(scene: &Scene, grant: &str, proof: &str) -> Answer {
    ask(&scene.world, LOGIN, "visitor", json!({ "grant_type": grant, "portal_access_token": proof })).await
}

#[tokio::test]
async fn a_client_that_creates_no_users_logs_known_ones_in() {
    let scene = Scene::start().await;
    for (grant, _, _) in [ACCOUNTS[0], ACCOUNTS[7], ACCOUNTS[11]] {
        let proof = proof(&scene, grant, DIGITS);
        assert_eq!(verdict(&visit(&scene, grant, &proof).await), "create_new_user_not_allowed", "{grant}");
        let known = enter(&scene, grant, DIGITS).await;
        let login = Login::of(&scene.world, visit(&scene, grant, &proof).await).await;
        assert_eq!(login.player(), known.player(), "{grant}");
    }
    // The proof is judged before the user.
    assert_eq!(verdict(&visit(&scene, "google", "x").await), "google_token_not_valid");
}

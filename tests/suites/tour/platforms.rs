//! The logins and the settings of platforms that docs/login.md shows, the example of
//! docs/settings.md, and the verifier of docs/verifier.md.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use shared::{
    ambient::Ambient,
    identity::{ClientId, PlatformUserId},
    login::{Grant, LoginSettings, Proof, ProofProblem, Proven, Reason},
};
use tests::{
    binaries::roster,
    docs::{fences, page},
    roster::{Folder, Roster},
};

use crate::walk::{are_there, environment};

/// The headings, and the members of `platforms` that their first blocks show.
const MEMBERS: [(&str, &str); 7] = [
    ("Steam", "steam"),
    ("Epic", "epic"),
    ("Google", "google"),
    ("Apple", "apple"),
    ("Nintendo Switch", "nintendo_switch"),
    ("Discord, Twitch and any OpenID issuer", "oidc"),
    ("A verifier of your own", "http"),
];

const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";

fn shown(heading: &str) -> Value {
    let (_, block) = fences(&page("login").section(heading)).remove(0);
    serde_json::from_str(&block).unwrap_or_else(|problem| panic!("{heading}: {problem}"))
}

fn settings(platforms: &Value) -> LoginSettings {
    let document = json!({
        "refresh": { "keys": [{ "id": 1, "secret": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=" }] },
        "clients": [{ "client_id": "game", "secret_sha256": "0".repeat(64), "grants": ["ps5_v3"] }],
        "platforms": platforms,
    });
    LoginSettings::from_json(&document.to_string()).unwrap()
}

#[test]
fn the_settings_of_every_platform_on_the_page_can_be_used_together() {
    let members = MEMBERS.map(|(heading, member)| (member.to_owned(), shown(heading)));
    let mut on: Vec<_> = settings(&members.into_iter().collect()).platforms.grants().map(Grant::name).collect();
    on.sort_unstable();
    let expected = ["apple", "discord", "epic", "google", "nintendo_switch", "ps5_v3", "rallyhere", "steam", "twitch"];
    assert_eq!(on, expected);
}

#[test]
fn the_example_of_the_settings_can_be_used_and_shows_every_way_to_turn_a_platform_on() {
    let (_, example) = fences(&page("settings").section("Example")).remove(0);
    let settings = LoginSettings::from_json(&example).unwrap();
    let mut on: Vec<_> = settings.platforms.grants().map(Grant::name).collect();
    on.sort_unstable();
    assert_eq!(on, ["apple", "discord", "epic", "google", "nintendo_switch", "ps5_v3", "rallyhere", "steam"]);
    let smallest: Value = serde_json::from_str(&example).unwrap();
    let smallest = json!({ "refresh": { "keys": smallest["refresh"]["keys"] }, "clients": smallest["clients"] });
    let usual = LoginSettings::from_json(&smallest.to_string()).unwrap();
    assert_eq!(settings.access_token_lifetime, usual.access_token_lifetime);
    assert_eq!(settings.sessions, usual.sessions);
    assert_eq!(settings.player_permissions, usual.player_permissions);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_logins_of_the_page_are_answered_as_it_says() {
    if !are_there(&["bash", "curl"]) {
        return;
    }
    let (data, tools) = (Folder::new(), Folder::new());
    let running = Roster::start(&data);
    fs::create_dir(tools.path()).unwrap();
    let cargo = tools.path().join("cargo");
    // `run --quiet --` goes, and the folder is the one of the running bundle.
    let program = format!("#!/bin/sh\nshift 3\nexec '{}' \"$@\" --data '{}'\n", roster().display(), data.text());
    fs::write(&cargo, program).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();

    let (_, block) = fences(&page("login").section("Try it on your machine")).remove(0);
    let mut bash = Command::new("bash");
    bash.args(["--noprofile", "--norc", "-euo", "pipefail", "-c", &block]).current_dir(tools.path());
    environment(&mut bash);
    bash.env("ROSTER", &running.url);
    bash.env("PATH", format!("{}:{}", tools.path().display(), std::env::var("PATH").unwrap()));
    let done = tokio::task::spawn_blocking(move || bash.stdin(Stdio::null()).output().unwrap()).await.unwrap();
    let (printed, complaints) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success() && complaints.is_empty(), "{printed}{complaints}");

    let lines: Vec<_> = printed.lines().collect();
    let answers: Vec<_> = lines
        .chunks(2)
        .map(|answer| {
            let body: Value = serde_json::from_str(answer[0]).unwrap();
            let told = ["platform", "portal_user_id", "display_name", "error_code"];
            let told = told.iter().filter_map(|name| body[name].as_str()).collect::<Vec<_>>().join(" ");
            format!("{} {told}", answer[1])
        })
        .collect();
    let expected =
        ["200 Steam 42 Ada", "200 Google 7 Grace", "403 google_token_not_valid", "403 steam_token_for_wrong_app"];
    assert_eq!(answers, expected);
}

/// The verifier of the page. It ends with this value.
struct Verifier {
    process: Child,
    url: String,
    _folder: Folder,
}

impl Verifier {
    fn start() -> Self {
        let mut blocks = fences(&page("verifier").text).into_iter();
        let (_, program) = blocks.find(|(language, _)| language == "python").unwrap();
        let folder = Folder::new();
        fs::create_dir(folder.path()).unwrap();
        let file = folder.path().join("verifier.py");
        fs::write(&file, program).unwrap();
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let process = Command::new("python3")
            .arg(file)
            .env("SECRET", SECRET)
            .env("PORT", port.to_string())
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let latest = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < latest, "the verifier does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Self { process, url: format!("http://127.0.0.1:{port}/psn"), _folder: folder }
    }

    async fn verify(&self, proof: &str, secret: &str) -> Result<Proven, ProofProblem> {
        let entry = json!({ "grant": "ps5_v3", "url": self.url, "secret": secret });
        let client = ClientId::new("game".to_owned()).unwrap();
        let proof = Proof { grant: Grant::Ps5V3, token: proof, parent: "", client: &client, request_id: "r-1" };
        settings(&json!({ "http": [entry] })).platforms.prove(&proof, &Ambient::system()).await
    }
}

impl Drop for Verifier {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_verifier_of_the_page_proves_and_refuses_and_answers_nothing_that_roster_did_not_sign() {
    if !are_there(&["python3"]) {
        return;
    }
    let verifier = Verifier::start();
    let proven = verifier.verify("good", SECRET).await.unwrap();
    assert_eq!(Some(proven.account), PlatformUserId::new("42".to_owned()));
    assert_eq!(proven.display_name.unwrap().as_str(), "Ada");
    assert_eq!(verifier.verify("bad", SECRET).await.unwrap_err(), ProofProblem::Refused(Reason::Invalid));
    let other = "whsec_b3RoZXItb3RoZXItb3RoZXItb3RoZXIt";
    let problem = verifier.verify("good", other).await.unwrap_err();
    assert_eq!(problem, ProofProblem::Unavailable("ps5_v3: the verifier refuses the signature".to_owned()));
}

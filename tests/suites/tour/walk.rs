//! The calls that are shown: every block of commands goes to bash as it is printed, and has to
//! print the block under it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use roster_local::{Options, TokenRequest};
use tests::{
    World,
    docs::{fences, page, readme, root},
};

/// The time limit of all blocks of a page.
const CEILING: Duration = Duration::from_secs(90);
/// The address of the bundle in the pages. The suite replaces it, because its bundle has another
/// port.
const ADDRESS: &str = "http://127.0.0.1:8080";
/// The separator that bash prints between two blocks. No answer has this character.
pub const SEPARATOR: char = '\u{1e}';
/// The command with which a page gets its token, after the name of the program.
const TOKEN_COMMAND: &str = " token --";

pub struct Step {
    pub commands: String,
    pub output: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_prints_what_it_shows() {
    let steps = steps(&page("tour").text);
    assert!(steps.len() >= 8, "the tour is gone");
    walk(&steps).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_calls_of_the_readme_print_what_it_shows() {
    let steps = steps(&readme().section("Try it"));
    let lines = steps.iter().flat_map(|step| step.commands.lines());
    let calls = lines.filter(|line| line.contains("call \"") || line.starts_with("curl ")).count();
    let answers = steps.iter().flat_map(|step| step.output.lines()).filter(|line| line.starts_with('{')).count();
    assert!(calls >= 3 && answers >= 3, "{calls} calls and {answers} answers");
    walk(&steps).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_by_two_tokens_prints_what_it_shows() {
    let steps = steps(&page("api").section("Linking with two tokens"));
    assert!(steps.iter().any(|step| step.output.contains("200")), "no answer is shown");
    walk(&steps).await;
}

/// Runs the commands of all steps in one shell, and compares what each prints with what is shown.
async fn walk(steps: &[Step]) {
    if !are_there(&["bash", "curl", "sed", "grep"]) {
        return;
    }
    let options = Options { dispatch_every: Some(Duration::from_secs(1)), ..Options::default() };
    let world = World::start_with(options).await;
    let tools = Tools::new(&world, steps);
    let url = world.bundle.url();
    let (script, path) = (script(steps, &url), tools.path());
    let output = tokio::task::spawn_blocking(move || run(&script, &url, &path)).await.unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    let (mut seen, mut expected) = (Shapes::default(), Shapes::default());
    let mut blocks = printed.split(SEPARATOR);
    for step in steps {
        let block = blocks.next().unwrap_or_default();
        let (block, output) = (seen.canonical(block), expected.canonical(&step.output));
        assert_eq!(block, output, "\nthe block\n{}\nsays\n{complaints}", step.commands);
    }
    assert_eq!(complaints, "");
}

/// The blocks of commands, each with its expected output.
pub fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (language, text) in fences(text) {
        match (language.as_str(), steps.last_mut()) {
            ("sh", _) => steps.push(Step { commands: text, output: String::new() }),
            ("text", Some(step)) => step.output += &text,
            (other, _) => panic!("there is a block of {other:?}"),
        }
    }
    steps
}

/// A script that runs all blocks in one shell, one after the other.
fn script(steps: &[Step], url: &str) -> String {
    let blocks = steps.iter().map(|step| format!("{}printf '\\036'\n", step.commands));
    blocks.collect::<String>().replace(ADDRESS, url)
}

/// Gives bash the environment of a plain terminal, without a proxy for the bundle.
pub fn environment(bash: &mut Command) {
    bash.env("NO_PROXY", "127.0.0.1").env_remove("BASH_ENV");
}

/// Runs the script. Its environment is that of a second terminal, with the URL of the bundle.
fn run(script: &str, url: &str, path: &str) -> Output {
    let mut bash = Command::new("bash");
    bash.args(["--noprofile", "--norc", "-c", script]).current_dir(root());
    bash.env("ROSTER", url).env("PATH", path);
    environment(&mut bash);
    bash.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = bash.spawn().unwrap();
    let deadline = Instant::now() + CEILING;
    while running.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            running.kill().unwrap();
            panic!("the calls are not over after {CEILING:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    running.wait_with_output().unwrap()
}

/// Whether this machine has these programs. CI must have them.
pub fn are_there(tools: &[&str]) -> bool {
    let is_there = |tool: &&str| {
        let quiet = |name| {
            Command::new(name)
                .arg("--version")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
        };
        quiet(*tool).is_ok()
    };
    let missing = tools.iter().find(|tool| !is_there(tool));
    if let Some(missing) = missing {
        assert!(std::env::var_os("ROSTER_REQUIRE_PEERS").is_none(), "the page needs {missing}");
        eprintln!("skipped: the page needs {missing}, which is not there");
    }
    missing.is_none()
}

/// A folder with a `cargo` and a `roster` that only print the tokens that the page asks for. The
/// real `cargo` would build the bundle again, and the real `roster` would sign with the key of
/// another bundle.
struct Tools(PathBuf);

impl Tools {
    fn new(world: &World, steps: &[Step]) -> Self {
        let folder = std::env::temp_dir().join(format!("roster-tour-{}", uuid::Uuid::new_v4()));
        fs::create_dir(&folder).unwrap();
        let commands: String = steps.iter().map(|step| step.commands.as_str()).collect();
        let asked: Vec<_> = commands.split(TOKEN_COMMAND).skip(1).map(|rest| rest.split(')').next().unwrap()).collect();
        assert!(!asked.is_empty(), "the page asks for no token");
        let mut program = "#!/bin/sh\ncase \"$*\" in\n".to_owned();
        for words in asked {
            let words = format!("--{}", words.replace('\'', ""));
            let token = world.token(request(&words));
            program += &format!("'run --quiet -- token {words}' | 'token {words}') echo {token} ;;\n");
        }
        program += "*) echo \"$0: not shown: $*\" >&2; exit 1 ;;\nesac\n";
        for name in ["cargo", "roster"] {
            write_program(&folder.join(name), &program);
        }
        Self(folder)
    }

    fn path(&self) -> String {
        format!("{}:{}", self.0.display(), std::env::var("PATH").unwrap())
    }
}

impl Drop for Tools {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn write_program(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The request in a command line of `token`. Supports only the options that the pages use.
fn request(words: &str) -> TokenRequest {
    let words: Vec<_> = words.split_whitespace().collect();
    let (mut permissions, mut platform, mut platform_user_id) = (Vec::new(), "", "");
    for pair in words.chunks(2) {
        match pair {
            ["--permission", permission] => permissions.push((*permission).to_owned()),
            ["--platform", name] => platform = name,
            ["--platform-user-id", id] => platform_user_id = id,
            other => panic!("a token has an option that this suite does not know: {other:?}"),
        }
    }
    let request = TokenRequest::new(permissions);
    if platform.is_empty() { request } else { request.platform_user(platform, platform_user_id) }
}

/// Replaces values that differ between runs. A uuid becomes its order of appearance, so that equal
/// uuids stay equal. A token becomes the word, since the pages shorten tokens.
#[derive(Default)]
pub struct Shapes(Vec<String>);

impl Shapes {
    /// Without white space, too: the pages wrap long lines.
    pub fn canonical(&mut self, text: &str) -> String {
        let text = without_tokens(&text.split_whitespace().collect::<String>());
        let (mut rest, mut canonical) = (text.as_str(), String::new());
        while let Some(first) = rest.chars().next() {
            if let Some(uuid) = rest.get(..36).filter(|text| UUIDS.iter().any(|shape| matches(text, shape))) {
                let known = self.0.iter().position(|known| known == uuid).unwrap_or_else(|| {
                    self.0.push(uuid.to_owned());
                    self.0.len() - 1
                });
                canonical += &format!("<uuid {known}>");
                rest = &rest[36..];
            } else if let Some(time) =
                TIMES.iter().find(|time| rest.get(..time.len()).is_some_and(|t| matches(t, time)))
            {
                canonical += "<time>";
                rest = &rest[time.len()..];
            } else {
                canonical.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        canonical
    }
}

/// The values of members whose names end in `_token`. An empty value stays.
fn without_tokens(text: &str) -> String {
    const OPEN: &str = "_token\":\"";
    let mut parts = text.split(OPEN);
    let mut hidden = parts.next().unwrap().to_owned();
    for part in parts {
        let end = part.find('"').unwrap();
        let word = if end == 0 { "" } else { "<token>" };
        hidden += &format!("{OPEN}{word}{}", &part[end..]);
    }
    hidden
}

/// A random one, and one that is a hash of a name: of the issuer, which has the bundle's port.
const UUIDS: [&str; 2] = ["xxxxxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx", "xxxxxxxx-xxxx-5xxx-xxxx-xxxxxxxxxxxx"];
const TIMES: [&str; 2] = ["0000-00-00T00:00:00Z", "0000-00-00T00:00:00.000Z"];

/// Whether a text has a shape. In a shape `x` is a hexadecimal digit, `0` a decimal digit, and any
/// other character itself.
fn matches(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, shape)| match shape {
            b'x' => byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase(),
            b'0' => byte.is_ascii_digit(),
            other => byte == other,
        })
}

#[test]
fn the_same_uuid_keeps_its_place_and_another_one_does_not() {
    let (a, b) = ("356e4997-3a13-4bb2-953d-e9c931621987", "0d1a3e82-6ee1-4f4e-83cd-4c82ae4e3257");
    let mut shapes = Shapes::default();
    let text = format!("{a} {b}\n{a} 2026-11-22T09:19:38Z 2026-11-22T09:19:38.290Z {{\"n\": 1}}");
    assert_eq!(shapes.canonical(&text), "<uuid 0><uuid 1><uuid 0><time><time>{\"n\":1}");
    assert_eq!(shapes.canonical(b), "<uuid 1>");
    assert_ne!(Shapes::default().canonical(&format!("{a} {a}")), Shapes::default().canonical(&format!("{a} {b}")));
    assert_eq!(shapes.canonical("178c4705-4974-5abd-a804-943a9a1e0427"), "<uuid 2>");
}

#[test]
fn a_token_may_be_shortened_but_not_empty() {
    let of = |text: &str| Shapes::default().canonical(text);
    let long = r#"{"access_token":"eyJ0.eyJp.VEtf","refresh_token":"AQEE","expires_in":3600}"#;
    assert_eq!(of(long), of(r#"{"access_token":"eyJ0…","refresh_token":"A…","expires_in":3600}"#));
    assert_ne!(of(long), of(r#"{"access_token":"","refresh_token":"AQEE","expires_in":3600}"#));
    assert_ne!(of(long), of(r#"{"access_token":"eyJ0…","expires_in":3600}"#));
}

//! The tour itself: every block goes to bash as it is printed, and has to print what stands under it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use roster_local::{Options, TokenRequest};
use tests::World;

use tests::readme;

/// How long the whole tour may take before it counts as stuck.
const CEILING: Duration = Duration::from_secs(90);
/// What bash prints between two blocks: a character that no answer holds.
const SEPARATOR: char = '\u{1e}';
/// How the tour gets its token. The suite stands in for cargo, which would build what runs here already.
const TOKEN_COMMAND: &str = "cargo run --quiet -- token ";

struct Step {
    commands: String,
    output: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_prints_what_the_readme_shows() {
    if let Some(missing) = ["bash", "curl", "sed", "grep"].into_iter().find(|tool| !is_there(tool)) {
        assert!(std::env::var_os("ROSTER_REQUIRE_PEERS").is_none(), "the tour needs {missing}");
        eprintln!("skipped: the tour needs {missing}, which is not there");
        return;
    }
    let options = Options { dispatch_every: Some(Duration::from_secs(1)), ..Options::default() };
    let world = World::start_with(options).await;
    let steps = steps();
    assert!(steps.len() >= 8, "the tour is gone");
    let tools = Tools::new(&world, &steps);
    let (script, url, path) = (script(&steps), world.bundle.url(), tools.path());
    let output = tokio::task::spawn_blocking(move || run(&script, &url, &path)).await.unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    let (mut seen, mut expected) = (Shapes::default(), Shapes::default());
    let mut blocks = printed.split(SEPARATOR);
    for step in &steps {
        let block = blocks.next().unwrap_or_default();
        let (block, output) = (seen.canonical(block), expected.canonical(&step.output));
        assert_eq!(block, output, "\nthe block\n{}\nsays\n{complaints}", step.commands);
    }
    assert_eq!(complaints, "");
}

/// The blocks of the tour, each with what stands under it.
fn steps() -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (language, text) in readme::fences(&readme::section("## Tour")) {
        match (language.as_str(), steps.last_mut()) {
            ("sh", _) => steps.push(Step { commands: text, output: String::new() }),
            ("text", Some(step)) => step.output += &text,
            (other, _) => panic!("the tour has a block of {other:?}"),
        }
    }
    steps
}

/// The blocks as they are, one after the other in one shell.
fn script(steps: &[Step]) -> String {
    steps.iter().map(|step| format!("{}printf '\\036'\n", step.commands)).collect()
}

/// The environment of the tour is what a person's second terminal has, and where the bundle is.
fn run(script: &str, url: &str, path: &str) -> Output {
    let mut bash = Command::new("bash");
    bash.args(["--noprofile", "--norc", "-c", script]).current_dir(readme::root());
    bash.env("ROSTER", url).env("PATH", path).env("NO_PROXY", "127.0.0.1").env_remove("BASH_ENV");
    bash.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = bash.spawn().unwrap();
    let deadline = Instant::now() + CEILING;
    while running.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            running.kill().unwrap();
            panic!("the tour is not over after {CEILING:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    running.wait_with_output().unwrap()
}

fn is_there(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

/// A folder with a `cargo` that prints the tokens for which the tour asks, and nothing else.
struct Tools(PathBuf);

impl Tools {
    fn new(world: &World, steps: &[Step]) -> Self {
        let folder = std::env::temp_dir().join(format!("roster-tour-{}", uuid::Uuid::new_v4()));
        fs::create_dir(&folder).unwrap();
        let commands: String = steps.iter().map(|step| step.commands.as_str()).collect();
        let asked: Vec<_> = commands.split(TOKEN_COMMAND).skip(1).map(|rest| rest.split(')').next().unwrap()).collect();
        assert!(!asked.is_empty(), "the tour asks for no token");
        let mut cargo = "#!/bin/sh\ncase \"$*\" in\n".to_owned();
        for words in asked {
            let words = words.replace('\'', "");
            let token = world.token(request(&words));
            cargo += &format!("'run --quiet -- token {words}') echo {token} ;;\n");
        }
        cargo += "*) echo \"cargo: not in the tour: $*\" >&2; exit 1 ;;\nesac\n";
        write_program(&folder.join("cargo"), &cargo);
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

/// What the command line of `token` means, as far as the tour uses it.
fn request(words: &str) -> TokenRequest {
    let words: Vec<_> = words.split_whitespace().collect();
    let permissions = words.chunks(2).map(|pair| match pair {
        ["--permission", permission] => (*permission).to_owned(),
        other => panic!("the tour's token has an option that this suite does not know: {other:?}"),
    });
    TokenRequest::new(permissions)
}

/// Texts without what differs from run to run: a uuid becomes its order of appearance, so that the same stays the same.
#[derive(Default)]
struct Shapes(Vec<String>);

impl Shapes {
    /// Without white space, too: the README wraps long lines.
    fn canonical(&mut self, text: &str) -> String {
        let text: String = text.split_whitespace().collect();
        let (mut rest, mut canonical) = (text.as_str(), String::new());
        while let Some(first) = rest.chars().next() {
            if let Some(uuid) = rest.get(..36).filter(|text| matches(text, UUID)) {
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

const UUID: &str = "xxxxxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx";
const TIMES: [&str; 2] = ["0000-00-00T00:00:00Z", "0000-00-00T00:00:00.000Z"];

/// `x` stands for a hexadecimal digit, `0` for a decimal one, everything else for itself.
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
}

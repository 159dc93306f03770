//! The first user of a new deployment: the commands of docs/deploy.md make keys, parameters and a
//! token by themselves.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
};

use roster_local::{Options, template::Template};
use tests::{World, docs::page};

use crate::walk::{SEPARATOR, Shapes, Step, are_there, environment, steps};

/// The stage of the page, whose name begins the names of its files.
const STAGE: &str = "dev";

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_create_a_user_where_the_parameters_are_deployed() {
    create(|folder| {
        let parameters = parameters(folder);
        let names = [("AuthIssuer", "AUTH_ISSUER"), ("AuthAudience", "AUTH_AUDIENCE"), ("AuthJwks", "AUTH_JWKS")];
        let variables = names.map(|(parameter, variable)| (variable.to_owned(), parameters[parameter].clone()));
        Options { environment: variables.into(), ..Options::default() }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_create_a_user_in_a_local_bundle_that_trusts_the_key_set() {
    create(|folder| {
        let parameters = parameters(folder);
        let names = [("AuthIssuer", "AUTH_ISSUER"), ("AuthAudience", "AUTH_AUDIENCE")];
        let variables = names.map(|(parameter, variable)| (variable.to_owned(), parameters[parameter].clone()));
        Options {
            environment: variables.into(),
            key_set: Some(folder.join(format!("{STAGE}-jwks.json"))),
            ..Options::default()
        }
    })
    .await;
}

/// The parameters that the first block has written, as the template would take them.
fn parameters(folder: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(folder.join(format!("{STAGE}.yaml"))).expect("the first block writes the parameters");
    let template = serde_json::to_value(Template::built_in().unwrap().document()).unwrap();
    let parameters = text.lines().map(|line| {
        let (name, value) = line.split_once(": ").expect("a parameter");
        let value = value.trim_matches('\'').to_owned();
        let known = &template["Parameters"][name];
        assert!(known.is_object(), "the template has no parameter {name}");
        if let Some(longest) = known["MaxLength"].as_u64() {
            assert!(u64::try_from(value.len()).unwrap() <= longest, "{name} is too long");
        }
        (name.to_owned(), value)
    });
    parameters.collect()
}

/// Runs the blocks in one shell, with a bundle that starts between the first and the others.
async fn create(options: impl FnOnce(&Path) -> Options) {
    if !are_there(&["bash", "curl", "openssl", "tail", "head", "timeout", "tr"]) {
        return;
    }
    let steps = steps(&page("deploy").section("The first user"));
    let (keys, calls) = steps.split_first().expect("a block that makes the keys");
    assert!(!calls.is_empty() && calls.iter().all(|step| !step.output.is_empty()), "no block shows an answer");
    let folder = std::env::temp_dir().join(format!("roster-first-user-{}", uuid::Uuid::new_v4()));
    fs::create_dir(&folder).unwrap();
    let mut shell = Shell::start(keys, calls, &folder);
    let made = shell.read();
    let world = World::start_with(options(&folder)).await;
    let (printed, complaints) = shell.go_on(&world.bundle.url()).await;
    fs::remove_dir_all(&folder).ok();
    let mut blocks = std::iter::once(made.as_str()).chain(printed.split(SEPARATOR));
    let (mut seen, mut expected) = (Shapes::default(), Shapes::default());
    for step in &steps {
        let block = blocks.next().unwrap_or_default();
        let (block, output) = (seen.canonical(block), expected.canonical(&step.output));
        assert_eq!(block, output, "\nthe block\n{}\nsays\n{complaints}", step.commands);
    }
}

/// A bash that waits for the bundle's address behind the first block.
struct Shell {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Shell {
    fn start(keys: &Step, calls: &[Step], folder: &Path) -> Self {
        let mut script = format!("{}printf '\\036'\nread -r API_URL\n", keys.commands);
        script.extend(calls.iter().map(|step| format!("{}printf '\\036'\n", step.commands)));
        // Ended with all that it started, should a command hang.
        let mut bash = Command::new("timeout");
        bash.args(["90", "bash", "--noprofile", "--norc", "-c", &script]).current_dir(folder);
        environment(&mut bash);
        let mut child = bash.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// The output of the first block.
    fn read(&mut self) -> String {
        let mut printed = Vec::new();
        self.output.read_until(u8::try_from(SEPARATOR).unwrap(), &mut printed).unwrap();
        assert_eq!(printed.pop().map(char::from), Some(SEPARATOR), "the first block does not end");
        String::from_utf8(printed).unwrap()
    }

    /// Runs the other blocks. Returns their output and errors.
    async fn go_on(mut self, url: &str) -> (String, String) {
        writeln!(self.child.stdin.take().unwrap(), "{url}").unwrap();
        let read = move || {
            let (mut printed, mut complaints) = (String::new(), String::new());
            self.output.read_to_string(&mut printed).unwrap();
            self.child.stderr.take().unwrap().read_to_string(&mut complaints).unwrap();
            self.child.wait().unwrap();
            (printed, complaints)
        };
        tokio::task::spawn_blocking(read).await.unwrap()
    }
}

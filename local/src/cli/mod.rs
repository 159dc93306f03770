//! The command line. `roster` runs the bundle, `roster token` prints a token, `roster
//! platform-token` prints a proof for a login, `roster openapi` prints the description of the API,
//! `roster check` reads a settings document, and `roster compact` erases deleted bytes. The other
//! commands work on a deployment, here or on AWS.

mod arguments;
mod greeting;
mod list;
mod log;
mod operate;
mod platform_token;
mod repair;

use std::{
    collections::BTreeMap,
    fmt::Display,
    fs,
    future::Future,
    io::{ErrorKind, Write},
    process::ExitCode,
};

use clap::Parser;
use shared::ambient::Ambient;

use crate::{
    bundle::{Bundle, Options},
    data::DataFolder,
    openapi,
    operate::{Compacted, check_settings, compact},
    problem::Problem,
    template::Template,
    tokens::{AUDIENCE, ISSUER, SigningKey, TokenRequest},
};
use arguments::{Arguments, Command, Compact, Run};

/// Drops the lines that the engine and the queue write about requests that fail as they should.
const LOG_FILTER: &str = "info,dynoxide=error,rustack_sqs_core=warn";

/// Runs the command that the command line names. A usage error ends with exit code 2, every other
/// error with 1.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(help) if !help.use_stderr() => return print(help.to_string().trim_end()),
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(2);
        }
    };
    match arguments.command {
        Some(Command::Token(token)) => match token_line(&token) {
            Ok(line) => print(&line),
            Err(error) => refuse(&error),
        },
        Some(Command::PlatformToken(token)) => match platform_token::line(&token) {
            Ok(line) => print(&line),
            Err(error) => refuse(&error),
        },
        Some(Command::Openapi) => match Template::built_in().and_then(|it| openapi::yaml(&it)) {
            Ok(document) => print(document.trim_end()),
            Err(error) => refuse(&error),
        },
        Some(Command::Compact(Compact { data })) => match compact(&data) {
            Ok(Compacted { before, after }) => {
                let freed = before.saturating_sub(after);
                print(&format!("{freed} bytes freed, {after} left: the files hold no deleted items any more"))
            }
            Err(error) => refuse(&error),
        },
        Some(Command::Check { file }) => match check_settings(&file) {
            Ok(settings) => print(&format!("{} can be used as the settings of login.\n{settings}", file.display())),
            Err(error) => refuse(&error),
        },
        Some(Command::Verify(verify)) => block_on(operate::verify(verify)),
        Some(Command::PublicKey(place)) => block_on(operate::public_key(place)),
        Some(Command::Purges(purges)) => block_on(operate::purges(purges)),
        Some(Command::Redrive(place)) => block_on(operate::redrive(place)),
        Some(Command::Repair(repair)) => block_on(repair::repair(repair)),
        None => block_on(serve(arguments.run)),
    }
}

fn block_on(work: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => refuse(&error),
    }
}

async fn serve(run: Run) -> ExitCode {
    // The address comes first, before any line that is logged during the start.
    let held_back = log::start_held_back(LOG_FILTER);
    // The message of a panic may quote a caller's request, so it is not shown.
    shared::telemetry::quiet_panics();
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => return refuse(&error),
    };
    let started = start(&run).await;
    if let Ok((_, greeting)) = &started {
        print(greeting);
    }
    drop(held_back);
    let bundle = match started {
        Ok((bundle, _)) => bundle,
        Err(error) => return refuse(&error),
    };
    signals.next().await;
    tracing::info!("stopping; press Ctrl-C again to stop at once");
    tokio::select! {
        () = bundle.stop() => ExitCode::SUCCESS,
        () = signals.next() => ExitCode::FAILURE,
    }
}

/// Starts the bundle. Returns it with its greeting.
async fn start(run: &Run) -> Result<(Bundle, String), Problem> {
    let bundle = Bundle::start(options(run)?).await?;
    let greeting = greeting::text(&bundle, &run.data, run.login_settings.as_deref())?;
    Ok((bundle, greeting))
}

fn options(run: &Run) -> Result<Options, Problem> {
    let template = match &run.template {
        None => Template::built_in()?,
        Some(path) => {
            let text = fs::read_to_string(path);
            Template::parse(&text.map_err(|source| Problem::File { path: path.clone(), source })?)?
        }
    };
    let login_settings = run.login_settings.as_ref().map(|path| {
        check_settings(path)?;
        fs::read_to_string(path).map_err(|source| Problem::File { path: path.clone(), source })
    });
    Ok(Options {
        login_settings: login_settings.transpose()?,
        port: run.port,
        data: Some(run.data.clone()),
        fresh: run.fresh,
        dispatch_every: Some(run.dispatch_every),
        key_set: run.jwks.clone(),
        cors: run.cors.clone(),
        environment: from_process(&template),
        template: Some(template),
        ..Options::default()
    })
}

/// The settings of functions in this process's environment, and the URLs of other stand-ins for AWS
/// if it names any.
fn from_process(template: &Template) -> BTreeMap<String, String> {
    let elsewhere = ["DYNAMODB", "SQS", "KMS", "SECRETS_MANAGER"].map(|service| format!("AWS_ENDPOINT_URL_{service}"));
    // The key set has its own option, `--jwks`, which keeps the development key trusted.
    let settings = template.settings().into_iter().filter(|name| name != "AUTH_JWKS");
    let names = settings.chain(elsewhere);
    names
        .filter_map(|name| Some((name.clone(), std::env::var(&name).ok().filter(|value| !value.is_empty())?)))
        .collect()
}

fn token_line(token: &arguments::Token) -> Result<String, Problem> {
    let key = SigningKey::of_folder(&DataFolder::open(&token.data)?)?;
    let text = |name: &str, default: &str| {
        std::env::var(name).ok().filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_owned())
    };
    let request = TokenRequest::from(token);
    let claims =
        request.claims(&text("AUTH_ISSUER", ISSUER), &text("AUTH_AUDIENCE", AUDIENCE), Ambient::system().now());
    key.sign(&claims)
}

/// Prints the result of a command. The exit code is a success if the result could be written.
fn print(text: &str) -> ExitCode {
    say(&text).map_or_else(|error| refuse(&error), |()| ExitCode::SUCCESS)
}

/// Writes one line of a result. A reader that closes the pipe early, as `head` does, is no error:
/// the line is dropped, and the command goes on to its exit code.
fn say(line: &dyn Display) -> Result<(), Problem> {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(Problem::Output),
    }
}

fn refuse(error: &dyn Display) -> ExitCode {
    // If even this write fails, there is nothing left to do.
    let _ = writeln!(std::io::stderr(), "roster: {error}");
    ExitCode::FAILURE
}

/// The signals that stop the bundle: SIGINT (Ctrl-C), and SIGTERM from a service manager.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn new() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

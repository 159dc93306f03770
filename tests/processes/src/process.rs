use std::{
    env,
    io::{self, BufRead, ErrorKind, Read},
    path::Path,
    process::{Command, Stdio},
    thread::{self, JoinHandle},
};

/// Prefixes of variables that a program must not inherit from the process that starts it.
const OURS: [&str; 6] = ["AUTH_", "AWS_", "DISPATCH_", "PURGE_", "RECEIPT_", "RUST_LOG"];

/// A command for a program, without input and without this process's own settings.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    for (name, _) in env::vars_os() {
        if OURS.iter().any(|ours| name.to_string_lossy().starts_with(ours)) {
            command.env_remove(&name);
        }
    }
    command
}

/// The greeting of a local bundle up to the line that begins with `last`, and the URL in it.
///
/// # Errors
/// The program ended before it printed both.
pub fn greeting(output: &mut impl BufRead, last: &str) -> io::Result<(String, String)> {
    let (mut greeting, mut line) = (String::new(), String::new());
    while !line.trim_start().starts_with(last) {
        line.clear();
        if output.read_line(&mut line)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        greeting.push_str(&line);
    }
    let url = greeting.lines().find_map(|line| line.strip_prefix("Roster runs at ")).map(str::to_owned);
    url.map(|url| (greeting, url)).ok_or_else(|| ErrorKind::UnexpectedEof.into())
}

/// Reads a pipe to its end, so that the program never waits for a reader.
pub fn drain(mut pipe: impl Read + Send + 'static, mut take: impl FnMut(&[u8]) + Send + 'static) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut buffer = [0; 16_384];
        while let Ok(count) = pipe.read(&mut buffer) {
            if count == 0 {
                return;
            }
            take(buffer.get(..count).unwrap_or_default());
        }
    })
}

/// Reads a pipe to its end. Returns no bytes if there is no pipe.
pub fn read_all(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
        bytes
    })
}

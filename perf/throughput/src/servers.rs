//! Roster and the peers as servers. Each has its own process group, so that all its processes are
//! counted and ended. They write their logs, which are discarded.

use std::{
    collections::BTreeMap,
    fs,
    io::BufReader,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use processes::{Folder, command, greeting};
use serde_json::Value;
use tokio::time::sleep;

use crate::{
    Failure,
    tokens::{AUDIENCE, ISSUER, Tokens},
};

/// The time limit of a start.
const START: Duration = Duration::from_mins(1);
/// The time that a process has to end before it is killed.
const STOP: Duration = Duration::from_secs(15);

/// A running bundle with empty tables.
pub(crate) struct Roster {
    // This field comes first, so that the process ends before its folder is removed.
    group: Group,
    _folder: Folder,
    address: SocketAddr,
    engine: String,
}

/// A peer that works on a bundle's tables.
pub(crate) struct Peer {
    group: Group,
    address: SocketAddr,
}

impl Roster {
    pub(crate) async fn start(binary: &Path, scratch: &Path, tokens: &Tokens) -> Result<Self, Failure> {
        let folder = Folder::within(scratch);
        fs::create_dir_all(folder.path())?;
        let (data, keys) = (folder.path().join("data"), folder.path().join("jwks.json"));
        fs::write(&keys, &tokens.key_set)?;
        let mut command = command(binary);
        command
            .args(["--port", "0", "--data"])
            .arg(&data)
            .arg("--jwks")
            .arg(keys)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut group = Group::start(&mut command)?;
        let mut output = BufReader::new(group.0.stdout.take().ok_or("no output")?);
        let (_, url) = tokio::task::spawn_blocking(move || greeting(&mut output, "Roster runs at ")).await??;
        let address = url.trim_start_matches("http://").parse()?;
        let addresses: Value = serde_json::from_str(&fs::read_to_string(data.join("roster.addresses"))?)?;
        let engine = addresses.get("dynamodb").and_then(Value::as_str).ok_or("no address of the engine")?.to_owned();
        Ok(Self { group, _folder: folder, address, engine })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn group(&self) -> u32 {
        self.group.0.id()
    }

    /// The variables of a function that works on these tables.
    fn environment(&self, tokens: &Tokens) -> BTreeMap<String, String> {
        let fixed = [
            ("AUTH_AUDIENCE", AUDIENCE),
            ("AUTH_ISSUER", ISSUER),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &self.engine),
            ("PERSONS_TABLE", "PersonsTable"),
            ("USERS_TABLE", "UsersTable"),
            ("IDENTITIES_TABLE", "IdentitiesTable"),
            ("SEQUENCES_TABLE", "SequencesTable"),
        ];
        let mut environment: BTreeMap<_, _> =
            fixed.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        environment.insert("AUTH_JWKS".to_owned(), tokens.key_set.clone());
        environment
    }
}

impl Peer {
    /// Starts a peer on a port that was free a moment ago, and waits until it listens.
    pub(crate) async fn start(serve: &Path, roster: &Roster, tokens: &Tokens) -> Result<Self, Failure> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let mut command = command(&fs::canonicalize(serve)?);
        command
            .arg(address.port().to_string())
            .envs(roster.environment(tokens))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut group = Group::start(&mut command)?;
        let end = Instant::now() + START;
        while TcpStream::connect(address).is_err() {
            if group.0.try_wait()?.is_some() || Instant::now() > end {
                return Err(format!("{} does not serve", serve.display()).into());
            }
            sleep(Duration::from_millis(100)).await;
        }
        // All processes of the peer share the port. One that is not ready yet will be by the end of
        // the warm-up.
        sleep(Duration::from_secs(1)).await;
        Ok(Self { group, address })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn group(&self) -> u32 {
        self.group.0.id()
    }
}

/// A process and all processes that it starts. Dropping this ends them.
struct Group(Child);

impl Group {
    fn start(command: &mut Command) -> Result<Self, Failure> {
        Ok(Self(command.process_group(0).spawn()?))
    }

    fn signal(&self, name: &str) {
        // The group may have ended already.
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args([name, "--", &group]).stderr(Stdio::null()).status();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal("-TERM");
        let end = Instant::now() + STOP;
        while matches!(self.0.try_wait(), Ok(None)) && Instant::now() < end {
            thread::sleep(Duration::from_millis(20));
        }
        self.signal("-KILL");
        let _ = self.0.wait();
    }
}

//! The embedded `DynamoDB`. Clients reach it over its wire protocol on loopback.
//!
//! It works synchronously behind one lock and can wait for the disk. So it runs on its own thread.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    thread::{self, JoinHandle},
    time::Duration,
};

use dynoxide::Database;
use tokio::{runtime, sync::oneshot, time::sleep};

use crate::{
    data::{DataFolder, FolderLock},
    problem::Problem,
};

/// How long connections may take to end once the engine stops.
const GRACE: Duration = Duration::from_secs(2);
/// How often expired items are deleted. On AWS an expired item can stay for days.
const EXPIRY: Duration = Duration::from_mins(1);

/// The running engine.
pub(crate) struct Engine {
    database: Database,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _lock: Option<FolderLock>,
}

impl Engine {
    /// Starts the engine in memory.
    pub(crate) fn in_memory() -> Result<Self, Problem> {
        let database = Database::memory().map_err(|error| Problem::failed("opening the database", &error))?;
        Self::serve(database, None)
    }

    /// Starts the engine on the folder's file, for as long as it holds the folder's lock.
    pub(crate) fn on_file(folder: &DataFolder, lock: FolderLock) -> Result<Self, Problem> {
        Self::serve(folder.open_database()?, Some(lock))
    }

    /// The database itself, to read what is really stored.
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// The URL at which the engine answers.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets requests finish, then closes the database.
    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = tokio::task::spawn_blocking(|| thread.join()).await;
        }
    }

    fn serve(database: Database, lock: Option<FolderLock>) -> Result<Self, Problem> {
        let failed = |error: std::io::Error| Problem::failed("starting the database's server", &error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (stop, stopped) = oneshot::channel();
        let served = database.clone();
        let thread = thread::Builder::new()
            .name("dynamodb".to_owned())
            .spawn(move || runtime.block_on(run(listener, served, stopped)))
            .map_err(failed)?;
        Ok(Self { database, address, stop: Some(stop), thread: Some(thread), _lock: lock })
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Engine({})", self.address)
    }
}

async fn run(listener: TcpListener, database: Database, stopped: oneshot::Receiver<()>) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the database's server did not start"),
    };
    let (ending, ended) = oneshot::channel::<()>();
    let deadline = async move {
        // The sender is only dropped and never sends.
        let _ = stopped.await;
        drop(ending);
        sleep(GRACE).await;
    };
    let expiry = expire(database.clone());
    let serving = dynoxide::server::serve_with_shutdown(listener, database, async {
        let _ = ended.await;
    });
    tokio::select! {
        served = serving => if let Err(error) = served {
            tracing::error!(%error, "the database's server ended");
        },
        () = deadline => {}
        () = expiry => {}
    }
}

async fn expire(database: Database) {
    loop {
        sleep(EXPIRY).await;
        if let Err(error) = database.sweep_ttl() {
            tracing::warn!(%error, "expired items could not be deleted");
        }
    }
}

//! Everything started and wired together, for the command line and for tests.

mod clients;
mod environment;
mod login;
mod options;
mod own_token;
mod platforms;

use std::{
    collections::BTreeMap,
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use aws_sdk_dynamodb::config::SharedHttpClient;
use dynoxide::Database;
use serde_json::Value;
use shared::{ambient::Ambient, connections::aws_client, lambda::Setup};
use time::OffsetDateTime;
use tokio::{net::TcpListener, task::JoinSet};

pub use options::{Interceptors, Options};

use crate::{
    data::{Addresses, Announced, DataFolder},
    functions::{Starter, starter},
    gateway::Front,
    openapi::Pages,
    problem::Problem,
    stand_ins::{
        AwsJsonServer, DueIndex, Engine, Kms, LocalFunction, LoginKeys, PlatformKey, PlatformServer, SealKey,
        SecretsManager, Server,
        queue::{self, Poller, QueueAddress, QueueServer, Source},
        schedule::{self, Ticker},
        tables,
    },
    template::{Cors, Schedule, Template},
    tokens::{SigningKey, TokenRequest, key_set},
};
use environment::{Endpoints, LOGIN_SECRET, Local, SUBJECT_HASH_SECRET};

/// The function that looks for due purges.
const DISPATCHER: &str = "dispatch-due-purges";
/// The shortest period of every other schedule. On AWS none of them runs more often than once an
/// hour.
const UNHURRIED: Duration = Duration::from_mins(1);

/// The running bundle. Call [`Bundle::stop`] at the end. Dropping the bundle stops it too, but does
/// not wait.
#[derive(Debug)]
pub struct Bundle {
    template: Template,
    ambient: Ambient,
    key: SigningKey,
    login_keys: LoginKeys,
    platform_key: PlatformKey,
    local: Local,
    functions: BTreeMap<String, Arc<LocalFunction>>,
    queues: BTreeMap<String, QueueAddress>,
    dynamodb: aws_sdk_dynamodb::Client,
    sqs: aws_sdk_sqs::Client,
    front: Server,
    tickers: Vec<Ticker>,
    pollers: Vec<Poller>,
    queue: QueueServer,
    kms: AwsJsonServer,
    secrets_manager: AwsJsonServer,
    platforms: PlatformServer,
    announced: Option<Announced>,
    engine: Engine,
}

impl Bundle {
    /// Starts everything. Returns once the bundle answers requests.
    pub async fn start(options: Options) -> Result<Self, Problem> {
        Self::start_with(options, starter).await
    }

    /// Starts everything with other functions than the bundle's own.
    pub async fn start_with(options: Options, starter: fn(&str) -> Option<Starter>) -> Result<Self, Problem> {
        let template = options.template.clone().map_or_else(Template::built_in, Ok)?;
        // Steps that fail because of a mistake at the terminal come first, so that nothing is made
        // in vain.
        let cors = options.cors.as_deref().map(|origins| template.cors(origins)).transpose()?;
        let (listener, front_url) = listen(options.port).await?;
        let Storage { engine, key, kms, platform_key, folder } = storage(&options)?;
        let queue = QueueServer::start().await?;
        let login_keys = kms.login_keys();
        let kms = AwsJsonServer::start(kms).await?;
        let platforms = PlatformServer::start(platform_key.clone(), options.ambient.clone()).await?;
        let subject_hash_key = key.secret("SUBJECT_HASH_KEY")?;
        let own_settings = || login::settings(&key, &platforms.url());
        let login_settings = options.login_settings.clone().map_or_else(own_settings, Ok)?;
        let kept = [(LOGIN_SECRET, login_settings), (SUBJECT_HASH_SECRET, subject_hash_key)];
        let secrets_manager = AwsJsonServer::start(SecretsManager::new(kept)).await?;
        let key_set = key_set(&key, options.key_set.as_deref())?;
        let endpoints = Endpoints {
            front: front_url,
            dynamodb: engine.url(),
            sqs: queue.url(),
            kms: kms.url(),
            secrets_manager: secrets_manager.url(),
        };
        let local = Local::new(key_set, endpoints, options.environment.clone());
        let http_client = aws_client(&options.environment.clone().into_iter().collect())?;
        let signer = local.signer();
        let dynamodb = clients::dynamodb(local.dynamodb_url(), &signer, &http_client);
        let sqs = clients::sqs(local.sqs_url(), &signer, &http_client);
        tables::ensure(&dynamodb, &template).await?;
        let queues = queue::ensure(&sqs, &template, options.visibility_timeout).await?;
        let addresses = addresses(&template, &local, &queues);
        let announced = folder.map(|folder| addresses.announce(&folder)).transpose()?;
        let functions = functions(&template, &local, &queues, &options, &http_client, starter).await?;
        let front = Server::start(listener, front(&template, &functions, cors))
            .map_err(|error| Problem::failed("starting the front", &error))?;
        let tickers = tickers(&template, &functions, &options, &engine);
        let pollers = if options.worker { pollers(&template, &functions, &queues, &sqs) } else { Vec::new() };
        let ambient = options.ambient;
        Ok(Self {
            template,
            ambient,
            key,
            login_keys,
            platform_key,
            local,
            functions,
            queues,
            dynamodb,
            sqs,
            front,
            tickers,
            pollers,
            queue,
            kms,
            secrets_manager,
            platforms,
            announced,
            engine,
        })
    }

    /// The front's address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.front.address())
    }

    /// Makes a token that the development key signs.
    pub fn token(&self, request: &TokenRequest) -> Result<String, Problem> {
        self.key.sign(&request.claims(self.local.issuer(), self.local.audience(), self.ambient.now()))
    }

    /// Makes a token of the bundle's own issuer with these claims. Those that every token has and
    /// that are absent get usual values.
    pub fn own_token(&self, claims: Value) -> Result<String, Problem> {
        own_token::sign(&self.login_keys, &self.local, claims, self.ambient.now())
    }

    /// The development key. Tests sign tokens with it that no issuer would sign.
    pub fn signing_key(&self) -> &SigningKey {
        &self.key
    }

    /// Calls the function with this binary directly, without its trigger.
    pub async fn invoke(&self, binary: &str, event: Value) -> Result<Value, Problem> {
        let function = self.functions.get(binary).ok_or_else(|| Problem::NoFunction(binary.to_owned()))?;
        function.call(event).await
    }

    /// The variables that a function was started with, by the name of its binary.
    pub fn environment(&self, binary: &str) -> Option<&BTreeMap<String, String>> {
        self.functions.get(binary).map(|function| function.environment())
    }

    /// Runs every scheduled function once, with the event of its schedule.
    pub async fn tick(&self) -> Result<(), Problem> {
        for (schedule, function) in scheduled(&self.template, &self.functions) {
            function.call(schedule::event(schedule, OffsetDateTime::now_utc())).await?;
        }
        Ok(())
    }

    /// The template from which everything was made.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// The database, to read what is really stored. A table has its logical id as its name.
    pub fn database(&self) -> &Database {
        self.engine.database()
    }

    /// A client of the database. No interceptor sees its calls.
    pub fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        &self.dynamodb
    }

    /// A client of the queue. No interceptor sees its calls.
    pub fn sqs(&self) -> &aws_sdk_sqs::Client {
        &self.sqs
    }

    /// The URL of a queue, by its logical id.
    pub fn queue_url(&self, queue: &str) -> Option<&str> {
        self.queues.get(queue).map(|address| address.url.as_str())
    }

    /// The URLs at which commands find the tables, the queues and the keys of this bundle.
    pub fn addresses(&self) -> Addresses {
        addresses(&self.template, &self.local, &self.queues)
    }

    /// The URL of Secrets Manager.
    pub fn secrets_manager_url(&self) -> &str {
        self.local.secrets_manager_url()
    }

    /// Stops accepting requests, gives the running ones a few seconds to finish, and closes
    /// everything.
    pub async fn stop(self) {
        self.front.stop().await;
        for ticker in self.tickers {
            ticker.stop().await;
        }
        for poller in self.pollers {
            poller.stop().await;
        }
        drop((self.functions, self.dynamodb, self.sqs, self.announced));
        self.queue.stop().await;
        self.kms.stop().await;
        self.secrets_manager.stop().await;
        self.platforms.stop().await;
        self.engine.stop().await;
    }
}

/// Binds the front's port. Returns its URL too, since the functions must know it before they start.
async fn listen(port: u16) -> Result<(TcpListener, String), Problem> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let failed = |source: std::io::Error| match source.kind() {
        ErrorKind::AddrInUse => Problem::PortBusy(port),
        _ => Problem::Listen { address: address.to_string(), source },
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let url = format!("http://{}", listener.local_addr().map_err(failed)?);
    Ok((listener, url))
}

/// Everything that outlives a run: the tables and the keys.
struct Storage {
    engine: Engine,
    key: SigningKey,
    kms: Kms,
    platform_key: PlatformKey,
    /// The data folder. `None` keeps everything in memory.
    folder: Option<DataFolder>,
}

fn storage(options: &Options) -> Result<Storage, Problem> {
    let Some(path) = &options.data else {
        let (key, kms) = (SigningKey::in_memory()?, Kms::in_memory()?);
        let platform_key = PlatformKey::in_memory();
        return Ok(Storage { engine: Engine::in_memory()?, key, kms, platform_key, folder: None });
    };
    let folder = DataFolder::open(path)?;
    let lock = folder.lock()?;
    if options.fresh {
        folder.delete_tables(&lock)?;
    }
    let (key, kms) = (SigningKey::of_folder(&folder)?, Kms::of_folder(&folder)?);
    let platform_key = PlatformKey::of_folder(&folder);
    Ok(Storage { engine: Engine::on_file(&folder, lock)?, key, kms, platform_key, folder: Some(folder) })
}

fn addresses(template: &Template, local: &Local, queues: &BTreeMap<String, QueueAddress>) -> Addresses {
    let url = |name: Option<&String>| {
        name.and_then(|name| queues.get(name)).map(|address| address.url.clone()).unwrap_or_default()
    };
    // The queue of due purges is the only queue with a dead-letter queue.
    let purge_queue = template.queues.iter().find(|(_, queue)| queue.redrive.is_some());
    let dead_letters = purge_queue.and_then(|(_, queue)| queue.redrive.as_ref()).map(|redrive| &redrive.target);
    Addresses {
        dynamodb: local.dynamodb_url().to_owned(),
        sqs: local.sqs_url().to_owned(),
        kms: local.kms_url().to_owned(),
        purge_queue: url(purge_queue.map(|(name, _)| name)),
        dead_letter_queue: url(dead_letters),
    }
}

async fn functions(
    template: &Template,
    local: &Local,
    queues: &BTreeMap<String, QueueAddress>,
    options: &Options,
    http_client: &SharedHttpClient,
    starter: fn(&str) -> Option<Starter>,
) -> Result<BTreeMap<String, Arc<LocalFunction>>, Problem> {
    let mut scope = template.scope();
    for (name, queue) in queues {
        scope.define(name, &queue.url);
        scope.define_attribute(name, "Arn", &queue.arn);
    }
    scope.define_attribute("SealKey", "Arn", &SealKey::arn());
    let mut functions = BTreeMap::new();
    let mut warming = JoinSet::new();
    for (id, function) in &template.functions {
        let binary = &function.binary;
        let unknown = || Problem::UnknownFunction { resource: id.clone(), binary: binary.clone() };
        let start = starter(binary).ok_or_else(unknown)?;
        let variables = template.environment(id, &scope, &local.variables(binary, &function.environment))?;
        let interceptors = options.interceptors.as_ref().map(|of| of(binary)).unwrap_or_default();
        let setup = Setup::new(variables.clone().into_iter().collect(), options.ambient.clone(), interceptors)
            .with_http_client(http_client.clone());
        let invoke =
            start(setup.clone()).await.map_err(|source| Problem::Function { function: binary.clone(), source })?;
        warming.spawn(async move { setup.warm_up().await });
        functions.insert(
            binary.clone(),
            Arc::new(LocalFunction::new(binary, function.timeout, invoke).started_with(variables)),
        );
    }
    warming.join_all().await;
    Ok(functions)
}

fn front(template: &Template, functions: &BTreeMap<String, Arc<LocalFunction>>, cors: Option<Cors>) -> Front {
    let routes = template.functions.values().flat_map(|function| {
        let target = functions.get(&function.binary);
        function.routes.values().filter_map(move |route| Some((route.clone(), Arc::clone(target?))))
    });
    Front::new(routes, Pages::new(template.clone()), cors)
}

fn tickers(
    template: &Template,
    functions: &BTreeMap<String, Arc<LocalFunction>>,
    options: &Options,
    engine: &Engine,
) -> Vec<Ticker> {
    let Some(period) = options.dispatch_every else { return Vec::new() };
    let tickers = scheduled(template, functions).map(|(schedule, function)| {
        let (period, due) = if function.name() == DISPATCHER {
            (period, DueIndex::of(function.environment(), engine, &options.ambient))
        } else {
            (period.max(UNHURRIED), None)
        };
        Ticker::start(schedule.clone(), Arc::clone(function), period, due)
    });
    tickers.collect()
}

fn scheduled<'a>(
    template: &'a Template,
    functions: &'a BTreeMap<String, Arc<LocalFunction>>,
) -> impl Iterator<Item = (&'a Schedule, &'a Arc<LocalFunction>)> {
    template.functions.values().flat_map(|function| {
        let target = functions.get(&function.binary);
        function.schedules.iter().filter_map(move |schedule| Some((schedule, target?)))
    })
}

fn pollers(
    template: &Template,
    functions: &BTreeMap<String, Arc<LocalFunction>>,
    queues: &BTreeMap<String, QueueAddress>,
    client: &aws_sdk_sqs::Client,
) -> Vec<Poller> {
    let triggered = template.functions.values().flat_map(|function| {
        let target = functions.get(&function.binary);
        function.queues.iter().filter_map(move |trigger| Some((trigger, target?)))
    });
    let sources = triggered.filter_map(|(trigger, function)| {
        Some(Source {
            client: client.clone(),
            queue: queues.get(&trigger.queue)?.clone(),
            trigger: trigger.clone(),
            function: Arc::clone(function),
        })
    });
    sources.map(Poller::start).collect()
}

#[cfg(test)]
mod tests;

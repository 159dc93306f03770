//! The deployment that a command works on: a data folder, whether a roster runs on it or not, or
//! AWS.

use std::{path::Path, time::Duration};

use crate::{
    data::{Addresses, DataFolder},
    problem::{Problem, cause},
    stand_ins::{AwsJsonServer, Engine, Kms, SealKey, tables},
    template::{REGION, Template},
};
use aws_sdk_dynamodb::config::{Credentials, Region, retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::SdkConfig;
use shared::{
    ambient::Ambient,
    aws::sdk_config,
    config::{ConfigProblem, Environment},
    connections::aws_client,
    store::DynamoStore,
    tables::Tables,
};

/// The time limit of one call. The region may be far away, and an answer can be a megabyte.
const ATTEMPT: Duration = Duration::from_secs(15);

/// The tables, the queue and the keys that a command works on. Call [`Target::close`] at the end.
#[derive(Debug)]
pub struct Target {
    ambient: Ambient,
    store: DynamoStore,
    dynamodb: aws_sdk_dynamodb::Client,
    sqs: aws_sdk_sqs::Client,
    kms: aws_sdk_kms::Client,
    queues: Queues,
    seal_keys: Result<Vec<String>, ConfigProblem>,
    own: Option<(AwsJsonServer, Engine)>,
}

/// The place of the messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Queues {
    /// Queues with these URLs.
    At {
        /// The queue of due purges.
        purges: String,
        /// The dead-letter queue of the queue of due purges.
        dead_letters: String,
    },
    /// No queue: a local bundle keeps messages in memory, and none runs.
    Nowhere,
    /// Unknown, since this variable is not set.
    NotSet(&'static str),
}

/// The settings of clients, here and on AWS.
struct Access {
    config: SdkConfig,
    endpoints: [Option<String>; 3],
}

impl Target {
    /// A data folder. Works through the roster that runs on it, or with an own engine if none runs.
    pub async fn folder(path: &Path, ambient: Ambient) -> Result<Self, Problem> {
        match Self::folder_alone(path, ambient.clone()).await {
            Err(Problem::FolderLocked(_)) => {
                let announced = Addresses::of_folder(&DataFolder::open(path)?);
                let announced = announced.ok_or_else(|| Problem::NotAnnounced(path.to_owned()))?;
                Self::running(&announced, ambient)
            }
            target => target,
        }
    }

    /// A data folder on which no roster runs. None can start until this is closed.
    pub async fn folder_alone(path: &Path, ambient: Ambient) -> Result<Self, Problem> {
        // To open the folder would make it and its tables.
        if !DataFolder::has_tables(path) {
            return Err(Problem::NoTables(path.to_owned()));
        }
        let folder = DataFolder::open(path)?;
        let lock = folder.lock()?;
        let kms = AwsJsonServer::start(Kms::of_folder(&folder)?).await?;
        let engine = Engine::on_file(&folder, lock)?;
        let access = Access::local([engine.url(), String::new(), kms.url()])?;
        let target = Self::new(&access, local_tables()?, Queues::Nowhere, Ok(vec![SealKey::arn()]), ambient);
        tables::ensure(&target.dynamodb, &Template::built_in()?).await?;
        Ok(Self { own: Some((kms, engine)), ..target })
    }

    /// A bundle that runs on this machine, at these addresses.
    pub fn running(addresses: &Addresses, ambient: Ambient) -> Result<Self, Problem> {
        let Addresses { dynamodb, sqs, kms, purge_queue, dead_letter_queue } = addresses.clone();
        let queues = Queues::At { purges: purge_queue, dead_letters: dead_letter_queue };
        let access = Access::local([dynamodb, sqs, kms])?;
        Ok(Self::new(&access, local_tables()?, queues, Ok(vec![SealKey::arn()]), ambient))
    }

    /// A deployment on AWS, as the variables of this process name it.
    pub fn aws(environment: &Environment, ambient: Ambient) -> Result<Self, Problem> {
        let access = Access::aws(environment)?;
        let (purges, dead_letters) = ("PURGE_QUEUE_URL", "PURGE_DEAD_LETTER_QUEUE_URL");
        let url = |name: &'static str| environment.optional(name).map(str::to_owned).ok_or(name);
        let queues = match (url(purges), url(dead_letters)) {
            (Ok(purges), Ok(dead_letters)) => Queues::At { purges, dead_letters },
            (Err(name), _) | (_, Err(name)) => Queues::NotSet(name),
        };
        let seal_keys =
            environment.text("SEAL_KEY_ID", "the ARN of the key that signs seals; of several, with commas between");
        let seal_keys = seal_keys.map(|ids| ids.split(',').map(str::to_owned).collect());
        Ok(Self::new(&access, Tables::from_environment(environment)?, queues, seal_keys, ambient))
    }

    fn new(
        access: &Access,
        tables: Tables,
        queues: Queues,
        seal_keys: Result<Vec<String>, ConfigProblem>,
        ambient: Ambient,
    ) -> Self {
        let dynamodb = access.dynamodb();
        let store = DynamoStore::new(dynamodb.clone(), tables, ambient.clone());
        Self { ambient, store, dynamodb, sqs: access.sqs(), kms: access.kms(), queues, seal_keys, own: None }
    }

    /// The clock and the random numbers.
    pub fn ambient(&self) -> &Ambient {
        &self.ambient
    }

    /// The tables.
    pub fn store(&self) -> &DynamoStore {
        &self.store
    }

    /// The queues, and a client that does not retry calls.
    pub fn sqs(&self) -> (&aws_sdk_sqs::Client, &Queues) {
        (&self.sqs, &self.queues)
    }

    /// The keys that sign seals here: the ARN of each, and its public key as X.509
    /// `SubjectPublicKeyInfo` in DER.
    pub async fn seal_keys(&self) -> Result<Vec<(String, Vec<u8>)>, Problem> {
        let mut keys = Vec::new();
        for id in self.seal_keys.as_ref().map_err(ConfigProblem::clone)? {
            let what = "reading the public key that verifies seals";
            let got = self.kms.get_public_key().key_id(id).send().await;
            let got = got.map_err(|error| Problem::call(what, &cause(&error)))?;
            let der = got.public_key.ok_or_else(|| Problem::call(what, &"KMS returned none"))?;
            keys.push((got.key_id.unwrap_or_else(|| id.clone()), der.into_inner()));
        }
        Ok(keys)
    }

    /// Stops everything that was started for this command.
    pub async fn close(self) {
        drop((self.store, self.dynamodb, self.sqs, self.kms));
        if let Some((kms, engine)) = self.own {
            kms.stop().await;
            engine.stop().await;
        }
    }
}

impl Access {
    fn local(endpoints: [String; 3]) -> Result<Self, Problem> {
        let credentials = Credentials::new("local", "local", None, None, "local");
        let http_client = aws_client(&Environment::from_process())?;
        let config = sdk_config(Region::new(REGION), credentials, http_client).timeout_config(timeout()).build();
        Ok(Self { config, endpoints: endpoints.map(|url| Some(url).filter(|url| !url.is_empty())) })
    }

    fn aws(environment: &Environment) -> Result<Self, Problem> {
        let secret = |name| environment.optional(name).ok_or(Problem::Credentials(name));
        let endpoints = ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL_KMS"];
        let region = Region::new(environment.text("AWS_REGION", "the stack's region, such as eu-west-1")?.to_owned());
        let credentials = Credentials::new(
            secret("AWS_ACCESS_KEY_ID")?,
            secret("AWS_SECRET_ACCESS_KEY")?,
            environment.optional("AWS_SESSION_TOKEN").map(Into::into),
            None,
            "environment",
        );
        let config = sdk_config(region, credentials, aws_client(environment)?).timeout_config(timeout()).build();
        Ok(Self { config, endpoints: endpoints.map(|name| environment.optional(name).map(str::to_owned)) })
    }

    fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let mut config = aws_sdk_dynamodb::config::Builder::from(&self.config);
        config = config.retry_config(RetryConfig::disabled());
        config.set_endpoint_url(self.endpoints[0].clone());
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    fn sqs(&self) -> aws_sdk_sqs::Client {
        let mut config = aws_sdk_sqs::config::Builder::from(&self.config);
        config.set_endpoint_url(self.endpoints[1].clone());
        aws_sdk_sqs::Client::from_conf(config.build())
    }

    fn kms(&self) -> aws_sdk_kms::Client {
        let mut config = aws_sdk_kms::config::Builder::from(&self.config);
        config.set_endpoint_url(self.endpoints[2].clone());
        aws_sdk_kms::Client::from_conf(config.build())
    }
}

/// The names of the tables of a local bundle, as the template gives them to the functions.
fn local_tables() -> Result<Tables, Problem> {
    let template = Template::built_in()?;
    let variables = template.functions.iter().find(|(_, function)| !function.schedules.is_empty());
    let variables = variables.map(|(id, _)| {
        let given = |name: &str| (name.to_owned(), String::new());
        let own = ["PURGE_QUEUE_URL", "SEAL_KEY_ID"].map(given).into();
        template.environment(id, &template.scope(), &own)
    });
    let variables = variables.transpose()?.unwrap_or_default();
    Ok(Tables::from_environment(&variables.into_iter().collect())?)
}

fn timeout() -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).build()
}

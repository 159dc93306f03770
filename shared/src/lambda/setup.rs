use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use aws_sdk_dynamodb::config::{
    Credentials, IdentityCache, Region, SharedHttpClient, SharedInterceptor, StalledStreamProtectionConfig,
    retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_types::SdkConfig;
use futures_util::future::join;

use crate::{
    ambient::Ambient,
    auth::{AuthSettings, Authenticator, IssuerSettings, SubjectKey},
    aws::sdk_config,
    config::{ConfigProblem, Environment},
    connections::aws_client,
    http::{App, Served},
    login::{AccessTokens, Login, LoginIssuer, LoginSettings},
    queue::SqsQueue,
    secrets,
    signing::{KmsKey, LoginKeys},
    store::DynamoStore,
    tables::Tables,
};

/// The time limit of one attempt at a call to AWS, its stream included. Our own loop retries, so
/// that it knows what it repeats.
const ATTEMPT: Duration = Duration::from_secs(1);

/// The variables of the short form: one issuer with its keys in the configuration.
const SHORT_FORM: [&str; 3] = ["AUTH_JWKS", "AUTH_ISSUER", "AUTH_AUDIENCE"];

/// What `AUTH_JWKS` should be.
const KEY_SET: &str = "a JSON Web Key Set with the public keys of the token issuer";

/// A client of one service. If this variable is set, it is the endpoint.
macro_rules! client {
    ($setup:expr, $sdk:ident, $endpoint:literal) => {
        $setup.sdk_config().map(|shared| {
            let mut config = $sdk::config::Builder::from(&shared);
            config.set_endpoint_url($setup.environment.optional($endpoint).map(Into::into));
            for interceptor in &$setup.interceptors {
                config.push_interceptor(interceptor.clone());
            }
            $sdk::Client::from_conf(config.build())
        })
    };
}

/// The environment of a function, the sources of time and randomness, and the interceptors of its
/// calls.
#[derive(Debug, Clone)]
pub struct Setup {
    environment: Environment,
    ambient: Ambient,
    interceptors: Vec<SharedInterceptor>,
    http_client: Arc<OnceLock<SharedHttpClient>>,
    authenticator: Arc<OnceLock<Authenticator>>,
}

impl Setup {
    /// The process's own environment, clock and random numbers, as on Lambda.
    pub fn from_process() -> Self {
        Self::new(Environment::from_process(), Ambient::system(), Vec::new())
    }

    /// Another environment, with interceptors that watch or disturb every call to AWS.
    pub fn new(environment: Environment, ambient: Ambient, interceptors: Vec<SharedInterceptor>) -> Self {
        Self { environment, ambient, interceptors, http_client: Arc::default(), authenticator: Arc::default() }
    }

    /// Sets a pool of connections that several functions of one process share.
    #[must_use]
    pub fn with_http_client(mut self, http_client: SharedHttpClient) -> Self {
        self.http_client = Arc::new(http_client.into());
        self
    }

    /// The environment variables.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The endpoint of this rule.
    pub fn serve<R>(&self, rule: R) -> Result<Served<R>, ConfigProblem> {
        Ok(Served::new(rule, self.app()?))
    }

    /// The endpoint of a rule that verifies tokens and reads no tables.
    pub fn serve_without_tables<R>(&self, rule: R) -> Result<Served<R, ()>, ConfigProblem> {
        Ok(Served::new(rule, App::new(self.authenticator()?, self.ambient(), ())))
    }

    /// The endpoint of a rule that verifies no bearer tokens, with the tables that it needs. No
    /// issuer's keys are fetched for it.
    pub fn serve_without_tokens<R, S>(&self, rule: R, store: S) -> Served<R, S> {
        Served::new(rule, App::new(Authenticator::of_nobody(), self.ambient(), store))
    }

    /// The endpoint of a rule that reads this deployment's own tokens only. No issuer's keys are
    /// fetched for it at the start.
    pub fn serve_own_tokens<R>(&self, rule: R) -> Result<Served<R>, ConfigProblem> {
        let settings = AuthSettings { issuers: self.own_issuer()?.into_iter().collect() };
        // The own issuer has no configured keys that could be wrong.
        let authenticator = Authenticator::new(&settings).unwrap_or_else(|_| Authenticator::of_nobody());
        Ok(Served::new(rule, App::new(authenticator, self.ambient(), self.store()?)))
    }

    /// The parts that every endpoint needs.
    pub fn app(&self) -> Result<App<DynamoStore>, ConfigProblem> {
        Ok(App::new(self.authenticator()?, self.ambient(), self.store()?))
    }

    /// The clock and the random numbers.
    pub fn ambient(&self) -> Ambient {
        self.ambient.clone()
    }

    /// The verifier of bearer tokens. Configured keys are parsed once.
    pub fn authenticator(&self) -> Result<Authenticator, ConfigProblem> {
        if let Some(authenticator) = self.authenticator.get() {
            return Ok(authenticator.clone());
        }
        let own = self.own_issuer()?;
        let trusted = self.trusted_issuers(own.is_some())?;
        let authenticator = Authenticator::new(&with_own(trusted, own)?);
        let authenticator =
            authenticator.map_err(|(index, error)| match self.environment.optional("AUTH_ISSUERS") {
                Some(_) => ConfigProblem::wrong("AUTH_ISSUERS", format!("a list of issuers ([{index}] {error})")),
                None => ConfigProblem::wrong("AUTH_JWKS", format!("{KEY_SET} ({error})")),
            })?;
        Ok(self.authenticator.get_or_init(|| authenticator).clone())
    }

    /// The issuers in the configuration. There may be none beside the login of this deployment.
    fn trusted_issuers(&self, has_login: bool) -> Result<AuthSettings, ConfigProblem> {
        match self.environment.optional("AUTH_ISSUERS") {
            Some(issuers) => self.long_form(issuers),
            None => self.short_form(has_login),
        }
    }

    /// The login of this deployment as an issuer, if it is on.
    fn own_issuer(&self) -> Result<Option<IssuerSettings>, ConfigProblem> {
        let Some(login) = self.login_issuer()? else { return Ok(None) };
        let keys = self.login_keys(&login)?;
        Ok(Some(IssuerSettings::own(login.issuer, login.audience, keys)))
    }

    /// `AUTH_ISSUERS`: several issuers, or one that needs more settings.
    fn long_form(&self, issuers: &str) -> Result<AuthSettings, ConfigProblem> {
        if let Some(short) = SHORT_FORM.into_iter().find(|name| self.environment.optional(name).is_some()) {
            let alone = format!("set without {short}, which is for a single issuer");
            return Err(ConfigProblem::wrong("AUTH_ISSUERS", alone));
        }
        let settings = AuthSettings::from_json(issuers);
        settings.map_err(|error| ConfigProblem::wrong("AUTH_ISSUERS", format!("a list of issuers ({error})")))
    }

    /// The variables of one issuer with its keys in the configuration. None is needed beside the
    /// login of this deployment.
    fn short_form(&self, has_login: bool) -> Result<AuthSettings, ConfigProblem> {
        let environment = &self.environment;
        let is_set = SHORT_FORM.iter().any(|name| environment.optional(name).is_some());
        if has_login && !is_set {
            return Ok(AuthSettings { issuers: Vec::new() });
        }
        Ok(AuthSettings::short(
            environment.text("AUTH_JWKS", KEY_SET)?,
            environment.text("AUTH_ISSUER", "the `iss` of the tokens")?,
            environment.text("AUTH_AUDIENCE", "the `aud` of the tokens")?,
        ))
    }

    /// Fetches the issuers' keys before the first request. It may fail: the first request that
    /// needs the keys tries again.
    pub async fn warm_up(&self) {
        if let Some(authenticator) = self.authenticator.get() {
            authenticator.fetch_keys(self.ambient.now()).await;
        }
    }

    /// The tables.
    pub fn store(&self) -> Result<DynamoStore, ConfigProblem> {
        let tables = Tables::from_environment(&self.environment)?;
        Ok(DynamoStore::new(self.dynamodb()?, tables, self.ambient()))
    }

    /// The client of DynamoDB.
    pub fn dynamodb(&self) -> Result<aws_sdk_dynamodb::Client, ConfigProblem> {
        client!(self, aws_sdk_dynamodb, "AWS_ENDPOINT_URL_DYNAMODB")
    }

    /// The queue of due purges.
    pub fn queue(&self) -> Result<SqsQueue, ConfigProblem> {
        let client = client!(self, aws_sdk_sqs, "AWS_ENDPOINT_URL_SQS")?;
        let url = self.environment.text("PURGE_QUEUE_URL", "the URL of the purge queue")?;
        Ok(SqsQueue::new(client, url.into(), self.ambient()))
    }

    /// The key that signs seals.
    pub fn seal_key(&self) -> Result<KmsKey, ConfigProblem> {
        let client = client!(self, aws_sdk_kms, "AWS_ENDPOINT_URL_KMS")?;
        let key_id = self.environment.text("SEAL_KEY_ID", "the ARN of an ECC_NIST_P256 key in KMS")?;
        Ok(KmsKey::new(client, key_id.into(), self.ambient()))
    }

    /// The identity of this deployment as an issuer of tokens. `None` if login is off.
    pub fn login_issuer(&self) -> Result<Option<LoginIssuer>, ConfigProblem> {
        LoginIssuer::from_environment(&self.environment)
    }

    /// The keys in KMS that sign this deployment's tokens.
    pub fn login_keys(&self, login: &LoginIssuer) -> Result<Arc<LoginKeys>, ConfigProblem> {
        let client = client!(self, aws_sdk_kms, "AWS_ENDPOINT_URL_KMS")?;
        Ok(Arc::new(LoginKeys::new(client, login.keys.clone(), self.ambient())))
    }

    /// The settings and keys of login. Reads the secret with the settings document. `None` if login
    /// is off.
    pub async fn login(&self) -> Result<Option<Login>, ConfigProblem> {
        let Some(issuer) = self.login_issuer()? else { return Ok(None) };
        let keys = self.login_keys(&issuer)?;
        let settings = self.login_settings().await?;
        Ok(Some(self.login_of(issuer, settings, keys)))
    }

    /// The same for a function that signs tokens. It reads the signing key's name beside the secret,
    /// so that the first token needs one call to KMS only.
    pub async fn login_with_key(&self) -> Result<Option<Login>, ConfigProblem> {
        let Some(issuer) = self.login_issuer()? else { return Ok(None) };
        let keys = self.login_keys(&issuer)?;
        // The first token tries again if KMS fails now, and reports what it gets.
        let (settings, _) = join(self.login_settings(), keys.signing_kid()).await;
        let settings = settings?;
        Ok(Some(self.login_of(issuer, settings, keys)))
    }

    async fn login_settings(&self) -> Result<LoginSettings, ConfigProblem> {
        let expected = "the ARN of a secret with the settings of login";
        let document = self.secret("LOGIN_SECRET", expected).await?;
        let wrong = |problem| ConfigProblem::wrong("LOGIN_SECRET", format!("{expected} ({problem})"));
        let settings = LoginSettings::from_json(&document).map_err(wrong)?;
        settings.platforms.keep_apart(&self.trusted_issuers(true)?.issuers).map_err(wrong)?;
        Ok(settings)
    }

    fn login_of(&self, issuer: LoginIssuer, settings: LoginSettings, keys: Arc<LoginKeys>) -> Login {
        let tokens = AccessTokens::new(issuer, settings.access_token_lifetime, keys, self.ambient());
        Login { settings, tokens }
    }

    /// The text of the secret whose ARN this variable holds.
    pub async fn secret(&self, name: &'static str, expected: &'static str) -> Result<String, ConfigProblem> {
        let id = self.environment.text(name, expected)?;
        let client = client!(self, aws_sdk_secretsmanager, "AWS_ENDPOINT_URL_SECRETS_MANAGER")?;
        let secret = secrets::secret(&client, id, &self.ambient).await;
        secret.map_err(|error| ConfigProblem::wrong(name, format!("{expected} ({error})")))
    }

    /// The configuration that the clients of all services share. The SDK's own retries are off, and
    /// so is its cache of credentials.
    fn sdk_config(&self) -> Result<SdkConfig, ConfigProblem> {
        Ok(sdk_config(self.region()?, self.credentials()?, self.http_client()?)
            .retry_config(RetryConfig::disabled())
            .identity_cache(IdentityCache::no_cache())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).build())
            .build())
    }

    /// The key for keyed hashes of callers.
    pub async fn subject_key(&self) -> Result<SubjectKey, ConfigProblem> {
        let expected = "the ARN of a secret of at least 32 bytes";
        let secret = self.secret("SUBJECT_HASH_SECRET", expected).await?;
        SubjectKey::new(secret.as_bytes()).ok_or_else(|| ConfigProblem::wrong("SUBJECT_HASH_SECRET", expected))
    }

    fn region(&self) -> Result<Region, ConfigProblem> {
        Ok(Region::new(self.environment.text("AWS_REGION", "an AWS region, such as eu-west-1")?.to_owned()))
    }

    /// The pool of connections for all services.
    fn http_client(&self) -> Result<SharedHttpClient, ConfigProblem> {
        if let Some(http_client) = self.http_client.get() {
            return Ok(http_client.clone());
        }
        let http_client = aws_client(&self.environment)?;
        Ok(self.http_client.get_or_init(|| http_client).clone())
    }

    /// Lambda puts the role's credentials into the environment, and ends the sandbox before they
    /// expire.
    fn credentials(&self) -> Result<Credentials, ConfigProblem> {
        Ok(Credentials::new(
            self.environment.text("AWS_ACCESS_KEY_ID", "the access key that Lambda sets")?,
            self.environment.text("AWS_SECRET_ACCESS_KEY", "the secret key that Lambda sets")?,
            self.environment.optional("AWS_SESSION_TOKEN").map(Into::into),
            None,
            "environment",
        ))
    }
}

/// The issuers of the configuration, and the login of this deployment.
fn with_own(mut settings: AuthSettings, own: Option<IssuerSettings>) -> Result<AuthSettings, ConfigProblem> {
    if let Some(own) = own {
        if settings.issuers.iter().any(|issuer| issuer.issuer == own.issuer) {
            return Err(ConfigProblem::wrong("LOGIN_ISSUER", "another name than those of the trusted issuers"));
        }
        settings.issuers.push(own);
    }
    Ok(settings)
}

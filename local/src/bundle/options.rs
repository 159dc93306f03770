use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc, time::Duration};

use aws_sdk_dynamodb::config::SharedInterceptor;
use shared::ambient::Ambient;

use crate::template::Template;

/// What watches or disturbs the calls to AWS of the function with this binary.
pub type Interceptors = Arc<dyn Fn(&str) -> Vec<SharedInterceptor> + Send + Sync>;

/// How the bundle is to start. The default is for tests: any port, in memory, a schedule that ticks when asked.
#[derive(Clone)]
pub struct Options {
    /// The front's port; 0 for any that is free.
    pub port: u16,
    /// The data folder; in memory without.
    pub data: Option<PathBuf>,
    /// Whether to start with empty tables.
    pub fresh: bool,
    /// How often schedules call; without, only [`Bundle::tick`](super::Bundle::tick) calls.
    pub dispatch_every: Option<Duration>,
    /// Whether messages are handled.
    pub worker: bool,
    /// How long a received message stays hidden, in whole seconds; the template says it otherwise.
    pub visibility_timeout: Option<Duration>,
    /// A file with a JSON Web Key Set that is trusted beside the development key.
    pub key_set: Option<PathBuf>,
    /// The origins whose pages may call the API, separated by commas, as the template's parameter takes them.
    pub cors: Option<String>,
    /// Variables of the functions that override the template's.
    pub environment: BTreeMap<String, String>,
    /// What watches or disturbs each function's calls to AWS.
    pub interceptors: Option<Interceptors>,
    /// The clock and the dice of the functions.
    pub ambient: Ambient,
    /// Another template than the built-in one.
    pub template: Option<Template>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            data: None,
            fresh: false,
            dispatch_every: None,
            worker: true,
            visibility_timeout: None,
            key_set: None,
            cors: None,
            environment: BTreeMap::new(),
            interceptors: None,
            ambient: Ambient::system(),
            template: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("port", &self.port).field("data", &self.data).finish_non_exhaustive()
    }
}

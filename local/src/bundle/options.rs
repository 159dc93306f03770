use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc, time::Duration};

use aws_sdk_dynamodb::config::SharedInterceptor;
use shared::ambient::Ambient;

use crate::template::Template;

/// Gives the interceptors that watch or disturb the calls to AWS of the function with this binary.
pub type Interceptors = Arc<dyn Fn(&str) -> Vec<SharedInterceptor> + Send + Sync>;

/// Settings of a start. The default suits tests: any port, tables in memory, and schedules that
/// only call on request.
#[derive(Clone)]
pub struct Options {
    /// The front's port. 0 takes any free port.
    pub port: u16,
    /// The data folder. `None` keeps everything in memory.
    pub data: Option<PathBuf>,
    /// Whether to delete the folder's tables first.
    pub fresh: bool,
    /// The period of the schedules. With `None` only [`Bundle::tick`](super::Bundle::tick) calls
    /// the scheduled functions.
    pub dispatch_every: Option<Duration>,
    /// Whether functions handle the messages of the queues.
    pub worker: bool,
    /// How long a received message stays hidden, in whole seconds. `None` takes the template's
    /// value.
    pub visibility_timeout: Option<Duration>,
    /// A file with a JSON Web Key Set that is trusted beside the development key.
    pub key_set: Option<PathBuf>,
    /// The origins whose pages may call the API, separated by commas, as the template's parameter
    /// takes them.
    pub cors: Option<String>,
    /// Variables of the functions that override the template's.
    pub environment: BTreeMap<String, String>,
    /// The login settings, in place of those that let the client `local` do everything.
    pub login_settings: Option<String>,
    /// Gives the interceptors of each function's calls to AWS.
    pub interceptors: Option<Interceptors>,
    /// The clock and the random numbers of the functions.
    pub ambient: Ambient,
    /// A template to use instead of the built-in one.
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
            login_settings: None,
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

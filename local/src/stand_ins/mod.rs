//! The stand-ins for AWS and for the platforms on this machine. Each speaks the protocol of its
//! service on loopback, or calls functions as the service does.

mod aws_json;
mod due;
mod engine;
mod kms;
mod lambda;
mod platforms;
pub(crate) mod queue;
mod rsa_keys;
pub(crate) mod schedule;
mod secrets;
mod server;
pub(crate) mod tables;

pub(crate) use aws_json::AwsJsonServer;
pub(crate) use due::DueIndex;
pub(crate) use engine::Engine;
pub use kms::login_keys;
pub(crate) use kms::{Kms, LoginKeys, SealKey};
pub(crate) use lambda::LocalFunction;
pub use platforms::{LocalPlatform, PlatformTokenRequest};
pub(crate) use platforms::{
    NINTENDO_GAME, PLATFORM_AUDIENCE, PlatformKey, PlatformServer, STEAM_APP, STEAM_KEY, STEAM_PATH,
};
pub(crate) use secrets::{SecretsManager, secret_arn};
pub(crate) use server::Server;

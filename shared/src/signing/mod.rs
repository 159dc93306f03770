//! Keys in KMS: the key that signs seals, and the keys that sign access tokens. A private key never
//! leaves KMS.

mod login_keys;
mod seal_key;

pub use login_keys::{LoginKeys, PublishedKey};
pub use seal_key::{KmsKey, Sign, Signature};

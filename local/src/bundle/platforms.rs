//! Proofs of platform accounts, which the local issuer signs.

use super::Bundle;
use crate::{problem::Problem, stand_ins::PlatformTokenRequest};

impl Bundle {
    /// Makes a proof of a platform account, for `portal_access_token` of a login.
    pub fn platform_token(&self, request: &PlatformTokenRequest) -> Result<String, Problem> {
        request.proof(&self.platform_key, self.ambient.now())
    }

    /// The URL of the local issuer, without a slash at the end.
    pub fn platforms_url(&self) -> String {
        self.platforms.url()
    }

    /// Replaces the key of all platforms. The old one is not published any more. The new one is not
    /// stored.
    pub fn rotate_platform_key(&self) -> Result<(), Problem> {
        self.platform_key.rotate()
    }
}

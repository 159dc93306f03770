//! Measures the cost of verifying a token, compared with its signature alone.

use std::time::Duration;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use nix::time::{ClockId, clock_gettime};
use serde::Serialize;
use shared::{
    ambient::Ambient,
    auth::{AuthSettings, Authenticator},
};

use crate::{
    failure::{Context, Failure},
    statistics::Spread,
    token::{AUDIENCE, ISSUER, IssuerKey},
};

/// The number of verifications in a row, so that the time to read the clock does not matter.
const BATCH: u32 = 20;

/// The CPU of one verification with one algorithm.
#[derive(Debug, Clone, Serialize)]
pub struct Verification {
    /// `RS256`, `ES256` or `EdDSA`.
    pub algorithm: &'static str,
    /// The signature alone, with a parsed key.
    pub signature: Spread,
    /// The whole token, by [`Authenticator::verify`].
    pub token: Spread,
    /// The whole token as a multiple of its signature, by the minimum.
    pub ratio_of_min: f64,
    /// The whole token as a multiple of its signature, by the median.
    pub ratio_of_p50: f64,
}

/// Compares all three algorithms in so many batches, signature and token in turn.
pub fn verifications(batches: usize) -> Result<Vec<Verification>, Failure> {
    let keys = [IssuerKey::rs256()?, IssuerKey::es256()?, IssuerKey::ed_dsa()?];
    keys.iter().map(|key| verification(key, batches)).collect()
}

fn verification(key: &IssuerKey, batches: usize) -> Result<Verification, Failure> {
    let token = key.token()?;
    let (message, signature) = token.rsplit_once('.').context("a signature")?;
    let signature = URL_SAFE_NO_PAD.decode(signature).context("a signature")?;
    let (algorithm, bytes): (&'static dyn VerificationAlgorithm, &[u8]) = match key {
        IssuerKey::Rs256(key) => (&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref()),
        IssuerKey::Es256(key) => (&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref()),
        IssuerKey::EdDsa(key) => (&ED25519, key.public_key().as_ref()),
    };
    let parsed = ParsedPublicKey::new(algorithm, bytes).context("a public key")?;
    let settings = AuthSettings::short(key.jwks().to_string(), ISSUER, AUDIENCE);
    let authenticator = Authenticator::new(&settings).map_err(|(_, error)| Failure::new(error.to_string()))?;
    let ambient = Ambient::system();
    // The verification never waits, since its keys need no fetch.
    let runtime = tokio::runtime::Builder::new_current_thread().build().context("a runtime")?;
    let raw = || parsed.verify_sig(message.as_bytes(), &signature).context("a signature");
    let whole = || {
        let verified = runtime.block_on(authenticator.verify(&token, ambient.now()));
        verified.map(drop).map_err(|refused| Failure::new(format!("{refused:?}")))
    };
    let (mut signatures, mut tokens) = (Vec::new(), Vec::new());
    for _ in 0..batches {
        signatures.push(batch(raw)?);
        tokens.push(batch(whole)?);
    }
    let signature = Spread::of(signatures).context("batches")?;
    let token = Spread::of(tokens).context("batches")?;
    Ok(Verification {
        algorithm: key.algorithm(),
        ratio_of_min: token.min_us / signature.min_us,
        ratio_of_p50: token.p50_us / signature.p50_us,
        signature,
        token,
    })
}

/// The CPU time of one call, over a batch.
fn batch(call: impl Fn() -> Result<(), Failure>) -> Result<Duration, Failure> {
    let before = own_cpu()?;
    for _ in 0..BATCH {
        call()?;
    }
    Ok(own_cpu()?.saturating_sub(before) / BATCH)
}

fn own_cpu() -> Result<Duration, Failure> {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from).context("the clock of the thread")
}

//! Keys and tokens for the tests of this module. Each run generates new keys.

use std::{cell::Cell, sync::LazyLock};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
        Ed25519KeyPair, KeyPair, RsaKeyPair, RsaPublicKeyComponents,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{EncodingKey, Header, crypto};
use serde_json::{Value, json};

use futures_util::FutureExt;

use super::{Algorithm, AuthSettings, Authenticator, Caller, TokenProblem, TokenRejection};
use crate::identity::Timestamp;

pub(super) const NOW: Timestamp = Timestamp::from_millis(1_742_896_414_000);
pub(super) const ISSUER: &str = "https://issuer.test";
pub(super) const AUDIENCE: &str = "roster";
pub(super) const SUBJECT: &str = "subject-4711";
pub(super) const PLATFORM_USER_ID: &str = "76561198000000001";

thread_local! {
    /// The number of signatures that this thread has verified.
    pub(super) static VERIFICATIONS: Cell<u32> = const { Cell::new(0) };
}

/// An authenticator that trusts all test keys.
pub(super) fn authenticator() -> &'static Authenticator {
    static AUTHENTICATOR: LazyLock<Authenticator> = LazyLock::new(|| {
        let keys: Vec<_> = TestKey::all().iter().map(TestKey::jwk).collect();
        let settings = AuthSettings::short(json!({ "keys": keys }).to_string(), ISSUER, AUDIENCE);
        Authenticator::new(&settings).unwrap()
    });
    &AUTHENTICATOR
}

/// The result of verifying a token at [`NOW`], with all test keys trusted.
pub(super) fn verify(token: &str) -> Result<Caller, TokenProblem> {
    at_once(authenticator().verify(token, NOW))
}

/// The result of a verification that need not wait for keys.
pub(super) fn at_once(
    verification: impl Future<Output = Result<Caller, TokenRejection>>,
) -> Result<Caller, TokenProblem> {
    let verified = verification.now_or_never().expect("keys at hand are not waited for");
    verified.map_err(|rejection| match rejection {
        TokenRejection::Refused(refused) => refused,
        TokenRejection::KeysUnavailable => panic!("keys at hand are there"),
    })
}

/// Claims that are valid at [`NOW`].
pub(super) fn claims() -> Value {
    let now = NOW.as_millis() / 1000;
    json!({
        "iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 600,
        "permissions": ["user:platform:create"], "platform": "Steam", "platform_user_id": PLATFORM_USER_ID,
    })
}

/// Base64url as in tokens.
pub(super) fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) struct TestKey {
    pub(super) alg: &'static str,
    pub(super) kid: &'static str,
    /// The key pair, for forged signatures.
    pub(super) pair: Pair,
    /// The same key, for valid tokens.
    private: EncodingKey,
}

pub(super) enum Pair {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl TestKey {
    pub(super) fn all() -> &'static [Self; 4] {
        static KEYS: LazyLock<[TestKey; 4]> = LazyLock::new(|| {
            [
                TestKey::new_rsa("rsa"),
                TestKey::new_p256("p256"),
                TestKey::new_ed25519("ed25519"),
                TestKey::new_p384("p384"),
            ]
        });
        &KEYS
    }

    fn new_rsa(kid: &'static str) -> Self {
        /// The length of the PKCS #8 header before a key of 2048 bits (RFC 5208 section 5).
        const PREFIX: usize = 26;
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let private = EncodingKey::from_rsa_der(&pkcs8.as_ref()[PREFIX..]);
        Self { alg: "RS256", kid, pair: Pair::Rsa(pair), private }
    }

    pub(super) fn new_p256(kid: &'static str) -> Self {
        Self::new_ecdsa("ES256", kid, &ECDSA_P256_SHA256_FIXED_SIGNING)
    }

    pub(super) fn new_p384(kid: &'static str) -> Self {
        Self::new_ecdsa("ES384", kid, &ECDSA_P384_SHA384_FIXED_SIGNING)
    }

    fn new_ecdsa(alg: &'static str, kid: &'static str, algorithm: &'static EcdsaSigningAlgorithm) -> Self {
        let pair = EcdsaKeyPair::generate(algorithm).unwrap();
        let private = EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref());
        Self { alg, kid, pair: Pair::Ecdsa(pair), private }
    }

    pub(super) fn new_ed25519(kid: &'static str) -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let private = EncodingKey::from_ed_der(pair.to_pkcs8().unwrap().as_ref());
        Self { alg: "EdDSA", kid, pair: Pair::Ed25519(pair), private }
    }

    pub(super) fn rsa() -> &'static Self {
        &Self::all()[0]
    }

    pub(super) fn p256() -> &'static Self {
        &Self::all()[1]
    }

    pub(super) fn ed25519() -> &'static Self {
        &Self::all()[2]
    }

    pub(super) fn p384() -> &'static Self {
        &Self::all()[3]
    }

    pub(super) fn jwk(&self) -> Value {
        let mut jwk = match &self.pair {
            Pair::Rsa(pair) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({ "kty": "RSA", "n": encoded(&public.n), "e": encoded(&public.e) })
            }
            Pair::Ecdsa(pair) => {
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                let curve = if x.len() == 32 { "P-256" } else { "P-384" };
                json!({ "kty": "EC", "crv": curve, "x": encoded(x), "y": encoded(y) })
            }
            Pair::Ed25519(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key().as_ref()) })
            }
        };
        jwk["kid"] = json!(self.kid);
        jwk["alg"] = json!(self.alg);
        jwk["use"] = json!("sig");
        jwk
    }

    pub(super) fn header(&self) -> Value {
        json!({ "typ": "JWT", "alg": self.alg, "kid": self.kid })
    }

    /// A valid token with these claims.
    pub(super) fn token(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.kid.to_owned()), ..Header::new(self.algorithm()) };
        jsonwebtoken::encode(&header, claims, &self.private).unwrap()
    }

    /// A validly signed token of exactly these texts, even if they are malformed.
    pub(super) fn sign_parts(&self, header: &str, claims: &str) -> String {
        self.sign_bytes(header.as_bytes(), claims.as_bytes())
    }

    /// Like [`Self::sign_parts`], for bytes that may not be text.
    pub(super) fn sign_bytes(&self, header: &[u8], claims: &[u8]) -> String {
        let message = format!("{}.{}", encoded(header), encoded(claims));
        format!("{message}.{}", encoded(self.sign(message.as_bytes())))
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(crypto::sign(message, &self.private, self.algorithm()).unwrap()).unwrap()
    }

    fn algorithm(&self) -> jsonwebtoken::Algorithm {
        Algorithm::from_name(self.alg).unwrap().into()
    }
}

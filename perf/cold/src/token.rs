//! The keys of an issuer, its tokens, and its key set.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{self, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::{
    failure::{Context, Failure},
    login::{self, OwnToken},
};

/// The `iss` of every token.
pub(crate) const ISSUER: &str = "https://sso.example.com/realms/players";
/// The `aud` of every token.
pub(crate) const AUDIENCE: &str = "roster";

pub(crate) const LIFETIME: Duration = Duration::from_hours(6);

/// An issuer's keys, one for each algorithm.
#[derive(Debug)]
pub struct IssuerKeys(Vec<IssuerKey>);

impl IssuerKeys {
    /// Makes new keys.
    pub fn new() -> Result<Self, Failure> {
        Ok(Self(vec![IssuerKey::rs256()?, IssuerKey::es256()?, IssuerKey::ed_dsa()?]))
    }

    /// The key set of the issuer.
    pub fn jwks(&self) -> Value {
        json!({ "keys": self.0.iter().map(IssuerKey::jwk).collect::<Vec<_>>() })
    }

    /// The tokens of a run, that of a back end with this algorithm: `RS256`, `ES256` or `EdDSA`.
    pub fn tokens(&self, algorithm: &str) -> Result<Tokens, Failure> {
        let key = self.0.iter().find(|key| key.algorithm() == algorithm);
        let bearer = key.context(format!("{algorithm} as RS256, ES256 or EdDSA"))?.token()?;
        let own = self.0.iter().find_map(|key| match key {
            IssuerKey::Rs256(pair) => Some((pair, key)),
            _ => None,
        });
        let (pair, key) = own.context("an RSA key")?;
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().context("an RSA key")?;
        Ok(Tokens { bearer, own: login::own_token(public.as_ref(), &key.private()?.1)? })
    }

    /// All algorithms.
    pub fn algorithms(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(IssuerKey::algorithm)
    }
}

/// The tokens of a run.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The token of a back end with every permission.
    pub bearer: String,
    /// The token of the deployment's own login.
    pub own: OwnToken,
}

/// An issuer's key, made for one run.
#[derive(Debug)]
pub enum IssuerKey {
    /// RSA with 2048 bits.
    Rs256(RsaKeyPair),
    /// P-256.
    Es256(EcdsaKeyPair),
    /// Ed25519.
    EdDsa(Ed25519KeyPair),
}

impl IssuerKey {
    /// A new RSA key.
    pub fn rs256() -> Result<Self, Failure> {
        let key = rsa::KeyPair::generate(KeySize::Rsa2048).context("an RSA key")?;
        Ok(Self::Rs256(key))
    }

    /// A new key on P-256.
    pub fn es256() -> Result<Self, Failure> {
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Self::Es256).context("a P-256 key")
    }

    /// A new key on Ed25519.
    pub fn ed_dsa() -> Result<Self, Failure> {
        Ed25519KeyPair::generate().map(Self::EdDsa).context("an Ed25519 key")
    }

    /// The name of the algorithm in a token's header.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Rs256(_) => "RS256",
            Self::Es256(_) => "ES256",
            Self::EdDsa(_) => "EdDSA",
        }
    }

    /// The key set with this key alone.
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk()] })
    }

    fn jwk(&self) -> Value {
        let mut key = match self {
            Self::Rs256(key) => {
                let modulus = key.public_key().modulus().big_endian_without_leading_zero();
                let exponent = key.public_key().exponent().big_endian_without_leading_zero();
                json!({ "kty": "RSA", "n": encoded(modulus), "e": encoded(exponent) })
            }
            Self::Es256(key) => {
                // The point is the byte 0x04 and both coordinates.
                let point = key.public_key().as_ref().get(1..).unwrap_or_default();
                let (x, y) = point.split_at(point.len() / 2);
                json!({ "kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y) })
            }
            Self::EdDsa(key) => json!({ "kty": "OKP", "crv": "Ed25519", "x": encoded(key.public_key().as_ref()) }),
        };
        if let Some(members) = key.as_object_mut() {
            members.insert("kid".into(), self.kid().into());
            members.insert("alg".into(), self.algorithm().into());
            members.insert("use".into(), "sig".into());
        }
        key
    }

    /// A token of a back end with every permission.
    pub fn token(&self) -> Result<String, Failure> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock")?.as_secs();
        let claims = json!({
            "iss": ISSUER,
            "aud": [AUDIENCE],
            "sub": "7d1f6a0c-5d53-4a7e-9b0f-2f1d2c3b4a59",
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME.as_secs(),
            "jti": "0d9d3c2e-7a4b-4c55-8f6a-1b2c3d4e5f60",
            "ver": 1,
            "token_type": "access",
            "permissions": ["user:*", "purge:person:admin", "user.*"],
        });
        let (algorithm, key) = self.private()?;
        let header = Header { kid: Some(self.kid().to_owned()), ..Header::new(algorithm) };
        encode(&header, &claims, &key).context("a token")
    }

    fn private(&self) -> Result<(Algorithm, EncodingKey), Failure> {
        /// The length of the PKCS #8 header before an RSA key of 2048 bits (RFC 5208 section 5).
        const PREFIX: usize = 26;
        Ok(match self {
            Self::Rs256(key) => {
                let pkcs8: Pkcs8V1Der<'_> = key.as_der().context("an RSA key")?;
                let key = pkcs8.as_ref().get(PREFIX..).context("an RSA key")?;
                (Algorithm::RS256, EncodingKey::from_rsa_der(key))
            }
            Self::Es256(key) => {
                let pkcs8 = key.to_pkcs8v1().context("a P-256 key")?;
                (Algorithm::ES256, EncodingKey::from_ec_der(pkcs8.as_ref()))
            }
            Self::EdDsa(key) => {
                let pkcs8 = key.to_pkcs8().context("an Ed25519 key")?;
                (Algorithm::EdDSA, EncodingKey::from_ed_der(pkcs8.as_ref()))
            }
        })
    }

    fn kid(&self) -> &'static str {
        // The names have the length of a thumbprint.
        match self {
            Self::Rs256(_) => "rs256-NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
            Self::Es256(_) => "es256-NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
            Self::EdDsa(_) => "eddsa-NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
        }
    }
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

//! The keys that sign the targets' tokens. Nothing else trusts them, and no private half is in a file.

use std::sync::LazyLock;

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
        RsaPublicKeyComponents,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use shared::identity::Timestamp;

/// The time of every target.
pub const NOW: Timestamp = Timestamp::from_millis(NOW_SECONDS * 1000);
/// The same in seconds since the Unix epoch.
pub const NOW_SECONDS: i64 = 1_795_335_907;
/// The `aud` of good tokens.
pub const AUDIENCE: &str = "roster";

/// One key of each algorithm. The first is the same in every run; the others are drawn anew.
pub static ALL: LazyLock<[Key; 3]> = LazyLock::new(|| {
    [
        Key { alg: "EdDSA", pair: Pair::Ed25519(Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()) },
        Key { alg: "ES256", pair: Pair::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()) },
        Key { alg: "RS256", pair: Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()) },
    ]
});

/// A key whose `kid` is the name of its algorithm.
pub struct Key {
    pub alg: &'static str,
    pair: Pair,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// The key that is the same in every run.
pub fn fixed() -> &'static Key {
    &ALL[0]
}

/// The public halves.
pub fn jwks() -> Value {
    json!({ "keys": ALL.iter().map(Key::jwk).collect::<Vec<_>>() })
}

impl Key {
    /// The public half.
    pub fn jwk(&self) -> Value {
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let (kid, alg) = (self.alg, self.alg);
        match &self.pair {
            Pair::Ed25519(pair) => {
                let x = encoded(pair.public_key().as_ref());
                json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "alg": alg, "use": "sig" })
            }
            Pair::P256(pair) => {
                // An uncompressed point: a tag and two coordinates.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y), "kid": kid, "alg": alg })
            }
            Pair::Rsa(pair) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({ "kty": "RSA", "n": encoded(&public.n), "e": encoded(&public.e), "kid": kid })
            }
        }
    }

    /// The header of a good token.
    pub fn header(&self) -> Value {
        json!({ "typ": "JWT", "alg": self.alg, "kid": self.alg })
    }

    /// A token of exactly these bytes, however broken, with a good signature.
    pub fn sign(&self, header: &[u8], claims: &[u8]) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Ed25519(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
            Pair::P256(pair) => pair.sign(&random, message.as_bytes()).unwrap().as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).unwrap();
                signature
            }
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A good token with these claims.
    pub fn token(&self, claims: &Value) -> String {
        self.sign(self.header().to_string().as_bytes(), claims.to_string().as_bytes())
    }
}

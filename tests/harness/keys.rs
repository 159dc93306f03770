//! The keys of an issuer, and tokens that they sign.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
    },
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, crypto, encode, jwk::Jwk};
use serde_json::{Value, json};

/// A private key and its name.
pub struct Key {
    kid: String,
    algorithm: Algorithm,
    private: EncodingKey,
}

impl Key {
    /// A new RSA key of 2048 bits.
    pub fn rs256(kid: &str) -> Self {
        /// The length of the PKCS #8 header before a key of this length (RFC 5208 section 5).
        const PREFIX: usize = 26;
        let pkcs8: Pkcs8V1Der<'_> = KeyPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap();
        Self::new(kid, Algorithm::RS256, EncodingKey::from_rsa_der(&pkcs8.as_ref()[PREFIX..]))
    }

    /// A new key on P-256.
    pub fn es256(kid: &str) -> Self {
        let pkcs8 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap().to_pkcs8v1().unwrap();
        Self::new(kid, Algorithm::ES256, EncodingKey::from_ec_der(pkcs8.as_ref()))
    }

    /// A new key on P-384.
    pub fn es384(kid: &str) -> Self {
        let pkcs8 = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap().to_pkcs8v1().unwrap();
        Self::new(kid, Algorithm::ES384, EncodingKey::from_ec_der(pkcs8.as_ref()))
    }

    /// A new key on Ed25519.
    pub fn ed_dsa(kid: &str) -> Self {
        Self::of_pair(kid, &Ed25519KeyPair::generate().unwrap())
    }

    /// The Ed25519 key of this seed, which is the same in every run.
    pub fn of_seed(kid: &str, seed: [u8; 32]) -> Self {
        Self::of_pair(kid, &Ed25519KeyPair::from_seed_unchecked(&seed).unwrap())
    }

    /// A secret that signs and verifies (HS256).
    pub fn hs256(kid: &str, secret: &[u8]) -> Self {
        Self::new(kid, Algorithm::HS256, EncodingKey::from_secret(secret).unwrap())
    }

    fn of_pair(kid: &str, pair: &Ed25519KeyPair) -> Self {
        Self::new(kid, Algorithm::EdDSA, EncodingKey::from_ed_der(pair.to_pkcs8v1().unwrap().as_ref()))
    }

    fn new(kid: &str, algorithm: Algorithm, private: EncodingKey) -> Self {
        Self { kid: kid.to_owned(), algorithm, private }
    }

    /// The same key with another name.
    #[must_use]
    pub fn named(&self, kid: &str) -> Self {
        Self::new(kid, self.algorithm, self.private.clone())
    }

    /// The same key for another algorithm of its kind.
    #[must_use]
    pub fn with(&self, algorithm: Algorithm) -> Self {
        Self::new(&self.kid, algorithm, self.private.clone())
    }

    /// The name of the key (`kid`).
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as a JWK.
    pub fn jwk(&self) -> Value {
        let mut jwk = json!(Jwk::from_encoding_key(&self.private, self.algorithm).unwrap());
        jwk["kid"] = json!(self.kid);
        jwk["use"] = json!("sig");
        jwk
    }

    /// The public key as PEM, as servers keep it.
    pub fn pem(&self) -> String {
        let private = self.private.as_bytes();
        let der: PublicKeyX509Der<'_> = match self.algorithm {
            Algorithm::ES256 => {
                let pair = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, private).unwrap();
                pair.public_key().as_der().unwrap()
            }
            _ => KeyPair::from_der(private).unwrap().public_key().as_der().unwrap(),
        };
        let encoded = STANDARD.encode(der.as_ref());
        let lines: Vec<_> = encoded.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }

    /// The header of a valid token.
    pub fn header(&self) -> Value {
        json!(Header { kid: Some(self.kid.clone()), ..Header::new(self.algorithm) })
    }

    /// A valid token with these claims.
    pub fn token(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(self.algorithm) };
        encode(&header, claims, &self.private).unwrap()
    }

    /// A token with exactly these bytes and a valid signature. The bytes may be malformed.
    pub fn sign(&self, header: &[u8], claims: &[u8]) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = crypto::sign(message.as_bytes(), &self.private, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }
}

/// The reasons why a key is refused. The texts are for the operator and repeat nothing of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant has its text")]
pub enum KeyProblem {
    #[error("it is not a JSON object with distinct names")]
    NotAnObject,
    #[error("`kid` is missing, or not a string of at least one character")]
    NoKid,
    #[error("an earlier key has the same `kid`")]
    RepeatedKid,
    #[error("it is symmetric; only public keys belong here")]
    Symmetric,
    #[error("it holds private parts; only public keys belong here, and this key must be replaced")]
    Private,
    #[error("`kty` is not RSA, EC or OKP")]
    UnknownKeyType,
    #[error("`crv` must be P-256 or P-384 for EC and Ed25519 for OKP")]
    UnknownCurve,
    #[error("`alg` must be RS256 for RSA, ES256 for P-256, ES384 for P-384 and EdDSA for Ed25519")]
    WrongAlgorithm,
    #[error("`use` or `key_ops` says that it does not verify signatures")]
    NotForSignatures,
    #[error("`{0}` is missing, not base64url, or of the wrong length")]
    BadParameter(&'static str),
    #[error("its modulus is shorter than 2048 bits")]
    ShortModulus,
    #[error("its modulus is longer than 8192 bits")]
    LongModulus,
    #[error("its modulus or exponent is even, or its exponent is 1 or over 32 bits")]
    WeakRsa,
    #[error("it is not a point on its curve, or its numbers do not belong together")]
    Inconsistent,
    #[error("its point has a small order: anybody could sign for it")]
    SmallOrder,
    #[error("its algorithm is not among the issuer's `algorithms`")]
    NotAllowed,
}

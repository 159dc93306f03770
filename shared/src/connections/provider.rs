use rustls::crypto::{
    CryptoProvider,
    aws_lc_rs::{cipher_suite as suite, default_provider, kx_group},
};

/// The provider of rustls, reduced to what AWS's endpoints and issuers use. It leaves out
/// `ChaCha20`, which helps only processors without AES. It also leaves out post-quantum key
/// exchange, which would double the bytes of a handshake.
pub(super) fn provider() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: vec![
            suite::TLS13_AES_128_GCM_SHA256,
            suite::TLS13_AES_256_GCM_SHA384,
            suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        ],
        kx_groups: vec![kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1],
        ..default_provider()
    }
}

//! The responder's certificates. Like those of AWS's endpoints they have an RSA-2048 root,
//! intermediate and leaf.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    version::TLS13,
};

use crate::{
    failure::{Context, Failure},
    responder::HOSTS,
};

/// The file of trusted roots on most systems.
const SYSTEM_BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// The certificates of the responder, and the roots that its clients trust.
#[derive(Debug, Clone)]
pub struct Certificates {
    /// The server's configuration: TLS 1.3 with the leaf and the intermediate.
    pub server: Arc<ServerConfig>,
    /// The test root. To read it takes longer than Amazon's five roots, which are built into our
    /// functions in decoded form.
    pub bundle: PathBuf,
    /// The system's roots and the test root.
    pub system_bundle: PathBuf,
}

impl Certificates {
    /// Makes new certificates and writes the bundles into this folder.
    pub fn make(folder: &Path) -> Result<Self, Failure> {
        let root = CertifiedIssuer::self_signed(authority("Bench Root CA"), key()?).context("a root")?;
        let intermediate = CertifiedIssuer::signed_by(authority("Bench RSA 2048 M01"), key()?, &root);
        let intermediate = intermediate.context("an intermediate")?;
        let leaf_key = key()?;
        let leaf = leaf()?.signed_by(&leaf_key, &intermediate).context("a leaf")?;
        let chain: Vec<CertificateDer<'static>> = vec![leaf.der().clone(), intermediate.der().clone()];
        let leaf_key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let server = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])
            .and_then(|config| config.with_no_client_auth().with_single_cert(chain, leaf_key));
        let mut server = server.context("TLS")?;
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        let root_pem = root.pem();
        Ok(Self {
            server: Arc::new(server),
            bundle: write(folder, "root.pem", &root_pem)?,
            system_bundle: write(folder, "system.pem", &system_bundle(&root_pem))?,
        })
    }
}

fn key() -> Result<KeyPair, Failure> {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).context("an RSA key")
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::OrganizationName, "Roster");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    params
}

fn leaf() -> Result<CertificateParams, Failure> {
    // The certificate of a DynamoDB endpoint has about as many names.
    let [sqs, kms, secrets_manager] = HOSTS;
    let names = ["localhost", "*.localhost", "dynamodb.localhost", sqs, kms, secrets_manager];
    let mut params = CertificateParams::new(names.map(str::to_owned)).context("names")?;
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn system_bundle(root: &str) -> String {
    format!("{}\n{root}", fs::read_to_string(SYSTEM_BUNDLE).unwrap_or_default())
}

fn write(folder: &Path, name: &str, text: &str) -> Result<PathBuf, Failure> {
    let path = folder.join(name);
    fs::write(&path, text).context(path.display())?;
    Ok(path)
}

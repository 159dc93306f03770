use std::sync::{Arc, OnceLock};

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

/// The five roots of Amazon Trust Services, as amazontrust.com/repository recommends. They cover
/// AWS's endpoints, and by a cross-signature those of the European Sovereign Cloud. The first root
/// expires on 31 December 2037.
const AMAZON: [&[u8]; 5] = [
    include_bytes!("roots/amazon-root-ca-1.der"),
    include_bytes!("roots/amazon-root-ca-2.der"),
    include_bytes!("roots/amazon-root-ca-3.der"),
    include_bytes!("roots/amazon-root-ca-4.der"),
    include_bytes!("roots/starfield-services-root-g2.der"),
];

/// The system's roots. A function may call several servers outside AWS, and reads them once.
static SYSTEM: OnceLock<Arc<RootCertStore>> = OnceLock::new();

/// The root certificates by which a server is trusted.
#[derive(Debug, Clone)]
pub(crate) enum Roots {
    /// Amazon's, for endpoints of AWS. Endpoints in China may need others.
    Amazon,
    /// The system's, for all other servers. Reading them takes milliseconds.
    System,
    /// These and no others.
    These(Vec<CertificateDer<'static>>),
}

/// The reasons why no root can be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RootsProblem {
    /// There is no certificate.
    #[error("it holds none")]
    None,
    /// TLS does not accept a certificate.
    #[error("one of them cannot be used")]
    Unusable(#[from] rustls::Error),
    /// The file cannot be read, or is not PEM.
    #[error("it cannot be read")]
    File,
}

impl Roots {
    /// The roots in a file of PEM certificates.
    pub(crate) fn of_file(path: &str) -> Result<Self, RootsProblem> {
        let certificates = CertificateDer::pem_file_iter(path).map_err(|_| RootsProblem::File)?;
        let certificates: Vec<_> = certificates.collect::<Result<_, _>>().map_err(|_| RootsProblem::File)?;
        if certificates.is_empty() { Err(RootsProblem::None) } else { Ok(Self::These(certificates)) }
    }

    pub(super) fn store(&self) -> Result<Arc<RootCertStore>, RootsProblem> {
        if let (Self::System, Some(store)) = (self, SYSTEM.get()) {
            return Ok(Arc::clone(store));
        }
        let store = Arc::new(self.read()?);
        Ok(if let Self::System = self { Arc::clone(SYSTEM.get_or_init(|| store)) } else { store })
    }

    fn read(&self) -> Result<RootCertStore, RootsProblem> {
        let mut store = RootCertStore::empty();
        match self {
            Self::Amazon => AMAZON.iter().try_for_each(|root| store.add(CertificateDer::from_slice(root)))?,
            // A file of a whole system may hold certificates that TLS cannot use.
            Self::These(roots) => drop(store.add_parsable_certificates(roots.iter().cloned())),
            Self::System => drop(store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
        }
        if store.is_empty() { Err(RootsProblem::None) } else { Ok(store) }
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn amazons_roots_are_those_that_it_publishes() {
        // SHA-256 of the certificates, from Mozilla's list of included CAs.
        let published = [
            "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
            "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
            "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
            "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
            "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
        ];
        for (root, published) in AMAZON.iter().zip(published) {
            let hash = Sha256::digest(root).iter().fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
            assert_eq!(hash, published);
        }
        assert_eq!(Roots::Amazon.store().unwrap().len(), AMAZON.len());
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        let path = std::env::temp_dir().join(format!("roster-roots-{}.pem", std::process::id()));
        std::fs::write(&path, "no certificate").unwrap();
        assert!(matches!(Roots::of_file(path.to_str().unwrap()), Err(RootsProblem::None)));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(Roots::of_file(path.to_str().unwrap()), Err(RootsProblem::File)));
    }
}

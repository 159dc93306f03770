//! The public keys that verify seals.

use std::{fs, path::Path};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use shared::identity::SignedSeal;

use crate::problem::Problem;

const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

/// A key that the operator trusts.
#[derive(Debug)]
pub struct PublicKey {
    /// The ARN of the key. A key from a file has none.
    name: Option<String>,
    key: ParsedPublicKey,
}

/// The result of checking the signature of a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The key at this index signed the seal.
    SignedBy(usize),
    /// The seal names a key that is not trusted.
    UnknownKey,
    /// The seal names a trusted key, but that key did not sign it.
    NotSigned,
}

impl PublicKey {
    /// Reads an X.509 `SubjectPublicKeyInfo` in DER. It must hold a key on P-256.
    pub fn from_der(name: Option<String>, der: &[u8]) -> Result<Self, Problem> {
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, der);
        let wrong = |_| Problem::Input("a public key is not a P-256 key in DER or PEM".to_owned());
        Ok(Self { name, key: key.map_err(wrong)? })
    }

    /// Reads the keys in a file: one key in DER, or several in PEM.
    pub fn of_file(path: &Path) -> Result<Vec<Self>, Problem> {
        let wrong = |problem: &dyn ToString| Problem::Input(format!("{}: {}", path.display(), problem.to_string()));
        let bytes = fs::read(path).map_err(|error| wrong(&error))?;
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        let ders = if text.contains(BEGIN) { pem(text).ok_or_else(|| wrong(&"broken PEM"))? } else { vec![bytes] };
        ders.iter().map(|der| Self::from_der(None, der).map_err(|error| wrong(&error))).collect()
    }
}

/// Writes a public key as PEM.
pub fn to_pem(der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let mut pem = format!("{BEGIN}\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(64).unwrap_or((rest, ""));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str(END);
    pem
}

/// Finds the key that signed a seal.
pub(super) fn signer(keys: &[PublicKey], signed: &SignedSeal) -> Verdict {
    let bytes = signed.seal.bytes();
    let named = |key: &PublicKey| key.name.as_ref().is_none_or(|name| *name == signed.key_id);
    let mut candidates = keys.iter().enumerate().filter(|(_, key)| named(key)).peekable();
    if candidates.peek().is_none() {
        return Verdict::UnknownKey;
    }
    let verifying = candidates.find(|(_, key)| key.key.verify_sig(&bytes, &signed.signature).is_ok());
    verifying.map_or(Verdict::NotSigned, |(place, _)| Verdict::SignedBy(place))
}

/// Whether one of the keys made this signature over these bytes. The names of the keys do not
/// matter.
pub(super) fn is_signed(keys: &[PublicKey], bytes: &[u8], signature: &[u8]) -> bool {
    keys.iter().any(|key| key.key.verify_sig(bytes, signature).is_ok())
}

fn pem(text: &str) -> Option<Vec<Vec<u8>>> {
    text.split(BEGIN)
        .skip(1)
        .map(|block| STANDARD.decode(block.split_once(END)?.0.split_whitespace().collect::<String>()).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};
    use shared::identity::{Hour, HourOfReceipts, Seal, Second, Timestamp};

    use super::*;
    use crate::stand_ins::SealKey;

    #[test]
    fn a_key_comes_back_from_its_text_and_from_its_bytes() {
        let path = std::env::temp_dir().join(format!("roster-public-{}", uuid::Uuid::new_v4()));
        let (one, two) = (SealKey::in_memory().unwrap(), SealKey::in_memory().unwrap());
        let ders = [&one, &two].map(|key| key.public_key().unwrap());
        let read = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            let keys = PublicKey::of_file(&path);
            keys.map(|keys| keys.iter().map(|key| key.key.as_ref().to_vec()).collect::<Vec<_>>())
        };
        assert_eq!(read(&ders[0]).unwrap(), [ders[0].clone()]);
        assert_eq!(read(format!("{}\n{}\n", to_pem(&ders[0]), to_pem(&ders[1])).as_bytes()).unwrap(), ders);
        for wrong in ["", "key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", BEGIN] {
            let error = read(wrong.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("roster-public-"), "{error}");
        }
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_seal_is_held_against_the_key_that_it_names() {
        let [ours, other] = [1, 2].map(|_| SealKey::in_memory().unwrap());
        let key = |name: Option<&str>, key: &SealKey| {
            PublicKey::from_der(name.map(str::to_owned), &key.public_key().unwrap()).unwrap()
        };
        let now = Timestamp::from_millis(0);
        let seal = Seal::after(None, Hour::of(Second::from_unix(0)), &HourOfReceipts::default(), now);
        let signature = ours.sign_digest(&digest(&SHA256, &seal.bytes())).unwrap();
        let signed = SignedSeal { seal, key_id: "ours".into(), signature };
        assert_eq!(signer(&[key(Some("other"), &other), key(Some("ours"), &ours)], &signed), Verdict::SignedBy(1));
        assert_eq!(signer(&[key(None, &other), key(None, &ours)], &signed), Verdict::SignedBy(1));
        assert_eq!(signer(&[key(Some("other"), &ours)], &signed), Verdict::UnknownKey);
        assert_eq!(signer(&[key(Some("ours"), &other)], &signed), Verdict::NotSigned);
        assert_eq!(signer(&[key(None, &other)], &signed), Verdict::NotSigned);
    }
}

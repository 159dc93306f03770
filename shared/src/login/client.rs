use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use sha2::{Digest, Sha256};

use super::Grant;
use crate::{
    auth::{Permission, PermissionProblem},
    identity::ClientId,
};

/// Decodes base64 with or without padding. Python's clients send the standard alphabet, RallyHere's
/// game client the URL-safe one, which is translated first.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A program that may log players in, or call other endpoints of login. `Debug` shows its id only.
#[derive(Clone)]
pub struct Client {
    /// Its id, which its tokens name.
    pub client_id: ClientId,
    /// The SHA-256 hashes of its secrets: one, or two while it changes its secret.
    pub(super) secrets: Vec<[u8; 32]>,
    /// The ways to log in that it may use.
    pub grants: Vec<Grant>,
    /// The permissions of its own tokens.
    pub permissions: Vec<String>,
    /// Whether a login through it may create users.
    pub create: bool,
}

/// All clients. `Debug` shows their ids only.
#[derive(Debug, Clone, Default)]
pub struct Clients(pub(super) Vec<Client>);

impl Client {
    /// Whether it may use this way to log in.
    pub fn may_use(&self, grant: Grant) -> bool {
        self.grants.contains(&grant)
    }

    /// Refuses a client without this permission.
    pub fn require(&self, permission: &'static Permission) -> Result<(), PermissionProblem> {
        if permission.is_covered_by(&self.permissions) { Ok(()) } else { Err(permission.refusal()) }
    }

    fn has_secret(&self, secret: &str) -> bool {
        let hash = Sha256::digest(secret);
        self.secrets.iter().any(|known| verify_slices_are_equal(known, &hash).is_ok())
    }
}

impl Clients {
    /// The client that an `Authorization` header proves: `Basic`, in any case, and id and secret
    /// (RFC 7617 section 2).
    pub fn authenticate(&self, authorization: Option<&str>) -> Option<&Client> {
        let (id, secret) = basic(authorization?)?;
        self.find(&id).filter(|client| client.has_secret(&secret))
    }

    /// All of them, in the order of the settings.
    pub fn all(&self) -> &[Client] {
        &self.0
    }

    /// The client with this id.
    pub fn find(&self, client_id: &str) -> Option<&Client> {
        self.0.iter().find(|client| client.client_id.as_str() == client_id)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.client_id.as_str())
    }
}

/// Id and secret of an `Authorization` header. The secret may contain colons.
fn basic(header: &str) -> Option<(String, String)> {
    let mut words = header.split_ascii_whitespace();
    let (scheme, credentials) = (words.next()?, words.next()?);
    if !scheme.eq_ignore_ascii_case("Basic") || words.next().is_some() {
        return None;
    }
    let standard = credentials.replace('-', "+").replace('_', "/");
    let text = String::from_utf8(BASE64.decode(standard).ok()?).ok()?;
    text.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose;

    use super::*;

    /// A secret whose base64 has both characters in which the alphabets differ.
    const SECRET: &str = "s?~>é:x";

    fn clients() -> Clients {
        let client = |id: &str, secrets: &[&str]| Client {
            client_id: ClientId::new(id.to_owned()).unwrap(),
            secrets: secrets.iter().map(|secret| Sha256::digest(secret).into()).collect(),
            grants: vec![Grant::Anon],
            permissions: vec!["token:introspect".to_owned()],
            create: true,
        };
        Clients(vec![client("game", &[SECRET]), client("server", &["old", "new"])])
    }

    fn proven(header: &str) -> Option<String> {
        clients().authenticate(Some(header)).map(|client| client.client_id.as_str().to_owned())
    }

    #[test]
    fn both_alphabets_are_read_with_and_without_padding() {
        let text = format!("game:{SECRET}");
        let engines = [
            general_purpose::STANDARD,
            general_purpose::STANDARD_NO_PAD,
            general_purpose::URL_SAFE,
            general_purpose::URL_SAFE_NO_PAD,
        ];
        let encoded = engines.map(|engine| engine.encode(&text));
        assert_ne!(encoded[0], encoded[2], "the alphabets differ");
        assert_ne!(encoded[0], encoded[1], "there is padding");
        for encoded in encoded {
            for scheme in ["Basic", "basic", "BASIC"] {
                assert_eq!(proven(&format!("{scheme} {encoded}")).as_deref(), Some("game"));
            }
        }
    }

    #[test]
    fn a_client_may_have_two_secrets() {
        for secret in ["old", "new"] {
            let header = format!("Basic {}", general_purpose::STANDARD.encode(format!("server:{secret}")));
            assert_eq!(proven(&header).as_deref(), Some("server"));
        }
    }

    #[test]
    fn everything_else_proves_nothing() {
        let encoded = |text: &str| general_purpose::STANDARD.encode(text);
        let good = encoded(&format!("game:{SECRET}"));
        let headers = [
            String::new(),
            "Basic".to_owned(),
            good.clone(),
            format!("Bearer {good}"),
            format!("Basic {good} {good}"),
            format!("Basic {good},Basic {good}"),
            format!("Basic {}", encoded("game")),
            format!("Basic {}", encoded("game:")),
            format!("Basic {}", encoded("game:wrong")),
            format!("Basic {}", encoded(&format!("Game:{SECRET}"))),
            format!("Basic {}", encoded("nobody:new")),
            format!("Basic {}", encoded("game:new")),
            format!("Basic {}", general_purpose::STANDARD.encode([b"game:".as_slice(), &[0xFF]].concat())),
        ];
        for header in headers {
            assert_eq!(proven(&header), None, "{header}");
        }
        assert!(clients().authenticate(None).is_none());
    }

    #[test]
    fn no_debug_output_shows_a_hash() {
        let shown = format!("{:?}", clients());
        assert_eq!(shown, "Clients([Client(game), Client(server)])");
    }
}

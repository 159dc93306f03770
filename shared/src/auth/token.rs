use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{algorithm::Algorithm, error::TokenProblem, public_key::PublicKey};
use crate::json::{Members, Mistyped};

/// The longest token, in bytes. A longer one is refused before any part of it is decoded.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// A token in the compact form (RFC 7515 section 3.1). Its shape is right, but nothing in it is
/// proven.
pub(super) struct UnverifiedToken<'a> {
    header: Header,
    /// The signed bytes: the first two parts as they were sent (RFC 7515 section 5.2).
    message: &'a str,
    claims: Vec<u8>,
    signature: Vec<u8>,
}

/// The members of the header that are used. `jwk`, `jku` and `x5u` are not even read.
struct Header {
    alg: String,
    /// An unreadable `kid` is an error only when the key is looked up.
    kid: Result<Option<String>, TokenProblem>,
    kind: Kind,
}

/// What the type in the header says (RFC 7519 section 5.1).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A JWT of any kind, or nothing.
    Any,
    /// An access token (RFC 9068 section 2.1).
    Access,
    /// Something else, such as `logout+jwt`.
    Other,
}

impl<'a> UnverifiedToken<'a> {
    pub(super) fn parse(token: &'a str) -> Result<Self, TokenProblem> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenProblem::Unknown);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenProblem::NotJwt)?;
        let (header, claims) = message.split_once('.').ok_or(TokenProblem::NotJwt)?;
        if claims.contains('.') {
            return Err(TokenProblem::NotJwt);
        }
        let (header, claims, signature) = (decode(header)?, decode(claims)?, decode(signature)?);
        Ok(Self { header: Header::parse(&header)?, message, claims, signature })
    }

    /// The claims, still unproven: they name the issuer whose keys must prove them.
    pub(super) fn claims(&self) -> Option<Members<'_>> {
        Members::parse_bytes(&self.claims)
    }

    /// The algorithm in the header, if it is a supported one.
    pub(super) fn algorithm(&self) -> Option<Algorithm> {
        Algorithm::from_name(&self.header.alg)
    }

    /// Whether the header names an algorithm with a shared secret (RFC 7518 section 3.2).
    pub(super) fn is_symmetric(&self) -> bool {
        ["HS256", "HS384", "HS512"].iter().any(|name| self.header.alg.eq_ignore_ascii_case(name))
    }

    /// The name of the key in the header. An issuer with one key may leave it out (RFC 7515 section
    /// 4.1.4).
    pub(super) fn kid(&self) -> Result<Option<&str>, TokenProblem> {
        self.header.kid.as_ref().map(Option::as_deref).map_err(|error| *error)
    }

    /// Refuses a token whose header names another type, such as `logout+jwt` (RFC 8725 section
    /// 3.11).
    pub(super) fn check_type(&self) -> Result<(), TokenProblem> {
        if self.header.kind == Kind::Other { Err(TokenProblem::InvalidType) } else { Ok(()) }
    }

    /// Whether the header leaves open what the token is for. That of an access token does not.
    pub(super) fn may_be_id_token(&self) -> bool {
        self.header.kind == Kind::Any
    }

    /// Refuses a token that this key did not sign. Makes at most one verification.
    pub(super) fn check_signature(&self, key: &PublicKey) -> Result<(), TokenProblem> {
        let proven = key.allows(&self.header.alg) && key.verifies(self.message.as_bytes(), &self.signature);
        if proven { Ok(()) } else { Err(TokenProblem::SignatureInvalid) }
    }
}

impl Kind {
    /// The kind that the header names, in any case.
    fn of(header: &Members<'_>) -> Self {
        match header.one_text("typ").map(|typ| typ.map(|typ| typ.to_ascii_lowercase())).as_ref().map(Option::as_deref) {
            Ok(None | Some("jwt" | "application/jwt")) => Self::Any,
            Ok(Some("at+jwt" | "application/at+jwt")) => Self::Access,
            Ok(Some(_)) | Err(_) => Self::Other,
        }
    }
}

impl Header {
    fn parse(json: &[u8]) -> Result<Self, TokenProblem> {
        let header = Members::parse_bytes(json).ok_or(TokenProblem::MalformedAccess)?;
        let Ok(Some(alg)) = header.read("alg") else { return Err(TokenProblem::MalformedAccess) };
        // We support no extension, so every critical one is refused (RFC 7515 section 4.1.11). The
        // unencoded payload of RFC 7797 is refused even when it is not marked as critical.
        let is_encoded = matches!(header.read("b64"), Ok(None | Some(true)));
        if header.has("crit") || !is_encoded {
            return Err(TokenProblem::MalformedAccess);
        }
        // Some libraries write `null` or an empty text for a missing name.
        let kid = header.read::<Option<String>>("kid").map(|kid| kid.flatten().filter(|kid| !kid.is_empty()));
        Ok(Self { alg, kid: kid.map_err(|Mistyped| TokenProblem::InvalidKeyId), kind: Kind::of(&header) })
    }
}

/// Decodes base64url as RFC 7515 section 2 defines it: no padding, no whitespace, no unused bits
/// set.
fn decode(part: &str) -> Result<Vec<u8>, TokenProblem> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenProblem::MalformedAccess)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::auth::testing::{self, TestKey, VERIFICATIONS};

    /// The reason why a token is refused, and the number of signatures verified.
    fn refusal(token: &str) -> (Option<TokenProblem>, u32) {
        VERIFICATIONS.set(0);
        (testing::verify(token).err(), VERIFICATIONS.get())
    }

    fn with_header(key: &TestKey, header: &str) -> String {
        key.sign_parts(header, &testing::claims().to_string())
    }

    fn with_header_member(name: &str, value: Value) -> String {
        let key = TestKey::ed25519();
        let mut header = key.header();
        header[name] = value;
        with_header(key, &header.to_string())
    }

    #[test]
    fn a_good_token_costs_one_signature_verification() {
        assert_eq!(refusal(&TestKey::ed25519().token(&testing::claims())), (None, 1));
    }

    #[test]
    fn a_token_over_the_limit_is_refused_unread() {
        assert_eq!(refusal(&".".repeat(MAX_TOKEN_BYTES + 1)), (Some(TokenProblem::Unknown), 0));
        assert_eq!(refusal(&".".repeat(MAX_TOKEN_BYTES)), (Some(TokenProblem::NotJwt), 0));
    }

    #[test]
    fn a_token_has_three_parts() {
        for token in ["", "a", "a.b", "a.b.c.d", "a.b.c.d.e"] {
            assert_eq!(refusal(token), (Some(TokenProblem::NotJwt), 0));
        }
    }

    #[test]
    fn parts_are_base64url_without_padding_whitespace_or_stray_bits() {
        let good = TestKey::ed25519().token(&testing::claims());
        let (message, signature) = good.rsplit_once('.').unwrap();
        let (header, claims) = message.split_once('.').unwrap();
        let last = signature.chars().last().unwrap();
        // 64 bytes leave four unused bits in the last character.
        let stray = char::from_u32(u32::from(last) + 1).unwrap();
        let damaged = [
            format!("{header}=.{claims}.{signature}"),
            format!("{header}.{claims}=.{signature}"),
            format!("{header}.{claims}.{signature}=="),
            format!("{header}.{claims}.{signature} "),
            format!("{header}.{claims}.{signature}\n"),
            format!("{header}.{claims}.+{}", &signature[1..]),
            format!("{header}.{claims}.{}", &signature[..85]),
            format!("{header}.{claims}.{}{stray}", &signature[..85]),
            format!("é.{claims}.{signature}"),
        ];
        for token in damaged {
            assert_eq!(refusal(&token), (Some(TokenProblem::MalformedAccess), 0), "{token}");
        }
    }

    #[test]
    fn the_header_is_one_json_object_with_distinct_names_and_a_string_alg() {
        let kid = &TestKey::ed25519().kid;
        let headers = [
            String::new(),
            "null".into(),
            "[]".into(),
            format!(r#"{{"kid":"{kid}"}}"#),
            format!(r#"{{"alg":null,"kid":"{kid}"}}"#),
            format!(r#"{{"alg":["EdDSA"],"kid":"{kid}"}}"#),
            format!(r#"{{"alg":"EdDSA","alg":"EdDSA","kid":"{kid}"}}"#),
            format!(r#"{{"alg":"EdDSA","kid":"{kid}","\u006bid":"{kid}"}}"#),
            format!(r#"{{"alg":"EdDSA","kid":"{kid}","x":1,"x":1}}"#),
        ];
        for header in headers {
            let token = with_header(TestKey::ed25519(), &header);
            assert_eq!(refusal(&token), (Some(TokenProblem::MalformedAccess), 0), "{header}");
        }
    }

    #[test]
    fn critical_extensions_and_unencoded_payloads_are_refused() {
        for (name, value) in [("crit", json!(["b64"])), ("crit", json!(null)), ("b64", json!(false)), ("b64", json!(0))]
        {
            let token = with_header_member(name, value);
            assert_eq!(refusal(&token), (Some(TokenProblem::MalformedAccess), 0), "{name}");
        }
    }

    #[test]
    fn the_kid_is_an_exact_look_up() {
        let kid = TestKey::ed25519().kid;
        let wrong =
            [json!(""), json!(null), json!(1), json!([kid]), json!(kid.to_uppercase()), json!(format!("{kid} "))];
        for kid in wrong {
            assert_eq!(refusal(&with_header_member("kid", kid)), (Some(TokenProblem::InvalidKeyId), 0));
        }
        let without = with_header(TestKey::ed25519(), r#"{"alg":"EdDSA"}"#);
        assert_eq!(refusal(&without), (Some(TokenProblem::InvalidKeyId), 0));
    }

    #[test]
    fn the_key_decides_the_algorithm() {
        for key in TestKey::all() {
            let others = ["none", "None", "NONE", "nOnE", "", "HS256", "RS384", "PS256", "ES512", "Ed448", "EdDSA "];
            for alg in others.into_iter().chain(["RS256", "ES256", "ES384", "EdDSA"]).filter(|alg| *alg != key.alg) {
                let token = with_header(key, &json!({ "alg": alg, "kid": key.kid }).to_string());
                assert_eq!(refusal(&token), (Some(TokenProblem::SignatureInvalid), 0), "{alg} for {}", key.alg);
            }
        }
    }

    #[test]
    fn an_algorithm_is_read_in_any_case_and_by_its_name_in_rfc_9864() {
        let lower = TestKey::all().iter().map(|key| (key, key.alg.to_ascii_lowercase()));
        for (key, alg) in lower.chain([(TestKey::ed25519(), "Ed25519".to_owned())]) {
            let token = with_header(key, &json!({ "alg": alg, "kid": key.kid }).to_string());
            assert_eq!(refusal(&token), (None, 1), "{alg}");
        }
    }

    #[test]
    fn keys_inside_the_header_are_ignored() {
        for (name, value) in [("jwk", TestKey::p256().jwk()), ("jku", json!("https://x.test")), ("x5u", json!(1))] {
            assert_eq!(refusal(&with_header_member(name, value)), (None, 1), "{name}");
        }
    }

    #[test]
    fn a_signature_by_another_key_or_over_other_bytes_is_refused_after_one_verification() {
        for key in TestKey::all() {
            let good = key.token(&testing::claims());
            let (message, signature) = good.rsplit_once('.').unwrap();
            let zeros = URL_SAFE_NO_PAD.encode(vec![0; URL_SAFE_NO_PAD.decode(signature).unwrap().len()]);
            let other = key.token(&json!({ "sub": "somebody else" }));
            let (_, others) = other.rsplit_once('.').unwrap();
            for signature in ["", "AAAA", &zeros, others] {
                let refused = refusal(&format!("{message}.{signature}"));
                assert_eq!(refused, (Some(TokenProblem::SignatureInvalid), 1), "{}", key.alg);
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_or_proves_anybody(token in "[A-Za-z0-9_=. -]{0,200}") {
            prop_assert!(testing::verify(&token).is_err());
        }

        #[test]
        fn one_changed_character_is_enough(at in any::<prop::sample::Index>(), with in "[A-Za-z0-9_.-]") {
            let mut token = TestKey::ed25519().token(&testing::claims());
            let at = at.index(token.len());
            prop_assume!(token[at..=at] != with);
            token.replace_range(at..=at, &with);
            prop_assert!(testing::verify(&token).is_err());
        }
    }
}

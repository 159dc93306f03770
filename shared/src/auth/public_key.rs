use std::{borrow::Cow, fmt};

use jsonwebtoken::{DecodingKey, crypto::aws_lc::DEFAULT_PROVIDER};

use super::{algorithm::Algorithm, key_material, key_problem::KeyProblem};
use crate::json::{Members, Mistyped, Texts};

/// The curves by their names in JWKs (RFC 7518 section 6.2.1.1, RFC 8037 section 2). P-256 and
/// P-384 also have their names from elsewhere (RFC 5480 section 2.1.1.1, and OpenSSL).
const CURVES: [(&str, &[&str], Algorithm); 3] = [
    ("EC", &["P-256", "secp256r1", "prime256v1"], Algorithm::Es256),
    ("EC", &["P-384", "secp384r1"], Algorithm::Es384),
    ("OKP", &["Ed25519"], Algorithm::EdDsa),
];

/// Members that only private and symmetric keys have (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1, RFC
/// 8037 section 2).
const SECRET_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A key that verifies signatures by exactly one algorithm.
///
/// [`DecodingKey`] accepts any bytes, so they are checked once, when the key is created.
pub struct PublicKey {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl PublicKey {
    /// Parses one JWK (RFC 7517 section 4). Members that do not concern signatures are ignored.
    pub fn from_jwk(jwk: &str) -> Result<Self, KeyProblem> {
        Self::from_members(&Members::parse(jwk).ok_or(KeyProblem::NotAnObject)?)
    }

    pub(super) fn from_members(jwk: &Members<'_>) -> Result<Self, KeyProblem> {
        let key_type = text(jwk, "kty").ok_or(KeyProblem::UnknownKeyType)?.to_ascii_uppercase();
        if key_type == "OCT" {
            return Err(KeyProblem::Symmetric);
        }
        if SECRET_MEMBERS.iter().any(|name| says(jwk, name)) {
            return Err(KeyProblem::Private);
        }
        let algorithm = match key_type.as_str() {
            "RSA" => Algorithm::Rs256,
            "EC" | "OKP" => of_curve(jwk, &key_type).ok_or(KeyProblem::UnknownCurve)?,
            _ => return Err(KeyProblem::UnknownKeyType),
        };
        if says(jwk, "alg") && text(jwk, "alg").and_then(|name| Algorithm::from_name(&name)) != Some(algorithm) {
            return Err(KeyProblem::WrongAlgorithm);
        }
        if !is_for_signatures(jwk) {
            return Err(KeyProblem::NotForSignatures);
        }
        let key = match algorithm {
            Algorithm::Rs256 => key_material::rsa(jwk),
            Algorithm::Es256 => key_material::p256(jwk),
            Algorithm::Es384 => key_material::p384(jwk),
            Algorithm::EdDsa => key_material::ed25519(jwk),
        }?;
        Ok(Self { algorithm, key })
    }

    /// The one algorithm of this key.
    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether a token's `alg` is a name of this key's algorithm. The key decides, not the token
    /// (RFC 8725 section 3.1).
    pub(super) fn allows(&self, alg: &str) -> bool {
        Algorithm::from_name(alg) == Some(self.algorithm)
    }

    /// Whether this key made the signature over the message. This is the only place that verifies
    /// signatures.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        #[cfg(test)]
        super::testing::VERIFICATIONS.set(super::testing::VERIFICATIONS.get() + 1);
        let verifier = (DEFAULT_PROVIDER.verifier_factory)(&self.algorithm.into(), &self.key);
        verifier.is_ok_and(|verifier| verifier.verify(message, &signature.to_vec()).is_ok())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// The algorithm of the key's curve, by any of its names in any case.
fn of_curve(jwk: &Members<'_>, key_type: &str) -> Option<Algorithm> {
    let curve = text(jwk, "crv")?;
    let is_named = |names: &[&str]| names.iter().any(|name| curve.eq_ignore_ascii_case(name));
    CURVES.iter().find(|(of, names, _)| *of == key_type && is_named(names)).map(|(_, _, algorithm)| *algorithm)
}

fn is_for_signatures(jwk: &Members<'_>) -> bool {
    let has = |name, wanted: &str| {
        let texts = jwk.read::<Texts>(name).ok().flatten().map(Texts::into_vec);
        texts.is_some_and(|texts| texts.iter().any(|text| text.eq_ignore_ascii_case(wanted)))
    };
    (!says(jwk, "use") || has("use", "sig")) && (!says(jwk, "key_ops") || has("key_ops", "verify"))
}

/// Whether a member is present and has a value. Some publishers write every member of a class, and
/// `null`, an empty text or an empty list for a missing one.
fn says(jwk: &Members<'_>, name: &str) -> bool {
    match jwk.read::<Option<String>>(name) {
        Ok(text) => text.flatten().is_some_and(|text| !text.is_empty()),
        Err(Mistyped) => jwk.read::<[(); 0]>(name).is_err(),
    }
}

fn text(jwk: &Members<'_>, name: &str) -> Option<String> {
    jwk.one_text(name).ok().flatten().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::{Value, json};

    use super::*;
    use crate::auth::testing::TestKey;

    /// The reason why a valid key with these changes is refused. `null` removes a member.
    fn refusal(key: &TestKey, changes: &Value) -> Option<KeyProblem> {
        let mut jwk = key.jwk();
        let members = jwk.as_object_mut().unwrap();
        members.extend(changes.as_object().unwrap().clone());
        members.retain(|_, value| !value.is_null());
        PublicKey::from_jwk(&jwk.to_string()).err()
    }

    fn encoded(bytes: &[u8]) -> Value {
        json!(URL_SAFE_NO_PAD.encode(bytes))
    }

    #[test]
    fn a_key_verifies_what_it_signed_and_nothing_else() {
        for key in TestKey::all() {
            let public = PublicKey::from_jwk(&key.jwk().to_string()).unwrap();
            let signature = key.sign(b"message");
            assert!(public.verifies(b"message", &signature), "{}", key.alg);
            assert!(!public.verifies(b"massage", &signature), "{}", key.alg);
            assert!(!public.verifies(b"message", &signature[1..]), "{}", key.alg);
            assert!(!public.verifies(b"message", &vec![0; signature.len()]), "{}", key.alg);
            assert!(!public.verifies(b"message", &[]), "{}", key.alg);
        }
    }

    #[test]
    fn optional_members_may_be_absent_or_right_or_unknown() {
        for key in TestKey::all() {
            assert_eq!(refusal(key, &json!({ "alg": null, "use": null })), None);
            assert_eq!(refusal(key, &json!({ "key_ops": ["sign", "verify"], "x5t": "AAAA", "note": 1 })), None);
        }
    }

    #[test]
    fn an_object_with_repeated_names_is_no_key() {
        for jwk in ["", "1", r#"{"kty":"RSA","kty":"EC"}"#] {
            assert_eq!(PublicKey::from_jwk(jwk).unwrap_err(), KeyProblem::NotAnObject);
        }
    }

    #[test]
    fn symmetric_and_private_keys_are_refused() {
        assert_eq!(refusal(TestKey::p256(), &json!({ "kty": "oct", "k": "AAAA" })), Some(KeyProblem::Symmetric));
        for key in TestKey::all() {
            assert_eq!(refusal(key, &json!({ "d": "AAAA" })), Some(KeyProblem::Private));
        }
    }

    #[test]
    fn a_member_that_says_nothing_is_as_absent() {
        for nothing in ["null", r#""""#, "[]", "[ ]"] {
            for key in TestKey::all() {
                let mut jwk = key.jwk();
                let members = jwk.as_object_mut().unwrap();
                for name in ["alg", "use", "key_ops", "d", "p", "oth", "k"] {
                    members.insert(name.into(), json!("nothing"));
                }
                let jwk = jwk.to_string().replace(r#""nothing""#, nothing);
                assert!(PublicKey::from_jwk(&jwk).is_ok(), "{jwk}");
            }
        }
        for something in [json!(0), json!(false), json!({}), json!([null]), json!(" ")] {
            assert_eq!(refusal(TestKey::rsa(), &json!({ "oth": something })), Some(KeyProblem::Private));
        }
    }

    #[test]
    fn key_type_and_curve_are_ones_that_we_know() {
        for key_type in [json!(null), json!("ECDSA"), json!("AKP"), json!(1), json!(["EC", "RSA"])] {
            assert_eq!(refusal(TestKey::p256(), &json!({ "kty": key_type })), Some(KeyProblem::UnknownKeyType));
        }
        for curve in [json!(null), json!("P-521"), json!("secp256k1"), json!("Ed448"), json!("X25519")] {
            assert_eq!(refusal(TestKey::p256(), &json!({ "crv": curve })), Some(KeyProblem::UnknownCurve));
            assert_eq!(refusal(TestKey::ed25519(), &json!({ "crv": curve })), Some(KeyProblem::UnknownCurve));
        }
    }

    #[test]
    fn the_algorithm_fits_the_key_type() {
        for key in TestKey::all() {
            for alg in ["RS256", "ES256", "ES384", "EdDSA", "RS512", "PS256", "HS256", "none", " "] {
                let expected = (alg != key.alg).then_some(KeyProblem::WrongAlgorithm);
                assert_eq!(refusal(key, &json!({ "alg": alg })), expected, "{alg} for {}", key.alg);
            }
            assert_eq!(refusal(key, &json!({ "alg": 1 })), Some(KeyProblem::WrongAlgorithm));
        }
    }

    #[test]
    fn keys_for_other_purposes_are_refused() {
        for changes in [json!({ "use": "enc" }), json!({ "use": 1 }), json!({ "key_ops": ["sign"] })] {
            assert_eq!(refusal(TestKey::rsa(), &changes), Some(KeyProblem::NotForSignatures));
        }
    }

    #[test]
    fn types_and_algorithms_are_read_in_every_spelling() {
        for (key, changes) in [
            (TestKey::rsa(), json!({ "kty": "rsa", "alg": "rs256", "use": "SIG" })),
            (TestKey::rsa(), json!({ "kty": ["RSA"], "alg": ["RS256"], "use": ["sig"], "key_ops": "verify" })),
            (TestKey::p256(), json!({ "kty": "ec", "crv": "p-256", "alg": "es256" })),
            (TestKey::p256(), json!({ "crv": "secp256r1" })),
            (TestKey::p256(), json!({ "crv": "prime256v1" })),
            (TestKey::p384(), json!({ "crv": "p-384", "alg": "es384" })),
            (TestKey::p384(), json!({ "crv": "secp384r1" })),
            (TestKey::ed25519(), json!({ "kty": "okp", "crv": "ed25519", "alg": "Ed25519" })),
        ] {
            assert_eq!(refusal(key, &changes), None, "{changes}");
        }
    }

    #[test]
    fn parameters_are_base64_of_a_length_that_fits() {
        for (key, names) in
            [(TestKey::p256(), &["x", "y"][..]), (TestKey::ed25519(), &["x"]), (TestKey::rsa(), &["n", "e"])]
        {
            let values = [json!(null), json!(1), json!(""), json!("="), json!("A="), json!("AA=A"), json!("A*AA")];
            for (name, value) in names.iter().flat_map(|name| values.iter().map(|value| (*name, value.clone()))) {
                assert_eq!(refusal(key, &json!({ name: value })), Some(KeyProblem::BadParameter(name)), "{value}");
            }
        }
        for name in ["x", "y"] {
            let refused = refusal(TestKey::p256(), &json!({ name: encoded(&[1; 33]) }));
            assert_eq!(refused, Some(KeyProblem::BadParameter(name)));
        }
        for octets in [vec![1; 31], vec![1; 33], [&[0][..], &[1; 32]].concat()] {
            let refused = refusal(TestKey::ed25519(), &json!({ "x": encoded(&octets) }));
            assert_eq!(refused, Some(KeyProblem::BadParameter("x")));
        }
    }

    #[test]
    fn zeros_before_a_number_change_nothing() {
        for (key, names) in [(TestKey::p256(), ["x", "y"]), (TestKey::rsa(), ["n", "e"])] {
            let jwk = key.jwk();
            let with_zeros = |name: &str| {
                let octets = URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
                encoded(&[&[0, 0], &octets[..]].concat())
            };
            assert_eq!(refusal(key, &json!({ names[0]: with_zeros(names[0]), names[1]: with_zeros(names[1]) })), None);
        }
    }

    #[test]
    fn an_rsa_modulus_has_2048_to_8192_bits() {
        for (bytes, first, expected) in [
            (128, 0xff, Some(KeyProblem::ShortModulus)),
            (256, 0x7f, Some(KeyProblem::ShortModulus)),
            (256, 0x80, None),
            (1024, 0xff, None),
            (256, 0, Some(KeyProblem::ShortModulus)),
            (257, 0, None),
            (1025, 0, None),
            (1025, 0x01, Some(KeyProblem::LongModulus)),
        ] {
            let mut modulus = vec![0xff; bytes];
            modulus[0] = first;
            assert_eq!(refusal(TestKey::rsa(), &json!({ "n": encoded(&modulus) })), expected);
        }
    }

    #[test]
    fn rsa_parameters_that_make_forgery_easy_are_refused() {
        assert_eq!(refusal(TestKey::rsa(), &json!({ "n": encoded(&[0xfe; 256]) })), Some(KeyProblem::WeakRsa));
        for exponent in [&[0][..], &[1], &[0, 1], &[2], &[1, 0, 0], &[1, 0, 0, 0, 1]] {
            assert_eq!(refusal(TestKey::rsa(), &json!({ "e": encoded(exponent) })), Some(KeyProblem::WeakRsa));
        }
    }

    #[test]
    fn a_point_off_the_curve_is_refused() {
        for point in [json!({ "y": encoded(&[7; 32]) }), json!({ "x": encoded(&[0; 32]), "y": encoded(&[0; 32]) })] {
            assert_eq!(refusal(TestKey::p256(), &point), Some(KeyProblem::Inconsistent));
        }
    }
}

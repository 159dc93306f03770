//! The bodies of the documents about the tokens of this deployment: its keys and its endpoints.

use serde::Serialize;
use utoipa::ToSchema;

use crate::signing::PublishedKey;

/// A public key. It has exactly the members that RallyHere shows.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublicKey, description = "An RSA key, as a JSON Web Key (RFC 7517).")]
pub struct KeyBody<'a> {
    /// The name of the key, which a token has in its header: its thumbprint (RFC 7638).
    kid: &'a str,
    /// `RSA`.
    kty: &'a str,
    /// The modulus, in base64url.
    n: &'a str,
    /// The exponent, in base64url.
    e: &'a str,
}

impl<'a> KeyBody<'a> {
    /// The name of the key in the example.
    pub const EXAMPLE_KID: &'static str = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";

    /// An example for the description of the API: the key of RFC 7638, section 3.1.
    pub const EXAMPLE: &'static str = r#"{
        "kid": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB"
    }"#;

    /// The body of this key.
    pub fn of(key: &'a PublishedKey) -> Self {
        Self { kid: &key.kid, kty: key.kty, n: &key.n, e: &key.e }
    }
}

/// Several public keys.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublicKeys, description = "A JSON Web Key Set (RFC 7517).")]
pub struct KeysBody<'a> {
    keys: Vec<KeyBody<'a>>,
}

impl<'a> KeysBody<'a> {
    /// An example for the description of the API.
    pub const EXAMPLE: &'static str = r#"{"keys": [{
        "kid": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB"
    }]}"#;

    /// The body of these keys.
    pub fn of(keys: &'a [PublishedKey]) -> Self {
        Self { keys: keys.iter().map(KeyBody::of).collect() }
    }
}

/// How a client proves its identity: its id and secret by HTTP Basic.
const CLIENT_AUTHENTICATION: [&str; 1] = ["client_secret_basic"];

/// The metadata of an authorization server (RFC 8414, section 2).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuthorizationServer, description = "The metadata of an authorization server (RFC 8414).")]
pub struct ServerMetadataBody {
    issuer: String,
    jwks_uri: String,
    token_endpoint: String,
    token_endpoint_auth_methods_supported: [&'static str; 1],
    revocation_endpoint: String,
    revocation_endpoint_auth_methods_supported: [&'static str; 1],
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: [&'static str; 1],
    grant_types_supported: [&'static str; 1],
    /// Always empty, since there is no authorization endpoint. RFC 8414 requires this member.
    response_types_supported: [&'static str; 0],
    /// Only in the `OpenID` configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    subject_types_supported: Option<[&'static str; 1]>,
    /// Only in the `OpenID` configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    id_token_signing_alg_values_supported: Option<[&'static str; 1]>,
}

impl ServerMetadataBody {
    /// An example for the description of the API.
    pub const EXAMPLE: &'static str = r#"{
        "issuer": "https://api.example.com", "jwks_uri": "https://api.example.com/users/v1/publickeys",
        "token_endpoint": "https://api.example.com/users/v2/oauth/token",
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "revocation_endpoint": "https://api.example.com/users/v2/oauth/revoke",
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic"],
        "introspection_endpoint": "https://api.example.com/users/v2/oauth/introspect",
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic"],
        "grant_types_supported": ["client_credentials"], "response_types_supported": []
    }"#;

    /// An example of the `OpenID` configuration.
    pub const PROVIDER_EXAMPLE: &'static str = r#"{
        "issuer": "https://api.example.com", "jwks_uri": "https://api.example.com/users/v1/publickeys",
        "token_endpoint": "https://api.example.com/users/v2/oauth/token",
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "revocation_endpoint": "https://api.example.com/users/v2/oauth/revoke",
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic"],
        "introspection_endpoint": "https://api.example.com/users/v2/oauth/introspect",
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic"],
        "grant_types_supported": ["client_credentials"], "response_types_supported": [],
        "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"]
    }"#;

    /// The metadata of this issuer, whose name is the base URL of its API.
    pub fn of(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            jwks_uri: format!("{issuer}/users/v1/publickeys"),
            token_endpoint: format!("{issuer}/users/v2/oauth/token"),
            token_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
            revocation_endpoint: format!("{issuer}/users/v2/oauth/revoke"),
            revocation_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
            introspection_endpoint: format!("{issuer}/users/v2/oauth/introspect"),
            introspection_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
            grant_types_supported: ["client_credentials"],
            response_types_supported: [],
            subject_types_supported: None,
            id_token_signing_alg_values_supported: None,
        }
    }

    /// The same with the members that verifiers by `OpenID` Connect Discovery 1.0 expect. There is no
    /// authorization endpoint.
    pub fn of_provider(issuer: &str) -> Self {
        Self {
            subject_types_supported: Some(["public"]),
            id_token_signing_alg_values_supported: Some(["RS256"]),
            ..Self::of(issuer)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn example(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_examples_of_metadata_are_what_this_issuer_says() {
        let issuer = "https://api.example.com";
        assert_eq!(json!(ServerMetadataBody::of(issuer)), example(ServerMetadataBody::EXAMPLE));
        assert_eq!(json!(ServerMetadataBody::of_provider(issuer)), example(ServerMetadataBody::PROVIDER_EXAMPLE));
    }

    #[test]
    fn the_addresses_of_an_issuer_with_a_path_are_below_that_path() {
        let metadata = json!(ServerMetadataBody::of("https://example.com/roster"));
        for name in ["jwks_uri", "token_endpoint", "revocation_endpoint", "introspection_endpoint"] {
            assert!(metadata[name].as_str().unwrap().starts_with("https://example.com/roster/users/"), "{name}");
        }
    }

    #[test]
    fn a_key_has_four_members_in_a_fixed_order() {
        let key = PublishedKey { kid: "a".into(), kty: "RSA", n: "b".into(), e: "AQAB".into() };
        let keys = [key];
        let text = serde_json::to_string(&KeysBody::of(&keys)).unwrap();
        assert_eq!(text, r#"{"keys":[{"kid":"a","kty":"RSA","n":"b","e":"AQAB"}]}"#);
        assert_eq!(example(KeysBody::EXAMPLE)["keys"][0], example(KeyBody::EXAMPLE));
        assert_eq!(example(KeyBody::EXAMPLE)["kid"], KeyBody::EXAMPLE_KID);
    }
}

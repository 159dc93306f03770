use shared::http::{
    describe::{Described, Operation},
    rallyhere::{KeyBody, KeysBody, ServerMetadataBody},
};

use crate::{Document, GetPublicKeys};

/// The tag of the operations.
const TAG: &str = "Login";

impl Described for GetPublicKeys {
    fn operation() -> Operation {
        let text = "The public keys of the tokens that this deployment issues, as a JSON Web Key Set. \
                    A key is here before it signs, and while a token that it signed may be in use. 404 if login is off.";
        Operation::new(TAG, "Get the public keys", text)
            .replies::<KeysBody<'_>>(200, "The keys.", KeysBody::EXAMPLE)
            .then("get-public-keys-by-id", &[("key_id", "$response.body#/keys/0/kid")])
    }

    fn on(path: &str) -> Operation {
        match Document::on(path) {
            Some(Document::Keys) | None => Self::operation(),
            Some(Document::Key) => {
                let text = "One public key of the tokens that this deployment issues.";
                Operation::new(TAG, "Get one public key", text)
                    .path_text("key_id", usize::MAX, "The `kid` of the key.", KeyBody::EXAMPLE_KID)
                    .replies::<KeyBody<'_>>(200, "The key.", KeyBody::EXAMPLE)
            }
            Some(Document::Server) => {
                let text = "The addresses of the endpoints for tokens (RFC 8414). 404 if login is off.";
                Operation::new(TAG, "Get the authorization server's metadata", text).replies::<ServerMetadataBody>(
                    200,
                    "The metadata.",
                    ServerMetadataBody::EXAMPLE,
                )
            }
            Some(Document::Provider) => {
                let text = "The same for verifiers that know OpenID Connect Discovery only. There is no ID token: \
                            `id_token_signing_alg_values_supported` names the algorithm of access tokens. 404 if login is off.";
                Operation::new(TAG, "Get the OpenID configuration", text).replies::<ServerMetadataBody>(
                    200,
                    "The metadata.",
                    ServerMetadataBody::PROVIDER_EXAMPLE,
                )
            }
        }
    }
}

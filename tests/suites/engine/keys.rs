//! Keys in KMS that sign: seals by a key on P-256, access tokens by keys of RSA.

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{
        ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
        RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, UnparsedPublicKey,
        VerificationAlgorithm,
    },
};
use aws_sdk_kms::{
    primitives::Blob,
    types::{
        KeySpec, KeyUsageType,
        MessageType::{self, Digest, Raw},
        SigningAlgorithmSpec::{
            self, EcdsaSha256, RsassaPkcs1V15Sha256, RsassaPkcs1V15Sha384, RsassaPkcs1V15Sha512, RsassaPssSha256,
            RsassaPssSha384, RsassaPssSha512,
        },
    },
};
use roster_local::login_keys;

use crate::scene::{Scene, code};

crate::checks!(
    Kms:
    a_signed_digest_verifies_with_the_public_key,
    a_message_and_its_digest_get_the_same_rsa_signature,
    a_seal_verifies_with_the_public_key,
    the_public_key_is_a_subject_public_key_info,
    a_key_signs_by_each_algorithm_that_it_lists,
    a_key_has_its_own_signatures,
    a_key_is_found_by_its_bare_id,
    an_unknown_key_is_not_found,
    a_digest_of_another_length_is_refused,
    a_message_has_4096_bytes_at_most,
    an_algorithm_of_another_kind_of_key_is_refused,
    a_message_is_raw_unless_it_is_said_to_be_a_digest,
);

const MESSAGE: &[u8] = b"header.payload";

fn seal_key() -> String {
    login_keys()[0].replace("login-key-1", "seal-key")
}

fn hash(message: &[u8]) -> Vec<u8> {
    digest(&SHA256, message).as_ref().to_vec()
}

/// The signature, or the code of the error.
async fn sign(
    scene: &Scene,
    key: &str,
    kind: impl Into<Option<MessageType>>,
    message: &[u8],
    algorithm: SigningAlgorithmSpec,
) -> Result<Vec<u8>, String> {
    let request = scene.kms().sign().key_id(key).set_message_type(kind.into()).message(Blob::new(message));
    let signed = request.signing_algorithm(algorithm.clone()).send().await;
    let refused = code(&signed);
    let signed = signed.map_err(|_| refused)?;
    assert_eq!(signed.signing_algorithm, Some(algorithm));
    assert!(signed.key_id.unwrap().ends_with(key));
    Ok(signed.signature.unwrap().into_inner())
}

async fn public_key(scene: &Scene, key: &str) -> Vec<u8> {
    scene.kms().get_public_key().key_id(key).send().await.unwrap().public_key.unwrap().into_inner()
}

fn verifies(algorithm: &'static dyn VerificationAlgorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok()
}

async fn a_signed_digest_verifies_with_the_public_key(scene: &Scene) {
    for key in login_keys() {
        let signature = sign(scene, &key, Digest, &hash(MESSAGE), RsassaPkcs1V15Sha256).await.unwrap();
        let public_key = public_key(scene, &key).await;
        assert!(verifies(&RSA_PKCS1_2048_8192_SHA256, &public_key, MESSAGE, &signature));
        assert!(!verifies(&RSA_PKCS1_2048_8192_SHA256, &public_key, b"another", &signature));
    }
}

async fn a_message_and_its_digest_get_the_same_rsa_signature(scene: &Scene) {
    let [key, _] = login_keys();
    let of_message = sign(scene, &key, Raw, MESSAGE, RsassaPkcs1V15Sha256).await.unwrap();
    assert_eq!(sign(scene, &key, Digest, &hash(MESSAGE), RsassaPkcs1V15Sha256).await, Ok(of_message));
}

async fn a_seal_verifies_with_the_public_key(scene: &Scene) {
    let public_key = public_key(scene, &seal_key()).await;
    for (kind, message) in [(Raw, MESSAGE), (Digest, &hash(MESSAGE))] {
        let signature = sign(scene, &seal_key(), kind, message, EcdsaSha256).await.unwrap();
        assert!(verifies(&ECDSA_P256_SHA256_ASN1, &public_key, MESSAGE, &signature));
    }
}

async fn the_public_key_is_a_subject_public_key_info(scene: &Scene) {
    // `SEQUENCE { SEQUENCE { OID, .. }, BIT STRING .. }` up to the key itself (RFC 3279 sections
    // 2.3.1 and 2.3.5).
    const RSA_2048: &[u8] =
        b"\x30\x82\x01\x22\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03\x82\x01\x0f\x00";
    const P_256: &[u8] =
        b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";
    let rsa = public_key(scene, &login_keys()[0]).await;
    assert!(rsa.starts_with(RSA_2048) && rsa.len() == RSA_2048.len() + 270, "{rsa:x?}");
    let ecdsa = public_key(scene, &seal_key()).await;
    assert!(ecdsa.starts_with(P_256) && ecdsa.len() == P_256.len() + 65, "{ecdsa:x?}");
}

async fn a_key_signs_by_each_algorithm_that_it_lists(scene: &Scene) {
    let rsa: [(SigningAlgorithmSpec, &'static dyn VerificationAlgorithm); 6] = [
        (RsassaPkcs1V15Sha256, &RSA_PKCS1_2048_8192_SHA256),
        (RsassaPkcs1V15Sha384, &RSA_PKCS1_2048_8192_SHA384),
        (RsassaPkcs1V15Sha512, &RSA_PKCS1_2048_8192_SHA512),
        (RsassaPssSha256, &RSA_PSS_2048_8192_SHA256),
        (RsassaPssSha384, &RSA_PSS_2048_8192_SHA384),
        (RsassaPssSha512, &RSA_PSS_2048_8192_SHA512),
    ];
    let [login_key, _] = login_keys();
    for (key, spec, algorithms) in [
        (login_key, KeySpec::Rsa2048, rsa.as_slice()),
        (seal_key(), KeySpec::EccNistP256, &[(EcdsaSha256, &ECDSA_P256_SHA256_ASN1)]),
    ] {
        let found = scene.kms().get_public_key().key_id(&key).send().await.unwrap();
        assert_eq!((found.key_spec.as_ref(), found.key_usage.as_ref()), (Some(&spec), Some(&KeyUsageType::SignVerify)));
        let listed: Vec<_> = algorithms.iter().map(|(name, _)| name.clone()).collect();
        assert_eq!(found.signing_algorithms(), listed);
        for (name, verifier) in algorithms {
            let signature = sign(scene, &key, Raw, MESSAGE, name.clone()).await.unwrap();
            assert!(verifies(*verifier, found.public_key().unwrap().as_ref(), MESSAGE, &signature), "{name}");
        }
    }
}

async fn a_key_has_its_own_signatures(scene: &Scene) {
    let [first, second] = login_keys();
    let signature = sign(scene, &first, Raw, MESSAGE, RsassaPkcs1V15Sha256).await.unwrap();
    assert!(!verifies(&RSA_PKCS1_2048_8192_SHA256, &public_key(scene, &second).await, MESSAGE, &signature));
}

async fn a_key_is_found_by_its_bare_id(scene: &Scene) {
    let [arn, _] = login_keys();
    let (_, id) = arn.split_once('/').unwrap();
    let found = scene.kms().get_public_key().key_id(id).send().await.unwrap();
    assert_eq!(found.key_id.as_deref(), Some(&*arn));
    assert_eq!(found.public_key.unwrap().into_inner(), public_key(scene, &arn).await);
    sign(scene, id, Raw, MESSAGE, RsassaPkcs1V15Sha256).await.unwrap();
}

async fn an_unknown_key_is_not_found(scene: &Scene) {
    let [known, _] = login_keys();
    for unknown in [format!("{known}0"), known.replace("eu-west-1", "eu-west-2"), "login-key".to_owned()] {
        assert_eq!(code(&scene.kms().get_public_key().key_id(&unknown).send().await), "NotFoundException", "{unknown}");
        let signed = sign(scene, &unknown, Raw, MESSAGE, RsassaPkcs1V15Sha256).await;
        assert_eq!(signed, Err("NotFoundException".to_owned()), "{unknown}");
    }
}

async fn a_digest_of_another_length_is_refused(scene: &Scene) {
    let [login_key, _] = login_keys();
    for (key, algorithm) in [(login_key, RsassaPkcs1V15Sha256), (seal_key(), EcdsaSha256)] {
        for length in [1, 31, 33, 48, 4096] {
            let signed = sign(scene, &key, Digest, &vec![7; length], algorithm.clone()).await;
            assert_eq!(signed, Err("ValidationException".to_owned()), "{length}");
        }
    }
}

async fn a_message_has_4096_bytes_at_most(scene: &Scene) {
    let [login_key, _] = login_keys();
    for (key, algorithm) in [(login_key, RsassaPkcs1V15Sha256), (seal_key(), EcdsaSha256)] {
        sign(scene, &key, Raw, &[7; 4096], algorithm.clone()).await.unwrap();
        for length in [0, 4097, 20_000] {
            let signed = sign(scene, &key, Raw, &vec![7; length], algorithm.clone()).await;
            assert_eq!(signed, Err("ValidationException".to_owned()), "{length}");
        }
    }
}

async fn an_algorithm_of_another_kind_of_key_is_refused(scene: &Scene) {
    let [login_key, _] = login_keys();
    for (key, algorithm) in [(login_key, EcdsaSha256), (seal_key(), RsassaPkcs1V15Sha256)] {
        let signed = sign(scene, &key, Digest, &hash(MESSAGE), algorithm).await;
        assert_eq!(signed, Err("InvalidKeyUsageException".to_owned()), "{key}");
    }
}

async fn a_message_is_raw_unless_it_is_said_to_be_a_digest(scene: &Scene) {
    let [key, _] = login_keys();
    let [unsaid, raw] = [None, Some(Raw)].map(|kind| sign(scene, &key, kind, &[7; 32], RsassaPkcs1V15Sha256));
    assert_eq!(unsaid.await.unwrap(), raw.await.unwrap());
}

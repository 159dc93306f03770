//! GET /users/v1/person/{person_id}/purge/receipt, and the proof that its answer alone gives.

use roster_local::operate::{PublicKey, ReceiptProblem, verify_answer};
use serde_json::{Value, json};
use tests::World;

use crate::scene::*;

/// A world with a sealed hour of three receipts, and the answers about them.
async fn answers() -> (World, Vec<String>) {
    let world = without_worker().await;
    to_the_next_hour(&world);
    let users = [purged(&world, "1").await, purged(&world, "2").await, purged(&world, "3").await];
    seal(&world).await;
    let mut answers = Vec::new();
    for user in users {
        answers.push(receipt(&world, &user.person_id).await.text);
    }
    (world, answers)
}

#[tokio::test]
async fn before_it_is_sealed_an_answer_says_when_it_can_be() {
    let world = without_worker().await;
    to_the_next_hour(&world);
    let user = purged(&world, "1").await;
    let answer = receipt(&world, &user.person_id).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let body = answer.json();
    assert_eq!((&body["sealed"], body.get("seal"), body.get("proof")), (&json!(false), None, None));
    let hour = body["receipt"]["completed_on"].as_str().unwrap().split_once(':').unwrap().0.to_owned();
    let settles_on = body["settles_on"].as_str().unwrap();
    assert!(settles_on.ends_with(":10:00Z") && *settles_on > *hour, "{settles_on}");
    let keys = trusted(&world.target()).await;
    assert_eq!(verify_answer(&answer.text, &keys), Err(ReceiptProblem::NotSealed(settles_on.to_owned())));
}

#[tokio::test]
async fn an_answer_says_what_was_removed_and_who_asked_and_nothing_personal() {
    let world = without_worker().await;
    let (leader, follower) = (world.create("Steam", "canary-1").await, world.create("Epic", "canary-2").await);
    world.link(&leader, &follower).await;
    purge(&world, &leader).await;
    let answer = receipt(&world, &leader.person_id).await;
    let body = answer.json();
    assert_eq!(body["receipt"]["removed"], json!({ "identities": 2, "persons": 1, "users": 2 }));
    let mut players = [leader.player_uuid.clone(), follower.player_uuid.clone()];
    players.sort();
    assert_eq!(body["receipt"]["players"], json!(players));
    assert_eq!(body["receipt"]["requested_by"], "service");
    assert_eq!(body["receipt"]["subject_hash"].as_str().unwrap().len(), 64);
    for personal in ["canary", "Steam", "developer"] {
        assert!(!answer.text.contains(personal), "{}", answer.text);
    }
}

#[tokio::test]
async fn an_answer_proves_itself_to_whoever_has_the_public_key() {
    let (world, answers) = answers().await;
    let target = world.target();
    for keys in [trusted(&target).await, pinned(&target).await] {
        for answer in &answers {
            let proven = verify_answer(answer, &keys).unwrap();
            let body: Value = serde_json::from_str(answer).unwrap();
            assert_eq!(json!(proven.person_id), body["receipt"]["person_id"]);
            assert_eq!(json!(proven.completed_on), body["receipt"]["completed_on"]);
            assert_eq!(json!(proven.hour), body["seal"]["signed"]["hour"]);
        }
    }
    let other = other_key();
    assert_eq!(verify_answer(&answers[0], &[other]), Err(ReceiptProblem::Signature));
}

#[tokio::test]
async fn any_changed_byte_of_an_answer_is_found() {
    let (world, answers) = answers().await;
    let keys = pinned(&world.target()).await;
    let answer = &answers[0];
    // The name of the key is only a hint for a verifier with several keys. The given public key
    // decides.
    let name = format!("\"key_id\":{}", serde_json::from_str::<Value>(answer).unwrap()["seal"]["key_id"]);
    let start = answer.find(&name).unwrap() + "\"key_id\":\"".len();
    let hint = start..start + name.len() - "\"key_id\":\"".len() - 1;
    let mut changed_bytes = 0;
    for (place, byte) in answer.bytes().enumerate().filter(|(place, _)| !hint.contains(place)) {
        for other in [byte ^ 1, byte ^ 0x20, b'0', b' '] {
            let mut changed = answer.clone().into_bytes();
            changed[place] = other;
            if other == byte {
                continue;
            }
            let Ok(changed) = String::from_utf8(changed) else { continue };
            assert!(verify_answer(&changed, &keys).is_err(), "{place}: {changed}");
            changed_bytes += 1;
        }
    }
    assert!(changed_bytes > 3 * (answer.len() - hint.len() - 100), "{changed_bytes}");
}

#[tokio::test]
async fn parts_of_other_answers_do_not_fit() {
    let (world, answers) = answers().await;
    let keys = pinned(&world.target()).await;
    let [one, two] = [0, 1].map(|index| serde_json::from_str::<Value>(&answers[index]).unwrap());
    for part in ["receipt", "proof", "digest"] {
        let mut mixed = one.clone();
        mixed[part] = two[part].clone();
        assert!(verify_answer(&mixed.to_string(), &keys).is_err(), "{part}");
    }
    let mut both = one.clone();
    both["receipt"] = two["receipt"].clone();
    both["digest"] = two["digest"].clone();
    assert_eq!(verify_answer(&both.to_string(), &keys), Err(ReceiptProblem::Proof));
    let mut without = one.clone();
    without.as_object_mut().unwrap().remove("proof");
    assert_eq!(verify_answer(&without.to_string(), &keys), Err(ReceiptProblem::NoProof));
    assert_eq!(verify_answer(&one.to_string(), &keys).map(|_| ()), Ok(()), "in another order it is the same");
}

#[tokio::test]
async fn who_may_not_see_it_and_what_is_not_there() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let path = receipt_path(&user.person_id);
    let missing = receipt(&world, &user.person_id).await;
    assert_eq!((missing.status, missing.code().as_str()), (404, "receipt_not_found"));
    world.queue_purge(&user.person_id, Some(world.now() + 3600)).await;
    assert_eq!(receipt(&world, &user.person_id).await.status, 404);
    let unknown = receipt(&world, "00000000-0000-4000-8000-000000000000").await;
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "receipt_not_found"));
    for token in [world.player(&user), world.service(&["user:*"])] {
        let refused = world.get(&path, &token).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "insufficient_permissions"));
    }
    assert_eq!(world.send("GET", &path, &[], "").await.status, 403);
    assert_eq!(world.get(&path, &world.service(&["purge:person:admin"])).await.status, 404);
    let wrong = receipt(&world, "nobody").await;
    assert_eq!((wrong.status, &wrong.json()["detail"][0]["loc"]), (422, &json!(["path", "person_id"])));
}

/// A key that has signed nothing.
pub(crate) fn other_key() -> PublicKey {
    use aws_lc_rs::{
        encoding::{AsDer, PublicKeyX509Der},
        signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
    };
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    PublicKey::from_der(None, der.as_ref()).unwrap()
}

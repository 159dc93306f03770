//! `roster verify` finds every change of a receipt or a seal.

use std::{collections::BTreeSet, time::Duration};

use crate::scene::*;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair},
};
use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use roster_local::operate::{Finding, Scope, verify};
use shared::{
    identity::{SealProblem, Second},
    store::WalkSeals,
};
use tests::World;

/// A world with two sealed hours with receipts, and an empty hour between them. Nothing is wrong.
async fn sealed() -> World {
    let world = without_worker().await;
    seal_now(&world).await;
    to_the_next_hour(&world);
    purged(&world, "1").await;
    purged(&world, "2").await;
    world.advance(HOUR);
    to_the_next_hour(&world);
    purged(&world, "3").await;
    seal(&world).await;
    assert_eq!(findings(&world).await, []);
    world
}

/// Changed values of the same type: each has one character, digit or byte changed.
fn others(value: &AttributeValue) -> Vec<AttributeValue> {
    match value {
        AttributeValue::S(text) => other_texts(text).into_iter().map(AttributeValue::S).collect(),
        AttributeValue::N(digits) => other_texts(digits).into_iter().map(AttributeValue::N).collect(),
        AttributeValue::B(bytes) => {
            let flip = |(place, bit): (usize, u8)| {
                let mut changed = bytes.as_ref().to_vec();
                changed[place] ^= bit;
                AttributeValue::B(Blob::new(changed))
            };
            (0..bytes.as_ref().len()).map(|place| (place, 1 << (place % 8))).map(flip).collect()
        }
        AttributeValue::L(list) => {
            let change = |place: usize, value| {
                let mut changed = list.clone();
                changed[place] = value;
                AttributeValue::L(changed)
            };
            (0..list.len())
                .flat_map(|place| others(&list[place]).into_iter().map(move |value| change(place, value)))
                .collect()
        }
        other => panic!("{other:?}"),
    }
}

/// Texts with one character changed. At every other place a hex letter becomes a capital, which has
/// the same value.
fn other_texts(text: &str) -> Vec<String> {
    let other = |(place, character): (usize, char)| match character {
        '9' if place == 0 => '8',
        '9' => '0',
        '0'..='8' => '9',
        'a'..='f' if place % 2 == 0 => character.to_ascii_uppercase(),
        'a'..='z' => '0',
        _ => 'x',
    };
    let replace = |(place, old)| format!("{}{}{}", &text[..place], other((place, old)), &text[place + 1..]);
    text.char_indices().map(replace).collect()
}

/// Items in which one value is changed, missing or added.
fn changes(item: &Item) -> Vec<(String, Item)> {
    let mut changes = Vec::new();
    for (name, value) in item {
        for other in others(value) {
            changes.push((
                format!("{name} = {other:?}"),
                item.clone().into_iter().chain([(name.clone(), other)]).collect(),
            ));
        }
        if !["person_id", "chain", "number"].contains(&name.as_str()) {
            let without = item.clone().into_iter().filter(|(other, _)| other != name).collect();
            changes.push((format!("without {name}"), without));
        }
    }
    let more = ("more".to_owned(), AttributeValue::Bool(true));
    changes.push(("one more".to_owned(), item.clone().into_iter().chain([more]).collect()));
    changes
}

/// Replaces one item by another.
async fn replace(world: &World, table: &str, item: &Item, by: &Item) {
    if key(table, item) != key(table, by) {
        remove(world, table, item).await;
    }
    put(world, table, by.clone()).await;
}

async fn every_change_is_found(table: &str, pick: fn(&[Item]) -> &Item) {
    let world = sealed().await;
    let all = if table == "SealsTable" { seals(&world).await } else { world.items(table).await };
    let item = pick(&all);
    let since = Second::from_unix(number(&seals(&world).await[1], "hour"));
    // By now `roster verify` reports the last seal as late if it is missing.
    world.advance(Duration::from_mins(15));
    let target = world.target();
    let keys = trusted(&target).await;
    let changes = changes(item);
    let changed: BTreeSet<_> =
        changes.iter().filter_map(|(what, _)| what.split_once(" = ").map(|(name, _)| name)).collect();
    assert_eq!(changed.len(), item.len(), "every attribute is changed");
    for (what, changed) in changes {
        replace(&world, table, item, &changed).await;
        let (_, findings) = verified_with(&target, &keys, Some(since)).await;
        assert_ne!(findings, [], "{what}");
        replace(&world, table, &changed, item).await;
        // Restores the items that the changed one had replaced.
        for item in &all {
            put(&world, table, item.clone()).await;
        }
    }
    assert_eq!(findings(&world).await, [], "everything is back");
}

#[tokio::test]
async fn every_changed_byte_of_a_receipt_is_found() {
    every_change_is_found("ReceiptsTable", |receipts| &receipts[0]).await;
}

#[tokio::test]
async fn every_changed_byte_of_a_seal_is_found() {
    every_change_is_found("SealsTable", |seals| seals.iter().find(|seal| number(seal, "count") == 2).unwrap()).await;
}

#[tokio::test]
async fn every_changed_byte_of_the_first_and_of_the_last_seal_is_found() {
    every_change_is_found("SealsTable", |seals| &seals[0]).await;
    every_change_is_found("SealsTable", |seals| &seals[seals.len() - 1]).await;
}

#[tokio::test]
async fn times_beyond_all_calendars_are_found_and_hurt_nobody() {
    let world = sealed().await;
    let receipts = world.items("ReceiptsTable").await;
    for name in ["completed_on", "expires_on", "purge_on"] {
        let mut changed = receipts[0].clone();
        changed.insert(name.to_owned(), AttributeValue::N("9999999999999999".into()));
        put(&world, "ReceiptsTable", changed).await;
        assert_ne!(findings(&world).await, [], "{name}");
        let person_id = receipts[0]["person_id"].as_s().unwrap();
        assert_eq!(receipt(&world, person_id).await.status, 500, "{name}");
        put(&world, "ReceiptsTable", receipts[0].clone()).await;
    }
}

#[tokio::test]
async fn a_removed_receipt_is_found() {
    let world = sealed().await;
    for item in world.items("ReceiptsTable").await {
        remove(&world, "ReceiptsTable", &item).await;
        let findings = findings(&world).await;
        assert!(matches!(findings[..], [Finding::Seal(SealProblem::Missing { missing: 1, .. })]), "{findings:?}");
        put(&world, "ReceiptsTable", item).await;
    }
}

#[tokio::test]
async fn an_added_receipt_is_found() {
    let world = sealed().await;
    let other = without_worker().await;
    // This is a genuine receipt of another deployment. The only error is that it is in this table.
    to_the_next_hour(&other);
    purged(&other, "1").await;
    let added = other.items("ReceiptsTable").await.remove(0);
    put(&world, "ReceiptsTable", added.clone()).await;
    let found = findings(&world).await;
    assert!(matches!(found[..], [Finding::Seal(SealProblem::Unsealed { more: 1, .. })]), "{found:?}");
    // The same receipt now replaces one that was sealed.
    let receipts = world.items("ReceiptsTable").await;
    let same_hour = receipts.iter().find(|item| item["hour"] == added["hour"] && **item != added).unwrap();
    remove(&world, "ReceiptsTable", same_hour).await;
    let found = findings(&world).await;
    assert!(matches!(found[..], [Finding::Seal(SealProblem::Root(_))]), "{found:?}");
}

#[tokio::test]
async fn a_receipt_from_before_the_first_seal_is_found() {
    let (world, other) = (without_worker().await, without_worker().await);
    purged(&other, "1").await;
    world.advance(Duration::from_hours(5));
    seal(&world).await;
    put(&world, "ReceiptsTable", other.items("ReceiptsTable").await.remove(0)).await;
    let findings = findings(&world).await;
    assert!(matches!(findings[..], [Finding::BeforeTheFirst { count: 1, .. }]), "{findings:?}");
}

#[tokio::test]
async fn a_removed_seal_is_found() {
    let world = sealed().await;
    // From now on the last seal is reported as late too.
    world.advance(Duration::from_mins(15));
    assert_eq!(findings(&world).await, []);
    for item in seals(&world).await {
        remove(&world, "SealsTable", &item).await;
        assert_ne!(findings(&world).await, [], "{item:?}");
        put(&world, "SealsTable", item).await;
    }
    for item in seals(&world).await {
        remove(&world, "SealsTable", &item).await;
    }
    assert_eq!(findings(&world).await, [Finding::NoSeals]);
}

#[tokio::test]
async fn swapped_seals_are_found() {
    let world = sealed().await;
    let all = seals(&world).await;
    for pair in all.windows(2) {
        let [one, two] = pair else { panic!() };
        let swapped = |item: &Item, with: &Item| {
            item.clone().into_iter().chain([("number".to_owned(), with["number"].clone())]).collect::<Item>()
        };
        put(&world, "SealsTable", swapped(one, two)).await;
        put(&world, "SealsTable", swapped(two, one)).await;
        assert_ne!(findings(&world).await, []);
        put(&world, "SealsTable", one.clone()).await;
        put(&world, "SealsTable", two.clone()).await;
    }
    assert_eq!(findings(&world).await, []);
}

#[tokio::test]
async fn a_seal_that_another_key_signed_is_found_whatever_name_it_gives() {
    let world = sealed().await;
    let target = world.target();
    let (signed, _) = target.store().seals_from(0).await.unwrap();
    let other = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    for (item, signed) in seals(&world).await.into_iter().zip(signed) {
        let signed = signed.unwrap();
        let number = signed.seal.number;
        let signature = other.sign(&SystemRandom::new(), &signed.seal.bytes()).unwrap();
        let mut forged = item.clone();
        forged.insert("signature".to_owned(), AttributeValue::B(Blob::new(signature.as_ref())));
        put(&world, "SealsTable", forged.clone()).await;
        assert_eq!(findings(&world).await, [SealProblem::Signature(number).into()]);
        let key_id = signed.key_id.replace("seal-key", "other-key");
        forged.insert("key_id".to_owned(), AttributeValue::S(key_id.clone()));
        put(&world, "SealsTable", forged).await;
        assert_eq!(findings(&world).await, [Finding::UnknownKey { number, key_id }]);
        put(&world, "SealsTable", item).await;
    }
}

#[tokio::test]
async fn a_pinned_key_has_one_name_throughout() {
    let world = sealed().await;
    let target = world.target();
    let keys = pinned(&target).await;
    let mut found = Vec::new();
    verify(&target, &keys, Scope::default(), |finding| found.push(finding.clone())).await.unwrap();
    assert_eq!(found, []);
    let mut last = seals(&world).await.pop().unwrap();
    last.insert("key_id".to_owned(), AttributeValue::S("another".into()));
    let number = u64::try_from(number(&last, "number")).unwrap();
    put(&world, "SealsTable", last).await;
    verify(&target, &keys, Scope::default(), |finding| found.push(finding.clone())).await.unwrap();
    assert_eq!(found, [Finding::UnknownKey { number, key_id: "another".into() }]);
    let stranger = [crate::answers::other_key()];
    let verified = verify(&target, &stranger, Scope::default(), |_| ()).await.unwrap();
    assert_eq!(verified.findings, verified.seals);
}

#[tokio::test]
async fn hours_that_should_be_sealed_by_now_are_missed() {
    let world = sealed().await;
    world.advance(HOUR);
    world.advance(Duration::from_mins(15));
    let late = findings(&world).await;
    assert!(matches!(late[..], [Finding::Late(_)]), "{late:?}");
    seal_now(&world).await;
    assert_eq!(findings(&world).await, []);
}

#[tokio::test]
async fn expired_receipts_are_not_missed_and_others_are() {
    let world = forgetful("3h").await;
    seal_now(&world).await;
    to_the_next_hour(&world);
    purged(&world, "1").await;
    purged(&world, "2").await;
    seal(&world).await;
    let item = world.items("ReceiptsTable").await.remove(0);
    remove(&world, "ReceiptsTable", &item).await;
    let found = findings(&world).await;
    assert!(matches!(found[..], [Finding::Seal(SealProblem::Missing { missing: 1, count: 2, .. })]), "{found:?}");
    world.advance(3 * HOUR);
    seal_now(&world).await;
    let (verified, found) = verified(&world, None).await;
    assert_eq!((found, verified.expired, verified.receipts), (vec![], 1, 1));
    // The remaining receipts of the hour have no proof any more, and the answer says so.
    let left = world.items("ReceiptsTable").await.remove(0);
    let answer = receipt(&world, left["person_id"].as_s().unwrap()).await.json();
    assert_eq!((&answer["sealed"], answer.get("proof")), (&true.into(), None));
}

#[tokio::test]
async fn a_chain_that_was_made_anew_is_not_the_one_that_was_noted() {
    let world = sealed().await;
    let noted = verified(&world, None).await.0.last.unwrap();
    let with = async |noted| {
        let (target, mut found) = (world.target(), Vec::new());
        let scope = Scope { since: None, noted };
        verify(&target, &trusted(&target).await, scope, |finding| found.push(finding.clone())).await.unwrap();
        found
    };
    assert_eq!(with(Some((noted.number, noted.hash()))).await, []);
    let other = shared::identity::Digest::of(b"another");
    assert!(matches!(with(Some((noted.number, other))).await[..], [Finding::NotAsNoted { found: Some(_), .. }]));
    for seal in seals(&world).await {
        remove(&world, "SealsTable", &seal).await;
    }
    seal_now(&world).await;
    assert_eq!(findings(&world).await, [], "what is left agrees with itself");
    let found = with(Some((noted.number, noted.hash()))).await;
    assert!(matches!(found[..], [Finding::NotAsNoted { .. }]), "{found:?}");
}

//! Each permission that the document lists is enough by itself.

use tests::{
    World,
    openapi::{Auth, Document, Operation},
    targets::Target,
    ways::{Call, own_ways, ways},
    world::PlayerToken,
};

use super::callers::{Caller, is_success, player, service, strangers};

/// Fails unless the calls succeed. Each call gets a fresh target, since a success changes the
/// target.
async fn assert_allowed(
    world: &World,
    operation: &Operation<'_>,
    caller: impl Fn(&Target) -> Caller,
    calls: impl Fn(&Target) -> Vec<Call>,
) -> usize {
    let count = calls(&Target::missing()).len();
    for way in 0..count {
        let target = Target::ready(world, operation.id).await;
        let Caller { name, authorization } = caller(&target);
        let answer = calls(&target)[way].send(world, Some(&authorization)).await;
        operation.assert_foresees(&answer);
        let text = &answer.text;
        assert!(is_success(operation, &answer), "{}, way {way}, {name}: {} {text}", operation.id, answer.status);
    }
    count
}

#[tokio::test]
async fn every_listed_permission_alone_is_enough_for_anybody() {
    let (world, document) = (World::start().await, Document::load());
    for operation in document.catalogued().iter().filter(|operation| operation.auth() == Auth::Permission) {
        // A lone wildcard covers everything.
        for permission in operation.permissions().into_iter().chain(["*"]) {
            let called =
                assert_allowed(&world, operation, |_| service(&world, &[permission]), |target| ways(operation, target));
            assert!(called.await > 0, "{}", operation.id);
        }
    }
}

#[tokio::test]
async fn a_player_may_act_for_its_own_person_with_what_the_document_asks_of_it() {
    let (world, document) = (World::start().await, Document::load());
    let mut operations = 0;
    for operation in document.catalogued() {
        let Some(own) = operation.own_permissions() else { continue };
        let enough: Vec<Vec<&str>> =
            if own.is_empty() { vec![vec![]] } else { own.iter().map(|one| vec![*one]).collect() };
        for (permissions, token) in enough.iter().flat_map(|enough| PlayerToken::ALL.map(|token| (enough, token))) {
            let called = assert_allowed(
                &world,
                &operation,
                |target| player(&world, &target.user, permissions, token),
                |target| own_ways(&world, &operation, target, token),
            );
            assert!(called.await > 0, "{}", operation.id);
        }
        operations += 1;
    }
    assert!(operations > 0);
}

#[tokio::test]
async fn any_good_token_is_enough_where_no_permission_is_asked() {
    let (world, document) = (World::start().await, Document::load());
    let mut operations = document.catalogued();
    operations.retain(|operation| operation.auth() == Auth::AnyToken);
    assert!(!operations.is_empty());
    for operation in &operations {
        let strangers = strangers(&world, &document, operation).await;
        for caller in strangers.into_iter().chain([service(&world, &["*"])]) {
            for call in ways(operation, &Target::ready(&world, operation.id).await) {
                let answer = call.send(&world, Some(&caller.authorization)).await;
                operation.assert_foresees(&answer);
                assert!(is_success(operation, &answer), "{}, {}: {}", operation.id, caller.name, answer.text);
            }
        }
    }
}

#[tokio::test]
async fn an_open_operation_succeeds_without_a_token_and_ignores_a_bad_one() {
    let (world, document) = (World::start().await, Document::load());
    let mut operations = document.catalogued();
    operations.retain(|operation| operation.auth() == Auth::Nothing);
    assert!(!operations.is_empty());
    for operation in &operations {
        for authorization in [None, Some("Bearer"), Some("Basic eDp5"), Some("Bearer a.b"), Some("")] {
            for call in ways(operation, &Target::ready(&world, operation.id).await) {
                let answer = call.send(&world, authorization).await;
                operation.assert_foresees(&answer);
                assert!(is_success(operation, &answer), "{}, {authorization:?}: {}", operation.id, answer.text);
            }
        }
    }
}

#[tokio::test]
async fn the_id_and_the_secret_of_a_client_are_enough_where_they_are_asked() {
    let (world, document) = (World::start().await, Document::load());
    for operation in document.catalogued().iter().filter(|operation| operation.auth() == Auth::Client) {
        for call in ways(operation, &Target::ready(&world, operation.id).await) {
            let answer = call.send(&world, operation.authorization("").as_deref()).await;
            operation.assert_foresees(&answer);
            assert!(is_success(operation, &answer), "{}: {}", operation.id, answer.text);
        }
    }
}

#[test]
#[should_panic(expected = "rename-user is not in the catalogue")]
fn an_operation_that_is_not_known_here_is_a_failure() {
    let document = Document::load();
    let mut operation = document.operation("get-user");
    operation.id = "rename-user";
    ways(&operation, &Target::missing());
}

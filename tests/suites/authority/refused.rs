//! A caller without authority is refused, changes nothing, and cannot find out which users exist.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;
use tests::{
    Answer, World,
    openapi::{Auth, CLIENT, Document, Operation},
    targets::Target,
    ways::{Call, own_ways, ways},
    world::{PlayerToken, TABLES},
};

use super::callers::{Caller, is_refusal, is_success, player, strangers};

/// Status, headers and body.
type Seen = (u16, BTreeSet<(String, Vec<u8>)>, Vec<u8>);

/// Everything that a caller sees of an answer, without its time and the id of its request.
fn seen(answer: &Answer) -> Seen {
    let headers = answer.headers.iter().filter(|(name, _)| !["date", "apigw-requestid"].contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    (answer.status, headers, answer.bytes.to_vec())
}

/// Sends the same calls about every target. Fails unless all answers to a call are the same, and
/// returns these answers.
async fn alike(
    world: &World,
    operation: &Operation<'_>,
    authorization: Option<&str>,
    targets: &[Target],
    calls: impl Fn(&Target) -> Vec<Call>,
) -> Vec<Answer> {
    let mut answers = Vec::new();
    for index in 0..calls(&targets[0]).len() {
        let mut first: Option<Answer> = None;
        for target in targets {
            let answer = calls(target)[index].send(world, authorization).await;
            operation.assert_foresees(&answer);
            let first = first.get_or_insert_with(|| answer.clone());
            assert_eq!(
                seen(first),
                seen(&answer),
                "{}, way {index}: {} is not {}",
                operation.id,
                answer.text,
                first.text
            );
        }
        answers.extend(first);
    }
    answers
}

/// Everything in every table.
async fn stored(world: &World) -> Vec<Vec<HashMap<String, AttributeValue>>> {
    let mut stored = Vec::new();
    for table in TABLES {
        stored.push(world.items(table).await);
    }
    stored
}

/// Targets between which a caller must not see a difference: ready for the operation, existing, and
/// missing.
async fn targets(world: &World, operation: &Operation<'_>) -> Vec<Target> {
    let ready = Target::ready(world, operation.id).await;
    vec![ready, Target::plain(world).await, Target::missing()]
}

/// Link requests that name only the leader, so that the caller's token names the follower.
fn half_links(operation: &Operation<'_>, target: &Target) -> Vec<Call> {
    let leaders = ways(operation, target).into_iter().map(|way| {
        let mut body: Value = serde_json::from_slice(&way.body).expect("JSON");
        let fields = body.as_object_mut().expect("an object");
        fields.retain(|name, _| name.starts_with("leader"));
        Call { body: body.to_string().into_bytes(), ..way }
    });
    leaders.collect()
}

#[tokio::test]
#[should_panic(expected = "is not")]
async fn whoever_has_authority_is_told_who_is_there() {
    let (world, document) = (World::start().await, Document::load());
    let operation = document.operation("find-platform-user");
    let targets = targets(&world, &operation).await;
    let authorization = format!("Bearer {}", world.admin());
    alike(&world, &operation, Some(&authorization), &targets, |target| ways(&operation, target)).await;
}

#[tokio::test]
async fn without_a_good_token_every_operation_that_asks_for_one_says_so_and_does_nothing() {
    let (world, document) = (World::start().await, Document::load());
    let client = format!("Basic {CLIENT}");
    for operation in document.catalogued().into_iter().filter(Operation::takes_token) {
        let targets = targets(&world, &operation).await;
        let before = stored(&world).await;
        let headers = ["Bearer", "Basic eDp5", &client, "Bearer a.b", "Bearer e30.e30.AA"].map(Some);
        for authorization in headers.into_iter().chain([None]) {
            for answer in alike(&world, &operation, authorization, &targets, |target| ways(&operation, target)).await {
                match (operation.is_zitadel(), authorization) {
                    (true, _) if answer.status == 200 => assert!(answer.text.contains("grpc-status: 16\r\n")),
                    (true, _) => assert_eq!(answer.status, 401, "{}: {}", operation.id, answer.text),
                    (false, None) => {
                        assert_eq!(answer.verdict(), (403, "auth_token_format".into()), "{}", operation.id)
                    }
                    (false, Some(_)) => {
                        assert_eq!(answer.status, 403, "{}: {}", operation.id, answer.text);
                        assert!(answer.code().starts_with("auth_"), "{}: {}", operation.id, answer.text);
                    }
                }
            }
        }
        assert!(stored(&world).await == before, "{}", operation.id);
    }
}

#[tokio::test]
async fn without_its_id_and_its_secret_a_client_is_refused_and_does_nothing() {
    let (world, document) = (World::start().await, Document::load());
    let bearer = format!("Bearer {}", world.admin());
    // `local:wrong`, `other:local`, `local`, `:local`, `local:`, and no base64.
    let wrong = ["bG9jYWw6d3Jvbmc=", "b3RoZXI6bG9jYWw=", "bG9jYWw=", "OmxvY2Fs", "bG9jYWw6", "?"];
    let wrong: Vec<_> = wrong.iter().map(|credentials| format!("Basic {credentials}")).collect();
    let twice = format!("Basic {CLIENT},Basic {CLIENT}");
    let headers = ["", "Basic", &bearer, &twice].into_iter().chain(wrong.iter().map(String::as_str)).map(Some);
    let headers: Vec<_> = headers.chain([None]).collect();
    for operation in document.catalogued().iter().filter(|operation| operation.auth() == Auth::Client) {
        let targets = [Target::ready(&world, operation.id).await, Target::missing()];
        let before = stored(&world).await;
        for authorization in &headers {
            for answer in alike(&world, operation, *authorization, &targets, |target| ways(operation, target)).await {
                assert_eq!(answer.verdict(), (403, "client_credentials_invalid".into()), "{}", operation.id);
            }
        }
        assert!(stored(&world).await == before, "{}", operation.id);
    }
}

#[tokio::test]
async fn a_stranger_is_refused_alike_whoever_is_there_and_changes_nothing() {
    let (world, document) = (World::start().await, Document::load());
    let mut refusals = 0;
    for operation in document.catalogued().into_iter().filter(|operation| operation.auth() == Auth::Permission) {
        let targets = targets(&world, &operation).await;
        let callers = strangers(&world, &document, &operation).await;
        let before = stored(&world).await;
        for Caller { name, authorization } in &callers {
            for answer in
                alike(&world, &operation, Some(authorization), &targets, |target| ways(&operation, target)).await
            {
                assert!(is_refusal(&operation, &answer), "{}, {name}: {} {}", operation.id, answer.status, answer.text);
                refusals += 1;
            }
        }
        assert!(stored(&world).await == before, "{}", operation.id);
    }
    assert!(refusals > 300, "{refusals}");
}

#[tokio::test]
async fn a_player_without_permission_cannot_link_itself_to_a_stranger() {
    let (world, document) = (World::start().await, Document::load());
    let operation = document.operation("link-platform-user");
    let targets = targets(&world, &operation).await;
    let callers = strangers(&world, &document, &operation).await;
    let before = stored(&world).await;
    for Caller { name, authorization } in &callers {
        for answer in
            alike(&world, &operation, Some(authorization), &targets, |target| half_links(&operation, target)).await
        {
            assert!(is_refusal(&operation, &answer), "{name}: {}", answer.text);
        }
    }
    assert!(stored(&world).await == before, "something changed");
}

#[tokio::test]
async fn where_the_own_person_gives_no_right_a_player_is_told_of_itself_what_it_is_told_of_others() {
    let (world, document) = (World::start().await, Document::load());
    for operation in document.catalogued().into_iter().filter(|operation| operation.auth() == Auth::Permission) {
        let needs_permission = operation.own_permissions().is_none_or(|own| !own.is_empty());
        if !needs_permission {
            continue;
        }
        let own = Target::ready(&world, operation.id).await;
        let callers = PlayerToken::ALL.map(|token| player(&world, &own.user, &[], token));
        let targets = [own, Target::plain(&world).await, Target::missing()];
        let before = stored(&world).await;
        for Caller { name, authorization } in &callers {
            for answer in
                alike(&world, &operation, Some(authorization), &targets, |target| ways(&operation, target)).await
            {
                assert!(is_refusal(&operation, &answer), "{}, {name}: {} {}", operation.id, answer.status, answer.text);
            }
        }
        assert!(stored(&world).await == before, "{}", operation.id);
    }
}

#[tokio::test]
async fn the_right_to_ones_own_person_ends_when_the_user_is_deactivated() {
    let (world, document) = (World::start().await, Document::load());
    for operation in document.catalogued().iter().filter(|operation| operation.own_permissions().is_some()) {
        let own = operation.own_permissions().unwrap_or_default();
        let count = own_ways(&world, operation, &Target::missing(), PlayerToken::OfAnother).len();
        for (way, token) in (0..count).flat_map(|way| PlayerToken::ALL.map(|token| (way, token))) {
            let target = Target::ready(&world, operation.id).await;
            let path = format!("/v2/users/{}/deactivate", target.user.player_uuid);
            assert_eq!(world.post(&path, &world.admin(), serde_json::json!({})).await.status, 200);
            let Caller { name, authorization } = player(&world, &target.user, &own, token);
            let before = stored(&world).await;
            let answer = own_ways(&world, operation, &target, token)[way].send(&world, Some(&authorization)).await;
            operation.assert_foresees(&answer);
            assert!(!is_success(operation, &answer), "{}, way {way}, {name}: {}", operation.id, answer.status);
            assert!(stored(&world).await == before, "{}, way {way}", operation.id);
        }
    }
}

//! Sends every operation of the document in every way, by every caller, with valid and invalid
//! requests.

use tests::{
    World, logs,
    openapi::{Document, Operation},
    targets::Target,
    ways::{Call, own_ways, ways},
    world::PlayerToken,
};

use super::{
    cage::{Cage, HEADER, Seen},
    wrong::wrongs,
};

/// Headers that a client or a proxy may send, each with a canary.
fn headers<'h>(content_type: &'h str, authorization: Option<&'h str>) -> Vec<(&'h str, &'h str)> {
    let names =
        ["user-agent", "cookie", "referer", "x-request-id", "x-forwarded-for", "traceparent", "x-amzn-trace-id"];
    let mut headers: Vec<_> = names.map(|name| (name, HEADER)).into();
    headers.extend([("content-type", content_type), (HEADER, HEADER)]);
    headers.extend(authorization.map(|value| ("authorization", value)));
    headers
}

/// Sends one way of an operation on one target: first without a right to it, then with invalid
/// input, then correctly.
async fn call_on(world: &World, cage: &Cage, best: Option<&str>, call: &Call, seen: &mut Seen) {
    for other in &cage.others {
        let answer = cage.send(world, call, &headers(call.content_type, other.as_deref())).await;
        seen.note(&answer);
    }
    for wrong in wrongs(call) {
        let mut headers = headers(&wrong.content_type, best);
        headers.extend(wrong.header.iter().map(|(name, value)| (*name, value.as_str())));
        seen.note(&cage.send(world, &wrong.call, &headers).await);
    }
}

async fn operate(world: &World, cage: &mut Cage, operation: &Operation<'_>, seen: &mut Seen) {
    let best = cage.best(operation);
    let best = best.as_deref();
    for index in 0..ways(operation, &Target::missing()).len() {
        let target = Target::ready(world, operation.id).await;
        cage.watch(&target);
        let call = &ways(operation, &target)[index];
        for _ in 0..2 {
            // The second request finds it already done.
            seen.note(&cage.send(world, call, &headers(call.content_type, best)).await);
        }
        let target = Target::ready(world, operation.id).await;
        cage.watch(&target);
        call_on(world, cage, best, &ways(operation, &target)[index], seen).await;
        let missing = Target::missing();
        cage.watch(&missing);
        let call = &ways(operation, &missing)[index];
        seen.note(&cage.send(world, call, &headers(call.content_type, best)).await);
    }
    for index in 0..own_ways(world, operation, &Target::missing(), PlayerToken::OfAnother).len() {
        let target = Target::ready(world, operation.id).await;
        cage.watch(&target);
        let token = world.player(&target.user);
        cage.finder.watch_token(&token);
        let call = &own_ways(world, operation, &target, PlayerToken::OfAnother)[index];
        let authorization = format!("Bearer {token}");
        seen.note(&cage.send(world, call, &headers(call.content_type, Some(&authorization))).await);
    }
}

#[tokio::test]
async fn no_endpoint_shows_what_is_personal_however_it_is_called() {
    logs::capture_all();
    let (world, document) = (World::start().await, Document::load());
    let (mut cage, mut seen) = (Cage::new(&world), Seen::default());
    for operation in document.catalogued() {
        operate(&world, &mut cage, &operation, &mut seen).await;
    }
    // The gRPC statuses: done, bad argument, no such user, not allowed, wrong state, no such
    // method, no token.
    seen.assert_has(&[200, 201, 202, 204, 400, 401, 403, 404, 405, 409, 413, 415, 422]);
    seen.assert_has(&[1000, 1003, 1005, 1007, 1009, 1012, 1016]);
    cage.assert_silent(&world);
    let logged = logs::text();
    for operation in document.catalogued() {
        assert!(logged.contains(&format!("\"action\":\"{}\"", operation.function())), "{} logs", operation.id);
    }
}

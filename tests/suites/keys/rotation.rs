//! The functions follow an issuer that adds and removes keys.

use std::{pin::pin, time::Duration};

use tests::site::Response;

use crate::server::{KeyServer, key_set, known, new_key, token, unavailable, unknown_key, verdict};

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn keys_are_fetched_at_start_and_no_request_fetches_them_again() {
    let key = new_key();
    let server = KeyServer::with_keys(&[&key]).await;
    let world = server.world().await;
    let at_start = server.requests();
    assert!(at_start > 0);
    for _ in 0..3 {
        assert_eq!(verdict(&world, &token(&world, &key)).await, known());
    }
    assert_eq!(server.requests(), at_start);
}

#[tokio::test]
async fn a_new_key_is_fetched_when_a_token_names_it() {
    let (old, new) = (new_key(), new_key());
    let server = KeyServer::with_keys(&[&old]).await;
    let world = server.world().await;
    server.publish_keys(&[&old, &new]);
    world.advance(MINUTE);
    let before = server.requests();
    assert_eq!(verdict(&world, &token(&world, &new)).await, known());
    assert_eq!(verdict(&world, &token(&world, &old)).await, known());
    assert_eq!(server.requests(), before + 1);
}

#[tokio::test]
async fn unknown_keys_are_asked_for_once_a_minute() {
    let (key, stranger) = (new_key(), new_key());
    let server = KeyServer::with_keys(&[&key]).await;
    let world = server.world().await;
    let before = server.requests();
    for _ in 0..5 {
        assert_eq!(verdict(&world, &token(&world, &stranger)).await, unknown_key());
    }
    assert_eq!(server.requests(), before, "the fetch at start was a moment ago");
    for round in 1..=2 {
        world.advance(MINUTE);
        let (a, b) = (token(&world, &stranger), token(&world, &new_key()));
        let together = tokio::join!(verdict(&world, &a), verdict(&world, &b), verdict(&world, &a));
        assert_eq!(together, (unknown_key(), unknown_key(), unknown_key()));
        assert_eq!(server.requests(), before + round);
    }
    assert_eq!(verdict(&world, &token(&world, &key)).await, known());
}

#[tokio::test]
async fn requests_at_the_same_time_wait_for_one_fetch_and_good_keys_do_not_wait_for_new_ones() {
    let (old, new) = (new_key(), new_key());
    let server = KeyServer::with_keys(&[&old]).await;
    let world = server.world().await;
    server.publish(Response::Json(key_set(&[&old, &new])).after(Duration::from_millis(300)));
    world.advance(MINUTE);
    let before = server.requests();
    let token_of_new = token(&world, &new);
    let together =
        tokio::join!(verdict(&world, &token_of_new), verdict(&world, &token_of_new), verdict(&world, &token_of_new),);
    assert_eq!(together, (known(), known(), known()));
    assert_eq!(server.requests(), before + 1);
    // Only one request refreshes keys that are ten minutes old.
    server.publish(Response::Silence);
    world.advance(10 * MINUTE);
    let token_of_old = token(&world, &old);
    let (mut first, mut second) = (pin!(verdict(&world, &token_of_old)), pin!(verdict(&world, &token_of_old)));
    tokio::select! {
        answer = &mut first => assert_eq!(answer, known()),
        answer = &mut second => assert_eq!(answer, known()),
        () = tokio::time::sleep(Duration::from_millis(900)) => panic!("both wait for the issuer"),
    }
}

#[tokio::test]
async fn only_the_issuer_that_a_token_names_is_asked() {
    let key = new_key();
    let server = KeyServer::with_keys(&[&key]).await;
    let world = server.world().await;
    world.advance(MINUTE);
    let before = server.requests();
    let claims = serde_json::json!({ "iss": "https://other.test", "sub": "s", "exp": world.now() + 60 });
    assert_eq!(verdict(&world, &new_key().sign(&claims).unwrap()).await, unknown_key());
    assert_eq!(server.requests(), before);
}

#[tokio::test]
async fn a_key_that_the_issuer_dropped_is_refused_ten_minutes_later_at_the_latest() {
    let (old, new) = (new_key(), new_key());
    let server = KeyServer::with_keys(&[&old, &new]).await;
    let world = server.world().await;
    server.publish_keys(&[&new]);
    world.advance(9 * MINUTE);
    assert_eq!(verdict(&world, &token(&world, &old)).await, known());
    world.advance(MINUTE);
    assert_eq!(verdict(&world, &token(&world, &old)).await, unknown_key());
    assert_eq!(verdict(&world, &token(&world, &new)).await, known());
}

#[tokio::test]
async fn an_issuer_that_takes_its_time_is_heard_all_the_same() {
    let (old, new) = (new_key(), new_key());
    let server = KeyServer::with_keys(&[&old]).await;
    let world = server.world().await;
    server.publish(Response::Json(key_set(&[&new])).after(Duration::from_millis(1200)));
    world.advance(10 * MINUTE);
    assert_eq!(verdict(&world, &token(&world, &old)).await, unknown_key());
    assert_eq!(verdict(&world, &token(&world, &new)).await, known());
}

#[tokio::test]
async fn keys_serve_for_a_day_while_the_issuer_is_down_and_come_back_with_it() {
    let key = new_key();
    let server = KeyServer::with_keys(&[&key]).await;
    let world = server.world().await;
    server.publish(Response::Status("500 Internal Server Error"));
    for hours in [1, 12, 10] {
        world.advance(Duration::from_hours(hours));
        assert_eq!(verdict(&world, &token(&world, &key)).await, known());
    }
    world.advance(Duration::from_hours(1));
    let refused = world.get("/users/v1/platform-user?platform=Steam&platform_user_id=x", &token(&world, &key)).await;
    assert_eq!((refused.verdict(), refused.header("retry-after")), (unavailable(), Some("1")));
    server.publish_keys(&[&key]);
    world.advance(Duration::from_secs(5));
    assert_eq!(verdict(&world, &token(&world, &key)).await, known());
}

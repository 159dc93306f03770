//! Creating, finding, linking and switching: through HTTP, the real SDK and the embedded engine.

use tests::World;

#[tokio::test]
async fn a_user_is_found_as_it_was_created() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let found = world.find(&user).await.unwrap();
    assert_eq!(found["player_uuid"], user.player_uuid.as_str());
    assert_eq!(found["person_id"], user.person_id.as_str());
}

//! Ages, to the second.

use bailiwick_domain::ports::Presented;
use time::Duration;

use super::world::{NOW, World, bearer, browser, config, seconds};

#[tokio::test]
async fn a_cookie_falls_idle() {
    let world = World::new().await;
    let presented = browser(&world.sign_in(&Presented::default()).await.set_cookies);
    let idle = NOW + config().idle;
    assert!(!world.is_ada(&presented, idle + seconds(1)).await);
    assert!(!world.is_ada(&presented, idle).await);
    assert!(world.is_ada(&presented, idle - seconds(1)).await);
    // That was a use, so it lasts on.
    assert!(world.is_ada(&presented, idle + seconds(1)).await);
}

#[tokio::test]
async fn a_cookie_ends_however_much_it_is_used() {
    let world = World::new().await;
    let presented = browser(&world.sign_in(&Presented::default()).await.set_cookies);
    let end = NOW + config().absolute;
    let mut now = NOW;
    while now < end - seconds(1) {
        assert!(world.is_ada(&presented, now).await, "{now}");
        now += Duration::hours(11);
    }
    assert!(world.is_ada(&presented, end - seconds(1)).await);
    assert!(!world.is_ada(&presented, end).await);
    assert!(!world.is_ada(&presented, end + seconds(1)).await);
}

#[tokio::test]
async fn a_use_is_noted_once_a_minute() {
    let world = World::new().await;
    let signed_in = world.sign_in(&Presented::default()).await;
    let presented = browser(&signed_in.set_cookies);
    let seen = async || world.store.sessions_of(world.ada).await.unwrap().remove(0).last_seen_at;
    world.authenticate(&presented, NOW + seconds(59)).await.unwrap();
    assert_eq!(seen().await, NOW);
    let who = world.authenticate(&presented, NOW + seconds(60)).await.unwrap();
    assert_eq!(seen().await, NOW + seconds(60));
    assert_eq!(who.session.unwrap().idle_at, NOW + seconds(60) + config().idle);
    world.authenticate(&presented, NOW + seconds(119)).await.unwrap();
    assert_eq!(seen().await, NOW + seconds(60));
}

#[tokio::test]
async fn an_access_token_is_short_lived_and_a_use_does_not_lengthen_it() {
    let world = World::new().await;
    let presented = bearer(&world.tokens().await.access);
    let end = NOW + config().access;
    assert!(world.is_ada(&presented, end - seconds(1)).await);
    assert!(!world.is_ada(&presented, end).await);
    assert!(!world.is_ada(&presented, end + seconds(1)).await);
}

#[tokio::test]
async fn a_refresh_token_ends() {
    let end = NOW + config().refresh;
    for (now, good) in [(end - seconds(1), true), (end, false), (end + seconds(1), false)] {
        let world = World::new().await;
        let pair = world.tokens().await;
        assert_eq!(world.refresh(&pair.refresh, now).await.is_ok(), good, "{now}");
    }
}

#[tokio::test]
async fn a_family_of_tokens_ends_however_often_it_is_refreshed() {
    let world = World::new().await;
    let end = NOW + config().family;
    let mut pair = world.tokens().await;
    for days in [29, 58, 87] {
        pair = world.refresh(&pair.refresh, NOW + Duration::days(days)).await.unwrap();
    }
    pair = world.refresh(&pair.refresh, end - seconds(1)).await.unwrap();
    assert_eq!(pair.session.idle_at, end);
    assert!(world.is_ada(&bearer(&pair.access), end - seconds(1)).await);
    assert!(!world.is_ada(&bearer(&pair.access), end).await);
    assert!(world.refresh(&pair.refresh, end).await.is_err());
}

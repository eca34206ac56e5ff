//! Bearer tokens: pairs, rotation, reuse.

use bailiwick_domain::PrincipalId;
use bailiwick_domain::ports::{AuthError, Authenticator, Presented, Scheme, Secret};

use super::world::{NOW, World, altered, authorization, bearer, browser, seconds};

#[tokio::test]
async fn a_pair_proves_who_asks_and_renews_itself() {
    let world = World::new().await;
    let first = world.tokens().await;
    assert_eq!(first.identity.principal, PrincipalId::user(world.ada));
    let who = world.authenticate(&bearer(&first.access), NOW).await.unwrap();
    assert_eq!((who.scheme, who.session.as_ref()), (Scheme::Bearer, Some(&first.session)));
    let second = world.refresh(&first.refresh, NOW + seconds(600)).await.unwrap();
    assert_eq!(second.session.id, first.session.id);
    assert_ne!(second.refresh, first.refresh);
    let later = NOW + seconds(601);
    assert!(world.is_ada(&bearer(&second.access), later).await);
    assert!(!world.is_ada(&bearer(&first.access), later).await);
}

#[tokio::test]
async fn a_refresh_token_that_is_used_again_ends_the_family() {
    let world = World::new().await;
    let first = world.tokens().await;
    let second = world.refresh(&first.refresh, NOW).await.unwrap();
    let third = world.refresh(&second.refresh, NOW).await.unwrap();
    assert!(world.is_ada(&bearer(&third.access), NOW).await);
    assert!(matches!(world.refresh(&first.refresh, NOW).await, Err(AuthError::NotGood)));
    assert!(!world.is_ada(&bearer(&third.access), NOW).await);
    assert!(matches!(world.refresh(&third.refresh, NOW).await, Err(AuthError::NotGood)));
    assert!(world.store.sessions_of(world.ada).await.unwrap().is_empty());
}

#[tokio::test]
async fn reuse_ends_no_other_session() {
    let world = World::new().await;
    let (pair, other) = (world.tokens().await, world.tokens().await);
    let cookie = world.sign_in(&Presented::default()).await;
    world.refresh(&pair.refresh, NOW).await.unwrap();
    world.refresh(&pair.refresh, NOW).await.unwrap_err();
    assert!(world.is_ada(&bearer(&other.access), NOW).await);
    assert!(world.is_ada(&browser(&cookie.set_cookies), NOW).await);
}

#[tokio::test]
async fn of_two_who_refresh_at_once_nobody_keeps_the_family() {
    let world = World::new().await;
    let pair = world.tokens().await;
    // Units take turns: while this one is open, both find the token unused and wait to use it.
    let open = world.store.begin().await.unwrap();
    let (one, two, _) =
        tokio::join!(world.refresh(&pair.refresh, NOW), world.refresh(&pair.refresh, NOW), async {
            open.rollback().await
        },);
    assert!(one.is_ok() && matches!(two, Err(AuthError::NotGood)));
    assert!(world.store.sessions_of(world.ada).await.unwrap().is_empty());
}

#[tokio::test]
async fn no_altered_token_is_good_and_none_ends_anything() {
    let world = World::new().await;
    let pair = world.tokens().await;
    for wrong in altered(pair.access.reveal()) {
        assert!(!world.is_ada(&bearer(&Secret::new(wrong)), NOW).await);
    }
    for wrong in altered(pair.refresh.reveal()) {
        assert!(matches!(world.refresh(&Secret::new(wrong), NOW).await, Err(AuthError::NotGood)));
    }
    assert!(world.is_ada(&bearer(&pair.access), NOW).await);
}

#[tokio::test]
async fn a_token_serves_for_what_it_was_made() {
    let world = World::new().await;
    let pair = world.tokens().await;
    assert!(!world.is_ada(&bearer(&pair.refresh), NOW).await);
    assert!(!world.is_ada(&authorization(format!("Bearer {}", world.secret.reveal())), NOW).await);
    assert!(world.refresh(&pair.access, NOW).await.is_err());
    assert!(world.is_ada(&bearer(&pair.access), NOW).await);
}

#[tokio::test]
async fn a_suspended_person_gets_no_next_pair() {
    let world = World::new().await;
    let pair = world.tokens().await;
    world.suspend_ada().await;
    assert!(!world.is_ada(&bearer(&pair.access), NOW).await);
    assert!(matches!(world.refresh(&pair.refresh, NOW).await, Err(AuthError::NotGood)));
}

#[tokio::test]
async fn the_holder_of_either_token_can_name_its_session() {
    let world = World::new().await;
    let pair = world.tokens().await;
    let session = async |token: &Secret| world.auth.session_of_token(token).await.unwrap();
    assert_eq!(session(&pair.access).await, Some(pair.session.id));
    assert_eq!(session(&pair.refresh).await, Some(pair.session.id));
    assert_eq!(session(&world.secret).await, None);
    assert_eq!(session(&Secret::new("")).await, None);
    for token in [&pair.access, &pair.refresh] {
        for wrong in altered(token.reveal()) {
            assert_eq!(session(&Secret::new(wrong)).await, None);
        }
    }
    world.end(pair.session.id).await;
    assert_eq!(session(&pair.access).await, None);
    assert_eq!(session(&pair.refresh).await, None);
}

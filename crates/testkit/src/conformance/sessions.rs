//! Sessions and the refresh tokens that renew them.

use bailiwick_domain::Object;
use bailiwick_domain::entities::User;
use bailiwick_domain::ports::{CredentialKey, RefreshToken, Scheme, Session, StoreError};
use time::Duration;

use crate::fixture::World;

async fn ada(world: &World) -> Object<User> {
    let north = world.organization("north").await;
    world.user(&north, "ada").await
}

async fn session(world: &World, user: &Object<User>) -> Session {
    let now = world.now();
    let session = Session {
        id: world.id(),
        user_id: user.id,
        scheme: Scheme::Bearer,
        secret_hash: "5e".repeat(32),
        csrf_hash: String::new(),
        created_at: now,
        last_seen_at: now,
        idle_at: now + Duration::hours(1),
        expires_at: now + Duration::days(7),
        user_agent: String::new(),
        client_app_id: None,
    };
    let unit = world.begin().await;
    unit.add_session(&session).await.unwrap();
    unit.commit().await.unwrap();
    session
}

async fn token(world: &World, session: &Session, hash: &str) -> RefreshToken {
    let (hash, expires_at) = (hash.to_owned(), session.expires_at);
    let token = RefreshToken { hash, session_id: session.id, used: false, expires_at };
    let unit = world.begin().await;
    unit.add_refresh_token(&token).await.unwrap();
    unit.commit().await.unwrap();
    token
}

/// Each as it was stored.
pub async fn sessions_are_listed_newest_first(world: World) {
    let ada = ada(&world).await;
    let first = session(&world, &ada).await;
    world.clock.advance(Duration::microseconds(1));
    let second = session(&world, &ada).await;
    world.clock.advance(Duration::seconds(1));
    let third = session(&world, &ada).await;
    assert_eq!(world.store.sessions_of(ada.id).await.unwrap(), [third, second, first]);
    assert_eq!(world.store.sessions_of(world.id()).await.unwrap(), []);
}

/// Use, rotation of its secret, another end.
pub async fn a_session_is_stored_anew(world: World) {
    let ada = ada(&world).await;
    let other = session(&world, &ada).await;
    world.clock.advance(Duration::seconds(1));
    let mut session = session(&world, &ada).await;
    session.secret_hash = "7a".repeat(32);
    session.csrf_hash = "c5".repeat(32);
    session.last_seen_at += Duration::minutes(1);
    session.idle_at += Duration::minutes(1);
    let unit = world.begin().await;
    unit.save_session(&session).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(world.store.sessions_of(ada.id).await.unwrap(), [session, other]);
}

/// Whoever noted a use of it while it ended comes too late.
pub async fn an_ended_session_does_not_come_back(world: World) {
    let ada = ada(&world).await;
    let session = session(&world, &ada).await;
    token(&world, &session, "refresh").await;
    let unit = world.begin().await;
    unit.end_session(session.id).await.unwrap();
    unit.commit().await.unwrap();
    assert!(world.store.known(CredentialKey::Session(session.id)).await.unwrap().is_none());
    assert_eq!(world.store.refresh_token("refresh").await.unwrap(), None);
    let unit = world.begin().await;
    match unit.save_session(&session).await {
        Ok(()) => unit.commit().await.unwrap(),
        Err(error) => assert!(matches!(error, StoreError::Stale), "{error:?}"),
    }
    assert_eq!(world.store.sessions_of(ada.id).await.unwrap(), []);
    assert!(world.store.known(CredentialKey::Session(session.id)).await.unwrap().is_none());
}

/// All but the one that asks, and none of others.
pub async fn sessions_of_a_user_end_but_one(world: World) {
    let ada = ada(&world).await;
    let south = world.organization("south").await;
    let bob = world.user(&south, "bob").await;
    let (first, second) = (session(&world, &ada).await, session(&world, &ada).await);
    let of_bob = session(&world, &bob).await;
    token(&world, &first, "first").await;
    let kept = token(&world, &second, "second").await;
    let unit = world.begin().await;
    unit.end_sessions_of(ada.id, Some(second.id)).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(world.store.sessions_of(ada.id).await.unwrap(), [second]);
    assert_eq!(world.store.refresh_token("first").await.unwrap(), None);
    assert_eq!(world.store.refresh_token("second").await.unwrap(), Some(kept));
    let unit = world.begin().await;
    unit.end_sessions_of(ada.id, None).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(world.store.sessions_of(ada.id).await.unwrap(), []);
    assert_eq!(world.store.sessions_of(bob.id).await.unwrap(), [of_bob]);
}

/// The second use is told apart from the first, within a unit and across units.
pub async fn a_refresh_token_is_used_once(world: World) {
    let ada = ada(&world).await;
    let session = session(&world, &ada).await;
    let fresh = token(&world, &session, "fresh").await;
    let other = token(&world, &session, "other").await;
    assert_eq!(world.store.refresh_token("fresh").await.unwrap(), Some(fresh.clone()));
    let unit = world.begin().await;
    assert!(unit.use_refresh_token("fresh").await.unwrap());
    unit.rollback().await.unwrap();
    let unit = world.begin().await;
    assert!(unit.use_refresh_token("fresh").await.unwrap(), "what was rolled back was no use");
    assert!(!unit.use_refresh_token("fresh").await.unwrap());
    assert!(!unit.use_refresh_token("unknown").await.unwrap());
    unit.commit().await.unwrap();
    let unit = world.begin().await;
    assert!(!unit.use_refresh_token("fresh").await.unwrap());
    unit.commit().await.unwrap();
    let used = RefreshToken { used: true, ..fresh };
    assert_eq!(world.store.refresh_token("fresh").await.unwrap(), Some(used));
    assert_eq!(world.store.refresh_token("other").await.unwrap(), Some(other));
    assert_eq!(world.store.refresh_token("FRESH").await.unwrap(), None);
}

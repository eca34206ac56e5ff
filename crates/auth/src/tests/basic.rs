//! HTTP Basic: API keys.

use bailiwick_domain::PrincipalId;
use bailiwick_domain::entities::ApiKey;
use bailiwick_domain::ports::{AuthError, Credential, CredentialKey, Presented, Scheme, Secret};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use time::OffsetDateTime;
use uuid::Uuid;

use super::world::{NOW, World, altered, authorization, seconds};

fn basic(key: Uuid, secret: &str) -> Presented {
    authorization(format!("Basic {}", STANDARD.encode(format!("{key}:{secret}"))))
}

async fn is_good(world: &World, key: Uuid, secret: &Secret, now: OffsetDateTime) -> bool {
    match world.authenticate(&basic(key, secret.reveal()), now).await {
        Ok(who) => {
            assert_eq!(who.caller.principal, Some(PrincipalId::api_key(key)));
            assert_eq!(who.caller.bound.as_ref().unwrap().principal, Some(PrincipalId::user(world.ada)));
            assert_eq!((who.scheme, who.session), (Scheme::Basic, None));
            true
        }
        Err(AuthError::NotGood) => false,
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_key_is_bounded_by_its_maker_and_goes_with_them() {
    let world = World::new().await;
    assert!(is_good(&world, world.key, &world.secret, NOW).await);
    world.suspend_ada().await;
    assert!(!is_good(&world, world.key, &world.secret, NOW).await);
}

#[tokio::test]
async fn the_scheme_is_read_in_any_case() {
    let world = World::new().await;
    let encoded = STANDARD.encode(format!("{}:{}", world.key, world.secret.reveal()));
    for scheme in ["basic", "BASIC", "Basic "] {
        assert!(
            world.authenticate(&authorization(format!("{scheme} {encoded}")), NOW).await.is_ok(),
            "{scheme}"
        );
    }
}

#[tokio::test]
async fn a_secret_is_good_for_its_own_key_alone() {
    let world = World::new().await;
    let (other, _) = world.add_key(None).await;
    assert!(!is_good(&world, other, &world.secret, NOW).await);
    assert!(!is_good(&world, Uuid::nil(), &world.secret, NOW).await);
    assert!(!is_good(&world, world.ada, &world.secret, NOW).await);
}

#[tokio::test]
async fn no_altered_secret_is_good() {
    let world = World::new().await;
    for wrong in altered(world.secret.reveal()) {
        assert!(!is_good(&world, world.key, &Secret::new(wrong), NOW).await);
    }
}

#[tokio::test]
async fn a_key_ends() {
    let world = World::new().await;
    let end = NOW + seconds(100);
    let (key, secret) = world.add_key(Some(end)).await;
    assert!(is_good(&world, key, &secret, end - seconds(1)).await);
    assert!(!is_good(&world, key, &secret, end).await);
    assert!(!is_good(&world, key, &secret, end + seconds(1)).await);
}

#[tokio::test]
async fn its_use_is_noted_once_a_minute() {
    let world = World::new().await;
    for (now, noted) in [(0, 0), (59, 0), (60, 60)] {
        assert!(is_good(&world, world.key, &world.secret, NOW + seconds(now)).await);
        let known = world.store.known(CredentialKey::ApiKey(world.key)).await.unwrap().unwrap();
        let Credential::ApiKey { last_used_at, .. } = known.credential else { panic!("not a key") };
        assert_eq!(last_used_at, Some(NOW + seconds(noted)));
    }
}

#[tokio::test]
async fn what_is_stored_is_no_secret() {
    let world = World::new().await;
    let sealed = bailiwick_domain::ports::Read::<ApiKey>::find(&*world.store, world.key).await.unwrap();
    let text = format!("{sealed:?}");
    assert!(!text.contains(world.secret.reveal()));
    assert!(text.contains(&world.secret.reveal()[..12]));
}

//! HTTP Basic: API keys.

use bailiwick_domain::PrincipalId;
use bailiwick_domain::entities::{Addresses, ApiKey, Standing};
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
    is_good_from(world, key, secret, now, None).await
}

async fn is_good_from(
    world: &World,
    key: Uuid,
    secret: &Secret,
    now: OffsetDateTime,
    from: Option<&str>,
) -> bool {
    let from = from.map(|from| from.parse().unwrap());
    let presented = Presented { from, ..basic(key, secret.reveal()) };
    match world.authenticate(&presented, now).await {
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

/// Binds the key to networks, as another server would.
async fn bind(world: &World, addresses: &[&str]) {
    let addresses: Addresses = serde_json::from_value(serde_json::json!(addresses)).unwrap();
    world.change_key(world.key, |key| key.addresses = addresses).await;
}

#[tokio::test]
async fn a_key_is_good_from_its_addresses_alone() {
    let world = World::new().await;
    let good = async |from| is_good_from(&world, world.key, &world.secret, NOW, from).await;
    assert!(good(None).await && good(Some("203.0.113.9")).await);
    bind(&world, &["10.0.0.0/8", "2001:db8::7"]).await;
    for inside in ["10.0.0.1", "::ffff:10.9.9.9", "2001:db8::7"] {
        assert!(good(Some(inside)).await, "{inside}");
    }
    for outside in [Some("11.0.0.1"), Some("2001:db8::8"), Some("203.0.113.9"), None] {
        assert!(!good(outside).await, "{outside:?}");
    }
    let elsewhere = Secret::new(altered(world.secret.reveal()).remove(0));
    assert!(!is_good_from(&world, world.key, &elsewhere, NOW, Some("10.0.0.1")).await);
}

/// A refusal says as much, and is as little of a use, whatever it is for.
#[tokio::test]
async fn a_wrong_place_looks_like_a_wrong_secret() {
    let world = World::new().await;
    bind(&world, &["10.0.0.0/8"]).await;
    let other = world.add_key(None).await.1;
    let mut told = Vec::new();
    for (secret, from) in [(&world.secret, "192.0.2.1"), (&other, "192.0.2.1"), (&other, "10.0.0.1")] {
        assert!(is_good_from(&world, world.key, &world.secret, NOW, Some("10.0.0.1")).await);
        let from = Some(from.parse().unwrap());
        let presented = Presented { from, ..basic(world.key, secret.reveal()) };
        let refused = world.authenticate(&presented, NOW + seconds(61)).await.unwrap_err();
        told.push((format!("{refused:?}"), last_used(&world).await));
    }
    assert_eq!(told, vec![("NotGood".to_owned(), Some(NOW)); 3]);
}

async fn last_used(world: &World) -> Option<OffsetDateTime> {
    let known = world.store.known(CredentialKey::ApiKey(world.key)).await.unwrap().unwrap();
    let Credential::ApiKey { last_used_at, .. } = known.credential else { panic!("not a key") };
    last_used_at
}

#[tokio::test]
async fn an_old_secret_is_good_as_long_as_is_said() {
    let world = World::new().await;
    let good = async |secret: &Secret, now| is_good(&world, world.key, secret, now).await;
    assert!(good(&world.secret, NOW).await);
    let end = NOW + seconds(600);
    let second = world.renew(world.key, Some(end)).await;
    for at in [0, 1, 599] {
        for secret in [&world.secret, &second, &second, &world.secret] {
            assert!(good(secret, NOW + seconds(at)).await, "{at}");
        }
    }
    assert!(!good(&world.secret, end).await);
    assert!(good(&second, end).await);

    let third = world.renew(world.key, Some(end + seconds(600))).await;
    let fourth = world.renew(world.key, Some(end + seconds(600))).await;
    assert!(good(&third, end).await && good(&fourth, end).await);
    assert!(!good(&second, end).await, "a second renewal within the time ends the first one");
    let last = world.renew(world.key, None).await;
    assert!(good(&last, end).await);
    assert!(!good(&third, end).await && !good(&fourth, end).await);
}

#[tokio::test]
async fn both_secrets_end_with_the_key() {
    let world = World::new().await;
    let second = world.renew(world.key, Some(NOW + seconds(600))).await;
    let both = async |now| {
        let old = is_good_from(&world, world.key, &world.secret, now, Some("10.0.0.1")).await;
        (old, is_good_from(&world, world.key, &second, now, Some("10.0.0.1")).await)
    };
    assert_eq!(both(NOW).await, (true, true));
    bind(&world, &["192.0.2.7"]).await;
    assert_eq!(both(NOW).await, (false, false));
    bind(&world, &[]).await;
    world.change_key(world.key, |key| key.expires_at = Some(NOW + seconds(10))).await;
    assert_eq!((both(NOW + seconds(9)).await, both(NOW + seconds(10)).await), ((true, true), (false, false)));
    world.change_key(world.key, |key| key.expires_at = None).await;
    assert_eq!(both(NOW + seconds(10)).await, (true, true));
    world.change_key(world.key, |key| key.stand(Standing::Suspended)).await;
    assert_eq!(both(NOW).await, (false, false));
    world.change_key(world.key, |key| key.stand(Standing::Active)).await;
    assert_eq!(both(NOW).await, (false, true), "the old one does not come back");
}

#[tokio::test]
async fn the_use_of_either_secret_is_noted() {
    let world = World::new().await;
    let second = world.renew(world.key, Some(NOW + seconds(600))).await;
    for (secret, at, noted) in [
        (&world.secret, 0, 0),
        (&second, 59, 0),
        (&second, 60, 60),
        (&world.secret, 119, 60),
        (&world.secret, 120, 120),
    ] {
        assert!(is_good(&world, world.key, secret, NOW + seconds(at)).await);
        assert_eq!(last_used(&world).await, Some(NOW + seconds(noted)), "{at}");
    }
}

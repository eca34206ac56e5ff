//! Passwords and API keys.

use bailiwick_domain::ports::{Credential, CredentialKey};
use time::Duration;

use crate::fixture::{Sample, World};

/// The last one counts; others' are left alone.
pub async fn a_password_is_set_and_replaced(world: World) {
    let Sample { ada, bob, .. } = Sample::on(&world).await;
    let password =
        async |id| match world.store.known(CredentialKey::User(id)).await.unwrap().unwrap().credential {
            Credential::Password(hash) => hash,
            other => unreachable!("{other:?}"),
        };
    for hash in ["first", "second"] {
        let unit = world.begin().await;
        unit.set_password(ada.id, hash).await.unwrap();
        unit.commit().await.unwrap();
        assert_eq!(password(ada.id).await.as_deref(), Some(hash));
    }
    assert_eq!(password(bob.id).await, None);
    // The user's own data goes another way.
    world
        .try_save(&world.changed_user(&ada, |user| user.email = Some("a@example.org".to_owned())))
        .await
        .unwrap();
    assert_eq!(password(ada.id).await.as_deref(), Some("second"));
}

/// It is no change that a save would have to know of.
pub async fn a_use_of_an_api_key_is_noted(world: World) {
    let Sample { north_key, alpha_key, .. } = Sample::on(&world).await;
    let at = world.now() + Duration::microseconds(1);
    let unit = world.begin().await;
    unit.touch_api_key(north_key.id, at).await.unwrap();
    unit.commit().await.unwrap();
    let used = world.again(&north_key).await;
    assert_eq!(used.data.last_used_at, Some(at));
    assert_eq!((used.version, used.updated_at), (north_key.version, north_key.updated_at));
    assert_eq!(world.again(&alpha_key).await.data.last_used_at, None);
}

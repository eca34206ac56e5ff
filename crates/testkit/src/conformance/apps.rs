//! Client apps, and what was issued for one.

use bailiwick_domain::access::App;
use bailiwick_domain::entities::{ApiKey, OldSecret, Standing, User};
use bailiwick_domain::ports::{CredentialKey, IssuedFor, Scheme, Session};
use bailiwick_domain::{Kind, Object};
use time::Duration;
use uuid::Uuid;

use super::ids;
use crate::fixture::{Sample, World, acting, api_key, client_app};

async fn session(world: &World, user: &Object<User>, app: Option<Uuid>) -> Session {
    let now = world.now();
    let session = Session {
        id: world.id(),
        user_id: user.id,
        scheme: Scheme::Bearer,
        secret_hash: "secret".to_owned(),
        csrf_hash: String::new(),
        created_at: now,
        last_seen_at: now,
        idle_at: now + Duration::HOUR,
        expires_at: now + Duration::DAY,
        user_agent: String::new(),
        client_app_id: app,
    };
    let unit = world.begin().await;
    unit.add_session(&session).await.unwrap();
    unit.commit().await.unwrap();
    session
}

/// What a credential was issued for; `None` where it is not there.
async fn issued(world: &World, key: CredentialKey<'_>) -> Option<Option<IssuedFor>> {
    Some(world.store.known(key).await.unwrap()?.identity.app)
}

/// Session and key, with an app and without; suspended, gone.
pub async fn what_a_credential_was_issued_for_comes_with_it(world: World) {
    let sample = Sample::on(&world).await;
    let by = acting(&sample.ada);
    let old = OldSecret { hash: "8a".repeat(32), expires_at: world.now() };
    let mut data = client_app("writer");
    data.old_secret = Some(old.clone());
    let app = world.add(&world.made_client_app(&by, data)).await;
    let expected = IssuedFor {
        id: app.id,
        app: App::new("writer"),
        active: true,
        secret_hash: app.data.secret_hash.clone(),
        old_secret: Some(old),
    };
    let through = session(&world, &sample.ada, Some(app.id)).await;
    let plain = session(&world, &sample.ada, None).await;
    let key = world.add(&world.made_key_of_app(&by, &sample.north, &app, api_key("of the app"))).await;
    let session_key = CredentialKey::Session(through.id);
    assert_eq!(issued(&world, session_key).await, Some(Some(expected.clone())));
    assert_eq!(issued(&world, CredentialKey::Session(plain.id)).await, Some(None));
    assert_eq!(issued(&world, CredentialKey::ApiKey(key.id)).await, Some(Some(expected.clone())));
    assert_eq!(issued(&world, CredentialKey::ApiKey(sample.north_key.id)).await, Some(None));
    assert_eq!(
        issued(&world, CredentialKey::User(sample.ada.id)).await,
        Some(None),
        "of a session, not of a user"
    );
    let identities = [&key, &sample.north_key].map(|key| bailiwick_domain::PrincipalId::api_key(key.id));
    let found = world.store.identities(&identities).await.unwrap();
    assert_eq!(found.into_iter().map(|found| found.app).collect::<Vec<_>>(), [Some(expected.clone()), None]);
    assert_eq!(world.store.known_app(app.id).await.unwrap().unwrap().app, expected);
    assert!(world.store.known_app(world.id()).await.unwrap().is_none());

    world.try_save(&world.changed_client_app(&app, |app| app.stand(Standing::Suspended))).await.unwrap();
    let asleep = Some(Some(IssuedFor { active: false, old_secret: None, ..expected }));
    assert_eq!(issued(&world, session_key).await, asleep);
    assert_eq!(issued(&world, CredentialKey::ApiKey(key.id)).await, asleep);
    // One that names what is not there is of no app at all, not of the default one.
    let lost = world.id();
    let dangling = session(&world, &sample.ada, Some(lost)).await;
    let gone = issued(&world, CredentialKey::Session(dangling.id)).await;
    assert_eq!(gone, Some(Some(IssuedFor::gone(lost))));
}

/// By themselves, and when it is removed.
pub async fn sessions_end_with_the_app_that_they_were_begun_through(world: World) {
    let sample = Sample::on(&world).await;
    let by = acting(&sample.ada);
    let [one, other] = ["one", "other"].map(client_app);
    let one = world.add(&world.made_client_app(&by, one)).await;
    let other = world.add(&world.made_client_app(&by, other)).await;
    let there = async |session: &Session| {
        world.store.known(CredentialKey::Session(session.id)).await.unwrap().is_some()
    };
    let all = [
        session(&world, &sample.ada, Some(one.id)).await,
        session(&world, &sample.bob, Some(one.id)).await,
        session(&world, &sample.ada, Some(other.id)).await,
        session(&world, &sample.ada, None).await,
    ];
    let unit = world.begin().await;
    unit.end_sessions_through(one.id).await.unwrap();
    unit.commit().await.unwrap();
    let left = [there(&all[0]).await, there(&all[1]).await, there(&all[2]).await, there(&all[3]).await];
    assert_eq!(left, [false, false, true, true]);
    world.try_remove(&[world.removed_client_app(&other)]).await.unwrap();
    assert_eq!([there(&all[2]).await, there(&all[3]).await], [false, true]);
}

/// Wherever they were made.
pub async fn keys_of_an_app_hang_under_it(world: World) {
    let sample = Sample::on(&world).await;
    let by = acting(&sample.ada);
    let app = world.add(&world.made_client_app(&by, client_app("writer"))).await;
    let dependents = async || world.store.dependents(&app.facts).await.unwrap();
    assert!(dependents().await.is_empty());
    let in_north = world.made_key_of_app(&by, &sample.north, &app, api_key("one"));
    let in_alpha = world.made_key_of_app(&by, &sample.alpha, &app, api_key("two"));
    let keys: [Object<ApiKey>; 2] = [world.add(&in_north).await, world.add(&in_alpha).await];
    assert_eq!(dependents().await, [(Kind::ApiKey, 2)]);
    let found = world.store.keys_of_app(app.id).await.unwrap();
    let found: Vec<Object<ApiKey>> = found.into_iter().map(|key| world.open(key)).collect();
    assert_eq!(ids(&found), ids(&keys));
    let named = keys[0].near.iter().find(|near| near.facts.kind == Kind::ClientApp).unwrap();
    assert_eq!((&*named.name, &*named.facts), ("writer", &app.facts));
}

//! Principals: found by what they show, with all that they hold.

use bailiwick_domain::PrincipalId;
use bailiwick_domain::entities::{ApiKey, OldSecret, Organization, Standing, User};
use bailiwick_domain::ports::{Credential, CredentialKey, Identity, Known, Scheme, Session};
use time::Duration;
use uuid::Uuid;

use super::sorted;
use crate::fixture::{Sample, World, acting, api_key};

async fn known(world: &World, key: CredentialKey<'_>) -> Option<Known> {
    world.store.known(key).await.unwrap()
}

async fn login(world: &World, organization: &str, username: &str) -> Option<Uuid> {
    let found = known(world, CredentialKey::Login { organization, username }).await;
    found.map(|known| known.identity.principal.id)
}

fn is_ada(identity: &Identity, sample: &Sample) {
    assert_eq!(identity.principal, PrincipalId::user(sample.ada.id));
    assert_eq!((identity.name.as_str(), identity.home_name.as_str()), ("ada", "north"));
    assert_eq!(identity.facts, sample.ada.facts);
    assert_eq!(identity.home(), Some(sample.north.id));
    assert!(identity.active && identity.maker.is_none());
    let roles = sorted(identity.grants.iter().map(|grant| grant.role_name.as_str()));
    assert_eq!(roles, ["root", "viewer"]);
    let viewer = identity.grants.iter().find(|grant| grant.role == sample.viewer.id).unwrap();
    assert_eq!((viewer.grant, &viewer.at), (sample.ada_at_alpha.id, &sample.alpha.facts));
}

/// With its password hash, if it has one.
pub async fn a_user_is_known_by_id_and_by_login(world: World) {
    let sample = Sample::on(&world).await;
    let by_login = CredentialKey::Login { organization: "north", username: "ada" };
    for key in [CredentialKey::User(sample.ada.id), by_login] {
        let found = known(&world, key).await.unwrap();
        is_ada(&found.identity, &sample);
        assert!(matches!(found.credential, Credential::Password(None)), "{:?}", found.credential);
    }
    let unit = world.begin().await;
    unit.set_password(sample.ada.id, "$argon2id$").await.unwrap();
    unit.commit().await.unwrap();
    for key in [CredentialKey::User(sample.ada.id), by_login] {
        let found = known(&world, key).await.unwrap();
        is_ada(&found.identity, &sample);
        let Credential::Password(Some(hash)) = found.credential else {
            unreachable!("{:?}", found.credential)
        };
        assert_eq!(hash, "$argon2id$");
    }
    assert!(known(&world, CredentialKey::User(world.id())).await.is_none());
    assert!(known(&world, CredentialKey::User(sample.north_key.id)).await.is_none());
}

/// Two people of one name are told apart by their organization.
pub async fn logins_differ_by_every_byte(world: World) {
    let Sample { bob, eve, .. } = Sample::on(&world).await;
    assert_eq!(login(&world, "South", "bob").await, Some(bob.id));
    assert_eq!(login(&world, "east", "bob").await, Some(eve.id));
    for (organization, username) in [
        ("south", "bob"),
        ("South", "Bob"),
        ("South ", "bob"),
        ("South", "bob "),
        ("South", "b%"),
        ("north", "bob"),
        ("", "bob"),
        ("South", ""),
    ] {
        assert_eq!(login(&world, organization, username).await, None, "{organization}/{username}");
    }
}

/// The session comes with it, as it is stored.
pub async fn a_session_knows_its_user(world: World) {
    let sample = Sample::on(&world).await;
    let now = world.now();
    let session = Session {
        id: world.id(),
        user_id: sample.ada.id,
        scheme: Scheme::Cookie,
        secret_hash: "5e".repeat(32),
        csrf_hash: "c5".repeat(32),
        created_at: now,
        last_seen_at: now + Duration::microseconds(1),
        idle_at: now + Duration::hours(1),
        expires_at: now + Duration::days(7),
        user_agent: "a \"browser\"".to_owned(),
        client_app_id: None,
    };
    let unit = world.begin().await;
    unit.add_session(&session).await.unwrap();
    unit.commit().await.unwrap();
    let found = known(&world, CredentialKey::Session(session.id)).await.unwrap();
    is_ada(&found.identity, &sample);
    let Credential::Session(stored) = found.credential else { unreachable!("{:?}", found.credential) };
    assert_eq!(stored, session);
    assert!(known(&world, CredentialKey::Session(world.id())).await.is_none());
    assert!(known(&world, CredentialKey::Session(sample.ada.id)).await.is_none());
}

/// The maker is there with its own grants, since it bounds the key.
pub async fn an_api_key_is_known_with_its_maker(world: World) {
    let sample = Sample::on(&world).await;
    let mut data = api_key("nightly");
    data.expires_at = Some(world.now() + Duration::days(1));
    data.last_used_at = Some(world.now());
    data.old_secret = Some(OldSecret { hash: "6f".repeat(32), expires_at: world.now() + Duration::hours(1) });
    data.addresses = serde_json::from_value(serde_json::json!(["10.0.0.0/8", "2001:db8::7"])).unwrap();
    let key = world.add(&world.made_api_key(&acting(&sample.ada), &sample.north, data)).await;
    let grant = world.grant(&key, &sample.viewer, &sample.alpha).await;
    let found = known(&world, CredentialKey::ApiKey(key.id)).await.unwrap();
    let Credential::ApiKey { secret_hash, old_secret, addresses, last_used_at } = found.credential else {
        unreachable!("{:?}", found.credential)
    };
    assert_eq!((secret_hash, old_secret), (key.data.secret_hash.clone(), key.data.old_secret.clone()));
    assert_eq!((addresses, last_used_at), (key.data.addresses.clone(), key.data.last_used_at));
    let identity = found.identity;
    assert_eq!(identity.ends_at, key.data.expires_at);
    assert_eq!(identity.principal, PrincipalId::api_key(key.id));
    assert_eq!((identity.name.as_str(), identity.home_name.as_str()), ("nightly", "north"));
    assert_eq!(identity.facts, key.facts);
    assert_eq!(identity.grants.iter().map(|grant| grant.grant).collect::<Vec<_>>(), [grant.id]);
    is_ada(identity.maker.as_ref().unwrap(), &sample);
    assert!(identity.caller(&world.policy, world.now()).is_some());
    assert!(identity.caller(&world.policy, world.now() + Duration::days(1)).is_none(), "it has ended");
    let other = world.store.identities(&[PrincipalId::api_key(key.id)]).await.unwrap().remove(0);
    assert_eq!(other.ends_at, key.data.expires_at);
    assert!(known(&world, CredentialKey::ApiKey(world.id())).await.is_none());
}

/// Suspended users, their keys, and everybody of a suspended organization.
pub async fn who_is_suspended_is_known_as_such(world: World) {
    let sample = Sample::on(&world).await;
    let active = |found: Option<Known>| found.unwrap().identity.active;
    assert!(!active(known(&world, CredentialKey::User(sample.cyd.id)).await), "suspended itself");
    assert!(!active(known(&world, CredentialKey::User(sample.eve.id)).await), "of a suspended organization");
    let keys = world.all::<ApiKey>().await;
    let suspended = keys.iter().find(|key| key.data.status == Standing::Suspended).unwrap();
    assert!(!active(known(&world, CredentialKey::ApiKey(suspended.id)).await), "a suspended key");

    let key = CredentialKey::ApiKey(sample.alpha_key.id);
    let may_act = |found: Option<Known>| found.unwrap().identity.caller(&world.policy, world.now()).is_some();
    assert!(may_act(known(&world, key).await));
    let sleeps = |user: &mut User| user.status = Standing::Suspended;
    world.try_save(&world.changed_user(&sample.bob, sleeps)).await.unwrap();
    let found = known(&world, key).await.unwrap();
    assert!(found.identity.active && !found.identity.maker.as_ref().unwrap().active);
    assert!(!may_act(Some(found)), "its maker sleeps");

    let sleeps = |organization: &mut Organization| organization.status = Standing::Suspended;
    world.change(&sample.north, sleeps).await;
    assert!(!active(known(&world, CredentialKey::ApiKey(sample.north_key.id)).await));
    assert!(!active(known(&world, CredentialKey::User(sample.ada.id)).await));
}

/// Each of its home's collaborations, each with all its members.
pub async fn an_identity_has_its_collaborations_with_their_members(world: World) {
    let Sample { north, south, east, arctic, tropic, ada, bob, alpha_key, north_key, .. } =
        Sample::on(&world).await;
    let of = async |principal| {
        let found = world.store.identities(&[principal]).await.unwrap().remove(0);
        sorted(found.collaborations.into_iter().map(|(id, members)| (id, sorted(members))))
    };
    let with_north = (arctic.id, sorted([north.id, south.id]));
    let with_east = (tropic.id, sorted([south.id, east.id]));
    assert_eq!(of(PrincipalId::user(ada.id)).await, *std::slice::from_ref(&with_north));
    assert_eq!(of(PrincipalId::user(bob.id)).await, sorted([with_north.clone(), with_east.clone()]));
    assert_eq!(
        of(PrincipalId::api_key(alpha_key.id)).await,
        *std::slice::from_ref(&with_north),
        "its home is north"
    );
    let found = known(&world, CredentialKey::ApiKey(north_key.id)).await.unwrap().identity;
    assert_eq!(found.collaborations.len(), 1);
    assert_eq!(found.maker.unwrap().collaborations.len(), 1);

    for member in [&south, &east] {
        world.leave(&tropic, member).await;
    }
    assert_eq!(of(PrincipalId::user(bob.id)).await, [with_north]);
}

/// Users and keys in one question.
pub async fn identities_leave_out_who_is_not_there(world: World) {
    let sample = Sample::on(&world).await;
    let (ada, key) = (PrincipalId::user(sample.ada.id), PrincipalId::api_key(sample.alpha_key.id));
    let asked = [ada, PrincipalId::user(world.id()), key, PrincipalId::api_key(sample.ada.id)];
    let found = world.store.identities(&asked).await.unwrap();
    assert_eq!(sorted(found.iter().map(|identity| identity.principal)), sorted([ada, key]));
    is_ada(found.iter().find(|identity| identity.principal == ada).unwrap(), &sample);
    let maker = found.iter().find(|identity| identity.principal == key).unwrap().maker.as_ref().unwrap();
    assert_eq!(maker.principal, PrincipalId::user(sample.bob.id));
    assert_eq!(maker.grants.len(), 3);
    assert!(world.store.identities(&[]).await.unwrap().is_empty());
}

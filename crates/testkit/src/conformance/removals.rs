//! Removals: what can't be without an object goes with it.

use bailiwick_domain::PrincipalId;
use bailiwick_domain::entities::{ApiKey, Grant, Project, Task};
use bailiwick_domain::ports::{CredentialKey, RefreshToken, Scheme, Session};
use time::Duration;
use uuid::Uuid;

use super::{ids, sorted};
use crate::fixture::{At, Sample, World};

async fn grants(world: &World) -> Vec<Uuid> {
    ids(&world.all::<Grant>().await)
}

/// At a task, at a project, at an organization: those, and no others.
pub async fn a_removal_takes_the_grants_anchored_there(world: World) {
    let north = world.organization("north").await;
    let south = world.organization("south").await;
    let ada = world.user(&north, "ada").await;
    let viewer = world.built_in("viewer").await;
    let alpha = world.project(&south, "alpha").await;
    let label = world.job(&alpha, "label").await;
    let first = world.task(&label, "first").await;
    let at_server = world.grant(&ada, &viewer, At::Server).await;
    let at_north = world.grant(&ada, &viewer, &north).await;
    let at_south = world.grant(&ada, &viewer, &south).await;
    let at_alpha = world.grant(&ada, &viewer, &alpha).await;
    let at_label = world.grant(&ada, &viewer, &label).await;
    world.grant(&ada, &viewer, &first).await;
    world.try_remove(&[world.removed(&first)]).await.unwrap();
    assert_eq!(grants(&world).await, ids([&at_server, &at_north, &at_south, &at_alpha, &at_label]));
    world.try_remove(&[world.removed(&label)]).await.unwrap();
    assert_eq!(grants(&world).await, ids([&at_server, &at_north, &at_south, &at_alpha]));
    world.try_remove(&[world.removed(&alpha)]).await.unwrap();
    assert_eq!(grants(&world).await, ids([&at_server, &at_north, &at_south]));
    world.try_remove(&[world.removed(&south)]).await.unwrap();
    assert_eq!(grants(&world).await, ids([&at_server, &at_north]));
}

/// Its own as a principal, and those of a role.
pub async fn a_removal_takes_the_grants_that_name_it(world: World) {
    let sample = Sample::on(&world).await;
    let all = world.all::<Grant>().await;
    let without = |gone: &[Uuid]| {
        ids(all
            .iter()
            .filter(|grant| !gone.contains(&grant.data.principal.id) && !gone.contains(&grant.data.role_id)))
    };
    world.try_remove(&[world.removed_api_key(&sample.north_key)]).await.unwrap();
    assert_eq!(grants(&world).await, without(&[sample.north_key.id]));
    world.try_remove(&[world.removed_user(&sample.cyd)]).await.unwrap();
    assert_eq!(grants(&world).await, without(&[sample.north_key.id, sample.cyd.id]));
    world.try_remove(&[world.removed_role(&sample.lead)]).await.unwrap();
    assert_eq!(grants(&world).await, without(&[sample.north_key.id, sample.cyd.id, sample.lead.id]));
}

/// It is a member of nothing then; the others stay members.
pub async fn a_removed_organization_leaves_its_collaborations(world: World) {
    let north = world.organization("north").await;
    let south = world.organization("south").await;
    let study = world.collaboration("study", &[&north, &south]).await;
    world.try_remove(&[world.removed(&south)]).await.unwrap();
    let left = world.again(&study).await;
    assert_eq!(left.data.members, [north.id]);
    assert_eq!(left.facts.homes.as_slice(), [north.id]);
    assert!(world.find::<bailiwick_domain::entities::Organization>(south.id).await.is_none());
}

/// Sessions, refresh tokens, password, keys, and the grants of those keys.
pub async fn a_removed_user_takes_all_that_acts_for_it(world: World) {
    let sample = Sample::on(&world).await;
    let session = |user_id| Session {
        id: world.id(),
        user_id,
        scheme: Scheme::Bearer,
        secret_hash: "5e".repeat(32),
        csrf_hash: String::new(),
        created_at: world.now(),
        last_seen_at: world.now(),
        idle_at: world.now() + Duration::hours(1),
        expires_at: world.now() + Duration::days(7),
        user_agent: String::new(),
        client_app_id: None,
    };
    let (of_bob, of_ada) = (session(sample.bob.id), session(sample.ada.id));
    let unit = world.begin().await;
    for session in [&of_bob, &of_ada] {
        unit.add_session(session).await.unwrap();
        let token = RefreshToken {
            hash: format!("of {}", session.user_id),
            session_id: session.id,
            used: false,
            expires_at: session.expires_at,
        };
        unit.add_refresh_token(&token).await.unwrap();
        unit.set_password(session.user_id, "hash").await.unwrap();
    }
    unit.commit().await.unwrap();
    let keys = world.all::<ApiKey>().await;
    let bob = PrincipalId::user(sample.bob.id);

    world.try_remove(&[world.removed_user(&sample.bob)]).await.unwrap();

    let store = &world.store;
    let left = ids(keys.iter().filter(|key| key.facts.maker != Some(bob)));
    assert!(left.len() < keys.len());
    assert_eq!(ids(&world.all::<ApiKey>().await), left);
    assert!(store.known(CredentialKey::ApiKey(sample.alpha_key.id)).await.unwrap().is_none());
    let names = sorted(world.all::<Grant>().await.iter().map(|grant| grant.data.principal));
    assert!(!names.contains(&bob) && !names.contains(&PrincipalId::api_key(sample.alpha_key.id)));
    assert!(store.known(CredentialKey::Session(of_bob.id)).await.unwrap().is_none());
    assert!(store.sessions_of(sample.bob.id).await.unwrap().is_empty());
    assert_eq!(store.refresh_token(&format!("of {}", sample.bob.id)).await.unwrap(), None);
    assert!(store.known(CredentialKey::User(sample.bob.id)).await.unwrap().is_none());
    // Others keep theirs, and what the user made stays.
    assert!(store.known(CredentialKey::Session(of_ada.id)).await.unwrap().is_some());
    assert!(store.refresh_token(&format!("of {}", sample.ada.id)).await.unwrap().is_some());
    assert_eq!(world.again(&sample.label).await.facts.maker, Some(bob));
}

/// In one deed; what is not among them stays.
pub async fn a_removal_of_several_takes_all(world: World) {
    let Sample { label, first, second, .. } = Sample::on(&world).await;
    let before = world.all::<Task>().await.len();
    let third = world.task(&label, "third").await;
    world.try_remove(&[world.removed(&second), world.removed(&first)]).await.unwrap();
    let left = world.all::<Task>().await;
    assert_eq!(left.len(), before - 1);
    assert!(left.iter().any(|task| task.id == third.id));
    world.try_remove::<Project>(&[]).await.unwrap();
}

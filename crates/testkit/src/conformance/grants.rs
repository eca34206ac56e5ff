//! Grants as decisions need them: with role, anchor and whether they are in force.

use bailiwick_domain::caller::HeldGrant;
use bailiwick_domain::entities::{Grant, Invitation, Organization, Standing, User};
use bailiwick_domain::{Facts, Object, PrincipalId};
use time::Duration;

use super::sorted;
use crate::fixture::{At, Sample, World, op, role};

async fn held(world: &World, grant: &Object<Grant>) -> HeldGrant {
    world.store.held_grants(&[grant.id]).await.unwrap().remove(0).grant
}

/// The anchor's facts as of now; the server's for a grant at the server.
pub async fn a_grant_is_held_at_its_anchor_s_facts(world: World) {
    let sample = Sample::on(&world).await;
    let (starts, ends) = (world.now() + Duration::microseconds(1), world.now() + Duration::days(1));
    let span = (Some(starts), Some(ends));
    let places: [(At<'_>, &Facts); 5] = [
        (At::Server, &Facts::server()),
        (At::from(&sample.south), &sample.south.facts),
        (At::from(&sample.alpha), &sample.alpha.facts),
        (At::from(&sample.label), &sample.label.facts),
        (At::from(&sample.second), &sample.second.facts),
    ];
    for (at, facts) in places {
        let grant = world.add(&world.made_grant(&op(), &sample.alpha_key, &sample.viewer, at, span)).await;
        let found = held(&world, &grant).await;
        assert_eq!(&found.at, facts);
        assert_eq!((found.grant, found.role), (grant.id, sample.viewer.id));
        assert_eq!(found.role_name, "viewer");
        assert_eq!(found.principal, PrincipalId::api_key(sample.alpha_key.id));
        assert_eq!((found.starts_at, found.ends_at), span);
        assert_eq!((&found.live, &found.full), (&sample.viewer.data.live, &sample.viewer.data.full));
        assert!(found.in_force && !found.is_live(world.now()) && found.is_live(starts));
        assert!(!found.is_live(ends));
    }
    let shared = sample.tropic.id;
    let alpha = world.change(&sample.alpha, |project| project.collaboration_id = Some(shared)).await;
    assert_eq!(held(&world, &sample.ada_at_alpha).await.at, alpha.facts);
}

/// The role, its organization and the anchor's organization.
pub async fn a_grant_is_in_force_while_nothing_above_it_sleeps(world: World) {
    let sample = Sample::on(&world).await;
    let at_home = world.grant(&sample.bob, &sample.lead, &sample.alpha).await;
    let asleep = world.grant(&sample.bob, &sample.asleep, &sample.alpha).await;
    let foreign = world.grant(&sample.ada, &sample.lead, At::Server).await;
    let built_in = world.grant(&sample.ada, &sample.viewer, At::Server).await;
    let in_east = world.grant(&sample.ada, &sample.viewer, &sample.east).await;
    let archived = world.grant(&sample.eve, &sample.viewer, &sample.south).await;
    let in_force = async |grant: &Object<Grant>| held(&world, grant).await.in_force;
    assert!(in_force(&at_home).await && in_force(&foreign).await && in_force(&built_in).await);
    assert!(in_force(&archived).await, "that its principal sleeps is no matter of the grant");
    assert!(!in_force(&asleep).await, "an inactive role");
    assert!(!in_force(&in_east).await, "a suspended anchor");

    let sleeps = |organization: &mut Organization| organization.status = Standing::Suspended;
    let north = world.change(&sample.north, sleeps).await;
    assert!(!in_force(&at_home).await, "anchor and role of a suspended organization");
    assert!(!in_force(&foreign).await, "a role of a suspended organization");
    assert!(in_force(&built_in).await);
    world.change(&north, |organization| organization.status = Standing::Active).await;
    assert!(in_force(&at_home).await && in_force(&foreign).await);
    world.try_save(&world.changed_role(&sample.lead, |role| role.active = false)).await.unwrap();
    assert!(!in_force(&at_home).await && !in_force(&foreign).await);
}

/// With the home of the principal that each names; invitations among them, which name nobody.
pub async fn grants_are_found_by_role_and_by_id(world: World) {
    let sample = Sample::on(&world).await;
    let all = world.all::<Grant>().await;
    let invited = world.all::<Invitation>().await;
    for roles in [vec![], vec![sample.viewer.id], vec![sample.lead.id, sample.asleep.id], vec![world.id()]] {
        let of_them = all.iter().filter(|grant| roles.contains(&grant.data.role_id));
        let to_them = invited.iter().filter(|invited| roles.contains(&invited.data.role_id));
        let expected = sorted(
            of_them
                .map(|grant| (grant.id, Some(home(&sample, grant.data.principal))))
                .chain(to_them.map(|invitation| (invitation.id, None))),
        );
        let found = world.store.granting(&roles).await.unwrap();
        let by_role = sorted(found.iter().map(|granting| (granting.grant.grant, granting.home)));
        assert_eq!(by_role, expected);
        let mut asked: Vec<_> = expected.iter().map(|(id, _)| *id).collect();
        asked.push(world.id());
        let found = world.store.held_grants(&asked).await.unwrap();
        assert_eq!(sorted(found.iter().map(|granting| (granting.grant.grant, granting.home))), expected);
    }
}

fn home(sample: &Sample, principal: PrincipalId) -> uuid::Uuid {
    let of = |id| principal.id == id;
    if of(sample.bob.id) {
        sample.south.id
    } else if of(sample.eve.id) {
        sample.east.id
    } else {
        sample.north.id
    }
}

/// Live, without an end, at the server, to users that are active; each one that is not is left out.
pub async fn lasting_holders_are_counted(world: World) {
    let Sample { north, south, ada, bob, cyd, eve, root, viewer, alpha, north_key, .. } =
        Sample::on(&world).await;
    let now = world.now();
    let count = async || world.store.lasting_holders(root.id, world.now()).await.unwrap();
    assert_eq!(count().await, 1, "ada");
    world.grant(&bob, &root, At::Server).await;
    assert_eq!(count().await, 2);
    let later = Some(now + Duration::days(1));
    world.add(&world.made_grant(&op(), &bob, &root, At::Server, (None, later))).await;
    world.add(&world.made_grant(&op(), &bob, &root, At::Server, (later, None))).await;
    world.grant(&bob, &root, &alpha).await;
    world.grant(&bob, &viewer, At::Server).await;
    world.grant(&cyd, &root, At::Server).await;
    world.grant(&eve, &root, At::Server).await;
    world.grant(&north_key, &root, At::Server).await;
    let own = world.add(&world.made_role(&op(), &north, role("own", &[]))).await;
    assert_eq!(count().await, 2);
    assert_eq!(world.store.lasting_holders(own.id, now).await.unwrap(), 0);
    world.clock.advance(Duration::days(2));
    assert_eq!(count().await, 3, "one has begun");
    let sleeps = |user: &mut User| user.status = Standing::Suspended;
    world.try_save(&world.changed_user(&ada, sleeps)).await.unwrap();
    assert_eq!(count().await, 2);
    world.change(&south, |organization: &mut Organization| organization.status = Standing::Suspended).await;
    assert_eq!(count().await, 0);
}

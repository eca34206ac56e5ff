//! Nodes and containers: found by what they show, with where they work and for whom.

use bailiwick_domain::caller::{Confinement, HeldGrant};
use bailiwick_domain::entities::{Node, Organization, Project, Run, RunStatus, Standing, Task};
use bailiwick_domain::guards::Report;
use bailiwick_domain::object::New;
use bailiwick_domain::ports::{Credential, CredentialKey, Identity, Known, MachineToken, Works};
use bailiwick_domain::{Facts, Kind, Object, PrincipalId};
use time::Duration;
use uuid::Uuid;

use super::sorted;
use crate::fixture::{Sample, World, acting, computation, op, run};

/// A token that ends in an hour, stored.
pub(super) async fn token(world: &World, principal: PrincipalId) -> MachineToken {
    let token = MachineToken {
        id: world.id(),
        principal,
        secret_hash: format!("{}", world.id().simple()),
        created_at: world.now(),
        expires_at: world.now() + Duration::hours(1),
    };
    let unit = world.begin().await;
    unit.add_machine_token(&token).await.unwrap();
    unit.commit().await.unwrap();
    token
}

pub(super) async fn known(world: &World, key: CredentialKey<'_>) -> Option<Known> {
    world.store.known(key).await.unwrap()
}

fn is_node(identity: &Identity, node: &Object<Node>, members: &[Uuid]) {
    assert_eq!(identity.principal, PrincipalId::node(node.id));
    assert_eq!((&identity.name, &identity.facts), (&node.data.name, &node.facts));
    assert_eq!(identity.home(), node.facts.lineage.organization);
    let works_in = [(node.data.collaboration_id, sorted(members.iter().copied()))];
    assert_eq!(identity.collaborations, works_in);
    holds_by_being(identity);
    assert!(identity.maker.is_none() && identity.works.is_none());
}

fn holds_by_being(identity: &Identity) {
    let held = HeldGrant::by_being(identity.principal);
    assert_eq!(format!("{:?}", identity.grants), format!("{:?}", [held]));
}

/// Its one collaboration, though its home is in two.
pub async fn a_node_is_known_by_id(world: World) {
    let Sample { north, south, east, north_node, south_node, far_node, ada, .. } = Sample::on(&world).await;
    let with = [north.id, south.id];
    let nodes = sorted([&north_node, &south_node, &far_node].map(|node| PrincipalId::node(node.id)));
    assert_eq!(sorted(world.store.nodes().await.unwrap()), nodes);
    for (node, members, home, active) in [
        (&north_node, with, "north", true),
        (&south_node, with, "South", true),
        (&far_node, [south.id, east.id], "South", false),
    ] {
        let found = known(&world, CredentialKey::Node(node.id)).await.unwrap();
        is_node(&found.identity, node, &members);
        assert_eq!((found.identity.home_name.as_str(), found.identity.active), (home, active));
        let Credential::Node { secret_hash } = found.credential else { unreachable!() };
        assert_eq!(secret_hash, node.data.secret_hash);
    }
    let renewed = world.renewed_node(&north_node, (&north, &arctic(&world, &north_node).await), "another");
    world.try_save(&renewed).await.unwrap();
    let found = known(&world, CredentialKey::Node(north_node.id)).await.unwrap();
    assert!(matches!(found.credential, Credential::Node { secret_hash } if secret_hash == "another"));
    world.change(&north, |north: &mut Organization| north.status = Standing::Suspended).await;
    assert!(!known(&world, CredentialKey::Node(north_node.id)).await.unwrap().identity.active);
    assert!(known(&world, CredentialKey::Node(world.id())).await.is_none());
    assert!(known(&world, CredentialKey::Node(ada.id)).await.is_none());
}

async fn arctic(world: &World, node: &Object<Node>) -> Object<bailiwick_domain::entities::Collaboration> {
    world.find(node.data.collaboration_id).await.unwrap()
}

/// The token comes with it, as it is stored, and when the node was last heard of.
pub async fn a_token_of_a_node_is_known_with_its_node(world: World) {
    let Sample { north, south, north_node, south_node, .. } = Sample::on(&world).await;
    for node in [&north_node, &south_node] {
        let stored = token(&world, PrincipalId::node(node.id)).await;
        let found = known(&world, CredentialKey::Machine(stored.id)).await.unwrap();
        is_node(&found.identity, node, &[north.id, south.id]);
        let Credential::Machine { token, last_seen_at } = found.credential else { unreachable!() };
        assert_eq!((token, last_seen_at), (stored, node.data.last_seen_at));
    }
    assert!(known(&world, CredentialKey::Machine(world.id())).await.is_none());
    assert!(known(&world, CredentialKey::Machine(north_node.id)).await.is_none());
    // A token under the id of another kind of principal is no token of it.
    let strange = token(&world, PrincipalId::container(north_node.id)).await;
    assert!(known(&world, CredentialKey::Machine(strange.id)).await.is_none());
}

/// At home where its node is, not where its task is; its maker comes with all that they hold.
pub async fn a_container_is_known_with_its_maker_and_where_it_works(world: World) {
    let sample = Sample::on(&world).await;
    let active = world.reported(&sample.open, &status(RunStatus::Active));
    world.try_save(&active).await.unwrap();
    let active = world.again(&sample.open).await;
    for (run, home, node) in [
        (&active, &sample.north, &sample.north_node),
        (&sample.elsewhere, &sample.south, &sample.south_node),
        (&sample.done, &sample.south, &sample.south_node),
    ] {
        let stored = token(&world, PrincipalId::container(run.id)).await;
        let found = known(&world, CredentialKey::Machine(stored.id)).await.unwrap();
        let identity = found.identity;
        assert_eq!(identity.principal, PrincipalId::container(run.id));
        assert_eq!((identity.name.as_str(), &identity.home_name), ("sum", &home.data.name));
        let lineage = run.facts.lineage;
        let mut facts = Facts::new(Kind::Container, run.id, lineage);
        facts.homes = [home.id].into_iter().collect();
        facts.collaboration = run.facts.collaboration;
        assert_eq!((&identity.facts, identity.home()), (&facts, Some(home.id)));
        assert_eq!(identity.active, run.data.status.is_open());
        holds_by_being(&identity);
        let inside = Confinement {
            node: node.id,
            task: lineage.task.unwrap(),
            job: lineage.job.unwrap(),
            project: lineage.project.unwrap(),
            collaboration: run.facts.collaboration,
        };
        assert_eq!(identity.works, Some(Works { inside, made_by: run.facts.maker }));
        let shared = run.facts.collaboration.map(|id| (id, sorted([sample.north.id, sample.south.id])));
        assert_eq!(identity.collaborations, shared.into_iter().collect::<Vec<_>>());
        let maker = run.facts.maker.unwrap();
        let alone = world.store.identities(&[maker]).await.unwrap().remove(0);
        assert!(!alone.grants.is_empty());
        assert_eq!(format!("{:?}", identity.maker.as_deref().unwrap()), format!("{alone:?}"));
        let may_act = identity.caller(&world.policy, world.now()).is_some();
        assert_eq!(may_act, run.data.status.is_open());
        let Credential::Machine { token, last_seen_at } = found.credential else { unreachable!() };
        assert_eq!((token, last_seen_at), (stored, node.data.last_seen_at));
        assert!(found.stamps.is_none_or(|stamps| stamps.principals.is_empty()));
    }
}

/// What the operator made is made by nobody in particular; whose maker has gone may do nothing.
pub async fn a_container_whose_maker_is_gone_has_none(world: World) {
    let sample = Sample::on(&world).await;
    let made = world.made(&op(), &sample.label, computation("by nobody"));
    let of = |run: &Object<Run>| CredentialKey::Machine(run.id);
    let by_nobody = stored_run(&world, made, &sample.north_node).await;
    let by_bob = world.made(&acting(&sample.bob), &sample.label, computation("by bob"));
    let by_bob = stored_run(&world, by_bob, &sample.north_node).await;
    world.try_remove(&[world.removed_user(&sample.bob)]).await.unwrap();
    for (run, made_by) in [(&by_nobody, None), (&by_bob, Some(PrincipalId::user(sample.bob.id)))] {
        let token = token(&world, PrincipalId::container(run.id)).await;
        let found = known(&world, CredentialKey::Machine(token.id)).await.unwrap().identity;
        assert!(found.maker.is_none() && found.active);
        assert_eq!(found.works.unwrap().made_by, made_by);
        let caller = found.caller(&world.policy, world.now()).unwrap();
        assert_eq!(caller.bound.is_some(), made_by.is_some(), "bounded by somebody who may do nothing");
        assert!(known(&world, of(run)).await.is_none(), "the run's id is no token's");
    }
}

async fn stored_run(world: &World, task: New<Task>, node: &Object<Node>) -> Object<Run> {
    world.add(&task).await;
    world.add(&world.made_run(&task, run(node))).await
}

fn status(status: RunStatus) -> Report {
    Report { status: Some(status), ..Report::default() }
}

/// Neither it, nor when its node is suspended, lost, or of a suspended organization.
pub async fn a_container_may_act_while_its_run_is_open_and_its_node_awake(world: World) {
    let sample = Sample::on(&world).await;
    let token = token(&world, PrincipalId::container(sample.open.id)).await;
    let active = async || known(&world, CredentialKey::Machine(token.id)).await.unwrap().identity.active;
    assert!(active().await, "while it is pending");
    let asleep = world.changed_node(&sample.north_node, |node| node.status = Standing::Suspended);
    world.try_save(&asleep).await.unwrap();
    assert!(!active().await, "while its node sleeps");
    let awake = world.again(&sample.north_node).await;
    let awake = world.changed_node(&awake, |node| node.status = Standing::Active);
    world.try_save(&awake).await.unwrap();
    assert!(active().await);
    let north = world.change(&sample.north, |north| north.status = Standing::Suspended).await;
    assert!(!active().await, "while its node's organization sleeps");
    world.change(&north, |north| north.status = Standing::Active).await;
    assert!(active().await);
    for next in [RunStatus::Initializing, RunStatus::Active, RunStatus::Completed] {
        let run = world.again(&sample.open).await;
        world.try_save(&world.reported(&run, &status(next))).await.unwrap();
        assert_eq!(active().await, next.is_open(), "{next}");
    }
    let token = self::token(&world, PrincipalId::container(sample.elsewhere.id)).await;
    world.try_save(&world.lost(&sample.elsewhere)).await.unwrap();
    let found = known(&world, CredentialKey::Machine(token.id)).await.unwrap();
    assert!(!found.identity.active, "when its node is gone");
    assert!(matches!(found.credential, Credential::Machine { last_seen_at: None, .. }));
}

/// As of now: another collaboration of its project, and no longer any.
pub async fn a_container_works_where_its_project_is_shared_now(world: World) {
    let sample = Sample::on(&world).await;
    let token = token(&world, PrincipalId::container(sample.open.id)).await;
    let mut alpha = world.again(&sample.alpha).await;
    for shared in [Some(sample.tropic.id), None] {
        alpha = world.change(&alpha, |alpha: &mut Project| alpha.collaboration_id = shared).await;
        let found = known(&world, CredentialKey::Machine(token.id)).await.unwrap().identity;
        assert_eq!(found.works.unwrap().inside.collaboration, shared);
        assert_eq!(found.facts.collaboration, shared);
        assert_eq!(
            found.collaborations.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
            Vec::from_iter(shared)
        );
    }
}

/// Nodes beside users and keys, in the order asked for.
pub async fn identities_have_nodes_but_no_containers(world: World) {
    let Sample { north, south, ada, alpha_key, north_node, open, .. } = Sample::on(&world).await;
    let there =
        [PrincipalId::node(north_node.id), PrincipalId::user(ada.id), PrincipalId::api_key(alpha_key.id)];
    let absent = [PrincipalId::container(open.id), PrincipalId::node(ada.id), PrincipalId::node(open.id)];
    let found = world.store.identities(&[absent, there].concat()).await.unwrap();
    assert_eq!(found.iter().map(|found| found.principal).collect::<Vec<_>>(), there);
    is_node(found.first().unwrap(), &north_node, &[north.id, south.id]);
}

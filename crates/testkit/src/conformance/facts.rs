//! What comes with an object: its facts, and the objects near it.

use std::sync::Arc;

use bailiwick_domain::access::Entitlement;
use bailiwick_domain::entities::{
    Annotation, ApiKey, AuditEvent, Comment, Dataset, Export, File, Grant, Job, Label, Project, Run, Task,
    User, Visibility,
};
use bailiwick_domain::page::Query;
use bailiwick_domain::ports::{Read, Store};
use bailiwick_domain::{Anchor, Entity, Facts, Kind, Level, Lineage, Near, Object, PrincipalId, Relation};
use smallvec::smallvec;
use uuid::Uuid;

use super::{every_kind, ids, listed, sorted};
use crate::fixture::{Sample, World};

/// Facts written out by hand, for each kind and place.
pub async fn facts_are_exact(world: World) {
    let sample = Sample::on(&world).await;
    let (ada, bob) = (PrincipalId::user(sample.ada.id), PrincipalId::user(sample.bob.id));
    let (north, south) = (Some(sample.north.id), Some(sample.south.id));
    let server = |kind, id| Facts::new(kind, id, Lineage::default());
    assert_eq!(sample.north.facts, server(Kind::Organization, sample.north.id));
    assert_eq!(sample.north.facts.lineage.organization, north);
    assert_eq!(sample.north.facts.homes.as_slice(), [sample.north.id]);

    let mut arctic = world.again(&sample.arctic).await.facts;
    arctic.homes.sort_unstable();
    let mut expected = server(Kind::Collaboration, sample.arctic.id);
    expected.homes = sorted([sample.north.id, sample.south.id]).into();
    expected.collaboration = Some(sample.arctic.id);
    expected.maker = Some(ada);
    assert_eq!(arctic, expected);

    let in_north = Lineage { organization: north, ..Lineage::default() };
    assert_eq!(sample.ada.facts, Facts::new(Kind::User, sample.ada.id, in_north));
    let mut expected = Facts::new(Kind::Role, sample.lead.id, in_north);
    expected.maker = Some(ada);
    assert_eq!(sample.lead.facts, expected);
    let mut expected = server(Kind::Role, sample.viewer.id);
    expected.built_in = true;
    assert_eq!(sample.viewer.facts, expected);
    let mut expected = Facts::new(Kind::ApiKey, sample.north_key.id, in_north);
    expected.maker = Some(ada);
    assert_eq!(sample.north_key.facts, expected);

    let mut expected = server(Kind::ClientApp, sample.reader.id);
    expected.maker = Some(ada);
    assert_eq!(sample.reader.facts, expected);

    let mut alpha = Facts::new(Kind::Project, sample.alpha.id, in_north);
    alpha.collaboration = Some(sample.arctic.id);
    alpha.entitlements = smallvec![Entitlement::PUBLIC];
    alpha.maker = Some(ada);
    assert_eq!(sample.alpha.facts, alpha);
    let mut expected = alpha.child(Kind::ApiKey, sample.alpha_key.id, Some(bob));
    assert_eq!(sample.alpha_key.facts, expected);
    expected = alpha.child(Kind::Grant, sample.ada_at_alpha.id, Some(bob));
    expected.names = Some(ada);
    assert_eq!(sample.ada_at_alpha.facts, expected);
    let label = alpha.child(Kind::Job, sample.label.id, Some(bob));
    assert_eq!(sample.label.facts, label);
    let mut second = label.child(Kind::Task, sample.second.id, Some(ada));
    second.assignee = Some(bob);
    assert_eq!(sample.second.facts, second);
    let place = sample.second.facts.lineage;
    assert_eq!((place.organization, place.project), (north, Some(sample.alpha.id)));
    assert_eq!((place.job, place.task), (Some(sample.label.id), Some(sample.second.id)));

    let mut sum = alpha.child(Kind::Job, sample.check.id, Some(ada));
    sum = sum.child(Kind::Task, sample.sum.id, Some(ada));
    assert_eq!(sample.sum.facts, sum);
    let mut done = sum.child(Kind::Run, sample.done.id, Some(ada));
    done.homes.push(sample.south.id);
    done.assignee = Some(PrincipalId::node(sample.south_node.id));
    assert_eq!(sample.done.facts, done);
    assert_eq!(sample.lost.facts, sum.child(Kind::Run, sample.lost.id, Some(ada)));
    let in_south = Lineage { organization: south, ..Lineage::default() };
    let mut node = Facts::new(Kind::Node, sample.south_node.id, in_south);
    node.collaboration = Some(sample.arctic.id);
    node.maker = Some(bob);
    assert_eq!(sample.south_node.facts, node);
    let [_, declined, ..] = &sample.proposals;
    let mut expected = sample.east.facts.child(Kind::Proposal, declined.id, Some(bob));
    expected.between = Some([arctic, sample.east.facts.clone()].into());
    assert_eq!(declined.facts, expected);

    let mut old = Facts::new(Kind::Project, sample.old.id, in_north);
    old.entitlements = smallvec![Entitlement::PUBLIC];
    old.maker = Some(ada);
    old.archived = true;
    assert_eq!(sample.old.facts, old);
    assert_eq!(sample.other_alpha.facts.lineage.organization, south);
}

/// Everything under a project carries the project's collaboration, tags and archived flag, as of now.
pub async fn an_object_follows_its_project(world: World) {
    let Sample { alpha, label, tropic, .. } = Sample::on(&world).await;
    follows(&world, &alpha).await;
    let alpha = world.change(&alpha, |project| project.collaboration_id = Some(tropic.id)).await;
    follows(&world, &alpha).await;
    let alpha = world.change(&alpha, |project| project.visibility = Visibility::Private).await;
    follows(&world, &alpha).await;
    // A change of an object that was read before does not bring the old facts back.
    world.change(&label, |job| job.description = "changed".to_owned()).await;
    follows(&world, &alpha).await;
    let now = Some(world.now());
    let alpha = world.change(&alpha, |project| {
        project.collaboration_id = None;
        project.archived_at = now;
    });
    follows(&world, &alpha.await).await;
}

async fn follows(world: &World, project: &Object<Project>) {
    async fn check<T: Entity>(world: &World, project: &Object<Project>)
    where
        dyn Store: Read<T>,
    {
        let inside = Read::<T>::inside(&*world.store, project.facts.anchor().unwrap()).await.unwrap();
        assert!(!inside.is_empty(), "the sample has a {} there", T::KIND);
        for object in inside.into_iter().map(|sealed| world.open(sealed)) {
            let facts = object.facts;
            assert_eq!(facts.collaboration, project.data.collaboration_id, "{}", T::KIND);
            assert_eq!(facts.entitlements.as_slice(), [project.data.visibility.entitlement()], "{}", T::KIND);
            assert_eq!(facts.archived, project.data.archived_at.is_some(), "{}", T::KIND);
            let near = object.near.iter().find(|near| near.relation == Relation::Project).unwrap();
            assert_eq!(*near.facts, project.facts, "{}", T::KIND);
            let found = world.find::<T>(object.id).await.unwrap();
            assert_eq!((found.facts, found.near), (facts, object.near), "{}", T::KIND);
        }
    }
    check::<Job>(world, project).await;
    check::<Task>(world, project).await;
    check::<Run>(world, project).await;
    check::<File>(world, project).await;
    check::<Dataset>(world, project).await;
    check::<Label>(world, project).await;
    check::<Annotation>(world, project).await;
    check::<Comment>(world, project).await;
    check::<Export>(world, project).await;
    check::<ApiKey>(world, project).await;
    check::<Grant>(world, project).await;
    check::<AuditEvent>(world, project).await;
}

/// Ancestors from the top, then what the object names, each with its name and its facts.
pub async fn near_objects_are_exact(world: World) {
    let sample = Sample::on(&world).await;
    let Sample { north, alpha, label, first, second, .. } = &sample;
    let org = || near(Relation::Organization, north);
    let line = || vec![org(), near(Relation::Project, alpha)];
    let arctic = || near(Relation::Collaboration, &sample.arctic);
    let (ada, bob) = (&sample.ada, &sample.bob);

    is_near(&world, north, vec![]).await;
    is_near(&world, &sample.arctic, vec![near(Relation::Maker, ada)]).await;
    is_near(&world, &sample.viewer, vec![]).await;
    is_near(&world, ada, vec![org()]).await;
    is_near(&world, &sample.lead, vec![org(), near(Relation::Maker, ada)]).await;
    is_near(&world, &sample.north_key, vec![org(), near(Relation::Maker, ada)]).await;
    is_near(&world, alpha, vec![org(), near(Relation::Maker, ada), arctic()]).await;
    let made_by_bob = [line(), vec![near(Relation::Maker, bob), arctic()]].concat();
    is_near(&world, label, made_by_bob.clone()).await;
    is_near(&world, &sample.alpha_key, made_by_bob).await;
    let named = vec![
        near(Relation::Job, label),
        near(Relation::ParentTask, first),
        near(Relation::Assignee, bob),
        near(Relation::Maker, ada),
        arctic(),
    ];
    is_near(&world, second, [line(), named].concat()).await;
    let named = vec![
        near(Relation::Role, &sample.viewer),
        near(Relation::Principal, ada),
        near(Relation::Maker, bob),
        arctic(),
    ];
    is_near(&world, &sample.ada_at_alpha, [line(), named].concat()).await;

    let named = vec![near(Relation::Maker, bob), arctic()];
    is_near(&world, &sample.south_node, [vec![near(Relation::Organization, &sample.south)], named].concat())
        .await;
    let above = || vec![near(Relation::Job, &sample.check), near(Relation::Task, &sample.sum)];
    let named = vec![
        near(Relation::Executor, &sample.south),
        near(Relation::Initiator, north),
        near(Relation::Node, &sample.south_node),
        near(Relation::Maker, ada),
        arctic(),
    ];
    is_near(&world, &sample.done, [line(), above(), named].concat()).await;
    let named = vec![
        near(Relation::Executor, north),
        near(Relation::Initiator, north),
        near(Relation::Maker, ada),
        arctic(),
    ];
    is_near(&world, &sample.lost, [line(), above(), named].concat()).await;
    let [open, ..] = &sample.proposals;
    let named = vec![near(Relation::Organization, &sample.east), near(Relation::Maker, ada), arctic()];
    is_near(&world, open, named).await;

    let below = || vec![near(Relation::Job, label), near(Relation::Task, second)];
    let anchor = second.facts.anchor().unwrap();
    let grants = world.all::<Grant>().await;
    let grant = grants.iter().find(|grant| grant.data.anchor == anchor).unwrap();
    let named = vec![
        near(Relation::Role, &sample.viewer),
        near(Relation::Principal, bob),
        near(Relation::Maker, ada),
        arctic(),
    ];
    is_near(&world, grant, [line(), below(), named].concat()).await;
    let events = world.all::<AuditEvent>().await;
    let event = events.iter().find(|event| event.data.object_id == Some(second.id)).unwrap();
    let named = vec![near(Relation::Principal, bob), arctic()];
    is_near(&world, event, [line(), below(), named].concat()).await;
    let at_server = grants.iter().find(|grant| grant.data.anchor.is_server()).unwrap();
    let named = vec![near(Relation::Role, &sample.root), near(Relation::Principal, ada)];
    is_near(&world, at_server, named).await;
}

fn near<T: Entity>(relation: Relation, object: &Object<T>) -> Near {
    Near { relation, name: object.data.name().into(), facts: object.facts.clone().into() }
}

async fn is_near<T: Entity>(world: &World, object: &Object<T>, expected: Vec<Near>)
where
    dyn Store: Read<T>,
{
    // The members of a collaboration have no order.
    let settled = |mut near: Near| {
        Arc::make_mut(&mut near.facts).homes.sort_unstable();
        near
    };
    let expected: Vec<Near> = expected.into_iter().map(settled).collect();
    let found: Vec<Near> = world.again(object).await.near.into_iter().map(settled).collect();
    assert_eq!(found, expected, "found alone: {} {}", T::KIND, object.data.name());
    let query = Query { limit: 100, ..Query::default() };
    let listed = listed::<T>(world, &query).await;
    let listed = listed.into_iter().find(|listed| listed.id == object.id).unwrap();
    let listed: Vec<Near> = listed.near.into_iter().map(settled).collect();
    assert_eq!(listed, expected, "in a list: {} {}", T::KIND, object.data.name());
}

/// Nobody is named who is not there any more.
pub async fn near_objects_that_are_gone_are_left_out(world: World) {
    let sample = Sample::on(&world).await;
    world.try_remove(&[world.removed_user(&sample.bob)]).await.unwrap();
    let has = |near: &[Near], relation| near.iter().any(|near| near.relation == relation);
    let label = world.again(&sample.label).await;
    assert!(!has(&label.near, Relation::Maker));
    let second = world.again(&sample.second).await;
    assert!(!has(&second.near, Relation::Assignee));
    assert!(has(&second.near, Relation::Maker) && has(&second.near, Relation::ParentTask));
}

/// At any depth, itself apart.
pub async fn what_is_inside_an_anchor(world: World) {
    async fn check<T: Entity>(world: &World, counts: &mut Vec<usize>, anchors: &[Anchor])
    where
        dyn Store: Read<T>,
    {
        let all = world.all::<T>().await;
        counts.push(all.len());
        for &anchor in anchors {
            let inside = |object: &&Object<T>| {
                object.facts.lineage.is_inside(anchor) && object.facts.anchor() != Some(anchor)
            };
            let found = Read::<T>::inside(&*world.store, anchor).await.unwrap();
            let found: Vec<_> = found.into_iter().map(|sealed| world.open(sealed)).collect();
            assert_eq!(ids(&found), ids(all.iter().filter(inside)), "{} inside {anchor:?}", T::KIND);
        }
    }
    let sample = Sample::on(&world).await;
    let anchors = [
        sample.north.facts.anchor().unwrap(),
        sample.alpha.facts.anchor().unwrap(),
        sample.label.facts.anchor().unwrap(),
        sample.second.facts.anchor().unwrap(),
        Anchor::at(Level::Project, world.id()),
    ];
    let mut counts = Vec::new();
    every_kind!(check(&world, &mut counts, &anchors));
    assert_eq!(
        counts,
        [3, 2, 4, 4, 3, 5, 9, 4, 4, 2, 4, 6, 11, 4, 5, 3, 3, 3, 3, 3, 6, 7, 10],
        "inside the server is everything"
    );
}

/// An id of nothing, and an id of another kind.
pub async fn what_is_not_there_is_not_found(world: World) {
    async fn check<T: Entity>(world: &World, ids: &[Uuid])
    where
        dyn Store: Read<T>,
    {
        for &id in ids {
            assert!(world.find::<T>(id).await.is_none(), "{}", T::KIND);
        }
    }
    let north = world.organization("north").await;
    let ada = world.user(&north, "ada").await;
    every_kind!(check(&world, &[world.id(), Uuid::nil()]));
    check::<User>(&world, &[north.id]).await;
    check::<Project>(&world, &[north.id, ada.id]).await;
}

//! What works together: runs where they belong and where they are executed, proposals between two sides.

use bailiwick_domain::caller::Confinement;
use bailiwick_domain::entities::{
    Collaboration, Node, Organization, Proposal, ProposalStatus, Run, RunStatus,
};
use bailiwick_domain::guards::Report;
use bailiwick_domain::page::Query;
use bailiwick_domain::ports::{Read, RunsOf, Store, Write};
use bailiwick_domain::{Caller, Entity, Facts, Object, PrincipalId, Scope, Sealed};
use uuid::Uuid;

use super::{ids, page, sorted};
use crate::fixture::{Sample, World, acting, held, op, person};

const NONE: [Uuid; 0] = [];

async fn seen<T: Entity>(world: &World, caller: &Caller) -> Vec<Uuid>
where
    dyn Store: Read<T>,
{
    let query = Query { limit: 100, ..Query::default() };
    let page = page::<T>(world, caller, &query).await;
    sorted(page.items.into_iter().map(|sealed| sealed.id()))
}

/// At the server, with a scope.
fn holding(mut caller: Caller, scope: Scope) -> Caller {
    caller.grants.push(held(&Facts::server(), scope));
    caller
}

/// Those that have ended apart, and all.
pub async fn runs_are_found_by_project_task_and_node(world: World) {
    let s = Sample::on(&world).await;
    let opened = |found: Vec<Sealed<Run>>| {
        let found: Vec<Object<Run>> = found.into_iter().map(|sealed| world.open(sealed)).collect();
        for run in &found {
            assert!(!run.near.is_empty());
        }
        found.iter().map(|run| run.id).collect::<Vec<_>>()
    };
    let open = async |of| opened(world.store.open_runs(of).await.unwrap());
    let all = async |of| opened(world.store.runs(of).await.unwrap());
    let task = RunsOf::Task(s.sum.id);
    assert_eq!(open(task).await, [s.open.id]);
    assert_eq!(all(task).await, ids([&s.open, &s.done, &s.lost]));
    assert_eq!(open(RunsOf::Project(s.alpha.id)).await, [s.open.id]);
    assert_eq!(open(RunsOf::Project(s.other_alpha.id)).await, [s.elsewhere.id]);
    assert_eq!(open(RunsOf::Node(s.south_node.id)).await, [s.elsewhere.id]);
    assert_eq!(all(RunsOf::Node(s.south_node.id)).await, ids([&s.done, &s.elsewhere]));
    assert_eq!(all(RunsOf::Node(s.far_node.id)).await, NONE);
    assert_eq!(all(RunsOf::Task(s.south_node.id)).await, NONE);
    for &next in RunStatus::Pending.next_by_node() {
        let unit = world.begin().await;
        let report = Report { status: Some(next), ..Report::default() };
        Write::save(&*unit, &world.reported(&s.open, &report)).await.unwrap();
        assert_eq!(opened(unit.open_runs(task).await.unwrap()).is_empty(), !next.is_open(), "{next}");
        unit.rollback().await.unwrap();
    }
}

/// By its node, and what follows from it.
pub async fn what_is_reported_of_a_run_is_stored(world: World) {
    let Sample { open, .. } = Sample::on(&world).await;
    let report = Report { status: Some(RunStatus::Active), ..Report::default() };
    world.try_save(&world.reported(&open, &report)).await.unwrap();
    let active = world.again(&open).await;
    let started_at = Some(world.now());
    assert_eq!(active.data, Run { status: RunStatus::Active, started_at, ..open.data.clone() });
    assert_eq!((active.version, &active.facts), (open.version + 1, &open.facts));
    world.try_save(&world.lost(&active)).await.unwrap();
    let lost = world.again(&open).await;
    assert_eq!((lost.data.node_id, lost.facts.assignee), (None, None));
    assert_eq!((lost.data.status, lost.data.finished_at), (RunStatus::Killed, Some(world.now())));
}

/// In its collaboration, and shared in it.
pub async fn nodes_and_projects_of_a_collaboration(world: World) {
    let s = Sample::on(&world).await;
    let nodes = async |id| {
        let found = world.store.nodes_in(id).await.unwrap();
        found.into_iter().map(|sealed| world.open(sealed).id).collect::<Vec<_>>()
    };
    let projects = async |id| {
        let found = world.store.shared_in(id).await.unwrap();
        found.into_iter().map(|sealed| world.open(sealed).id).collect::<Vec<_>>()
    };
    assert_eq!(nodes(s.arctic.id).await, ids([&s.north_node, &s.south_node]));
    assert_eq!(nodes(s.tropic.id).await, [s.far_node.id]);
    assert_eq!(nodes(s.north.id).await, NONE);
    assert_eq!(projects(s.arctic.id).await, [s.alpha.id]);
    assert_eq!(projects(s.tropic.id).await, NONE);
}

/// An organization sees the runs of its projects and those that its nodes execute.
pub async fn runs_are_listed_where_they_belong_and_where_they_are_executed(world: World) {
    let s = Sample::on(&world).await;
    let of_home = |user| holding(person(user), Scope::Organization);
    assert_eq!(seen::<Run>(&world, &of_home(&s.ada)).await, ids([&s.open, &s.done, &s.lost]));
    assert_eq!(seen::<Run>(&world, &of_home(&s.bob)).await, ids([&s.done, &s.elsewhere]));
    assert_eq!(seen::<Run>(&world, &of_home(&s.eve)).await, NONE);
    // A run that is executed at home is not therefore made at home.
    let own = |user| holding(person(user), Scope::Own);
    assert_eq!(seen::<Run>(&world, &own(&s.bob)).await, [s.elsewhere.id]);
    assert_eq!(seen::<Run>(&world, &own(&s.ada)).await, ids([&s.open, &s.done, &s.lost]));
    let mut shared = holding(person(&s.eve), Scope::Collaboration);
    shared.collaborations.push(s.arctic.id);
    assert_eq!(seen::<Run>(&world, &shared).await, ids([&s.open, &s.done, &s.lost]));
    assert_eq!(seen::<Node>(&world, &shared).await, ids([&s.north_node, &s.south_node]));
}

/// Its own are those that it executes; a container's the runs of its task at its node.
pub async fn machines_list_the_runs_that_they_execute(world: World) {
    let s = Sample::on(&world).await;
    for (node, home, runs) in [
        (&s.north_node, &s.north, vec![s.open.id]),
        (&s.south_node, &s.south, sorted([s.done.id, s.elsewhere.id])),
        (&s.far_node, &s.south, vec![]),
    ] {
        let caller = holding(Caller::new(PrincipalId::node(node.id), home.id), Scope::Own);
        assert_eq!(seen::<Run>(&world, &caller).await, runs);
        assert_eq!(seen::<Node>(&world, &caller).await, [node.id], "itself");
    }
    let line = s.sum.facts.lineage;
    for (node, runs) in [(&s.north_node, vec![s.open.id]), (&s.south_node, vec![s.done.id])] {
        let mut caller = holding(Caller::new(PrincipalId::container(s.open.id), s.north.id), Scope::Own);
        caller.confinement = Some(Confinement {
            node: node.id,
            task: s.sum.id,
            job: line.job.unwrap(),
            project: line.project.unwrap(),
            collaboration: Some(s.arctic.id),
        });
        assert_eq!(seen::<Run>(&world, &caller).await, runs);
        assert_eq!(seen::<bailiwick_domain::entities::Task>(&world, &caller).await, [s.sum.id]);
        caller.grants = vec![held(&Facts::server(), Scope::Global)].into();
        assert_eq!(seen::<Run>(&world, &caller).await, ids([&s.open, &s.done, &s.lost]), "confined");
        assert_eq!(seen::<Node>(&world, &caller).await.len(), 3, "what lies in no project is left alone");
    }
}

/// Both sides as they are now, and the members by name.
pub async fn a_proposal_lies_between_a_collaboration_and_an_organization(world: World) {
    let s = Sample::on(&world).await;
    let [open, ..] = &s.proposals;
    let is_between = async |collaboration: &Object<Collaboration>, organization: &Object<Organization>| {
        let found = world.again(open).await;
        let [left, right] = &**found.facts.between.as_ref().unwrap();
        assert_eq!((left, right), (&collaboration.facts, &organization.facts));
        found.data.members
    };
    let names = |members: Vec<(Uuid, String)>| {
        assert!(members.is_sorted());
        sorted(members.into_iter().map(|(_, name)| name))
    };
    assert_eq!(names(is_between(&s.arctic, &s.east).await), ["South", "north"]);
    let arctic = world.leave(&s.arctic, &s.south).await;
    assert_eq!(names(is_between(&arctic, &s.east).await), ["north"]);
    let name = "n:o \"r\" th, 日本 🦀".to_owned();
    world.change(&s.north, |north| north.name.clone_from(&name)).await;
    assert_eq!(names(is_between(&arctic, &s.east).await), [name]);
    let arctic = world.leave(&arctic, &s.north).await;
    assert!(is_between(&arctic, &s.east).await.is_empty());
    for proposal in &s.proposals {
        let listed = page::<Proposal>(&world, &Caller::operator(), &Query::default()).await;
        let mut listed = listed.items.into_iter().map(|sealed| world.open(sealed));
        let listed = listed.find(|listed| listed.id == proposal.id).unwrap();
        let found = world.again(proposal).await;
        assert_eq!((listed.data, listed.facts, listed.near), (found.data, found.facts, found.near));
    }
}

/// By who may edit either, and by nobody else, whatever they hold.
pub async fn proposals_are_seen_from_each_side_and_by_nobody_else(world: World) {
    let s = Sample::on(&world).await;
    let [open, declined, accepted, withdrawn] = &s.proposals;
    let all = ids(&s.proposals);
    assert_eq!(seen::<Proposal>(&world, &Caller::operator()).await, all);
    assert_eq!(seen::<Proposal>(&world, &acting(&s.eve)).await, all);
    assert_eq!(seen::<Proposal>(&world, &person(&s.ada)).await, NONE);
    // East's, and those of the collaboration that it is in.
    let of_home = |user| holding(person(user), Scope::Organization);
    assert_eq!(seen::<Proposal>(&world, &of_home(&s.eve)).await, all);
    assert_eq!(seen::<Proposal>(&world, &of_home(&s.ada)).await, all);
    let at_east = |user| {
        let mut caller = person(user);
        caller.grants.push(held(&s.east.facts, Scope::Organization));
        caller
    };
    // Only for viewing does a collaboration lie inside its members.
    assert_eq!(seen::<Proposal>(&world, &at_east(&s.cyd)).await, ids([open, declined]));
    // Both collaborations were made by ada; she is at home in one of them.
    let own = |user| holding(person(user), Scope::Own);
    assert_eq!(seen::<Proposal>(&world, &own(&s.ada)).await, ids([open, declined]));
    assert_eq!(seen::<Proposal>(&world, &own(&s.bob)).await, NONE, "who made a proposal is on neither side");
    let mut elsewhere = person(&s.bob);
    elsewhere.grants.push(held(&s.north.facts, Scope::Own));
    assert_eq!(seen::<Proposal>(&world, &elsewhere).await, NONE);
    elsewhere.grants = vec![held(&s.north.facts, Scope::Global)].into();
    assert_eq!(seen::<Proposal>(&world, &elsewhere).await, ids([accepted, withdrawn]));
    // What acts for another is on a side where its maker is.
    let mut key = Caller::new(PrincipalId::api_key(s.north_key.id), s.north.id);
    key.grants.push(held(&Facts::server(), Scope::Global));
    key.bound = Some(Box::new(at_east(&s.cyd)));
    assert_eq!(seen::<Proposal>(&world, &key).await, ids([open, declined]));
}

/// What was read with it is not stored with it.
pub async fn an_answer_to_a_proposal_stores_its_status_alone(world: World) {
    let s = Sample::on(&world).await;
    let [open, ..] = &s.proposals;
    let answered = world.answered(open, ProposalStatus::Accepted);
    assert_eq!(answered.before().data.members, answered.after().data.members);
    // A member leaves between.
    world.leave(&s.arctic, &s.north).await;
    world.try_save(&answered).await.unwrap();
    let found = world.again(open).await;
    let members = vec![(s.south.id, "South".to_owned())];
    assert_eq!(found.data, Proposal { status: ProposalStatus::Accepted, members, ..open.data.clone() });
    assert_eq!(found.version, open.version + 1);
    assert_eq!(world.store.members(s.arctic.id).await.unwrap(), [s.south.id], "nobody has entered");
}

/// With the collaboration and with the organization.
pub async fn proposals_go_with_either_side(world: World) {
    let north = world.organization("north").await;
    let south = world.organization("south").await;
    let (one, two) = (world.collaboration("one", &[]).await, world.collaboration("two", &[]).await);
    let propose = async |to: &Object<Collaboration>, organization: &Object<Organization>| {
        world.add(&world.made_proposal(&op(), to, organization)).await
    };
    propose(&one, &north).await;
    propose(&one, &south).await;
    let (stays, goes) = (propose(&two, &north).await, propose(&two, &south).await);
    let left = async || ids(&world.all::<Proposal>().await);
    world.try_remove(&[world.removed_collaboration(&one)]).await.unwrap();
    assert_eq!(left().await, ids([&stays, &goes]));
    world.try_remove(&[world.removed(&south)]).await.unwrap();
    assert_eq!(left().await, [stays.id]);
    assert!(matches!(
        world.try_add(&world.made_proposal(&op(), &one, &north)).await,
        Err(bailiwick_domain::ports::StoreError::Stale)
    ));
}

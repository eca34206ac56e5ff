//! What hangs together.

use bailiwick_domain::entities::{Grant, Task};
use bailiwick_domain::{Facts, Kind, Object, PrincipalId};
use uuid::Uuid;

use super::{ids, sorted};
use crate::fixture::{Sample, Sources, Work, World, acting, api_key, collaboration, op, role, task, user};

/// Whoever a decision about it might allow by a grant, by having made it, by working on it, by being it or by
/// being named.
pub async fn who_is_concerned_by_an_object(world: World) {
    let sample = Sample::on(&world).await;
    let (ada, bob, cyd) = (user_id(sample.ada.id), user_id(sample.bob.id), user_id(sample.cyd.id));
    let eve = user_id(sample.eve.id);
    let concerned = async |facts: &Facts| sorted(world.store.concerned(facts).await.unwrap());
    // Ada holds root at the server, bob a role at north.
    assert_eq!(concerned(&Facts::server()).await, [ada]);
    assert_eq!(concerned(&sample.north.facts).await, sorted([ada, bob]));
    assert_eq!(concerned(&sample.east.facts).await, sorted([ada, eve]));
    assert_eq!(concerned(&sample.label.facts).await, sorted([ada, bob, cyd]));
    let key = PrincipalId::api_key(sample.north_key.id);
    assert_eq!(concerned(&sample.old.facts).await, sorted([ada, bob, key]));
    assert_eq!(concerned(&sample.other_alpha.facts).await, sorted([ada, bob]), "its maker");
    assert_eq!(concerned(&sample.north_key.facts).await, sorted([ada, bob, key]), "itself");
    assert_eq!(concerned(&sample.eve.facts).await, sorted([ada, eve]), "itself");
    let grants = world.all::<Grant>().await;
    let of_root = grants.iter().find(|grant| grant.data.role_id == sample.root.id).unwrap();
    assert_eq!(concerned(&of_root.facts).await, [ada]);
    let assigned = Task { assignee_id: Some(sample.eve.id), ..task("for eve") };
    let assigned = world.add(&world.made(&op(), &sample.beta_label, assigned)).await;
    assert_eq!(concerned(&assigned.facts).await, sorted([ada, bob, eve]), "to whom it is assigned");
    let named = world.grant(&sample.eve, &sample.viewer, &sample.beta).await;
    assert_eq!(concerned(&named.facts).await, sorted([ada, bob, eve]), "whom it names");
    // For viewing, a collaboration lies inside each of its members.
    assert_eq!(concerned(&sample.arctic.facts).await, sorted([ada, bob]));
    assert_eq!(concerned(&sample.tropic.facts).await, sorted([ada, eve]));
}

/// To whom it is lent, and who holds something at the job or the task that lends it.
pub async fn who_is_lent_something_is_concerned(world: World) {
    let s = Sample::on(&world).await;
    let (ada, bob, cyd) = (user_id(s.ada.id), user_id(s.bob.id), user_id(s.cyd.id));
    let concerned = async |facts: &Facts| {
        let found = world.store.concerned(facts).await.unwrap();
        sorted(
            found.into_iter().filter(|found| [ada, bob, cyd].contains(found) || *found == user_id(s.eve.id)),
        )
    };
    let (file, label) = (world.file(&s.beta, "a file").await, world.label(&s.beta, "a label").await);
    let job = world.job(&s.beta, "lends").await;
    world.tie(&job.facts, &label.facts).await;
    let data = Task { assignee_id: Some(s.cyd.id), file_id: Some(file.id), ..task("lends") };
    let lends = world.add(&world.made(&op(), &job, data)).await;
    // Ada holds root at the server, bob a role at north.
    assert_eq!(concerned(&world.again(&file).await.facts).await, sorted([ada, bob, cyd]));
    assert_eq!(concerned(&world.again(&label).await.facts).await, sorted([ada, bob, cyd]));
    // What the job lends comes with each of its tasks.
    world.grant(&s.eve, &s.viewer, &lends).await;
    let eve = user_id(s.eve.id);
    assert_eq!(concerned(&world.again(&file).await.facts).await, sorted([ada, bob, cyd, eve]));
    assert_eq!(concerned(&world.again(&label).await.facts).await, sorted([ada, bob, cyd, eve]));
}

/// A node itself, a run's node, and of a proposal who made one of its sides.
pub async fn machines_and_sides_are_concerned(world: World) {
    let s = Sample::on(&world).await;
    let (ada, bob, eve) = (user_id(s.ada.id), user_id(s.bob.id), user_id(s.eve.id));
    let concerned = async |facts: &Facts| sorted(world.store.concerned(facts).await.unwrap());
    let node = PrincipalId::node(s.south_node.id);
    assert_eq!(concerned(&s.south_node.facts).await, sorted([ada, bob, node]));
    assert_eq!(concerned(&s.done.facts).await, sorted([ada, bob, node]));
    let [_, declined, _, withdrawn] = &s.proposals;
    assert_eq!(concerned(&declined.facts).await, sorted([ada, bob, eve]));
    assert_eq!(concerned(&withdrawn.facts).await, sorted([ada, bob]));
    // The collaboration's maker, who holds nothing any more.
    let maker = acting(&world.user(&s.south, "zoe").await);
    let made = world.made_collaboration(&maker, collaboration("zoe's"), &[]);
    let made = world.add(&made).await;
    let proposal = world.add(&world.made_proposal(&op(), &made, &s.east)).await;
    assert_eq!(concerned(&proposal.facts).await, sorted([ada, eve, maker.principal.unwrap()]));
}

fn user_id(id: Uuid) -> PrincipalId {
    PrincipalId::user(id)
}

/// Byte by byte but for the case of ASCII letters, in the order of names, as many as are asked for.
pub async fn candidates_are_searched_by_name(world: World) {
    let north = world.organization("north").await;
    let south = world.organization("south").await;
    let east = world.organization("east").await;
    for (home, name) in [
        (&north, "anna"),
        (&south, "Hannah"),
        (&north, "a_na"),
        (&south, "100%"),
        (&east, "anna"),
        (&north, "zoe"),
    ] {
        world.add(&world.made_user(&op(), home, user(name))).await;
    }
    let found = async |homes: &[Uuid], q: &str, limit| {
        let found = world.store.candidates(homes, q, limit).await.unwrap();
        found.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
    };
    let both = [north.id, south.id];
    assert_eq!(found(&both, "", 9).await, ["100%", "Hannah", "a_na", "anna", "zoe"]);
    assert_eq!(found(&both, "", 2).await, ["100%", "Hannah"]);
    assert_eq!(found(&both, "ANNA", 9).await, ["Hannah", "anna"]);
    assert_eq!(found(&both, "_", 9).await, ["a_na"]);
    assert_eq!(found(&both, "%", 9).await, ["100%"]);
    assert_eq!(found(&[north.id], "anna", 9).await, ["anna"]);
    assert_eq!(found(&[], "anna", 9).await, [""; 0]);
    let anna = world.store.candidates(&[east.id], "anna", 9).await.unwrap();
    let users = world.all::<bailiwick_domain::entities::User>().await;
    let of_east = users.iter().find(|user| user.facts.lineage.organization == Some(east.id)).unwrap();
    assert_eq!(anna, [(of_east.id, "anna".to_owned())]);
}

/// Of one, of none, of one that is not there.
pub async fn members_of_a_collaboration(world: World) {
    let Sample { north, south, arctic, .. } = Sample::on(&world).await;
    let members = async |id| sorted(world.store.members(id).await.unwrap());
    assert_eq!(members(arctic.id).await, sorted([north.id, south.id]));
    world.leave(&arctic, &north).await;
    assert_eq!(members(arctic.id).await, [south.id]);
    assert!(members(world.id()).await.is_empty());
}

/// What hangs directly under it; kinds of which there are none may be left out.
pub async fn dependents_are_counted_by_kind(world: World) {
    let sample = Sample::on(&world).await;
    let mut including = role("including", &[]);
    including.includes = vec![sample.lead.id];
    world.add(&world.made_role(&op(), &sample.north, including)).await;
    world.add(&world.made_api_key(&acting(&sample.ada), &sample.alpha, api_key("second"))).await;
    let dependents = async |facts: &Facts| {
        let found = world.store.dependents(facts).await.unwrap();
        sorted(found.into_iter().filter(|(_, count)| *count > 0))
    };
    let north = [(Kind::User, 2), (Kind::Node, 1), (Kind::Role, 3), (Kind::ApiKey, 1), (Kind::Project, 3)];
    assert_eq!(dependents(&sample.north.facts).await, sorted(north));
    let alpha = [
        (Kind::Job, 3),
        (Kind::ApiKey, 2),
        (Kind::File, 4),
        (Kind::Dataset, 2),
        (Kind::Label, 2),
        (Kind::Source, 3),
    ];
    assert_eq!(dependents(&sample.alpha.facts).await, sorted(alpha));
    assert_eq!(dependents(&sample.label.facts).await, [(Kind::Task, 2)]);
    assert_eq!(dependents(&sample.first.facts).await, [(Kind::Task, 1)]);
    assert_eq!(dependents(&sample.second.facts).await, []);
    assert_eq!(dependents(&sample.sum.facts).await, [(Kind::Run, 3)]);
    let Work { sort, looking, two, dog, train, by_bob, on_task, ready, .. } = &sample.work;
    let of_sort = [(Kind::Task, 3), (Kind::Comment, 1), (Kind::Export, 2)];
    assert_eq!(dependents(&sort.facts).await, sorted(of_sort));
    let of_looking = [(Kind::Annotation, 1), (Kind::Comment, 1)];
    assert_eq!(dependents(&looking.facts).await, sorted(of_looking));
    assert_eq!(dependents(&two.facts).await, sorted([(Kind::Task, 1), (Kind::Annotation, 1)]));
    assert_eq!(dependents(&dog.facts).await, [(Kind::Annotation, 1)]);
    for nothing in [&train.facts, &by_bob.facts, &on_task.facts, &ready.facts] {
        assert_eq!(dependents(nothing).await, []);
    }
    let Sources { tenth, first, .. } = &sample.sources;
    assert_eq!(dependents(&tenth.facts).await, [(Kind::Content, 2)]);
    assert_eq!(dependents(&first.facts).await, []);
    let arctic = [(Kind::Node, 2), (Kind::Project, 1)];
    assert_eq!(dependents(&sample.arctic.facts).await, sorted(arctic));
    assert_eq!(dependents(&sample.tropic.facts).await, [(Kind::Node, 1)]);
    assert_eq!(dependents(&sample.south_node.facts).await, []);
    assert_eq!(dependents(&sample.lead.facts).await, sorted([(Kind::Grant, 2), (Kind::Role, 1)]));
    assert_eq!(dependents(&sample.ada.facts).await, []);
}

/// Below, not beside.
pub async fn subtasks_at_any_depth(world: World) {
    let Sample { label, first, second, .. } = Sample::on(&world).await;
    let under = |parent: &Object<Task>, name| Task { parent_id: Some(parent.id), ..task(name) };
    let third = world.add(&world.made(&op(), &label, under(&second, "third"))).await;
    let fourth = world.add(&world.made(&op(), &label, under(&third, "fourth"))).await;
    let beside = world.add(&world.made(&op(), &label, under(&first, "beside"))).await;
    let subtasks = async |of: &Object<Task>| {
        let found = world.store.subtasks(of.id).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|sealed| world.open(sealed)).collect();
        assert!(found.iter().all(|task| task.facts.lineage.job == Some(label.id)));
        ids(&found)
    };
    assert_eq!(subtasks(&first).await, ids([&second, &third, &fourth, &beside]));
    assert_eq!(subtasks(&second).await, ids([&third, &fourth]));
    assert!(subtasks(&fourth).await.is_empty());
}

/// Every kind that others name, with its name and its facts.
pub async fn near_objects_are_found_by_kind(world: World) {
    let sample = Sample::on(&world).await;
    let near = async |kind, id| world.store.near(kind, id).await.unwrap();
    let found = async |facts: &Facts, name: &str| {
        let found = near(facts.kind, facts.id).await.unwrap();
        assert_eq!((&*found.name, &*found.facts), (name, facts));
    };
    found(&sample.north.facts, "north").await;
    found(&sample.alpha.facts, "alpha").await;
    found(&sample.label.facts, "label").await;
    found(&sample.second.facts, "second").await;
    found(&sample.ada.facts, "ada").await;
    found(&sample.alpha_key.facts, "ci").await;
    found(&sample.reader.facts, "reader").await;
    found(&sample.lead.facts, "Lead").await;
    found(&sample.viewer.facts, "viewer").await;
    found(&sample.south_node.facts, "node").await;
    let arctic = near(Kind::Collaboration, sample.arctic.id).await.unwrap();
    assert_eq!(sorted(arctic.facts.homes.clone()), sorted([sample.north.id, sample.south.id]));
    assert!(near(Kind::Project, world.id()).await.is_none());
    assert!(near(Kind::Project, sample.north.id).await.is_none(), "an id of another kind");
}

/// Built-in roles do not count.
pub async fn a_store_is_empty_until_it_has_an_organization(world: World) {
    assert!(world.store.is_empty().await.unwrap());
    world.built_in("viewer").await;
    assert!(world.store.is_empty().await.unwrap());
    world.organization("north").await;
    assert!(!world.store.is_empty().await.unwrap());
}

//! What the gate needs to know of a row's objects.

use bailiwick_domain as domain;
use domain::access::Entitlement;
use domain::{Facts, Lent, PrincipalId};
use uuid::Uuid;

use super::{find, find_kind, id_of, kind_of};
use crate::decisions::{Kind, Object, SERVER, World};

/// The facts of an object, as its creation under its parent would write them.
pub(super) fn of(world: &World, object: &Object) -> Facts {
    below(world, object, world.objects.len())
}

/// A world in which objects hang under themselves has no top; `steps` ends the climb.
fn below(world: &World, object: &Object, steps: usize) -> Facts {
    let parent = object.parent.as_deref().filter(|id| *id != SERVER).and_then(|id| find(world, id));
    let above = match (parent, steps.checked_sub(1)) {
        (Some(parent), Some(steps)) => below(world, parent, steps),
        _ => Facts::server(),
    };
    let maker = object.maker.as_deref().and_then(|id| principal(world, id));
    let mut facts = above.child(kind_of(object.kind), id_of(object), maker);
    settle(world, object, &mut facts);
    facts
}

/// What follows from what the object itself says.
fn settle(world: &World, object: &Object, facts: &mut Facts) {
    let id = |id: &String| find(world, id).map(id_of);
    let named = |who: &Option<String>| who.as_deref().and_then(|id| principal(world, id));
    match object.kind {
        Kind::Collaboration => {
            facts.homes = object.members.iter().filter_map(id).collect();
            facts.collaboration = Some(facts.id);
        }
        Kind::Node => facts.collaboration = object.collaboration.as_ref().and_then(id),
        Kind::Project => {
            facts.collaboration = object.collaboration.as_ref().and_then(id);
            facts.archived = object.archived;
        }
        Kind::Task => facts.assignee = named(&object.assignee),
        Kind::Run => {
            facts.assignee = named(&object.assignee);
            facts.homes.extend(object.executes.as_ref().and_then(id));
        }
        Kind::File | Kind::Label => {
            let tasks = world.objects.iter().filter(|task| task.kind == Kind::Task);
            let lent = |task: &Object| {
                let lineage = of(world, task).lineage;
                let (to, job) = (named(&task.assignee)?, lineage.job?);
                let above = task.parent.as_deref().and_then(|id| find(world, id));
                let by_task =
                    task.linked.contains(&object.id).then_some(Lent { to, job, task: lineage.task });
                let holds = above.is_some_and(|job| job.linked.contains(&object.id));
                Some([by_task, holds.then_some(Lent { to, job, task: None })])
            };
            facts.lent = tasks.filter_map(lent).flatten().flatten().collect();
        }
        Kind::Container => facts.homes = node_home(world, object).into_iter().collect(),
        Kind::Grant => facts.names = named(&object.principal),
        Kind::Role => facts.built_in = object.builtin,
        Kind::Rule => facts.built_in = true,
        _ => {}
    }
    if matches!(object.kind, Kind::Project | Kind::Source) {
        facts.entitlements.extend(object.entitlements.iter().map(Entitlement::new));
    }
}

/// The organization of a container's node.
fn node_home(world: &World, container: &Object) -> Option<Uuid> {
    let node = find_kind(world, Kind::Node, container.node.as_deref()?)?;
    of(world, node).lineage.organization
}

/// A principal by its id in the row.
pub(super) fn principal(world: &World, id: &str) -> Option<PrincipalId> {
    let object = find(world, id)?;
    let id = id_of(object);
    match object.kind {
        Kind::User => Some(PrincipalId::user(id)),
        Kind::ApiKey => Some(PrincipalId::api_key(id)),
        Kind::Node => Some(PrincipalId::node(id)),
        Kind::Container => Some(PrincipalId::container(id)),
        _ => None,
    }
}

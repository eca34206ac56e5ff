//! Where objects are: lineage, homes, collaborations, and what is inside an anchor.

use std::collections::BTreeSet;

use crate::decisions::{Kind, Object, Operation, SERVER, World};

/// A point in the world: the server, or an object.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'w> {
    /// What everything is inside.
    Server,
    /// Something in it.
    At(&'w Object),
}

/// The object with this id.
pub(super) fn find<'w>(world: &'w World, id: &str) -> Option<&'w Object> {
    world.objects.iter().find(|object| object.id == id)
}

/// The object with this id, if it is of this kind.
pub(super) fn find_kind<'w>(world: &'w World, kind: Kind, id: &str) -> Option<&'w Object> {
    find(world, id).filter(|object| object.kind == kind)
}

/// The place with this id; nowhere if there is no such object.
pub(super) fn place<'w>(world: &'w World, id: &str) -> Option<Place<'w>> {
    if id == SERVER { Some(Place::Server) } else { find(world, id).map(Place::At) }
}

/// What an object hangs under; nowhere if that does not exist.
pub(super) fn parent<'w>(world: &'w World, object: &Object) -> Option<Place<'w>> {
    object.parent.as_deref().map_or(Some(Place::Server), |id| place(world, id))
}

/// The object itself, what it hangs under, what that hangs under, up to the server.
pub(super) fn chain<'w>(world: &'w World, object: &'w Object) -> Vec<&'w Object> {
    let mut chain = vec![object];
    let mut above = parent(world, object);
    while let Some(Place::At(next)) = above
        && chain.len() <= world.objects.len()
    {
        chain.push(next);
        above = parent(world, next);
    }
    chain
}

/// As [`chain`]; the server has none.
pub(super) fn chain_of<'w>(world: &'w World, place: Place<'w>) -> Vec<&'w Object> {
    match place {
        Place::Server => Vec::new(),
        Place::At(object) => chain(world, object),
    }
}

/// The object of a kind on the way from a place to the server, the place included.
pub(super) fn on_chain<'w>(world: &'w World, place: Place<'w>, kind: Kind) -> Option<&'w Object> {
    chain_of(world, place).into_iter().find(|object| object.kind == kind)
}

/// "lineage: an object's place: server, organization, project, job, task, as far down as it goes"
pub(super) fn organization_of<'w>(world: &'w World, place: Place<'w>) -> Option<&'w Object> {
    on_chain(world, place, Kind::Organization)
}

/// The project on the lineage.
pub(super) fn project_of<'w>(world: &'w World, place: Place<'w>) -> Option<&'w Object> {
    on_chain(world, place, Kind::Project)
}

/// "anchor: a point of the cascade: the server, or one organization, project, job or task"
pub(super) fn can_be_anchor(place: Place<'_>) -> bool {
    match place {
        Place::Server => true,
        Place::At(object) => {
            matches!(object.kind, Kind::Organization | Kind::Project | Kind::Job | Kind::Task)
        }
    }
}

/// "Inside the anchor: the anchor is on the object's lineage, or is the object. [...] For view
/// alone, a collaboration lies inside each of its members."
pub(super) fn inside(world: &World, anchor: Place<'_>, place: Place<'_>, operation: Operation) -> bool {
    let Place::At(anchor) = anchor else { return true };
    let Place::At(object) = place else { return false };
    chain(world, object).iter().any(|above| above.id == anchor.id)
        || (operation == Operation::View
            && object.kind == Kind::Collaboration
            && anchor.kind == Kind::Organization
            && object.members.contains(&anchor.id))
}

/// Whether an anchor is another, or one above it.
pub(super) fn at_or_above(world: &World, above: Place<'_>, below: Place<'_>) -> bool {
    inside(world, above, below, Operation::Edit)
}

/// "homes: the organizations that an object belongs to", by the table of the cascade.
pub(super) fn homes(world: &World, place: Place<'_>) -> BTreeSet<String> {
    let Place::At(object) = place else { return BTreeSet::new() };
    let organization = || organization_of(world, place).map(|found| found.id.clone());
    match object.kind {
        // "every member organization"
        Kind::Collaboration => object.members.iter().cloned().collect(),
        // "its node's organization"
        Kind::Container => node_of(world, object)
            .and_then(|node| organization_of(world, Place::At(node)))
            .map(|found| found.id.clone())
            .into_iter()
            .collect(),
        // "the project's, and the organization that executes it"
        Kind::Run => organization().into_iter().chain(object.executes.clone()).collect(),
        // Of all others the organization on the lineage; "none" at the server.
        _ => organization().into_iter().collect(),
    }
}

/// The one organization that a principal belongs to.
pub(super) fn home(world: &World, principal: &Object) -> Option<String> {
    homes(world, Place::At(principal)).into_iter().next()
}

/// The node that a container runs on.
pub(super) fn node_of<'w>(world: &'w World, container: &Object) -> Option<&'w Object> {
    find_kind(world, Kind::Node, container.node.as_deref()?)
}

/// The collaboration of an object: itself, the node's, or the one its project is shared in.
pub(super) fn collaboration_of<'w>(world: &'w World, place: Place<'w>) -> Option<&'w Object> {
    let Place::At(object) = place else { return None };
    let id = match object.kind {
        Kind::Collaboration => &object.id,
        Kind::Node => object.collaboration.as_ref()?,
        _ => project_of(world, place)?.collaboration.as_ref()?,
    };
    find_kind(world, Kind::Collaboration, id)
}

/// The collaborations that the scope of that name means for a principal: those that its home is a
/// member of. "For both [node and container], scope collaboration means the one collaboration that
/// they work in: the one that the node is registered for, the one that the task's project is
/// shared in."
pub(super) fn collaborations<'w>(world: &'w World, principal: &'w Object) -> Vec<&'w Object> {
    let Some(home) = home(world, principal) else { return Vec::new() };
    let all = world.objects.iter().filter(|object| object.kind == Kind::Collaboration);
    let of_home = all.filter(|collaboration| collaboration.members.contains(&home));
    if matches!(principal.kind, Kind::Node | Kind::Container) {
        let one = collaboration_of(world, Place::At(principal)).map(|found| found.id.as_str());
        of_home.filter(|collaboration| Some(collaboration.id.as_str()) == one).collect()
    } else {
        of_home.collect()
    }
}

/// Whether one of these organizations shares a collaboration with the principal's home.
pub(super) fn shares(world: &World, principal: &Object, homes: &BTreeSet<String>) -> bool {
    collaborations(world, principal)
        .iter()
        .any(|collaboration| collaboration.members.iter().any(|member| homes.contains(member)))
}

/// Whether something is an archived project or hangs under one.
pub(super) fn is_archived(world: &World, place: Place<'_>) -> bool {
    project_of(world, place).is_some_and(|project| project.archived)
}

/// Whether runs of a project are open.
pub(super) fn has_open_runs(world: &World, project: &Object) -> bool {
    world.objects.iter().any(|object| {
        object.kind == Kind::Run
            && !object.suspended
            && project_of(world, Place::At(object)).is_some_and(|found| found.id == project.id)
    })
}

//! "These forbid what grants, access rules and being it allow."

use super::escalation::{
    ROOT, against_grant_edit, against_grant_removal, against_new_grant, against_new_role, against_role_edit,
    against_role_removal, ranks_above,
};
use super::hold::{
    Until, bound_of, counted, full_closure, held, holds_at, is_live, is_principal, live_closure, rules_of,
};
use super::place::{
    Place, at_or_above, find, find_kind, has_open_runs, home, is_archived, organization_of, project_of,
};
use super::rights::{Deed, may};
use crate::decisions::{Answer, Kind, Object, Operation, Payload, Scope, World};

/// What the guards say to making an object under a parent.
pub(super) fn against_create(
    world: &World,
    caller: &Object,
    kind: Kind,
    under: Place<'_>,
    payload: Option<&Payload>,
) -> Vec<Answer> {
    let fallback = Payload::default();
    let of_kind = match kind {
        Kind::Grant => against_new_grant(world, caller, under, payload.unwrap_or(&fallback)),
        Kind::Role => against_new_role(world, caller, under, payload),
        Kind::Node => against_new_node(world, caller, under),
        Kind::ApiKey => against_new_api_key(world, caller),
        _ => None,
    };
    [against_archived(world, under), of_kind].into_iter().flatten().collect()
}

/// What the guards say to changing an object.
pub(super) fn against_edit(
    world: &World,
    caller: &Object,
    object: &Object,
    payload: Option<&Payload>,
) -> Vec<Answer> {
    let of_kind = match object.kind {
        Kind::Grant => against_grant_edit(world, caller, object, payload),
        Kind::Role => against_role_edit(world, caller, object, payload),
        _ if is_principal(object) => against_rank(world, caller, object, &|_| true),
        _ => None,
    };
    let root = match payload {
        Some(Payload { ends: Some(_), .. }) if object.kind == Kind::Grant => against_loss_of_root(
            world,
            |found| {
                if found.id == object.id { None } else { Some(found.clone()) }
            },
        ),
        _ => None,
    };
    [against_archived(world, Place::At(object)), of_kind, root].into_iter().flatten().collect()
}

/// What the guards say to deleting an object.
pub(super) fn against_delete(world: &World, caller: &Object, object: &Object) -> Vec<Answer> {
    let of_kind = match object.kind {
        Kind::Grant => against_grant_removal(world, caller, object),
        Kind::Role => against_role_removal(world, caller, object),
        Kind::Organization => against_organization_removal(world, caller, object),
        _ if is_principal(object) => against_principal_removal(world, caller, object),
        _ => None,
    };
    let root =
        against_loss_of_root(world, |found| if found.id == object.id { None } else { Some(found.clone()) });
    [of_kind, root].into_iter().flatten().collect()
}

/// "Archived projects and what hangs under them are viewed and deleted as always, unarchived by
/// whoever may edit them, not created in or edited otherwise."
fn against_archived(world: &World, place: Place<'_>) -> Option<Answer> {
    is_archived(world, place).then_some(Answer::Conflict)
}

/// "Making a node [...] needs edit on its organization and view on the collaboration"; the latter is
/// asked of the payload.
fn against_new_node(world: &World, caller: &Object, under: Place<'_>) -> Option<Answer> {
    let Place::At(organization) = under else { return Some(Answer::Forbidden) };
    // "A node [...] does not speak for its organization"
    let edits =
        caller.kind != Kind::Node && may(world, Some(caller), Deed::on(Operation::Edit, organization));
    (!edits).then_some(Answer::Forbidden)
}

/// "Who acts in nobody's name makes no key."
fn against_new_api_key(world: &World, caller: &Object) -> Option<Answer> {
    (caller.kind == Kind::Container && bound_of(world, caller).is_none()).then_some(Answer::Forbidden)
}

/// "Nobody but the principal itself edits [...] a principal that holds what they do not".
fn against_rank(
    world: &World,
    caller: &Object,
    principal: &Object,
    filter: &dyn Fn(Place<'_>) -> bool,
) -> Option<Answer> {
    let allowed = caller.id == principal.id || ranks_above(world, caller, principal, filter);
    (!allowed).then_some(Answer::Forbidden)
}

/// "Suspending, waking and deleting it, and revoking a key, need no rank over what it holds outside
/// the organization; but who holds root at the server is suspended or deleted only by root."
fn against_principal_removal(world: &World, caller: &Object, principal: &Object) -> Option<Answer> {
    let home = home(world, principal).and_then(|id| find_kind(world, Kind::Organization, &id));
    let at_home = |anchor: Place<'_>| {
        home.is_some_and(|organization| at_or_above(world, Place::At(organization), anchor))
    };
    against_rank(world, caller, principal, &at_home)
        .or_else(|| against_removal_of_root(world, caller, principal))
}

/// "who holds root at the server is suspended or deleted only by root"
fn against_removal_of_root(world: &World, caller: &Object, principal: &Object) -> Option<Answer> {
    let holds_root = counted(world, principal).iter().any(|holding| {
        matches!(holding.anchor, Place::Server)
            && full_closure(world, holding.role).iter().any(|role| role.id == ROOT)
    });
    let by_root = holds_at(world, caller, ROOT, Place::Server, Until::Now);
    (holds_root && !by_root).then_some(Answer::Forbidden)
}

/// "Suspending, waking and deleting [an organization] needs the rule with scope global at the
/// server." Its principals go with it.
fn against_organization_removal(world: &World, caller: &Object, organization: &Object) -> Option<Answer> {
    let needed = (Kind::Organization, Operation::Delete, Scope::Global);
    let global = held(world, caller).iter().any(|holding| {
        matches!(holding.anchor, Place::Server)
            && rules_of(&live_closure(world, holding.role)).contains(&needed)
    });
    let principals = world
        .objects
        .iter()
        .filter(|object| is_principal(object) && home(world, object).as_ref() == Some(&organization.id));
    let spares_root =
        principals.into_iter().all(|principal| against_removal_of_root(world, caller, principal).is_none());
    (!(global && spares_root)).then_some(Answer::Forbidden)
}

/// "At every time at least one grant of root at the server to a user without an end is live; what
/// would break that [...] is refused."
fn against_loss_of_root(world: &World, change: impl Fn(&Object) -> Option<Object>) -> Option<Answer> {
    let after = World { objects: world.objects.iter().filter_map(change).collect(), ..world.clone() };
    (root_stands(world) && !root_stands(&after)).then_some(Answer::Conflict)
}

/// Whether there is such a grant.
fn root_stands(world: &World) -> bool {
    world.objects.iter().any(|grant| {
        let user = grant.principal.as_deref().and_then(|id| find(world, id));
        is_live(world, grant)
            && grant.ends.is_none()
            && grant.role.as_deref() == Some(ROOT)
            && grant.parent.as_deref().is_none_or(|anchor| anchor == crate::decisions::SERVER)
            && user.is_some_and(|user| user.kind == Kind::User)
    })
}

/// Which kinds can be tied to which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tie {
    /// "a file to a job, a label to a task", and the like.
    Inside,
    /// A project is shared in a collaboration.
    Sharing,
    /// An organization is a member of a collaboration.
    Membership,
    /// Nothing that a request could tie: of a node, "its collaboration never changes".
    None,
}

/// What tying the one to the other would be.
pub(super) const fn tie(object: &Object, named: &Object) -> Tie {
    match (object.kind, named.kind) {
        (Kind::Job | Kind::Task, Kind::File | Kind::Label) => Tie::Inside,
        (Kind::Project, Kind::Collaboration) => Tie::Sharing,
        (Kind::Collaboration, Kind::Organization) => Tie::Membership,
        _ => Tie::None,
    }
}

/// Whether the named object belongs where it is named: "both in the same project where they are
/// project objects"; "A project is shared only in a collaboration of which its organization is a
/// member"; what is taken out was in.
pub(super) fn is_in_parent(world: &World, object: &Object, named: &Object, undo: bool) -> bool {
    match tie(object, named) {
        Tie::Sharing if undo => object.collaboration.as_ref() == Some(&named.id),
        Tie::Sharing => organization_of(world, Place::At(object))
            .is_some_and(|organization| named.members.contains(&organization.id)),
        Tie::Membership => !undo || object.members.contains(&named.id),
        Tie::Inside | Tie::None => {
            let one = project_of(world, Place::At(object)).map(|project| &project.id);
            let other = project_of(world, Place::At(named)).map(|project| &project.id);
            one.is_none() || other.is_none() || one == other
        }
    }
}

/// What the guards say to tying one object to another, or undoing that.
pub(super) fn against_link(
    world: &World,
    caller: Option<&Object>,
    object: &Object,
    named: &Object,
    undo: bool,
) -> Vec<Answer> {
    // "A node [...] does not speak for its organization"
    let is_node = caller.is_some_and(|caller| caller.kind == Kind::Node);
    let edits = |object: &Object| {
        !(is_node && object.kind == Kind::Organization)
            && may(world, caller, Deed::on(Operation::Edit, object))
    };
    let of_tie = match tie(object, named) {
        Tie::Inside => Vec::new(),
        Tie::Sharing => against_sharing(world, object, named, undo, &edits),
        Tie::Membership => {
            // "enters [...] only when somebody who may edit the collaboration proposes it and
            // somebody who may edit that organization accepts"; "they or the organization itself
            // may take one out"
            let both = edits(object) && edits(named);
            let allowed = if undo { edits(object) || edits(named) } else { both };
            if allowed { Vec::new() } else { vec![Answer::Forbidden] }
        }
        Tie::None => vec![Answer::Forbidden],
    };
    against_archived(world, Place::At(object)).into_iter().chain(of_tie).collect()
}

/// "Sharing a project in a collaboration, unsharing it or moving it to another needs edit on the
/// project and on its organization, and view on the collaboration; refused while runs of it are open
/// in the one that it leaves."
fn against_sharing(
    world: &World,
    project: &Object,
    named: &Object,
    undo: bool,
    edits: &dyn Fn(&Object) -> bool,
) -> Vec<Answer> {
    let mut against = Vec::new();
    if !organization_of(world, Place::At(project)).is_some_and(edits) {
        against.push(Answer::Forbidden);
    }
    let leaves = project.collaboration.as_ref().is_some_and(|id| undo || *id != named.id);
    if leaves && has_open_runs(world, project) {
        against.push(Answer::Conflict);
    }
    against
}

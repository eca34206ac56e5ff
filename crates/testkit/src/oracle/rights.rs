//! Who may do what before any guard is asked: by grant, by access rule, by being it.

use super::hold::{
    bound_of, held, holds_on, is_in_good_standing, is_run_of, live_closure, maker_of, rules_of,
};
use super::place::{
    Place, at_or_above, chain_of, collaboration_of, collaborations, find, find_kind, home, homes, inside,
    organization_of, parent, project_of, shares,
};
use crate::decisions::{Kind, Object, Operation, Scope, World};

/// A kind and an operation, on an object or, to create, on the parent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deed<'w> {
    /// What is done.
    pub operation: Operation,
    /// To what.
    pub kind: Kind,
    /// On which object; to create: on which parent.
    pub on: Place<'w>,
}

impl<'w> Deed<'w> {
    /// To do something to an object.
    pub(super) const fn on(operation: Operation, object: &'w Object) -> Self {
        Self { operation, kind: object.kind, on: Place::At(object) }
    }

    /// To make an object.
    pub(super) const fn create(kind: Kind, parent: Place<'w>) -> Self {
        Self { operation: Operation::Create, kind, on: parent }
    }
}

/// "`allow(principal and its app, operation, object)` holds when one of these does": by grant, by
/// access rule, by being it. Guards are not asked here. Nobody is anonymous.
pub(super) fn may(world: &World, caller: Option<&Object>, deed: Deed<'_>) -> bool {
    if !is_possible(deed) {
        return false;
    }
    let Some(principal) = caller else { return is_open_to_everybody(world, deed) };
    // "Being it is not bounded by the maker", which is said of API keys.
    if principal.kind != Kind::Container && is_it(world, principal, deed) {
        return true;
    }
    is_allowed_in_itself(world, principal, deed)
        && is_inside_container_limits(world, principal, deed)
        && bound_of(world, principal)
            .is_none_or(|maker| bound(world, maker).is_some_and(|it| may(world, Some(it), deed)))
}

/// Whether a caller may view a place; nobody is kept from viewing the server.
pub(super) fn sees(world: &World, caller: Option<&Object>, place: Place<'_>) -> bool {
    match place {
        Place::Server => true,
        Place::At(object) => may(world, caller, Deed::on(Operation::View, object)),
    }
}

/// The maker whose rights bound another's, as long as it may do anything at all.
pub(super) fn bound<'w>(world: &'w World, maker: &str) -> Option<&'w Object> {
    find(world, maker).filter(|maker| maker.kind != Kind::Container && is_in_good_standing(world, maker))
}

/// Without asking who holds what: by grant, by access rule, or by being it.
fn is_allowed_in_itself(world: &World, principal: &Object, deed: Deed<'_>) -> bool {
    is_allowed_by_grant(world, principal, deed)
        || is_allowed_by_access_rule(world, principal, deed)
        || is_it(world, principal, deed)
}

/// "Rules and audit events are made by the server alone, and nobody edits or deletes them. Runs are
/// made by their task". Objects hang where the table of the cascade says.
fn is_possible(deed: Deed<'_>) -> bool {
    match deed.operation {
        Operation::Create => can_hang_under(deed.kind, deed.on),
        Operation::Edit | Operation::Delete => {
            !matches!(deed.kind, Kind::Rule | Kind::AuditEvent | Kind::Event)
        }
        _ => true,
    }
}

/// The column "hangs under" of the cascade, for what can be made by a request.
fn can_hang_under(kind: Kind, parent: Place<'_>) -> bool {
    let parent = match parent {
        Place::Server => None,
        Place::At(object) => Some(object.kind),
    };
    match kind {
        Kind::Organization | Kind::Collaboration => parent.is_none(),
        Kind::User | Kind::Node | Kind::Webhook | Kind::Role | Kind::Project => {
            parent == Some(Kind::Organization)
        }
        Kind::ApiKey => matches!(parent, Some(Kind::Organization | Kind::Project)),
        Kind::Job | Kind::File | Kind::Label | Kind::Source | Kind::ManagedEntity => {
            parent == Some(Kind::Project)
        }
        Kind::Task => parent == Some(Kind::Job),
        Kind::Content => parent == Some(Kind::Source),
        Kind::Grant => {
            matches!(parent, None | Some(Kind::Organization | Kind::Project | Kind::Job | Kind::Task))
        }
        Kind::Rule | Kind::AuditEvent | Kind::Event | Kind::Run | Kind::Container => false,
    }
}

/// "By grant. The principal has a live grant of a role whose closure holds a rule with this kind
/// and operation, and the rule reaches the object from the grant's anchor."
fn is_allowed_by_grant(world: &World, principal: &Object, deed: Deed<'_>) -> bool {
    held(world, principal).iter().any(|holding| {
        rules_of(&live_closure(world, holding.role)).iter().any(|(kind, operation, scope)| {
            *kind == deed.kind
                && *operation == deed.operation
                && reaches(world, principal, holding.anchor, *scope, deed)
        })
    })
}

/// The table `reaches(principal, anchor, scope, object)`; "each cell includes the cells to its
/// left". "Create is judged on the parent".
fn reaches(world: &World, principal: &Object, anchor: Place<'_>, scope: Scope, deed: Deed<'_>) -> bool {
    match anchor {
        // "What hangs under the server needs scope global, anchor server."
        Place::Server if deed.operation == Operation::Create && matches!(deed.on, Place::Server) => {
            scope == Scope::Global
        }
        Place::Server => {
            scope == Scope::Global
                || (scope >= Scope::Collaboration && is_in_collaboration(world, principal, deed))
                || (scope >= Scope::Organization && is_at_home(world, principal, deed.on))
                || is_own(world, principal, deed)
        }
        Place::At(_) => {
            (inside(world, anchor, deed.on, deed.operation)
                && (scope > Scope::Own || is_own(world, principal, deed)))
                || comes_with_task(world, principal, anchor, deed)
        }
    }
}

/// "For view alone, [...] a file or a label that a task lends comes with that task": to whom that is assigned, inside
/// the task's job. "A grant on the task alone reaches what the task itself holds."
fn comes_with_task(world: &World, principal: &Object, anchor: Place<'_>, deed: Deed<'_>) -> bool {
    let (Place::At(anchor), Place::At(thing)) = (anchor, deed.on) else { return false };
    deed.operation == Operation::View
        && matches!(anchor.kind, Kind::Job | Kind::Task)
        && lending(world, thing).any(|task| {
            selves(world, principal).iter().any(|me| task.assignee.as_ref() == Some(&me.id))
                && match anchor.kind {
                    Kind::Task => task.id == anchor.id && task.linked.contains(&thing.id),
                    _ => at_or_above(world, Place::At(anchor), Place::At(task)),
                }
        })
}

/// "the files and labels linked to it or to its job": the tasks that lend a file or a label.
fn lending<'w>(world: &'w World, thing: &'w Object) -> impl Iterator<Item = &'w Object> {
    let is_lent = matches!(thing.kind, Kind::File | Kind::Label);
    let tasks = world.objects.iter().filter(move |task| is_lent && task.kind == Kind::Task);
    tasks.filter(move |task| {
        let above = parent(world, task);
        task.linked.contains(&thing.id)
            || matches!(above, Some(Place::At(job)) if job.kind == Kind::Job && job.linked.contains(&thing.id))
    })
}

/// "the principal's home is one of the object's homes"
fn is_at_home(world: &World, principal: &Object, object: Place<'_>) -> bool {
    home(world, principal).is_some_and(|home| homes(world, object).contains(&home))
}

/// "the object's collaboration has the principal's home as a member; for an organization, user or
/// role: one of its homes shares a collaboration with the principal's home; for other kinds without
/// a collaboration: as organization". To create: "Under an organization, scope collaboration counts
/// as organization, but for users and roles."
fn is_in_collaboration(world: &World, principal: &Object, deed: Deed<'_>) -> bool {
    if matches!(deed.kind, Kind::Organization | Kind::User | Kind::Role) {
        return shares(world, principal, &homes(world, deed.on));
    }
    collaboration_of(world, deed.on).is_some_and(|collaboration| {
        collaborations(world, principal).iter().any(|found| found.id == collaboration.id)
    })
}

/// "an object is a principal's own when it is the principal; when it is assigned to it [...], for
/// view, edit and receive only; or when the principal made it, [...]; of an API key also what is its
/// maker's by being assigned to it or made by it". To create: "the parent is the principal's own".
pub(super) fn is_own(world: &World, principal: &Object, deed: Deed<'_>) -> bool {
    let Place::At(object) = deed.on else { return false };
    object.id == principal.id
        || is_assigned(world, principal, object, deed.operation)
        || is_own_by_making(world, principal, object, deed.operation)
}

/// A principal, and of an API key also its maker.
fn selves<'w>(world: &'w World, principal: &'w Object) -> Vec<&'w Object> {
    let is_key = principal.kind == Kind::ApiKey;
    let maker = bound_of(world, principal).filter(|_| is_key).and_then(|maker| bound(world, maker));
    [principal].into_iter().chain(maker).collect()
}

/// "a task to a person, and with it, [...] for view alone, [...] the files and labels linked to it or
/// to its job; a run to a node or a person; to a container: its task and that task's run on its node"
fn is_assigned(world: &World, principal: &Object, object: &Object, operation: Operation) -> bool {
    if !matches!(operation, Operation::View | Operation::Edit | Operation::Receive) {
        return false;
    }
    selves(world, principal).into_iter().any(|me| {
        let is_assignee = |found: &Object| found.assignee.as_ref() == Some(&me.id);
        match (me.kind, object.kind) {
            (Kind::User, Kind::Task | Kind::Run) | (Kind::Node, Kind::Run) => is_assignee(object),
            (Kind::User, Kind::File | Kind::Label) => {
                operation == Operation::View && lending(world, object).any(is_assignee)
            }
            (Kind::Container, Kind::Task) => me.parent.as_ref() == Some(&object.id),
            (Kind::Container, Kind::Run) => is_run_of(me, object),
            _ => false,
        }
    })
}

/// "the principal made it, and its organization (of a collaboration: one of its members) is the
/// principal's home, or a live grant of the principal, the server apart, has it inside its anchor".
/// "Rules and audit events are made by the server alone": those of a key's maker are not made by it.
fn is_own_by_making(world: &World, principal: &Object, object: &Object, operation: Operation) -> bool {
    let selves = match object.kind {
        Kind::AuditEvent => vec![principal],
        _ => selves(world, principal),
    };
    selves.into_iter().any(|me| {
        let home = home(world, me);
        let at_home = || {
            home.as_ref().is_some_and(|home| match object.kind {
                Kind::Collaboration => object.members.contains(home),
                _ => organization_of(world, Place::At(object)).is_some_and(|found| found.id == *home),
            })
        };
        let is_let_in = || {
            held(world, me).iter().any(|holding| {
                matches!(holding.anchor, Place::At(_))
                    && inside(world, holding.anchor, Place::At(object), operation)
            })
        };
        maker_of(world, object) == Some(&me.id) && (at_home() || is_let_in())
    })
}

/// "By being it. A user may view and edit itself; a node or API key may view itself. A principal may
/// view the grants that name it, give one up, and view its own audit events. Every authenticated
/// principal may view rules and built-in roles."
pub(super) fn is_it(world: &World, principal: &Object, deed: Deed<'_>) -> bool {
    let Place::At(object) = deed.on else { return false };
    let itself = object.id == principal.id;
    match (deed.operation, object.kind) {
        (Operation::View, Kind::User | Kind::Node | Kind::ApiKey) | (Operation::Edit, Kind::User) => itself,
        (Operation::View | Operation::Delete, Kind::Grant) => {
            object.principal.as_ref() == Some(&principal.id)
        }
        (Operation::View, Kind::AuditEvent) => is_own(world, principal, deed),
        (Operation::View, Kind::Rule) => true,
        (Operation::View, Kind::Role) => object.builtin,
        _ => false,
    }
}

/// "Of what lies in projects [a container] reaches only its own project and those shared in the same
/// collaboration, whatever the scope. It creates tasks only under its own job".
fn is_inside_container_limits(world: &World, principal: &Object, deed: Deed<'_>) -> bool {
    if principal.kind != Kind::Container {
        return true;
    }
    let own = project_of(world, Place::At(principal));
    let in_reach = project_of(world, deed.on).is_none_or(|project| {
        own.is_some_and(|own| {
            own.id == project.id
                || (own.collaboration.is_some() && own.collaboration == project.collaboration)
        })
    });
    let own_job = || {
        let Some(Place::At(task)) = parent(world, principal) else { return false };
        matches!((parent(world, task), deed.on),
            (Some(Place::At(job)), Place::At(on)) if job.id == on.id)
    };
    let makes_task = deed.operation == Operation::Create && deed.kind == Kind::Task;
    in_reach && (!makes_task || own_job())
}

/// What access rules open for this, as names of roles and words. "An object carries also the
/// entitlements of the source and project that it hangs under"; "Create is judged on the parent's
/// entitlements"; "one that opens the action is enough".
fn opened(world: &World, deed: Deed<'_>) -> Vec<String> {
    let tag = format!("{}.{}", deed.kind.name(), deed.operation.name());
    let Some(action) = world.action_tags.get(&tag) else { return Vec::new() };
    chain_of(world, deed.on)
        .iter()
        .filter(|object| matches!(object.kind, Kind::Source | Kind::Project))
        .flat_map(|object| &object.entitlements)
        .filter_map(|entitlement| world.access_rules.get(entitlement)?.get(action))
        .flatten()
        .cloned()
        .collect()
}

/// "`everybody` (anonymous too)"
fn is_open_to_everybody(world: &World, deed: Deed<'_>) -> bool {
    opened(world, deed).iter().any(|word| word == "everybody")
}

/// "By access rule. One of the object's entitlements opens this action to a role that the principal
/// holds on the object, or to a computed word that fits it".
fn is_allowed_by_access_rule(world: &World, principal: &Object, deed: Deed<'_>) -> bool {
    opened(world, deed).iter().any(|word| match word.as_str() {
        "everybody" | "registeredUser" => true,
        "createdUser" => match deed.on {
            Place::Server => false,
            Place::At(object) => is_own_by_making(world, principal, object, deed.operation),
        },
        role => {
            // "Access rules name built-in roles only"
            find_kind(world, Kind::Role, role).is_some_and(|role| role.builtin)
                && holds_on(world, principal, role, deed.on, deed.operation)
        }
    })
}

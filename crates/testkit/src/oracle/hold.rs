//! What principals hold: good standing, grants that are live or count, roles with what they include.

use super::place::{Place, can_be_anchor, find, find_kind, home, inside, node_of, organization_of, parent};
use crate::decisions::{DEFAULT_NOW, Kind, Object, Operation, Rule, World};

/// A role at an anchor, until an end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holding<'w> {
    /// The role itself, without what it includes.
    pub role: &'w Object,
    /// Where it is held.
    pub anchor: Place<'w>,
    /// When it stops being held.
    pub ends: Option<i64>,
}

/// How long something must be held to be handed on.
#[derive(Debug, Clone, Copy)]
pub(super) enum Until {
    /// Now is enough.
    Now,
    /// As long as what is handed on, which may have no end.
    End(Option<i64>),
}

impl Until {
    /// "A grant ends no later than the grants from which its maker holds those rules and roles."
    pub(super) fn is_outlived_by(self, ends: Option<i64>) -> bool {
        match (self, ends) {
            (Self::Now, _) | (Self::End(_), None) => true,
            (Self::End(None), Some(_)) => false,
            (Self::End(Some(needed)), Some(ends)) => needed <= ends,
        }
    }
}

/// The time of the world.
fn now(world: &World) -> i64 {
    world.now.unwrap_or(DEFAULT_NOW)
}

/// "principal: who asks: a user, an API key, a node, a container"
pub(super) fn is_principal(object: &Object) -> bool {
    matches!(object.kind, Kind::User | Kind::ApiKey | Kind::Node | Kind::Container)
}

/// "A caller that is suspended, belongs to a suspended organization, is a container whose run has
/// ended, or an API key whose maker is suspended or gone has credentials that are not good."
pub(super) fn is_in_good_standing(world: &World, principal: &Object) -> bool {
    if !is_principal(principal) || principal.suspended {
        return false;
    }
    if let Some(home) = home(world, principal) {
        if find_kind(world, Kind::Organization, &home).is_none_or(|found| found.suspended) {
            return false;
        }
    } else if principal.parent.is_some() {
        return false;
    }
    match principal.kind {
        Kind::ApiKey => principal.maker.as_deref().is_none_or(|maker| {
            find_kind(world, Kind::User, maker).is_some_and(|user| is_in_good_standing(world, user))
        }),
        Kind::Container => {
            node_of(world, principal).is_some_and(|node| is_in_good_standing(world, node))
                && world.objects.iter().any(|run| is_run_of(principal, run) && !run.suspended)
        }
        _ => true,
    }
}

/// "to a container: its task and that task's run on its node"
pub(super) fn is_run_of(container: &Object, run: &Object) -> bool {
    run.kind == Kind::Run
        && run.parent.is_some()
        && run.parent == container.parent
        && run.assignee.is_some()
        && run.assignee == container.node
}

/// "Maker is the principal of the request"; "What a key makes counts as made by its maker"; a
/// container's subtasks "count as made by the maker of its task".
pub(super) fn maker_of<'w>(world: &'w World, object: &'w Object) -> Option<&'w str> {
    let maker = object.maker.as_deref()?;
    match find(world, maker) {
        Some(key) if key.kind == Kind::ApiKey => key.maker.as_deref().or(Some(maker)),
        Some(container) if container.kind == Kind::Container => match parent(world, container) {
            Some(Place::At(task)) if task.id != object.id => task.maker.as_deref(),
            _ => Some(maker),
        },
        _ => Some(maker),
    }
}

/// "[An API key] does at most what its maker may do at that moment"; a container "does at most
/// what that maker [of its task] may do at that moment". Absent: no bound.
pub(super) fn bound_of<'w>(world: &'w World, principal: &'w Object) -> Option<&'w str> {
    match principal.kind {
        Kind::ApiKey => principal.maker.as_deref(),
        Kind::Container => match parent(world, principal)? {
            Place::At(task) => maker_of(world, task),
            Place::Server => None,
        },
        _ => None,
    }
}

/// "An inactive role gives nothing"; of a suspended organization "the roles it made are not live".
fn is_live_role(world: &World, role: &Object) -> bool {
    role.active != Some(false)
        && match parent(world, role) {
            Some(Place::Server) => true,
            Some(Place::At(organization)) => !organization.suspended,
            None => false,
        }
}

/// An anchor that exists and whose organization is not suspended. "An archived anchor is active."
fn is_live_anchor(world: &World, anchor: Place<'_>) -> bool {
    can_be_anchor(anchor)
        && match anchor {
            Place::Server => true,
            Place::At(_) => organization_of(world, anchor).is_some_and(|found| !found.suspended),
        }
}

/// "who holds a role holds what it includes"; "An inactive role gives nothing, nor does what
/// includes it gain from it."
pub(super) fn live_closure<'w>(world: &'w World, role: &'w Object) -> Vec<&'w Object> {
    closure(world, role, &|role| is_live_role(world, role))
}

/// "a role counts in full"
pub(super) fn full_closure<'w>(world: &'w World, role: &'w Object) -> Vec<&'w Object> {
    closure(world, role, &|_| true)
}

/// A role and what it includes, as far as the filter lets through.
fn closure<'w>(world: &'w World, role: &'w Object, counts: &dyn Fn(&Object) -> bool) -> Vec<&'w Object> {
    let mut found: Vec<&Object> = Vec::new();
    let mut waiting = vec![role];
    while let Some(next) = waiting.pop() {
        if counts(next) && !found.iter().any(|seen| seen.id == next.id) {
            found.push(next);
            let included = next.includes.iter().filter_map(|id| find_kind(world, Kind::Role, id));
            waiting.extend(included);
        }
    }
    found
}

/// The rules of some roles.
pub(super) fn rules_of(roles: &[&Object]) -> Vec<Rule> {
    roles.iter().flat_map(|role| role.rules.iter().copied()).collect()
}

/// "A grant [...] is live between [start and end] while its principal, role and anchor are active."
pub(super) fn is_live(world: &World, grant: &Object) -> bool {
    let principal = grant.principal.as_deref().and_then(|id| find(world, id));
    let role = grant.role.as_deref().and_then(|id| find_kind(world, Kind::Role, id));
    let anchor = parent(world, grant);
    grant.kind == Kind::Grant
        && !grant.revoked
        && grant.starts.is_none_or(|starts| starts <= now(world))
        && grant.ends.is_none_or(|ends| now(world) < ends)
        && principal.is_some_and(|principal| is_in_good_standing(world, principal))
        && role.is_some_and(|role| is_live_role(world, role))
        && anchor.is_some_and(|anchor| is_live_anchor(world, anchor))
}

/// "a grant counts until it has ended or is revoked or deleted, whether or not it has begun and
/// its principal, role, anchor and organization are active"
pub(super) fn counts(world: &World, grant: &Object) -> bool {
    grant.kind == Kind::Grant && !grant.revoked && grant.ends.is_none_or(|ends| now(world) < ends)
}

/// The holding that a grant gives, whether live or not.
fn holding<'w>(world: &'w World, grant: &'w Object) -> Option<Holding<'w>> {
    Some(Holding {
        role: find_kind(world, Kind::Role, grant.role.as_deref()?)?,
        anchor: parent(world, grant)?,
        ends: grant.ends,
    })
}

/// The grants of a principal that a filter lets through.
fn holdings<'w>(
    world: &'w World,
    principal: &Object,
    filter: fn(&World, &Object) -> bool,
) -> Vec<Holding<'w>> {
    world
        .objects
        .iter()
        .filter(|grant| grant.principal.as_deref() == Some(&principal.id) && filter(world, grant))
        .filter_map(|grant| holding(world, grant))
        .collect()
}

/// What a principal holds at this moment. "A node holds the built-in role `node`, a container the
/// built-in role `container`, both at the server, by being one: [...] they hold nothing else."
pub(super) fn held<'w>(world: &'w World, principal: &Object) -> Vec<Holding<'w>> {
    match principal.kind {
        Kind::Node | Kind::Container => find_kind(world, Kind::Role, principal.kind.name())
            .filter(|role| is_live_role(world, role))
            .map(|role| Holding { role, anchor: Place::Server, ends: None })
            .into_iter()
            .collect(),
        _ => holdings(world, principal, is_live),
    }
}

/// What a principal holds where it is asked who stands above whom. "What a node or container holds
/// by being one does not count."
pub(super) fn counted<'w>(world: &'w World, principal: &Object) -> Vec<Holding<'w>> {
    match principal.kind {
        Kind::Node | Kind::Container => Vec::new(),
        _ => holdings(world, principal, counts),
    }
}

/// "A role is held on the object when a live grant of it has the object inside its anchor."
pub(super) fn holds_on(
    world: &World,
    principal: &Object,
    role: &str,
    object: Place<'_>,
    operation: Operation,
) -> bool {
    held(world, principal).iter().any(|holding| {
        inside(world, holding.anchor, object, operation)
            && live_closure(world, holding.role).iter().any(|found| found.id == role)
    })
}

/// Whether a principal holds a role at an anchor or above it, for long enough.
pub(super) fn holds_at(
    world: &World,
    principal: &Object,
    role: &str,
    anchor: Place<'_>,
    until: Until,
) -> bool {
    held(world, principal).iter().any(|holding| {
        inside(world, holding.anchor, anchor, Operation::Edit)
            && until.is_outlived_by(holding.ends)
            && live_closure(world, holding.role).iter().any(|found| found.id == role)
    })
}

//! Whether a caller holds what is handed out or taken away: reach compared as sets of objects.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::access::RoleSet;
use crate::caller::{Caller, Held, HeldGrant};
use crate::facts::Facts;
use crate::gate::Gate;
use crate::kind::Kind;
use crate::policy::Policy;
use crate::principal::PrincipalId;
use crate::rule::{Rule, Scope};

/// What a principal holds, for escalation and rank.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Who.
    pub principal: PrincipalId,
    /// Its home.
    pub home: Option<Uuid>,
    /// Its grants, live or not.
    pub grants: Vec<HeldGrant>,
}

/// How long something that is handed out lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// It is taken away: the end does not matter.
    Never,
    /// Until this time, or for good.
    End(Option<OffsetDateTime>),
}

impl Until {
    pub(super) fn is_outlived_by(self, ends_at: Option<OffsetDateTime>) -> bool {
        match (self, ends_at) {
            (Self::Never, _) | (Self::End(_), None) => true,
            (Self::End(None), Some(_)) => false,
            (Self::End(Some(until)), Some(end)) => until <= end,
        }
    }
}

/// A right as somebody would hold it: a rule, at an anchor, for a receiver.
#[derive(Debug, Clone, Copy)]
pub(super) struct Right<'a> {
    pub rule: Rule,
    pub at: &'a Facts,
    /// The receiver's home.
    pub home: Option<Uuid>,
    pub until: Until,
    /// No grant says how far it will reach: scopes are compared by name too.
    pub by_name: bool,
    /// A rule of scope own is covered only by a wider one.
    pub own_needs_wider: bool,
}

/// Whether something is so of the caller and, for what acts for another, of its maker, each taken alone.
pub(super) fn of_each(caller: &Caller, is_so: &dyn Fn(&Caller) -> bool) -> bool {
    is_so(caller) && caller.bound.as_deref().is_none_or(|maker| of_each(maker, is_so))
}

/// Whether one of the caller's own live grants covers the right.
pub(super) fn holds(caller: &Caller, right: &Right<'_>) -> bool {
    caller.grants.iter().any(|held| covers(caller, held, right))
}

fn covers(caller: &Caller, held: &Held, right: &Right<'_>) -> bool {
    let Some(scope) = held.rights.scope(right.rule.kind, right.rule.operation) else { return false };
    let needed = right.rule.scope;
    if (right.by_name && scope < needed)
        || (right.own_needs_wider && needed == Scope::Own && scope == Scope::Own)
        || !right.until.is_outlived_by(held.ends_at)
    {
        return false;
    }
    let anchor = held.anchor();
    let at_server = right.at.kind == Kind::Server;
    if !anchor.is_server() {
        return !at_server
            && right.at.lineage.is_inside(anchor)
            && (scope != Scope::Own || needed == Scope::Own);
    }
    match scope {
        Scope::Global => true,
        Scope::Own => needed == Scope::Own,
        _ if at_server => needed <= scope && caller.home.is_some() && caller.home == right.home,
        Scope::Organization => is_at_home(caller, right.at),
        Scope::Collaboration => is_at_home(caller, right.at) || is_shared(caller, right),
    }
}

fn is_at_home(caller: &Caller, at: &Facts) -> bool {
    caller.home.is_some() && at.lineage.organization == caller.home
}

/// Whether scope collaboration at the server reaches all objects of the kind inside the anchor.
fn is_shared(caller: &Caller, right: &Right<'_>) -> bool {
    match right.rule.kind {
        Kind::Organization | Kind::User | Kind::Role => {
            right.at.lineage.organization.is_some_and(|home| caller.peers.contains(&home))
        }
        _ => {
            right.at.lineage.project.is_some()
                && right.at.collaboration.is_some_and(|in_it| caller.collaborations.contains(&in_it))
        }
    }
}

/// Whether the caller holds each of these built-in roles, which access rules name, at the anchor or above; root may.
/// What is handed out outlives neither the grants of those roles nor that of root.
pub(super) fn holds_named(caller: &Caller, gate: &Gate, roles: RoleSet, at: &Facts, until: Until) -> bool {
    let named = roles.both(gate.policy().access().named());
    if named.is_empty() || caller.is_operator() {
        return true;
    }
    let root =
        gate.policy().index(Policy::ROOT).map_or_else(RoleSet::default, |root| RoleSet::default().with(root));
    let mut missing = named;
    for held in caller.grants.iter().filter(|held| until.is_outlived_by(held.ends_at)) {
        if held.anchor().is_server() && !held.roles.both(root).is_empty() {
            return true;
        }
        if at.lineage.is_inside(held.anchor()) {
            missing = missing.without(held.roles);
        }
    }
    missing.is_empty()
}

/// Whether the caller holds all that a grant gives, counted in full.
pub(super) fn holds_grant(
    caller: &Caller,
    gate: &Gate,
    grant: &HeldGrant,
    home: Option<Uuid>,
    until: Until,
    own_needs_wider: bool,
) -> bool {
    let full = grant.in_full(gate.policy());
    holds_all(caller, gate, &full, home, until, own_needs_wider)
}

/// Whether the caller holds all that this would give to a receiver at home in `home`.
pub(super) fn holds_all(
    caller: &Caller,
    gate: &Gate,
    given: &Held,
    home: Option<Uuid>,
    until: Until,
    own_needs_wider: bool,
) -> bool {
    let at = &given.at;
    given
        .rights
        .rules()
        .all(|rule| holds(caller, &Right { rule, at, home, until, by_name: false, own_needs_wider }))
        && holds_named(caller, gate, given.roles, at, until)
}

/// Whether a grant gives root at the server.
pub(super) fn is_root(grant: &HeldGrant, policy: &Policy) -> bool {
    let held = grant.in_full(policy);
    held.anchor().is_server()
        && policy
            .index(Policy::ROOT)
            .is_some_and(|root| !held.roles.both(RoleSet::default().with(root)).is_empty())
}

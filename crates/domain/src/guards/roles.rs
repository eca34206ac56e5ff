//! Making, changing and removing an organization's roles: no escalation.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::cover::{Right, Until, holds, holds_named, of_each};
use crate::access::RoleSet;
use crate::caller::{Caller, HeldGrant};
use crate::entities::Role;
use crate::facts::Facts;
use crate::gate::{Delete, Denial, Edit, Gate, Granted, MayCreate};
use crate::kind::{Kind, Operation};
use crate::object::{Changed, New, Removed};
use crate::reason::Guard;
use crate::role::Closure;
use crate::rule::{Rights, Rule};

/// A grant of a role that includes the one that changes.
#[derive(Debug, Clone)]
pub struct Granting {
    /// The grant.
    pub grant: HeldGrant,
    /// The home of the principal that it names.
    pub home: Option<Uuid>,
}

/// What a change of a role hands out or takes away.
struct Difference {
    added: BTreeSet<Rule>,
    taken: BTreeSet<Rule>,
    /// The built-in roles that it includes anew.
    entering: RoleSet,
    /// The built-in roles that it includes no longer.
    leaving: RoleSet,
}

impl Difference {
    fn between(gate: &Gate, before: &Closure, after: &Closure) -> Self {
        let (before, had) = before.resolve(gate.policy());
        let (after, has) = after.resolve(gate.policy());
        // A wider scope includes the narrower ones: what is narrowed takes away and hands out nothing.
        let beyond = |more: &Rights, less: &Rights| {
            more.rules()
                .filter(|rule| less.scope(rule.kind, rule.operation).is_none_or(|scope| scope < rule.scope))
                .collect::<BTreeSet<_>>()
        };
        Self {
            added: beyond(&after, &before),
            taken: beyond(&before, &after),
            entering: has.without(had),
            leaving: had.without(has),
        }
    }

    /// Whether the caller holds all of it at this anchor, for this receiver.
    fn is_held(&self, caller: &Caller, gate: &Gate, at: &Facts, grant: Option<&Granting>) -> bool {
        let until = grant.map_or(Until::Never, |granting| Until::End(granting.grant.ends_at));
        let home = grant.and_then(|granting| granting.home);
        let right =
            |rule, until| Right { rule, at, home, until, by_name: grant.is_none(), own_needs_wider: false };
        self.added.iter().all(|&rule| holds(caller, &right(rule, until)))
            && self.taken.iter().all(|&rule| holds(caller, &right(rule, Until::Never)))
            && holds_named(caller, gate, self.entering, at, until)
            && holds_named(caller, gate, self.leaving, at, Until::Never)
    }
}

fn clears(
    gate: &Gate,
    caller: &Caller,
    difference: &Difference,
    organization: &Facts,
    grants: &[Granting],
) -> bool {
    let counted = || grants.iter().filter(|granting| granting.grant.counts(gate.now()));
    of_each(caller, &|who| {
        difference.is_held(who, gate, organization, None)
            && counted().all(|granting| difference.is_held(who, gate, &granting.grant.at, Some(granting)))
    })
}

/// A new role, if the caller holds all of it.
///
/// # Errors
/// The guard that forbids it.
pub fn make_role(
    gate: &Gate,
    permit: MayCreate<'_, Role>,
    id: Uuid,
    data: Role,
) -> Result<New<Role>, Denial> {
    let difference = Difference::between(gate, &Closure::default(), &data.full);
    if !clears(gate, permit.caller(), &difference, permit.parent(), &[]) {
        return Err(Gate::guarded(Guard::Escalation, Operation::Create, Kind::Role, permit.parent()));
    }
    Ok(permit.made(id, gate.now(), data))
}

/// A role with other rules, includes, name or activity, if the caller holds what that hands out and takes away.
/// `grants` are the grants of every role that includes it, itself among them.
///
/// # Errors
/// The guard that forbids it.
pub fn change_role(
    gate: &Gate,
    granted: Granted<'_, Edit, Role>,
    grants: &[Granting],
    after: Role,
) -> Result<Changed<Role>, Denial> {
    let before = granted.data();
    if before.built_in {
        return Err(Gate::guarded(Guard::BuiltIn, Operation::Edit, Kind::Role, granted.facts()));
    }
    let nothing = Closure::default();
    let difference = if before.active == after.active {
        Difference::between(gate, &before.full, &after.full)
    } else {
        // Waking or putting to sleep hands out or takes away the whole role, as it was and as it will be.
        let mut whole = Difference::between(gate, &nothing, &after.full);
        let old = Difference::between(gate, &before.full, &nothing);
        whole.taken.extend(old.taken);
        whole.leaving = whole.leaving.union(old.leaving);
        whole
    };
    if !clears(gate, granted.caller(), &difference, &organization(granted.facts()), grants) {
        return Err(Gate::guarded(Guard::Escalation, Operation::Edit, Kind::Role, granted.facts()));
    }
    Ok(granted.changed(gate.now(), |role| *role = after))
}

/// A role to be removed, if the caller holds all of it.
///
/// # Errors
/// The guard that forbids it.
pub fn remove_role(
    gate: &Gate,
    granted: Granted<'_, Delete, Role>,
    grants: &[Granting],
) -> Result<Removed<Role>, Denial> {
    let role = granted.data();
    let guard = if role.built_in {
        Some(Guard::BuiltIn)
    } else {
        let may = may_remove_role(gate, granted.caller(), granted.facts(), &role.full, grants);
        (!may).then_some(Guard::Escalation)
    };
    match guard {
        Some(guard) => Err(Gate::guarded(guard, Operation::Delete, Kind::Role, granted.facts())),
        None => Ok(Removed(granted.into_object())),
    }
}

/// Whether the caller holds all that removing an organization's role takes away.
pub fn may_remove_role(
    gate: &Gate,
    caller: &Caller,
    role: &Facts,
    full: &Closure,
    grants: &[Granting],
) -> bool {
    clears(gate, caller, &Difference::between(gate, full, &Closure::default()), &organization(role), grants)
}

/// The place of a role's organization.
fn organization(role: &Facts) -> Facts {
    let mut facts = role.clone();
    facts.kind = Kind::Organization;
    facts
}

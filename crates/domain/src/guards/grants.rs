//! Making, changing and taking away grants: no escalation.

use time::OffsetDateTime;
use uuid::Uuid;

use super::cover::{Standing, Until, holds_all, holds_grant, of_each};
use crate::caller::{Caller, Held, HeldGrant};
use crate::entities::Grant;
use crate::gate::{Delete, Denial, Edit, Gate, Granted, MayCreate};
use crate::kind::{Kind, Operation};
use crate::object::{Changed, New, Removed};
use crate::principal::PrincipalKind;
use crate::reason::Guard;
use crate::role::Closure;

/// The role of a grant that is to be made.
#[derive(Debug, Clone)]
pub struct GivenRole {
    /// Which role.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The organization that made it; absent for built-in roles.
    pub organization: Option<Uuid>,
    /// Its includes followed in full.
    pub full: Closure,
}

/// A new grant, if no guard forbids it. `project` is set for an API key that was made through one.
///
/// # Errors
/// The guard that forbids it.
pub fn make_grant(
    gate: &Gate,
    permit: MayCreate<'_, Grant>,
    role: &GivenRole,
    receiver: &Standing,
    project: Option<Uuid>,
    id: Uuid,
    data: Grant,
) -> Result<New<Grant>, Denial> {
    let caller = permit.caller();
    let at = permit.parent();
    let forbid = |guard| Err(Gate::guarded(guard, Operation::Create, Kind::Grant, at));
    let fixed = role.organization.is_none() && gate.policy().role(&role.name).is_none_or(|role| role.fixed);
    if fixed || matches!(receiver.principal.kind, PrincipalKind::Node | PrincipalKind::Container) {
        return forbid(Guard::BuiltIn);
    }
    if is_own(caller, receiver) {
        return forbid(Guard::OwnGrant);
    }
    if project.is_some_and(|project| at.lineage.project != Some(project)) {
        return forbid(Guard::KeyOutside);
    }
    if let Some(organization) = role.organization {
        let inside = at.lineage.organization == Some(organization);
        let to_its_own = at.kind == Kind::Server && receiver.home == Some(organization);
        if !inside && !to_its_own {
            return forbid(Guard::ForeignRole);
        }
    }
    let (rights, roles) = role.full.resolve(gate.policy());
    let given = Held {
        grant: id,
        role: role.id,
        role_name: role.name.clone(),
        at: at.clone(),
        rights,
        roles,
        ends_at: data.expires_at,
    };
    let until = Until::End(data.expires_at);
    if !of_each(caller, &|who| holds_all(who, gate, &given, receiver.home, until, false)) {
        return forbid(Guard::Escalation);
    }
    Ok(permit.made(id, gate.now(), data))
}

/// A grant with another start or end, if no guard forbids it.
///
/// # Errors
/// The guard that forbids it.
pub fn change_grant(
    gate: &Gate,
    granted: Granted<'_, Edit, Grant>,
    held: &HeldGrant,
    receiver: &Standing,
    starts_at: Option<OffsetDateTime>,
    expires_at: Option<OffsetDateTime>,
) -> Result<Changed<Grant>, Denial> {
    if let Some(guard) = forbids_change(gate, granted.caller(), held, receiver, expires_at) {
        return Err(Gate::guarded(guard, Operation::Edit, Kind::Grant, granted.facts()));
    }
    Ok(granted.changed(gate.now(), |grant| {
        grant.starts_at = starts_at;
        grant.expires_at = expires_at;
    }))
}

/// A grant to be taken away, if no guard forbids it. Anybody may give up their own.
///
/// # Errors
/// The guard that forbids it.
pub fn remove_grant(
    gate: &Gate,
    granted: Granted<'_, Delete, Grant>,
    held: &HeldGrant,
    receiver: &Standing,
) -> Result<Removed<Grant>, Denial> {
    if !may_remove_grant(gate, granted.caller(), held, receiver.home) {
        return Err(Gate::guarded(Guard::Escalation, Operation::Delete, Kind::Grant, granted.facts()));
    }
    Ok(Removed(granted.into_object()))
}

/// What forbids the caller to give a grant this end, if anything does.
pub fn forbids_change(
    gate: &Gate,
    caller: &Caller,
    held: &HeldGrant,
    receiver: &Standing,
    expires_at: Option<OffsetDateTime>,
) -> Option<Guard> {
    if is_own(caller, receiver) {
        return Some(Guard::OwnGrant);
    }
    let until = Until::End(expires_at);
    let holds = of_each(caller, &|who| holds_grant(who, gate, held, receiver.home, until, false));
    (!holds).then_some(Guard::Escalation)
}

/// Whether the caller may take a grant away from somebody at home in `home`: anybody may give up their own.
pub fn may_remove_grant(gate: &Gate, caller: &Caller, held: &HeldGrant, home: Option<Uuid>) -> bool {
    let may_take =
        |who: &Caller| who.is(held.principal) || holds_grant(who, gate, held, home, Until::Never, false);
    caller.is(held.principal) || of_each(caller, &may_take)
}

/// Whether a grant of this receiver would be the caller's own; a key's maker is who asks through the key.
fn is_own(caller: &Caller, receiver: &Standing) -> bool {
    caller.is(receiver.principal) || caller.maker() == Some(receiver.principal)
}

//! Client apps: the role that registering through one gives is handed out by who set it, and so is a credential of one.

use uuid::Uuid;

use super::cover::{Until, holds_all, of_each};
use super::grants::GivenRole;
use crate::caller::{Caller, Held};
use crate::entities::{ClientApp, Standing};
use crate::facts::Facts;
use crate::gate::{Changes, Delete, Denial, Gate, Granted, MayCreate, Sealed};
use crate::kind::{Kind, Operation};
use crate::object::{Changed, New, Removed};
use crate::reason::Guard;

/// A role as registration would hand it out.
#[derive(Debug)]
pub struct HandedOut<'a> {
    /// The role.
    pub role: &'a GivenRole,
    /// Where newcomers get it.
    pub at: &'a Facts,
    /// Where they are at home.
    pub home: Option<Uuid>,
}

/// What forbids the caller to have a role handed out by registration, if anything does: what would forbid a grant of it.
fn forbids(gate: &Gate, caller: &Caller, handed: &HandedOut<'_>) -> Option<Guard> {
    let HandedOut { role, at, home } = *handed;
    if role.organization.is_some() || gate.policy().role(&role.name).is_none_or(|role| role.fixed) {
        return Some(Guard::BuiltIn);
    }
    let (rights, roles) = role.full.resolve(gate.policy());
    let given = Held {
        grant: Uuid::nil(),
        role: role.id,
        role_name: role.name.clone(),
        at: at.clone(),
        rights,
        roles,
        ends_at: None,
    };
    let grants = gate.rules_allow(caller, Operation::Create, Kind::Grant, at).is_some();
    let holds = of_each(caller, &|who| holds_all(who, gate, &given, home, Until::End(None), false));
    (!grants || !holds).then_some(Guard::Escalation)
}

/// Whether a role goes with what hands it out, and the caller may have it handed out.
fn judge(
    gate: &Gate,
    caller: &Caller,
    data: &ClientApp,
    handed: Option<&HandedOut<'_>>,
) -> Result<(), Guard> {
    let fits = handed.filter(|handed| data.default_role_id == Some(handed.role.id));
    match (data.default_role_id, fits) {
        (None, _) => Ok(()),
        (Some(_), Some(handed)) => forbids(gate, caller, handed).map_or(Ok(()), Err),
        (Some(_), None) => Err(Guard::BuiltIn),
    }
}

/// A new client app, if its maker may hand out the role that it gives.
///
/// # Errors
/// The guard that forbids it.
pub fn make_client_app(
    gate: &Gate,
    permit: MayCreate<'_, ClientApp>,
    handed: Option<&HandedOut<'_>>,
    id: Uuid,
    data: ClientApp,
) -> Result<New<ClientApp>, Denial> {
    match judge(gate, permit.caller(), &data, handed) {
        Ok(()) => Ok(permit.made(id, gate.now(), data)),
        Err(guard) => Err(Gate::guarded(guard, Operation::Create, Kind::ClientApp, permit.parent())),
    }
}

/// A client app with a change. Who sets the role that it gives, or lets people register through one that gives it, must
/// be allowed to hand it out.
///
/// # Errors
/// The guard that forbids it.
pub fn change_client_app<A: Changes>(
    gate: &Gate,
    granted: Granted<'_, A, ClientApp>,
    handed: Option<&HandedOut<'_>>,
    change: impl FnOnce(&mut ClientApp),
) -> Result<Changed<ClientApp>, Denial> {
    let caller = granted.caller();
    let changed = granted.changed(gate.now(), change);
    let (before, after) = (&changed.before().data, &changed.after().data);
    let gives = before.default_role_id != after.default_role_id;
    if gives || (after.registration && !before.registration) {
        judge(gate, caller, after, handed)
            .map_err(|guard| Gate::guarded(guard, A::OPERATION, Kind::ClientApp, &changed.after().facts))?;
    }
    Ok(changed)
}

/// A client app to be removed.
pub fn remove_client_app(granted: Granted<'_, Delete, ClientApp>) -> Removed<ClientApp> {
    Removed(granted.into_object())
}

/// Whether the caller may have a credential of a client app: who asks through it has one already, and who may edit it
/// can give themselves its key.
pub fn may_issue_for(gate: &Gate, caller: &Caller, app: &Facts) -> bool {
    let edits = gate.rules_allow(caller, Operation::Edit, Kind::ClientApp, app).is_some();
    edits || (app.kind == Kind::ClientApp && caller.client_app == Some(app.id))
}

/// Whether people may register through a client app: nobody needs a right to know that who does.
pub fn lets_register(app: &Sealed<ClientApp>) -> bool {
    let ClientApp { status, registration, .. } = app.object().data;
    registration && status == Standing::Active
}

/// The role that registering through a client app gives.
pub const fn default_role_of(app: &Sealed<ClientApp>) -> Option<Uuid> {
    app.object().data.default_role_id
}

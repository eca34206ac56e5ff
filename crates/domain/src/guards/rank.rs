//! Rank: who may touch a principal that holds more than they do.

use time::OffsetDateTime;
use uuid::Uuid;

use super::client_apps::may_issue_for;
use super::cover::{Standing, Until, holds_grant, is_root, of_each};
use crate::caller::{Caller, HeldGrant};
use crate::entities::{ApiKey, User};
use crate::facts::Facts;
use crate::gate::{Changes, Delete, Denial, Gate, Granted, MayCreate};
use crate::kind::{Kind, Operation};
use crate::object::{Changed, Entity, New, Object, Relation, Removed};
use crate::reason::Guard;

/// What is done to a principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    /// A change of what it is.
    Edit,
    /// A new secret, password or recovery address: whoever has it acts as the principal.
    Secret,
    /// Suspending, waking, deleting, revoking: needs no rank over what it holds outside its organization.
    Standing,
}

/// Whether no guard of rank forbids this to the caller, nor to the maker of what acts for another. Nobody is
/// outranked by themselves; but who holds root at the server, even from tomorrow, is suspended or deleted by root alone.
pub fn outranks(gate: &Gate, caller: &Caller, target: &Standing, concern: Concern) -> bool {
    let root_alone =
        concern == Concern::Standing && counted(gate, target).any(|grant| is_root(grant, gate.policy()));
    of_each(caller, &|who| {
        (!root_alone || who.holds_root(gate.policy()))
            && (who.is(target.principal) || ranks_above(gate, who, target, concern))
    })
}

fn counted<'t>(gate: &Gate, target: &'t Standing) -> impl Iterator<Item = &'t HeldGrant> {
    let now = gate.now();
    target.grants.iter().filter(move |grant| grant.counts(now))
}

fn ranks_above(gate: &Gate, caller: &Caller, target: &Standing, concern: Concern) -> bool {
    let outside = |organization: Option<Uuid>| organization.is_none() || organization != target.home;
    counted(gate, target)
        .filter(|grant| concern != Concern::Standing || !outside(grant.at.lineage.organization))
        .all(|grant| holds_grant(caller, gate, grant, target.home, Until::Never, concern == Concern::Secret))
}

fn ranked<'c, A: crate::gate::Action, T: Entity>(
    gate: &Gate,
    granted: Granted<'c, A, T>,
    standing: &Standing,
    concern: Concern,
) -> Result<Granted<'c, A, T>, Denial> {
    if granted.facts().is(standing.principal) && outranks(gate, granted.caller(), standing, concern) {
        Ok(granted)
    } else {
        Err(Gate::guarded(Guard::Rank, A::OPERATION, T::KIND, granted.facts()))
    }
}

/// A new user. It holds nothing yet, so nobody outranks its maker.
pub fn make_user(gate: &Gate, permit: MayCreate<'_, User>, id: Uuid, data: User) -> New<User> {
    permit.made(id, gate.now(), data)
}

/// A user with a change, if rank allows it.
///
/// # Errors
/// Rank forbids it.
pub fn change_user<A: Changes>(
    gate: &Gate,
    granted: Granted<'_, A, User>,
    standing: &Standing,
    concern: Concern,
    change: impl FnOnce(&mut User),
) -> Result<Changed<User>, Denial> {
    Ok(ranked(gate, granted, standing, concern)?.changed(gate.now(), change))
}

/// A user to be removed, if rank allows it.
///
/// # Errors
/// Rank forbids it.
pub fn remove_user(
    gate: &Gate,
    granted: Granted<'_, Delete, User>,
    standing: &Standing,
) -> Result<Removed<User>, Denial> {
    Ok(Removed(ranked(gate, granted, standing, Concern::Standing)?.into_object()))
}

/// Whether the caller lasts as long as what it gives this end: a key hands out no time that it does not have.
fn lasts_until(caller: &Caller, expires_at: Option<OffsetDateTime>) -> bool {
    of_each(caller, &|who| Until::End(expires_at).is_outlived_by(who.ends_at))
}

/// Whether the caller may have credentials of what a key is issued for; of the default app everybody has, but who asks
/// through another one.
fn may_issue(gate: &Gate, caller: &Caller, app: Option<&Facts>) -> bool {
    app.map_or(caller.client_app.is_none(), |app| may_issue_for(gate, caller, app))
}

/// A new API key, which must have a maker to be bounded by. It holds nothing yet. `app` is what it is issued for.
///
/// # Errors
/// The caller is nobody whom a key could act for, or a key that ends before; they may have no credentials of that app.
pub fn make_api_key(
    gate: &Gate,
    permit: MayCreate<'_, ApiKey>,
    app: Option<&Facts>,
    id: Uuid,
    data: ApiKey,
) -> Result<New<ApiKey>, Denial> {
    if permit.caller().maker().is_none() {
        return Err(Gate::guarded(Guard::Rank, Operation::Create, Kind::ApiKey, permit.parent()));
    }
    let fits = data.client_app_id == app.map(|app| app.id);
    if !fits || !may_issue(gate, permit.caller(), app) || !lasts_until(permit.caller(), data.expires_at) {
        return Err(Gate::guarded(Guard::Escalation, Operation::Create, Kind::ApiKey, permit.parent()));
    }
    Ok(permit.made(id, gate.now(), data))
}

/// Whether the caller may have credentials of the client app that a key was issued for.
pub fn may_renew_api_key(gate: &Gate, caller: &Caller, key: &Object<ApiKey>) -> bool {
    let app = key.near.iter().find(|near| near.relation == Relation::ClientApp);
    // Who asks through an app takes no key of the default app over either.
    app.is_some() == key.data.client_app_id.is_some() && may_issue(gate, caller, app.map(|app| &*app.facts))
}

/// An API key with a change, if rank allows it. With a new secret the caller becomes its maker. It is issued for the same
/// client app as before.
///
/// # Errors
/// Rank forbids it; another end would be later than that of the key that asks; a new secret would be a credential of an
/// app that the caller may have none of.
pub fn change_api_key<A: Changes>(
    gate: &Gate,
    granted: Granted<'_, A, ApiKey>,
    standing: &Standing,
    concern: Concern,
    change: impl FnOnce(&mut ApiKey),
) -> Result<Changed<ApiKey>, Denial> {
    let granted = ranked(gate, granted, standing, concern)?;
    let caller = granted.caller();
    let maker = caller.maker();
    let mut changed = granted.changed(gate.now(), |key| {
        let issued_for = key.client_app_id;
        change(key);
        key.client_app_id = issued_for;
    });
    if concern == Concern::Secret && !may_renew_api_key(gate, caller, changed.before()) {
        return Err(Gate::guarded(Guard::Escalation, A::OPERATION, Kind::ApiKey, &changed.after().facts));
    }
    let (before, after) = (&changed.before().data, &changed.after().data);
    if before.expires_at != after.expires_at && !lasts_until(caller, after.expires_at) {
        return Err(Gate::guarded(Guard::Escalation, A::OPERATION, Kind::ApiKey, &changed.after().facts));
    }
    if concern == Concern::Secret && maker.is_some() {
        changed.after.facts.maker = maker;
    }
    Ok(changed)
}

/// An API key to be removed, if rank allows it.
///
/// # Errors
/// Rank forbids it.
pub fn remove_api_key(
    gate: &Gate,
    granted: Granted<'_, Delete, ApiKey>,
    standing: &Standing,
) -> Result<Removed<ApiKey>, Denial> {
    Ok(Removed(ranked(gate, granted, standing, Concern::Standing)?.into_object()))
}

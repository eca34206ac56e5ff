//! Root stays, and only root touches root.

use super::cover::{Standing, is_root, of_each};
use crate::caller::{Caller, HeldGrant};
use crate::gate::Gate;
use crate::principal::PrincipalKind;

/// Whether a grant, if the user that it names is active, is one of those of which at least one must stay: live, of root
/// itself, at the server, to a user, without an end.
pub fn is_lasting_root(gate: &Gate, grant: &HeldGrant) -> bool {
    let role = gate.policy().role(crate::policy::Policy::ROOT);
    grant.principal.kind == PrincipalKind::User
        && grant.ends_at.is_none()
        && grant.is_live(gate.now())
        && grant.at.anchor().is_some_and(crate::facts::Anchor::is_server)
        && role.is_some_and(|root| root.id() == grant.role)
}

/// Whether a change leaves a lasting root, given how many there are before and after it. Where there was none, there is
/// nothing to keep.
pub const fn root_stays(before: u64, after: u64) -> bool {
    before == 0 || after > 0
}

/// Whether an organization may be suspended or deleted as far as its principals go: who holds root at the server is
/// suspended or deleted only by root.
pub fn spares_root(gate: &Gate, caller: &Caller, principals: &[Standing]) -> bool {
    let rooted = principals
        .iter()
        .flat_map(|standing| &standing.grants)
        .any(|grant| grant.counts(gate.now()) && is_root(grant, gate.policy()));
    !rooted || of_each(caller, &|who| who.holds_root(gate.policy()))
}

//! Who is a member of a collaboration: consent.

use super::links::{Refused, may_edit, settle};
use crate::caller::Caller;
use crate::facts::Facts;
use crate::gate::Gate;
use crate::kind::{Kind, Operation};
use crate::reason::Guard;

/// Whether one caller may let an organization enter in one step: who may edit the collaboration proposes it, who may
/// edit the organization accepts, and this caller may do both.
///
/// # Errors
/// Why not.
pub fn admit(
    gate: &Gate,
    caller: &Caller,
    collaboration: &Facts,
    organization: Option<&Facts>,
) -> Result<(), Refused> {
    let guard = may_edit(gate, caller, collaboration)?;
    let organization =
        organization.filter(|organization| gate.may_view(caller, organization)).ok_or(Refused::Named)?;
    let accepts = organization.kind == Kind::Organization && edits(gate, caller, organization);
    settle(collaboration, [guard, (!accepts).then_some(Guard::Consent)])
}

/// Whether an organization may be taken out: who edits the collaboration may, and the organization itself.
///
/// # Errors
/// Why not.
pub fn dismiss(
    gate: &Gate,
    caller: &Caller,
    collaboration: &Facts,
    organization: Option<&Facts>,
) -> Result<(), Refused> {
    let member = organization.filter(|organization| {
        organization.kind == Kind::Organization && collaboration.is_home(organization.id)
    });
    if member.is_some_and(|member| edits(gate, caller, member)) {
        return Ok(());
    }
    let guard = may_edit(gate, caller, collaboration)?;
    member.ok_or(Refused::Named)?;
    settle(collaboration, [guard])
}

fn edits(gate: &Gate, caller: &Caller, organization: &Facts) -> bool {
    gate.rules_allow(caller, Operation::Edit, Kind::Organization, organization).is_some()
}

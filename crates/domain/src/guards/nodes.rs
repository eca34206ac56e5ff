//! Making a node hands out what a node holds.

use super::links::Refused;
use crate::caller::Caller;
use crate::facts::Facts;
use crate::gate::{Create, Gate, Judgement};
use crate::kind::{Kind, Operation};
use crate::reason::Guard;

/// Whether a node may be made under an organization, to work in a collaboration of which that is a member: beside the
/// rule it needs edit on the organization and view on the collaboration.
///
/// # Errors
/// Why not.
pub fn make_node(
    gate: &Gate,
    caller: &Caller,
    organization: &Facts,
    collaboration: Option<&Facts>,
) -> Result<(), Refused> {
    let guard = match gate.judge::<Create>(caller, Kind::Node, organization) {
        Judgement::Allowed(_) => None,
        Judgement::Guarded(guard) => Some(guard),
        Judgement::Missing => {
            return Err(gate.missing(caller, Operation::Create, Kind::Node, organization).into());
        }
    };
    collaboration
        .filter(|into| into.kind == Kind::Collaboration && into.is_home(organization.id))
        .filter(|into| gate.may_view(caller, into))
        .ok_or(Refused::Named)?;
    let edits = gate.rules_allow(caller, Operation::Edit, Kind::Organization, organization).is_some();
    match Guard::foremost(guard.into_iter().chain((!edits).then_some(Guard::NodeMaking))) {
        Some(guard) => Err(Gate::guarded(guard, Operation::Create, Kind::Node, organization).into()),
        None => Ok(()),
    }
}

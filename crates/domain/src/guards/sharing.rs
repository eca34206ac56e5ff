//! Sharing a project in a collaboration.

use super::links::{Refused, may_edit, settle};
use crate::caller::Caller;
use crate::facts::Facts;
use crate::gate::Gate;
use crate::kind::Kind;
use crate::reason::Guard;

/// Whether a project may be shared in a collaboration, or moved to it: edit on the project and on its organization,
/// which is a member there, and view on the collaboration; not while its runs are open in the one that it leaves.
///
/// # Errors
/// Why not.
pub fn share(
    gate: &Gate,
    caller: &Caller,
    project: &Facts,
    organization: &Facts,
    into: Option<&Facts>,
    open_runs: bool,
) -> Result<(), Refused> {
    let guard = may_edit(gate, caller, project)?;
    let into = into
        .filter(|into| into.kind == Kind::Collaboration && into.is_home(organization.id))
        .filter(|into| gate.may_view(caller, into))
        .ok_or(Refused::Named)?;
    let leaves = project.collaboration.is_some_and(|from| from != into.id);
    settle(project, [guard, is_open(leaves && open_runs), speaks_for(gate, caller, organization)])
}

/// Whether a project may be taken out of the collaboration that it is shared in.
///
/// # Errors
/// Why not.
pub fn unshare(
    gate: &Gate,
    caller: &Caller,
    project: &Facts,
    organization: &Facts,
    from: Option<&Facts>,
    open_runs: bool,
) -> Result<(), Refused> {
    let guard = may_edit(gate, caller, project)?;
    from.filter(|from| from.kind == Kind::Collaboration && project.collaboration == Some(from.id))
        .filter(|from| gate.may_view(caller, from))
        .ok_or(Refused::Named)?;
    settle(project, [guard, is_open(open_runs), speaks_for(gate, caller, organization)])
}

fn is_open(runs: bool) -> Option<Guard> {
    runs.then_some(Guard::OpenRuns)
}

fn speaks_for(gate: &Gate, caller: &Caller, organization: &Facts) -> Option<Guard> {
    gate.speaks_for(caller, organization).is_none().then_some(Guard::Sharing)
}

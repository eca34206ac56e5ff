//! Links: one object names another of its project.

use crate::caller::Caller;
use crate::entities::Link;
use crate::facts::Facts;
use crate::gate::{Denial, Edit, Gate, Judgement};
use crate::kind::{Kind, Operation};
use crate::reason::Guard;

/// Why an object may not name another.
#[derive(Debug, Clone)]
pub enum Refused {
    /// The rules or a guard forbid it.
    Denied(Box<Denial>),
    /// What is named is not in the parent, is hidden from the caller or does not exist. The answer says only that
    /// the field is wrong.
    Named,
}

impl From<Denial> for Refused {
    fn from(denial: Denial) -> Self {
        Self::Denied(Box::new(denial))
    }
}

/// The link by which a job or a task holds a file or a label, a dataset a file, a job a dataset: edit on the one that
/// changes and view on the one that is named; both in the same project.
///
/// # Errors
/// Why not.
pub fn link(gate: &Gate, caller: &Caller, changes: &Facts, named: Option<&Facts>) -> Result<Link, Refused> {
    let guard = may_edit(gate, caller, changes)?;
    let named = named
        .filter(|named| is_in_same_project(changes, named) && gate.may_view(caller, named))
        .ok_or(Refused::Named)?;
    settle(changes, [guard, cannot_name(changes, named)])?;
    Ok(Link::new(changes, named))
}

/// The link that may be taken away: edit on the one that changes.
///
/// # Errors
/// Why not.
pub fn unlink(gate: &Gate, caller: &Caller, changes: &Facts, named: Option<&Facts>) -> Result<Link, Refused> {
    let guard = may_edit(gate, caller, changes)?;
    let named = named.filter(|named| is_in_same_project(changes, named)).ok_or(Refused::Named)?;
    settle(changes, [guard, cannot_name(changes, named)])?;
    Ok(Link::new(changes, named))
}

fn cannot_name(changes: &Facts, named: &Facts) -> Option<Guard> {
    let fits = matches!(
        (changes.kind, named.kind),
        (Kind::Job | Kind::Task, Kind::File | Kind::Label)
            | (Kind::Job, Kind::Dataset)
            | (Kind::Dataset, Kind::File)
    );
    (!fits).then_some(Guard::Links)
}

/// "both in the same project where they are project objects"
fn is_in_same_project(one: &Facts, other: &Facts) -> bool {
    match (one.lineage.project, other.lineage.project) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

/// The guard that forbids an edit that the rules allow; a guard is named after what the payload gets wrong.
pub(super) fn may_edit(gate: &Gate, caller: &Caller, changes: &Facts) -> Result<Option<Guard>, Denial> {
    match gate.judge::<Edit>(caller, changes.kind, changes) {
        Judgement::Allowed(_) => Ok(None),
        Judgement::Guarded(guard) => Ok(Some(guard)),
        Judgement::Missing => Err(gate.missing(caller, Operation::Edit, changes.kind, changes)),
    }
}

/// Refused with the foremost of these guards, if any forbids.
pub(super) fn settle(
    changes: &Facts,
    guards: impl IntoIterator<Item = Option<Guard>>,
) -> Result<(), Refused> {
    match Guard::foremost(guards.into_iter().flatten()) {
        Some(guard) => Err(Gate::guarded(guard, Operation::Edit, changes.kind, changes).into()),
        None => Ok(()),
    }
}

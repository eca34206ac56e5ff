//! Tying one object to another, and undoing that.

use bailiwick_domain::guards::{self, Refused};
use bailiwick_domain::{Caller, Facts};

use super::{Scene, find_kind, id_of, shown};
use crate::decisions::{Answer, Kind, Object};

/// Tying the named object to the one that changes.
pub(super) fn link(scene: &Scene<'_>, caller: &Caller, object: &str, names: &str) -> Result<(), Answer> {
    let gate = &scene.gate;
    let object = scene.find(object).ok_or_else(|| scene.absent(caller))?;
    let (changes, named) = (scene.facts(object), scene.find(names));
    let facts = named.map(|named| scene.facts(named));
    answered(match (object.kind, named.map(|named| named.kind)) {
        (Kind::Project, Some(Kind::Collaboration)) => {
            let organization = organization(scene, object).ok_or(Answer::Hidden)?;
            guards::share(gate, caller, changes, organization, facts, has_open_runs(scene, object))
        }
        (Kind::Collaboration, Some(Kind::Organization)) => guards::admit(gate, caller, changes, facts),
        _ => guards::link(gate, caller, changes, facts).map(drop),
    })
}

/// Undoing that.
pub(super) fn unlink(scene: &Scene<'_>, caller: &Caller, object: &str, names: &str) -> Result<(), Answer> {
    let gate = &scene.gate;
    let object = scene.find(object).ok_or_else(|| scene.absent(caller))?;
    let (changes, named) = (scene.facts(object), scene.find(names));
    let facts = named.map(|named| scene.facts(named));
    answered(match (object.kind, named.map(|named| named.kind)) {
        (Kind::Project, Some(Kind::Collaboration)) => {
            let organization = organization(scene, object).ok_or(Answer::Hidden)?;
            guards::unshare(gate, caller, changes, organization, facts, has_open_runs(scene, object))
        }
        (Kind::Collaboration, Some(Kind::Organization)) => guards::dismiss(gate, caller, changes, facts),
        _ => guards::unlink(gate, caller, changes, facts).map(drop),
    })
}

fn answered(outcome: Result<(), Refused>) -> Result<(), Answer> {
    outcome.map_err(|refused| match refused {
        Refused::Named => Answer::Unprocessable,
        Refused::Denied(denial) => shown(&denial.answer),
    })
}

fn organization<'s>(scene: &'s Scene<'_>, project: &Object) -> Option<&'s Facts> {
    let organization = find_kind(scene.world, Kind::Organization, project.parent.as_deref()?)?;
    Some(scene.facts(organization))
}

fn has_open_runs(scene: &Scene<'_>, project: &Object) -> bool {
    scene.world.objects.iter().any(|run| {
        run.kind == Kind::Run && !run.suspended && scene.facts(run).lineage.project == Some(id_of(project))
    })
}

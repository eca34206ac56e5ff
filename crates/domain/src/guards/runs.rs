//! Runs: made with their task, and taken from status to status by whoever may.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::caller::Caller;
use crate::entities::{Run, RunStatus, Stored, Task};
use crate::facts::Facts;
use crate::gate::{Delete, Denial, Edit, Gate, Granted, Sealed};
use crate::kind::{Kind, Operation};
use crate::object::{Changed, New, Object, Removed};
use crate::reason::Guard;

/// A run of a task that is being made: the permit to make the task is the permit to make its runs.
pub fn make_run(task: &New<Task>, id: Uuid, data: Run) -> New<Run> {
    use crate::object::Entity;
    let task = task.object();
    let mut facts = task.facts.child(Kind::Run, id, task.facts.maker);
    data.settle(&mut facts);
    let (created_at, updated_at) = (task.created_at, task.updated_at);
    New(Object { id, created_at, updated_at, version: 1, facts, near: Vec::new(), data })
}

/// What is reported of a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Report {
    /// How far it has come.
    pub status: Option<RunStatus>,
    /// What came out.
    pub result: Option<Stored>,
    /// What it told, all of it.
    pub log: Option<Stored>,
}

/// A run with what is reported of it. The node that executes it takes it from status to status and stores what came
/// out, once; all others who may edit it may only end it. What has ended stays as it is; the same report again changes
/// nothing.
///
/// # Errors
/// The run does not go there, for this caller.
pub fn change_run(
    gate: &Gate,
    granted: Granted<'_, Edit, Run>,
    report: &Report,
) -> Result<Changed<Run>, Denial> {
    let by_node = is_executor(granted.caller(), granted.facts());
    let run = granted.data();
    let moves = report.status.filter(|to| *to != run.status);
    let may_move = match moves {
        None => true,
        Some(to) if by_node => run.status.next_by_node().contains(&to),
        Some(to) => run.status.is_open() && to == RunStatus::Killed,
    };
    let stores = report.result.is_some() || report.log.is_some();
    let may_store = !stores || (by_node && run.status.is_open());
    let twice = report.result.is_some() && run.result.is_some();
    if !may_move || !may_store || twice {
        return Err(Gate::guarded(Guard::Transition, Operation::Edit, Kind::Run, granted.facts()));
    }
    let now = gate.now();
    Ok(granted.changed(now, |run| {
        run.result = report.result.or(run.result);
        run.log = report.log.or(run.log);
        if let Some(to) = moves {
            go_to(run, to, now);
        }
    }))
}

/// Whether the caller is the node that executes a run.
pub fn is_executor(caller: &Caller, run: &Facts) -> bool {
    caller.principal.is_some() && caller.confinement.is_none() && run.assignee == caller.principal
}

/// A run that is ended because of something else that the caller was allowed to do; `None` if it has ended already.
pub fn end_run(run: Sealed<Run>, now: OffsetDateTime) -> Option<Changed<Run>> {
    let before = run.into_object();
    if !before.data.status.is_open() {
        return None;
    }
    Some(changed(before, now, |run| go_to(run, RunStatus::Killed, now)))
}

/// The task with the status that follows from its runs; `None` if that is the one it has.
pub fn follow_runs(task: Sealed<Task>, runs: &[Sealed<Run>], now: OffsetDateTime) -> Option<Changed<Task>> {
    let before = task.into_object();
    let runs: Vec<RunStatus> = runs.iter().map(|run| run.object().data.status).collect();
    let status = RunStatus::of_task(&runs).filter(|status| *status != before.data.status)?;
    Some(changed(before, now, |task| task.status = status))
}

/// A run whose node goes.
pub fn lose_node(run: Sealed<Run>, now: OffsetDateTime) -> Changed<Run> {
    changed(run.into_object(), now, |run| {
        run.node_id = None;
        if run.status.is_open() {
            go_to(run, RunStatus::Killed, now);
        }
    })
}

/// A run to be removed.
pub fn remove_run(granted: Granted<'_, Delete, Run>) -> Removed<Run> {
    Removed(granted.into_object())
}

fn go_to(run: &mut Run, to: RunStatus, now: OffsetDateTime) {
    run.status = to;
    if to == RunStatus::Active {
        run.started_at = Some(now);
    }
    if !to.is_open() {
        run.finished_at = Some(now);
    }
}

pub(super) fn changed<T: crate::object::Entity>(
    before: Object<T>,
    now: OffsetDateTime,
    change: impl FnOnce(&mut T),
) -> Changed<T> {
    let mut after = before.clone();
    change(&mut after.data);
    after.data.settle(&mut after.facts);
    after.updated_at = now;
    after.version += 1;
    Changed { before, after }
}

//! Work: the tasks of people, from status to status. The table says who takes what where.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::runs::changed;
use crate::caller::Caller;
use crate::entities::{Task, TaskStatus};
use crate::facts::Facts;
use crate::gate::{Denial, Edit, Gate, Granted, Judgement, Sealed};
use crate::kind::{Kind, Operation};
use crate::object::{Changed, Object};
use crate::reason::Guard;

/// Who takes a task of people from status to status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// To whom it is assigned; while it is in progress, as long as it is lent to them.
    Worker,
    /// Who has taken it to look at the work of somebody else.
    Reviewer,
    /// Who may edit it whoever it is assigned to.
    Lead,
}

/// Where a task of people may go from each status.
const TASKS: &[(TaskStatus, TaskStatus, &[Who])] = {
    use TaskStatus::{Archived, Available, ChangesRequested, Complete, Deferred, InProgress, InReview};
    use Who::{Lead, Reviewer, Worker};
    &[
        (Available, InProgress, &[Worker]),
        (Available, Deferred, &[Worker, Lead]),
        (Available, Complete, &[Lead]),
        (Available, Archived, &[Lead]),
        (InProgress, Available, &[Worker, Lead]),
        (InProgress, Complete, &[Worker]),
        (InProgress, Deferred, &[Worker, Lead]),
        (InProgress, Archived, &[Lead]),
        (InReview, Complete, &[Reviewer]),
        (InReview, ChangesRequested, &[Reviewer]),
        (InReview, Available, &[Lead]),
        (InReview, Archived, &[Lead]),
        (ChangesRequested, InProgress, &[Worker]),
        (ChangesRequested, Deferred, &[Worker, Lead]),
        (ChangesRequested, Available, &[Lead]),
        (ChangesRequested, Archived, &[Lead]),
        (Deferred, InProgress, &[Worker]),
        (Deferred, Available, &[Worker, Lead]),
        (Deferred, Archived, &[Lead]),
        (Complete, ChangesRequested, &[Lead]),
        (Complete, Available, &[Lead]),
        (Complete, Archived, &[Lead]),
        (Archived, Available, &[Lead]),
    ]
};

/// A task that is lent to a worker: to do its work, or, when that is done, to look at it.
///
/// # Errors
/// It is not to be had; nobody looks at their own work.
pub fn lend(
    task: Sealed<Task>,
    worker: Uuid,
    lease: Duration,
    now: OffsetDateTime,
) -> Result<Changed<Task>, Denial> {
    let before = task.into_object();
    let data = &before.data;
    let forbids = |guard| Err(Gate::guarded(guard, Operation::Edit, Kind::Task, &before.facts));
    let free = data.assignee_id.is_none_or(|assignee| assignee == worker);
    match data.status {
        TaskStatus::Available | TaskStatus::ChangesRequested | TaskStatus::Deferred if free => {}
        TaskStatus::InProgress if !data.is_lent(now) => {}
        TaskStatus::InReview if data.author_id == Some(worker) => return forbids(Guard::OwnWork),
        TaskStatus::InReview if data.reviewer_id.is_none() || !data.is_lent(now) => {
            return Ok(changed(before, now, |task| {
                task.reviewer_id = Some(worker);
                task.lease_expires_at = Some(now + lease);
            }));
        }
        _ => return forbids(Guard::Lease),
    }
    Ok(changed(before, now, |task| {
        task.status = TaskStatus::InProgress;
        task.assignee_id = Some(worker);
        task.lease_expires_at = Some(now + lease);
    }))
}

/// Where the caller may take a task of people now.
pub fn task_may_become(gate: &Gate, caller: &Caller, task: &Object<Task>) -> Vec<TaskStatus> {
    let from = TASKS.iter().filter(|(from, _, _)| *from == task.data.status && task.data.image.is_none());
    let edits = may(gate, caller, Operation::Edit, &task.facts);
    from.filter(|(_, _, who)| edits && who.iter().any(|who| is(*who, gate, caller, task).is_ok()))
        .map(|(_, to, _)| *to)
        .collect()
}

/// A task of people that is taken to another status. `again` says of work that is done whether somebody else is to
/// look at it; `lease` for how long it is lent to whom works on it.
///
/// # Errors
/// It does not go there, or not for this caller.
pub fn move_task(
    gate: &Gate,
    granted: Granted<'_, Edit, Task>,
    to: TaskStatus,
    again: bool,
    lease: Duration,
    change: impl FnOnce(&mut Task),
) -> Result<Changed<Task>, Denial> {
    let (from, caller, now) = (granted.data().status, granted.caller(), gate.now());
    let me = caller.worker();
    let forbids = |guard| Gate::guarded(guard, Operation::Edit, Kind::Task, granted.facts());
    let row = TASKS.iter().find(|(at, goes, _)| (*at, *goes) == (from, to));
    let Some((_, _, who)) = row else { return Err(forbids(Guard::Transition)) };
    let refused: Vec<Guard> =
        who.iter().filter_map(|who| is(*who, gate, caller, granted.object()).err()).collect();
    if let Some(guard) = Guard::foremost(refused.iter().copied()).filter(|_| refused.len() == who.len()) {
        return Err(forbids(guard));
    }
    Ok(granted.changed(now, |task| {
        let done = to == TaskStatus::Complete && from != TaskStatus::InReview;
        task.status = if done && again { TaskStatus::InReview } else { to };
        task.lease_expires_at = (to == TaskStatus::InProgress).then(|| now + lease);
        if done {
            // Who says that a task is done that nobody has taken has done it.
            task.author_id = task.assignee_id.filter(|_| from == TaskStatus::InProgress).or(me);
            task.reviewer_id = None;
        }
        if to == TaskStatus::Available {
            (task.assignee_id, task.author_id, task.reviewer_id) = (None, None, None);
        }
        change(task);
    }))
}

/// Why the caller is not this to a task, if it is not.
fn is(who: Who, gate: &Gate, caller: &Caller, task: &Object<Task>) -> Result<(), Guard> {
    let Task { status, assignee_id, author_id, reviewer_id, .. } = &task.data;
    let me = caller.worker();
    let lent = task.data.is_lent(gate.now());
    let holds = match who {
        Who::Worker => me.is_some() && *assignee_id == me && (*status != TaskStatus::InProgress || lent),
        Who::Reviewer if me.is_some() && *author_id == me => return Err(Guard::OwnWork),
        Who::Reviewer => me.is_some() && *reviewer_id == me && lent,
        // What somebody did is not taken out of review by themselves.
        Who::Lead if *status == TaskStatus::InReview && me.is_some() && *author_id == me => {
            return Err(Guard::OwnWork);
        }
        Who::Lead => leads(gate, caller, &task.facts),
    };
    holds.then_some(()).ok_or(Guard::Lease)
}

/// Whether the caller may edit a task whoever it is assigned to.
fn leads(gate: &Gate, caller: &Caller, task: &Facts) -> bool {
    let mut free = task.clone();
    (free.assignee, free.maker) = (None, None);
    may(gate, caller, Operation::Edit, &free)
}

/// Whether the caller may give a task back.
pub fn may_release(gate: &Gate, caller: &Caller, task: &Object<Task>) -> bool {
    may(gate, caller, Operation::Edit, &task.facts) && is_lent_to(gate, caller, task).is_ok()
}

/// Why a task is not lent to the caller, if it is not.
fn is_lent_to(gate: &Gate, caller: &Caller, task: &Object<Task>) -> Result<(), Guard> {
    match task.data.status {
        TaskStatus::InProgress => is(Who::Worker, gate, caller, task),
        TaskStatus::InReview => is(Who::Reviewer, gate, caller, task),
        _ => Err(Guard::Lease),
    }
}

/// A task that who has taken it gives back: to do, or to be looked at.
///
/// # Errors
/// It is not lent to the caller.
pub fn release_task(gate: &Gate, granted: Granted<'_, Edit, Task>) -> Result<Changed<Task>, Denial> {
    if let Err(guard) = is_lent_to(gate, granted.caller(), granted.object()) {
        return Err(Gate::guarded(guard, Operation::Edit, Kind::Task, granted.facts()));
    }
    Ok(granted.changed(gate.now(), |task| {
        task.lease_expires_at = None;
        if task.status == TaskStatus::InReview {
            task.reviewer_id = None;
        } else {
            (task.status, task.assignee_id) = (TaskStatus::Available, None);
        }
    }))
}

/// A task that is assigned to somebody, or to nobody. Who had taken it has it no longer, and who gets it takes it first.
pub fn assign(task: &mut Task, to: Option<Uuid>) {
    if task.status == TaskStatus::InProgress && task.assignee_id != to {
        (task.status, task.lease_expires_at) = (TaskStatus::Available, None);
    }
    task.assignee_id = to;
}

/// A task whose lease begins anew because there is work on it. `None` where it was renewed just now.
///
/// # Errors
/// It is lent to the caller no longer.
pub fn renew_lease(
    gate: &Gate,
    caller: &Caller,
    task: &Sealed<Task>,
    lease: Duration,
) -> Result<Option<Changed<Task>>, Denial> {
    let object = task.object();
    let data = &object.data;
    let (me, now) = (caller.worker(), gate.now());
    let mine = me.is_some()
        && match data.status {
            TaskStatus::InProgress => data.assignee_id == me,
            TaskStatus::InReview => data.reviewer_id == me,
            _ => false,
        };
    if mine && data.is_lent(now) {
        let end = now + lease;
        // A tenth of a lease is not worth a write.
        let stale = data.lease_expires_at.is_none_or(|at| end - at > lease / 10);
        return Ok(stale.then(|| changed(object.clone(), now, |task| task.lease_expires_at = Some(end))));
    }
    if leads(gate, caller, &object.facts) {
        return Ok(None);
    }
    Err(Gate::guarded(Guard::Lease, Operation::Edit, Kind::Task, &object.facts))
}

/// A task that its worker leaves, or who looks at it, because they may no longer.
pub fn take_back(task: Sealed<Task>, from: Uuid, now: OffsetDateTime) -> Changed<Task> {
    changed(task.into_object(), now, |task| {
        if task.reviewer_id == Some(from) && task.status == TaskStatus::InReview {
            (task.reviewer_id, task.lease_expires_at) = (None, None);
        }
        let open = !matches!(task.status, TaskStatus::Complete | TaskStatus::Archived | TaskStatus::InReview);
        if task.assignee_id == Some(from) && open {
            (task.status, task.assignee_id) = (TaskStatus::Available, None);
            (task.lease_expires_at, task.reviewer_id) = (None, None);
        } else if task.assignee_id == Some(from) {
            // What they made stays, under their name.
            task.assignee_id = None;
        }
    })
}

pub(super) fn may(gate: &Gate, caller: &Caller, operation: Operation, facts: &Facts) -> bool {
    matches!(gate.judge_operation(caller, operation, facts.kind, facts), Judgement::Allowed(_))
}

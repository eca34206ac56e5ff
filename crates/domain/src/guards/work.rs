//! Work: jobs and the tasks of people, from status to status. Each table says who takes what where.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::runs::changed;
use crate::caller::Caller;
use crate::entities::{Job, JobStatus, Launch, Task, TaskStatus};
use crate::facts::Facts;
use crate::gate::{Delete, Denial, Edit, Gate, Granted, Judgement, Sealed};
use crate::kind::{Kind, Operation};
use crate::object::{Changed, Entity, New, Object};
use crate::reach::Term;
use crate::reason::{Because, Guard};

/// Where a job may go from each status, and the operation on it that whoever takes it there must be allowed.
const JOBS: &[(JobStatus, JobStatus, Operation)] = {
    use JobStatus::{Active, Archived, Cancelled, Complete, Draft, Launched};
    use Operation::{Delete, Edit};
    &[
        (Draft, Launched, Edit),
        (Draft, Active, Edit),
        (Draft, Cancelled, Delete),
        (Launched, Cancelled, Delete),
        (Active, Launched, Edit),
        (Active, Complete, Edit),
        (Active, Cancelled, Delete),
        (Complete, Active, Edit),
        (Complete, Archived, Delete),
        (Cancelled, Draft, Edit),
        (Cancelled, Archived, Delete),
        (Archived, Complete, Delete),
    ]
};

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

/// Where the caller may take a job now.
pub fn job_may_become(gate: &Gate, caller: &Caller, job: &Object<Job>) -> Vec<JobStatus> {
    let from = JOBS.iter().filter(|(from, _, _)| *from == job.data.status);
    from.filter(|(_, _, needs)| may(gate, caller, *needs, &job.facts)).map(|(_, to, _)| *to).collect()
}

/// A job that is taken to another status.
///
/// # Errors
/// It does not go there, or not for this caller.
pub fn move_job(gate: &Gate, granted: Granted<'_, Edit, Job>, to: JobStatus) -> Result<Changed<Job>, Denial> {
    let from = granted.data().status;
    let row = JOBS.iter().find(|(at, goes, _)| (*at, *goes) == (from, to));
    let Some((_, _, needs)) = row else {
        return Err(Gate::guarded(Guard::Transition, Operation::Edit, Kind::Job, granted.facts()));
    };
    if *needs == Operation::Delete {
        gate.check::<Delete>(granted.caller(), Kind::Job, Some(granted.facts()))?;
    }
    let by = granted.caller().principal;
    Ok(granted.changed(gate.now(), |job| {
        job.status = to;
        if to == JobStatus::Launched {
            job.launch = Launch { by, ..Launch::default() };
        }
    }))
}

/// A launched job whose tasks have been made up to a file; when all have been, it is active.
pub fn went_on(job: Sealed<Job>, launch: Launch, to: JobStatus, now: OffsetDateTime) -> Changed<Job> {
    changed(job.into_object(), now, |job| {
        job.launch = launch;
        job.status = to;
    })
}

/// Why the caller may take tasks of a job: what they take, they must then be allowed to view and to edit. A rule of
/// scope own counts where its grant lies below the server and has the job inside.
///
/// # Errors
/// The denial.
pub fn may_take<'c>(gate: &'c Gate, caller: &'c Caller, job: Option<&Facts>) -> Result<Because<'c>, Denial> {
    let Some(job) = job else { return Err(gate.absent(caller, Operation::Edit, Kind::Task)) };
    let because = takes(gate, caller, job, Operation::View).and(takes(gate, caller, job, Operation::Edit));
    let Some(because) = because.filter(|_| caller.worker().is_some()) else {
        return Err(gate.missing(caller, Operation::Edit, Kind::Task, job));
    };
    if job.archived {
        return Err(Gate::guarded(Guard::Archived, Operation::Edit, Kind::Task, job));
    }
    Ok(because)
}

fn takes<'c>(gate: &'c Gate, caller: &'c Caller, job: &Facts, operation: Operation) -> Option<Because<'c>> {
    let free = job.child(Kind::Task, Uuid::nil(), None);
    let mut taken = free.clone();
    taken.assignee = caller.principal;
    let mut found = None;
    let _ = caller.terms(gate.policy(), operation, Kind::Task, Some(&taken), |term, because| {
        let facts = match term {
            Term::Own { within } if !within.is_server() => &taken,
            _ => &free,
        };
        if !term.holds(caller, operation, facts) {
            return std::ops::ControlFlow::Continue(());
        }
        found = Some(because);
        std::ops::ControlFlow::Break(())
    });
    let maker_may = caller.bound.as_deref().is_none_or(|maker| takes(gate, maker, job, operation).is_some());
    found.filter(|_| maker_may && caller.confinement.is_none())
}

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
) -> Result<Changed<Task>, Denial> {
    let (from, caller, now) = (granted.data().status, granted.caller(), gate.now());
    let forbids = |guard| Gate::guarded(guard, Operation::Edit, Kind::Task, granted.facts());
    let row = TASKS.iter().find(|(at, goes, _)| (*at, *goes) == (from, to));
    let Some((_, _, who)) = row else { return Err(forbids(Guard::Transition)) };
    let refused: Vec<Guard> =
        who.iter().filter_map(|who| is(*who, gate, caller, granted.object()).err()).collect();
    if let Some(guard) = Guard::foremost(refused.iter().copied()).filter(|_| refused.len() == who.len()) {
        return Err(forbids(guard));
    }
    Ok(granted.changed(now, |task| {
        let done = task.status == TaskStatus::InProgress && to == TaskStatus::Complete;
        task.status = if done && again { TaskStatus::InReview } else { to };
        task.lease_expires_at = (to == TaskStatus::InProgress).then(|| now + lease);
        if done {
            task.author_id = task.assignee_id;
            task.reviewer_id = None;
        }
        if to == TaskStatus::Available {
            (task.assignee_id, task.author_id, task.reviewer_id) = (None, None, None);
        }
    }))
}

/// Why the caller is not this to a task, if it is not.
fn is(who: Who, gate: &Gate, caller: &Caller, task: &Object<Task>) -> Result<(), Guard> {
    let Task { status, assignee_id, author_id, reviewer_id, .. } = &task.data;
    let me = caller.worker();
    let lent = task.data.is_lent(gate.now());
    let holds = match who {
        Who::Worker => {
            me.is_some() && *assignee_id == me && (*status != TaskStatus::InProgress || lent)
        }
        Who::Reviewer if me.is_some() && *author_id == me => return Err(Guard::OwnWork),
        Who::Reviewer => me.is_some() && *reviewer_id == me && lent,
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

/// A task that who has taken it gives back: to do, or to be looked at.
///
/// # Errors
/// It is not lent to the caller.
pub fn release_task(gate: &Gate, granted: Granted<'_, Edit, Task>) -> Result<Changed<Task>, Denial> {
    let task = granted.object();
    let reviews = task.data.status == TaskStatus::InReview;
    let who = if reviews { Who::Reviewer } else { Who::Worker };
    let lends = reviews || task.data.status == TaskStatus::InProgress;
    if let Err(guard) = is(who, gate, granted.caller(), task).and(lends.then_some(()).ok_or(Guard::Lease)) {
        return Err(Gate::guarded(guard, Operation::Edit, Kind::Task, granted.facts()));
    }
    Ok(granted.changed(gate.now(), |task| {
        task.lease_expires_at = None;
        if reviews {
            task.reviewer_id = None;
        } else {
            (task.status, task.assignee_id) = (TaskStatus::Available, None);
        }
    }))
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

/// A task about a file that has come to a dataset of a job which has been launched.
pub fn sync_task(job: &Sealed<Job>, by: &Caller, id: Uuid, data: Task, now: OffsetDateTime) -> New<Task> {
    let mut facts = job.object().facts.child(Kind::Task, id, by.maker());
    data.settle(&mut facts);
    New(Object { id, created_at: now, updated_at: now, version: 1, facts, near: Vec::new(), data })
}

fn may(gate: &Gate, caller: &Caller, operation: Operation, facts: &Facts) -> bool {
    matches!(gate.judge_operation(caller, operation, facts.kind, facts), Judgement::Allowed(_))
}

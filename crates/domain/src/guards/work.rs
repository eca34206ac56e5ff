//! Work: jobs and the tasks of people, from status to status. Each table says who takes what where.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::runs::changed;
use crate::caller::Caller;
use crate::entities::{Export, ExportFormat, ExportStatus, File, Job, JobStatus, Launch, Task, TaskStatus};
use crate::facts::Facts;
use crate::gate::{Delete, Denial, Edit, Gate, Granted, Judgement, Sealed};
use crate::kind::{Kind, Operation};
use crate::object::{Changed, Entity, New, Object};
use crate::ports::Purpose;
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

/// A job that is taken to another status, with another change to it.
///
/// # Errors
/// It does not go there, or not for this caller.
pub fn move_job(
    gate: &Gate,
    granted: Granted<'_, Edit, Job>,
    to: JobStatus,
    change: impl FnOnce(&mut Job),
) -> Result<Changed<Job>, Denial> {
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
        change(job);
    }))
}

/// A launched job whose tasks have been made up to a file; when all have been, it is active.
pub fn went_on(job: Sealed<Job>, launch: Launch, to: JobStatus, now: OffsetDateTime) -> Changed<Job> {
    changed(job.into_object(), now, |job| {
        job.launch = launch;
        job.status = to;
    })
}

/// How a job wants its tasks to be worked on.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Of a hundred tasks that are done, how many somebody else looks at.
    pub review_percent: i64,
    /// For how long a task is lent.
    pub lease: Duration,
}

/// How a job wants its tasks to be worked on: nobody needs a right to know that who works on one.
pub fn terms_of(job: &Sealed<Job>) -> Terms {
    let Job { review_percent, lease_minutes, .. } = job.object().data;
    Terms { review_percent, lease: Duration::minutes(lease_minutes) }
}

/// How far a job has come: asked by the server for what follows from it, never to show it.
pub const fn status_of(job: &Sealed<Job>) -> JobStatus {
    job.object().data.status
}

/// How far the making of its tasks has come.
pub fn launch_of(job: &Sealed<Job>) -> Launch {
    job.object().data.launch.clone()
}

/// The task that a launched job has about a file, named after it; by its id too, where that name is taken.
pub fn task_about(file: &Sealed<File>, is_taken: impl FnOnce(&str) -> bool) -> Task {
    let Object { id, data, .. } = file.object();
    let name = data.name.clone();
    let name = if is_taken(&name) { id.to_string() } else { name };
    Task { file_id: Some(*id), ..Task::available(name, "") }
}

/// The file that a task is about: asked by the server for what follows from it, never to show it.
pub const fn file_of(task: &Sealed<Task>) -> Option<Uuid> {
    task.object().data.file_id
}

/// What files are called: for the names of tasks about them.
pub fn names_of(files: &[Sealed<File>]) -> Vec<String> {
    files.iter().map(|file| file.object().data.name.clone()).collect()
}

/// Why the caller may take tasks of a job. To work on: what they take, they must then be allowed to view and to edit; a
/// rule of scope own counts where its grant lies below the server and has the job inside. To look at: they must be
/// allowed to view and to edit it whoever it is assigned to.
///
/// # Errors
/// The denial; nobody works on such a job now.
pub fn may_take<'c>(
    gate: &'c Gate,
    caller: &'c Caller,
    job: Option<&Sealed<Job>>,
    purpose: Purpose,
) -> Result<Because<'c>, Denial> {
    let Some(job) = job.map(Sealed::object) else {
        return Err(gate.absent(caller, Operation::Edit, Kind::Task));
    };
    let may = |operation| takes(gate, caller, &job.facts, operation, purpose);
    let because = may(Operation::View).and(may(Operation::Edit));
    let Some(because) = because.filter(|_| caller.worker().is_some()) else {
        return Err(gate.missing(caller, Operation::Edit, Kind::Task, &job.facts));
    };
    let guarded = |guard| Err(Gate::guarded(guard, Operation::Edit, Kind::Task, &job.facts));
    match job.data.status {
        _ if job.facts.archived => guarded(Guard::Archived),
        JobStatus::Active | JobStatus::Launched => Ok(because),
        _ => guarded(Guard::Transition),
    }
}

/// Whether the caller may take tasks of a job, for something.
pub fn lends(gate: &Gate, caller: &Caller, job: &Object<Job>) -> bool {
    let job = Sealed::new(job.clone());
    [Purpose::Work, Purpose::Review].into_iter().any(|purpose| may_take(gate, caller, Some(&job), purpose).is_ok())
}

fn takes<'c>(
    gate: &'c Gate,
    caller: &'c Caller,
    job: &Facts,
    operation: Operation,
    purpose: Purpose,
) -> Option<Because<'c>> {
    let free = job.child(Kind::Task, Uuid::nil(), None);
    let mut taken = free.clone();
    taken.assignee = caller.principal;
    let mut found = None;
    let _ = caller.terms(gate.policy(), operation, Kind::Task, Some(&taken), |term, because| {
        let facts = match term {
            Term::Own { within } if purpose == Purpose::Work && !within.is_server() => &taken,
            _ => &free,
        };
        if !term.holds(caller, operation, facts) {
            return std::ops::ControlFlow::Continue(());
        }
        found = Some(because);
        std::ops::ControlFlow::Break(())
    });
    let maker_may = caller.bound.as_deref().is_none_or(|maker| takes(gate, maker, job, operation, purpose).is_some());
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
    change: impl FnOnce(&mut Task),
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
        change(task);
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

/// Whether an export has been made.
pub fn is_made(export: &Sealed<Export>) -> bool {
    export.object().data.status != ExportStatus::Pending
}

/// How an export is to be written.
pub const fn format_of(export: &Sealed<Export>) -> ExportFormat {
    export.object().data.format
}

/// Under what the bytes of an export are stored.
pub const fn stored_of(export: &Sealed<Export>) -> Option<Uuid> {
    export.object().data.stored
}

/// An export that the server has made, or could not make, or whose time is over.
pub fn settle_export(export: Sealed<Export>, now: OffsetDateTime, how: impl FnOnce(&mut Export)) -> Changed<Export> {
    changed(export.into_object(), now, how)
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

/// A task about a file that has come to a dataset of a job which has been launched.
pub fn sync_task(job: &Sealed<Job>, by: &Caller, id: Uuid, data: Task, now: OffsetDateTime) -> New<Task> {
    let mut facts = job.object().facts.child(Kind::Task, id, by.maker());
    data.settle(&mut facts);
    New(Object { id, created_at: now, updated_at: now, version: 1, facts, near: Vec::new(), data })
}

fn may(gate: &Gate, caller: &Caller, operation: Operation, facts: &Facts) -> bool {
    matches!(gate.judge_operation(caller, operation, facts.kind, facts), Judgement::Allowed(_))
}

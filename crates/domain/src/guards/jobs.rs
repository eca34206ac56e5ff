//! Jobs: from status to status, and the tasks that they are made of and hand out.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::runs::changed;
use super::work::may;
use crate::caller::Caller;
use crate::entities::{File, Job, JobStatus, Launch, Task};
use crate::facts::Facts;
use crate::gate::{Delete, Denial, Edit, Gate, Granted, Sealed};
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
    // What the server does afterwards it does in somebody's name, and the operator's is not for everybody.
    if to == JobStatus::Launched && granted.caller().is_anonymous() {
        return Err(gate.missing(granted.caller(), Operation::Edit, Kind::Job, granted.facts()));
    }
    let (by, client_app_id) = (granted.caller().principal, granted.caller().client_app);
    Ok(granted.changed(gate.now(), |job| {
        job.status = to;
        if to == JobStatus::Launched {
            job.launch = Launch { by, client_app_id, ..Launch::default() };
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

/// The task that a launched job has about a file, named after it; or `other`, where that name is taken.
pub fn task_about(file: &Sealed<File>, is_taken: impl FnOnce(&str) -> bool, other: Uuid) -> Task {
    let Object { id, data, .. } = file.object();
    let name = data.name.clone();
    let name = if is_taken(&name) { other.to_string() } else { name };
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
        _ => guarded(Guard::NotActive),
    }
}

/// Whether the caller may take tasks of a job, for something.
pub fn lends(gate: &Gate, caller: &Caller, job: &Object<Job>) -> bool {
    let job = Sealed::new(job.clone());
    [Purpose::Work, Purpose::Review]
        .into_iter()
        .any(|purpose| may_take(gate, caller, Some(&job), purpose).is_ok())
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
    let maker_may =
        caller.bound.as_deref().is_none_or(|maker| takes(gate, maker, job, operation, purpose).is_some());
    found.filter(|_| maker_may && caller.confinement.is_none())
}

/// A task about a file that has come to a dataset of a job which has been launched.
pub fn sync_task(job: &Sealed<Job>, by: &Caller, id: Uuid, data: Task, now: OffsetDateTime) -> New<Task> {
    let mut facts = job.object().facts.child(Kind::Task, id, by.maker());
    data.settle(&mut facts);
    New(Object { id, created_at: now, updated_at: now, version: 1, facts, near: Vec::new(), data })
}

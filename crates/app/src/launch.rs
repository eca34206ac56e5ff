//! Launching a job: a task of each file of its datasets, made in the background, a batch in a unit.

use std::sync::Arc;

use bailiwick_domain::entities::{Job, JobStatus, Launch, Task};
use bailiwick_domain::guards;
use bailiwick_domain::object::New;
use bailiwick_domain::ports::{Lookup, Read, Unit, Write};
use uuid::Uuid;

use crate::cx::{App, Cx};
use crate::edit::store;
use crate::error::AppError;

/// How many files one unit makes tasks of.
const BATCH: usize = 500;

/// Makes a batch of tasks of a job that has been launched, in the name of who launched it; answers whether there was one.
/// Who may make no tasks there any more has launched in vain: the job is a draft again, and keeps the tasks that it has.
///
/// # Errors
/// Storage.
pub async fn go_on(app: &Arc<App>) -> Result<bool, AppError> {
    let Some(job) = app.store.launched_job().await? else { return Ok(false) };
    let launch = guards::launch_of(&job);
    let cx = match launch.by {
        Some(by) => Cx::on_behalf_of(app.clone(), (Some(by), launch.client_app_id), "launch_job").await?,
        None => Some(Cx::operator(app.clone(), "launch_job")),
    };
    let made = match &cx {
        Some(cx) => cx.write(async |unit: &dyn Unit| batch(cx, unit, job.id()).await).await,
        None => Err(AppError::NotForYou("somebody who may act")),
    };
    match made {
        Ok(()) => Ok(true),
        // Another server has come between: it goes on by itself.
        Err(AppError::Contention) => Ok(true),
        // Storage may be there again soon.
        Err(error @ AppError::Store(_)) => Err(error),
        // Most of all: who launched the job may make no tasks in it any more. It keeps no other job from its turn.
        Err(error) => {
            tracing::warn!(job = %job.id(), %error, "no tasks can be made of the job: it is a draft again");
            let cx = Cx::operator(app.clone(), "launch_job");
            cx.write(async |unit: &dyn Unit| {
                let Some(row) = Read::<Job>::find(unit, job.id()).await? else { return Ok(()) };
                settle(&cx, unit, row, |launch| launch, JobStatus::Draft).await
            })
            .await?;
            Ok(true)
        }
    }
}

async fn batch(cx: &Cx, unit: &dyn Unit, id: Uuid) -> Result<(), AppError> {
    let Some(job) = Read::<Job>::find(unit, id).await? else { return Ok(()) };
    if guards::status_of(&job) != JobStatus::Launched {
        return Ok(());
    }
    let files = unit.files_of_job(id, guards::launch_of(&job).through, BATCH).await?;
    let ids: Vec<Uuid> = files.iter().map(bailiwick_domain::Sealed::id).collect();
    let known = Lookup::files_with_task(unit, id, &ids).await?;
    let taken = Lookup::names_taken(unit, id, &guards::names_of(&files)).await?;
    let mut because = None;
    let mut made: Vec<New<Task>> = Vec::with_capacity(files.len());
    for file in files.iter().filter(|file| !known.contains(&file.id())) {
        let permit = cx.gate.create::<Task, Job>(&cx.caller, Some(job.clone()));
        let permit = permit.map_err(|denial| AppError::denied(denial, id))?;
        because = Some(permit.because());
        let task = cx.new_id();
        let data = guards::task_about(file, |name| taken.iter().any(|taken| taken == name), task);
        made.push(permit.make(task, cx.gate.now(), data));
    }
    Write::add_all(unit, &made).await?;
    if let Some(because) = because {
        cx.record_all(unit, made.iter().map(|task| (because, None, Some(task.object())))).await?;
    }
    let done = i64::try_from(files.len()).unwrap_or(i64::MAX);
    let is_over = files.len() < BATCH;
    let to = if is_over { JobStatus::Active } else { JobStatus::Launched };
    let through = ids.last().copied();
    let goes_on = |launch: Launch| {
        let done = launch.done + done;
        Launch { done, files: launch.files.max(done), through: through.or(launch.through), ..launch }
    };
    settle(cx, unit, job, goes_on, to).await
}

/// Stores how far it has come. Only the last step is a change that the log tells of.
async fn settle(
    cx: &Cx,
    unit: &dyn Unit,
    job: bailiwick_domain::Sealed<Job>,
    how: impl FnOnce(Launch) -> Launch,
    to: JobStatus,
) -> Result<(), AppError> {
    let facts = cx.gate.facts(&job).clone();
    let launch = how(guards::launch_of(&job));
    let changed = guards::went_on(job, launch, to, cx.gate.now());
    if to == JobStatus::Launched {
        return Ok(Write::save(unit, &changed).await?);
    }
    use bailiwick_domain::{Kind, Operation};
    let because = cx.gate.rules_allow(&cx.caller, Operation::Create, Kind::Task, &facts);
    match because {
        Some(because) => store(cx, unit, because, &changed).await,
        None => Ok(Write::save(unit, &changed).await?),
    }
}

//! Work: taking the next task, giving it back, how far a job has come, and what goes on after the requests.

use std::sync::Arc;

use bailiwick_domain::entities::{Job, Task, TaskStatus};
use bailiwick_domain::gate::{Edit, View};
use bailiwick_domain::guards;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::ports::{Lookup, Purpose, Read, Tally, Unit};
use serde::Deserialize;
use uuid::Uuid;

use crate::create::look_back;
use crate::cx::{App, Cx};
use crate::edit::{edit, store};
use crate::error::AppError;
use crate::read::Shown;
use crate::sources::imports;
use crate::tasks::terms_of_job;
use crate::{exports, files, launch};

/// What a task is taken for.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Next {
    /// `work`, to do it, which is what is meant where it is absent; `review`, to look at the work of somebody else.
    #[serde(default)]
    pub purpose: For,
}

/// What a task is taken for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum For {
    /// To do its work.
    #[default]
    Work,
    /// To look at the work of somebody else.
    Review,
}

/// Takes the next task of a job, which is then lent to the caller; nothing where there is none. No two callers get the
/// same one.
///
/// # Errors
/// The denial; the job is not active.
pub async fn next_task(cx: &Cx, job: Uuid, body: Next) -> Result<Option<Shown<'_, Task>>, AppError> {
    let purpose = match body.purpose {
        For::Work => Purpose::Work,
        For::Review => Purpose::Review,
    };
    cx.write(async |unit: &dyn Unit| {
        let row = Read::<Job>::find(unit, job).await?;
        let because = guards::may_take(&cx.gate, &cx.caller, row.as_ref(), purpose);
        let because = because.map_err(|denial| AppError::denied(denial, job))?;
        let (Some(worker), Some(row)) = (cx.caller.worker(), row) else { return Ok(None) };
        let now = cx.gate.now();
        let Some(task) = unit.next_task(job, worker, purpose, now).await? else { return Ok(None) };
        let id = task.id();
        let lent = guards::lend(task, worker, guards::terms_of(&row).lease, now)?;
        store(cx, unit, because, &lent).await?;
        look_back(cx, unit, id).await.map(Some)
    })
    .await
}

/// Gives a task back that was taken: to do, or to be looked at.
///
/// # Errors
/// The denial; it is not lent to the caller.
pub async fn release_task(cx: &Cx, id: Uuid) -> Result<Shown<'_, Task>, AppError> {
    edit::<Edit, Task>(cx, id, async |_, granted| Ok(guards::release_task(&cx.gate, granted)?)).await
}

/// Begins the lease of a task anew, because there is work on it.
///
/// # Errors
/// It is lent to the caller no longer.
pub(crate) async fn renew_lease(cx: &Cx, unit: &dyn Unit, task: Uuid) -> Result<(), AppError> {
    let Some(row) = Read::<Task>::find(unit, task).await? else { return Ok(()) };
    let lease = terms_of_job(unit, cx.gate.facts(&row)).await?.lease;
    let Some(renewed) = guards::renew_lease(&cx.gate, &cx.caller, &row, lease)? else { return Ok(()) };
    Ok(bailiwick_domain::ports::Write::save(unit, &renewed).await?)
}

/// How far a job has come.
#[derive(Debug, Clone)]
pub struct Progress {
    /// How many files there are to make tasks of, and of how many of them that has been done.
    pub launch: (i64, i64),
    /// How many tasks have which status and which assignee.
    pub tallies: Vec<Tally>,
    /// The assignees that the caller may view.
    pub seen: Vec<Uuid>,
}

impl Progress {
    /// How many tasks have a status.
    pub fn with(&self, status: TaskStatus) -> u64 {
        self.tallies.iter().filter(|tally| tally.status == status).map(|tally| tally.tasks).sum()
    }
}

/// How far a job has come: its tasks, counted by status and by person.
///
/// # Errors
/// The denial.
pub async fn show_progress(cx: &Cx, id: Uuid) -> Result<Progress, AppError> {
    let row = Read::<Job>::find(&*cx.store, id).await?;
    let opened = cx.gate.open::<View, Job>(&cx.caller, row).map_err(|denial| AppError::denied(denial, id));
    let job = cx.audited(opened).await?;
    // Numbers of tasks are for who may view them all.
    let any = job.facts().child(Kind::Task, Uuid::nil(), None);
    if !cx.gate.may_view(&cx.caller, &any) {
        let denial = cx.gate.missing(&cx.caller, Operation::View, Kind::Task, job.facts());
        return cx.audited(Err(AppError::denied(denial, id))).await;
    }
    let tallies = Lookup::tally(&*cx.store, id).await?;
    let mut people: Vec<Uuid> = tallies.iter().filter_map(|tally| tally.assignee_id).collect();
    people.sort_unstable();
    people.dedup();
    let users = Read::<bailiwick_domain::entities::User>::find_all(&*cx.store, &people).await?;
    let seen = users.iter().filter(|user| cx.gate.may_view(&cx.caller, cx.gate.facts(user)));
    let seen = seen.map(bailiwick_domain::Sealed::id).collect();
    Ok(Progress { launch: (job.data().launch.files, job.data().launch.done), tallies, seen })
}

/// How many batches are made in one go, so that nothing else that waits is kept from its turn.
const BATCHES: usize = 20;
/// How many bytes that belong to nothing are taken away in one go.
const STRAYS: usize = 100;

/// Does what requests have asked for and what follows from them, as far as it goes in one go.
///
/// # Errors
/// Storage; the files.
pub async fn go_on(app: &Arc<App>) -> Result<(), AppError> {
    // What goes wrong with one of them keeps no other from its turn.
    let launched = in_batches(async || launch::go_on(app).await).await;
    let exported = in_batches(async || exports::go_on(app).await).await;
    let imported = in_batches(async || imports::go_on(app).await).await;
    let swept = files::sweep(&Cx::operator(app.clone(), "sweep"), STRAYS).await.map(drop);
    launched.and(exported).and(imported).and(swept)
}

async fn in_batches(go_on: impl AsyncFn() -> Result<bool, AppError>) -> Result<(), AppError> {
    for _ in 0..BATCHES {
        if !go_on().await? {
            break;
        }
    }
    Ok(())
}

//! Links: a dataset holds a file, a job a dataset, a job or a task a file or a label.

use bailiwick_domain::entities::{Dataset, File, Job, JobStatus, Label, Task};
use bailiwick_domain::gate::Sealed;
use bailiwick_domain::kind::Kind;
use bailiwick_domain::ports::{Lookup, Read, Record, Unit, Write};
use bailiwick_domain::{Because, Entity, Operation, guards};
use uuid::Uuid;

use crate::create::look_back;
use crate::cx::Cx;
use crate::error::AppError;
use crate::kept::Writable;
use crate::read::Shown;

/// Ties or unties: holder and target are named by the path. The target is a claim until it has been found in the
/// holder's project.
///
/// # Errors
/// The denial; a target that may not be named there.
pub async fn link<H: Writable, T: Writable>(
    cx: &Cx,
    holder: Uuid,
    target: Uuid,
    ties: bool,
) -> Result<Shown<'_, H>, AppError> {
    cx.write(async |unit: &dyn Unit| {
        let row = H::read(unit).find(holder).await?;
        let Some(row) = row else {
            return Err(AppError::denied(cx.gate.absent(&cx.caller, Operation::Edit, H::KIND), holder));
        };
        let named = T::read(unit).find(target).await?;
        tie(cx, unit, &row, named.as_ref(), ties).await.map_err(|refused| match refused {
            Tied::Refused(refused) => AppError::refused_in_path(cx, refused, T::KIND, target),
            Tied::Failed(error) => error,
        })?;
        look_back(cx, unit, holder).await
    })
    .await
}

/// Why a link was not tied.
pub(crate) enum Tied {
    /// A rule or a guard forbids it.
    Refused(guards::Refused),
    /// Something else.
    Failed(AppError),
}

impl<E: Into<AppError>> From<E> for Tied {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Ties or unties two objects that have been read in this unit, and records it.
pub(crate) async fn tie<H: Entity, T: Entity>(
    cx: &Cx,
    unit: &dyn Unit,
    holder: &Sealed<H>,
    target: Option<&Sealed<T>>,
    ties: bool,
) -> Result<(), Tied> {
    let (changes, named) = (cx.gate.facts(holder), target.map(|target| cx.gate.facts(target)));
    let guarded = if ties { guards::link } else { guards::unlink };
    let link = guarded(&cx.gate, &cx.caller, changes, named).map_err(Tied::Refused)?;
    let done = if ties { Record::tie(unit, &link).await? } else { Record::untie(unit, &link).await? };
    let because = cx.gate.rules_allow(&cx.caller, Operation::Edit, H::KIND, changes);
    let (Some(because), true) = (because, done) else { return Ok(()) };
    cx.record_link(unit, because, changes, &link, ties).await?;
    if ties && (H::KIND, T::KIND) == (Kind::Dataset, Kind::File) {
        let file = Read::<File>::find(unit, target.map(Sealed::id).unwrap_or_default()).await?;
        if let Some(file) = file {
            sync(cx, unit, because, holder.id(), &file).await?;
        }
    }
    Ok(())
}

/// A new file of a dataset becomes a task of each job that has been launched over it.
async fn sync(
    cx: &Cx,
    unit: &dyn Unit,
    because: Because<'_>,
    dataset: Uuid,
    file: &Sealed<File>,
) -> Result<(), AppError> {
    for job in Lookup::holders(unit, dataset, Kind::Job).await? {
        let Some(job) = Read::<Job>::find(unit, job).await? else { continue };
        let goes_on = matches!(guards::status_of(&job), JobStatus::Active | JobStatus::Launched);
        if !goes_on || !Lookup::files_with_task(unit, job.id(), &[file.id()]).await?.is_empty() {
            continue;
        }
        let taken =
            Lookup::names_taken(unit, job.id(), &guards::names_of(std::slice::from_ref(file))).await?;
        let id = cx.new_id();
        let data = guards::task_about(file, |_| !taken.is_empty(), id);
        let task = guards::sync_task(&job, &cx.caller, id, data, cx.gate.now());
        Write::add(unit, &task).await?;
        cx.record(unit, because, None, Some(task.object())).await?;
    }
    Ok(())
}

/// The labels that annotations of a task may be by: those that its job or itself holds.
pub(crate) async fn labels_of(unit: &dyn Unit, job: Uuid, task: Uuid) -> Result<Vec<Uuid>, AppError> {
    let mut labels = Lookup::linked(unit, job, Kind::Label).await?;
    labels.extend(Lookup::linked(unit, task, Kind::Label).await?);
    Ok(labels)
}

/// What can be tied to what: the kinds of which routes speak.
pub trait Holds<T> {}
impl Holds<File> for Dataset {}
impl Holds<Dataset> for Job {}
impl Holds<File> for Job {}
impl Holds<Label> for Job {}
impl Holds<File> for Task {}
impl Holds<Label> for Task {}

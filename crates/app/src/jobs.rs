//! Jobs: making and changing them.

use bailiwick_domain::entities::{Job, JobStatus, Name, Project, TaskStatus, Text};
use bailiwick_domain::gate::Edit;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::reason::Guard;
use bailiwick_domain::{Gate, guards};
use serde::Deserialize;
use uuid::Uuid;

use crate::create::{create_under, nothing_more};
use crate::cx::Cx;
use crate::edit::edit;
use crate::error::AppError;
use crate::patch::within;
use crate::read::Shown;

/// A new job. It begins as a draft.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewJob {
    /// Unique in the project.
    pub name: Name,
    /// What is to be done.
    #[serde(default)]
    pub description: Text,
    /// Of a hundred tasks that are done, how many somebody else looks at: 0 to 100; none where absent.
    pub review_percent: Option<i64>,
    /// For how many minutes a task is lent to who takes it: 1 to 10,080; 60 where absent.
    pub lease_minutes: Option<i64>,
}

/// Changes of a job.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct JobPatch {
    /// Unique in the project.
    pub name: Option<Name>,
    /// What is to be done.
    pub description: Option<Text>,
    /// Where it is to go: one of its `may_become`. `launched` makes a task of each file of its datasets.
    pub status: Option<JobStatus>,
    /// Of a hundred tasks that are done, how many somebody else looks at: 0 to 100.
    pub review_percent: Option<i64>,
    /// For how many minutes a task is lent to who takes it: 1 to 10,080.
    pub lease_minutes: Option<i64>,
}

/// How many minutes a lease lasts at most: a week.
const LONGEST_LEASE: i64 = 7 * 24 * 60;

fn check(review_percent: Option<i64>, lease_minutes: Option<i64>) -> Result<(), AppError> {
    within("/review_percent", review_percent, 0..=100)?;
    within("/lease_minutes", lease_minutes, 1..=LONGEST_LEASE)
}

/// Makes a job in a project.
///
/// # Errors
/// The denial; a name that is taken; a number that is out of bounds.
pub async fn create_job(cx: &Cx, project: Uuid, body: NewJob) -> Result<Shown<'_, Job>, AppError> {
    check(body.review_percent, body.lease_minutes)?;
    let mut job = Job::draft(body.name.as_str(), body.description.into_string());
    job.review_percent = body.review_percent.unwrap_or(job.review_percent);
    job.lease_minutes = body.lease_minutes.unwrap_or(job.lease_minutes);
    create_under::<Project, Job>(cx, project, async |_, _| Ok(job.clone()), nothing_more).await
}

/// Changes a job, or takes it to another status.
///
/// # Errors
/// The denial; a name that is taken; it does not go there; a number that is out of bounds.
pub async fn edit_job(cx: &Cx, id: Uuid, body: JobPatch) -> Result<Shown<'_, Job>, AppError> {
    check(body.review_percent, body.lease_minutes)?;
    edit::<Edit, Job>(cx, id, async |unit, granted| {
        if body.status == Some(JobStatus::Complete) && granted.data().status == JobStatus::Active {
            let open = unit.tally(id).await?.into_iter().any(|tally| !is_over(tally.status));
            if open {
                let guard = Guard::OpenTasks;
                return Err(Gate::guarded(guard, Operation::Edit, Kind::Job, granted.facts()).into());
            }
        }
        let change = |job: &mut Job| {
            if let Some(name) = &body.name {
                job.name = name.as_str().to_owned();
            }
            if let Some(description) = &body.description {
                job.description = description.clone().into_string();
            }
            job.review_percent = body.review_percent.unwrap_or(job.review_percent);
            job.lease_minutes = body.lease_minutes.unwrap_or(job.lease_minutes);
        };
        match body.status {
            None => Ok(granted.change(cx.gate.now(), change)),
            Some(JobStatus::Launched) => {
                let files = i64::try_from(unit.count_files_of_job(id).await?).unwrap_or(i64::MAX);
                Ok(guards::move_job(&cx.gate, granted, JobStatus::Launched, |job| {
                    change(job);
                    job.launch.files = files;
                })?)
            }
            Some(to) => Ok(guards::move_job(&cx.gate, granted, to, change)?),
        }
    })
    .await
}

/// Whether nobody is to work on a task any more.
const fn is_over(status: TaskStatus) -> bool {
    use TaskStatus::{Archived, Complete, Failed, Killed};
    matches!(status, Complete | Archived | Failed | Killed)
}

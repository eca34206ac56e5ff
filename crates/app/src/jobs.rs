//! Jobs: making and changing them.

use bailiwick_domain::entities::{Job, JobStatus, Name, Project, Text};
use bailiwick_domain::gate::Edit;
use bailiwick_domain::ports::{Read, Unit};
use serde::Deserialize;
use uuid::Uuid;

use crate::create::{create, made};
use crate::cx::Cx;
use crate::edit::edit;
use crate::error::AppError;
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
    /// How far it has come.
    pub status: Option<JobStatus>,
}

/// Makes a job in a project.
///
/// # Errors
/// The denial; a name that is taken.
pub async fn create_job(cx: &Cx, project: Uuid, body: NewJob) -> Result<Shown<'_, Job>, AppError> {
    create(
        cx,
        async |unit: &dyn Unit| {
            let parent = Read::<Project>::find(unit, project).await?;
            let permit = cx
                .gate
                .create::<Job, _>(&cx.caller, parent)
                .map_err(|denial| AppError::denied(denial, project))?;
            let data = Job {
                name: body.name.as_str().to_owned(),
                description: body.description.clone().into_string(),
                status: JobStatus::Draft,
            };
            Ok(made(cx, permit, data))
        },
        async |_, _| Ok(()),
    )
    .await
}

/// Changes a job.
///
/// # Errors
/// The denial; a name that is taken.
pub async fn edit_job(cx: &Cx, id: Uuid, body: JobPatch) -> Result<Shown<'_, Job>, AppError> {
    edit::<Edit, Job>(cx, id, async |_, granted| {
        Ok(granted.change(cx.gate.now(), |job| {
            if let Some(name) = &body.name {
                job.name = name.as_str().to_owned();
            }
            if let Some(description) = &body.description {
                job.description = description.clone().into_string();
            }
            if let Some(status) = body.status {
                job.status = status;
            }
        }))
    })
    .await
}

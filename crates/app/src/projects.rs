//! Projects: making, changing, archiving.

use bailiwick_domain::entities::{Name, Organization, Project, Text, Visibility};
use bailiwick_domain::gate::{Edit, Unarchive};
use bailiwick_domain::ports::{Read, Unit};
use serde::Deserialize;
use uuid::Uuid;

use crate::create::{create, made};
use crate::cx::Cx;
use crate::edit::edit;
use crate::error::AppError;
use crate::read::Shown;

/// A new project.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    /// Unique in the organization.
    pub name: Name,
    /// What it is about.
    #[serde(default)]
    pub description: Text,
    /// Private unless said otherwise.
    #[serde(default = "private")]
    pub visibility: Visibility,
}

const fn private() -> Visibility {
    Visibility::Private
}

/// Changes of a project.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ProjectPatch {
    /// Unique in the organization.
    pub name: Option<Name>,
    /// What it is about.
    pub description: Option<Text>,
    /// Who may see it beside those who hold a grant.
    pub visibility: Option<Visibility>,
}

/// Makes a project in an organization.
///
/// # Errors
/// The denial; a name that is taken.
pub async fn create_project(
    cx: &Cx,
    organization: Uuid,
    body: NewProject,
) -> Result<Shown<'_, Project>, AppError> {
    create(
        cx,
        async |unit: &dyn Unit| {
            let parent = Read::<Organization>::find(unit, organization).await?;
            let permit = cx
                .gate
                .create::<Project, _>(&cx.caller, parent)
                .map_err(|denial| AppError::denied(denial, organization))?;
            let data = Project {
                name: body.name.as_str().to_owned(),
                description: body.description.clone().into_string(),
                visibility: body.visibility,
                archived_at: None,
                collaboration_id: None,
            };
            Ok(made(cx, permit, data))
        },
        async |_, _| Ok(()),
    )
    .await
}

/// Changes a project.
///
/// # Errors
/// The denial; a name that is taken.
pub async fn edit_project(cx: &Cx, id: Uuid, body: ProjectPatch) -> Result<Shown<'_, Project>, AppError> {
    edit::<Edit, Project>(cx, id, async |_, granted| {
        Ok(granted.change(cx.gate.now(), |project| {
            if let Some(name) = &body.name {
                project.name = name.as_str().to_owned();
            }
            if let Some(description) = &body.description {
                project.description = description.clone().into_string();
            }
            if let Some(visibility) = body.visibility {
                project.visibility = visibility;
            }
        }))
    })
    .await
}

/// Archives a project: it and what hangs under it is viewed and deleted as always, and not changed.
///
/// # Errors
/// The denial.
pub async fn archive_project(cx: &Cx, id: Uuid) -> Result<Shown<'_, Project>, AppError> {
    edit::<Edit, Project>(cx, id, async |_, granted| {
        Ok(granted.change(cx.gate.now(), |project| project.archived_at = Some(cx.gate.now())))
    })
    .await
}

/// Takes a project out of the archive.
///
/// # Errors
/// The denial.
pub async fn unarchive_project(cx: &Cx, id: Uuid) -> Result<Shown<'_, Project>, AppError> {
    edit::<Unarchive, Project>(cx, id, async |_, granted| {
        Ok(granted.change(cx.gate.now(), |project| project.archived_at = None))
    })
    .await
}

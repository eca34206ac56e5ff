//! Projects: making, changing, archiving.

use bailiwick_domain::entities::{Collaboration, Name, Organization, Project, Text, Visibility};
use bailiwick_domain::gate::{Edit, Unarchive};
use bailiwick_domain::guards;
use bailiwick_domain::ids::Claimed;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::ports::{Lookup, Read, RunsOf, Unit};
use bailiwick_domain::reason::Guard;
use bailiwick_domain::{Facts, Gate};
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

/// In which collaboration a project is to be shared.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Sharing {
    /// The collaboration, of which the project's organization is a member.
    #[cfg_attr(feature = "schema", schema(value_type = Uuid))]
    pub collaboration_id: Claimed<Collaboration>,
}

/// Shares a project in a collaboration, or moves it to another one.
///
/// # Errors
/// The denial; a collaboration that may not be named; runs are open in the one that it leaves.
pub async fn share_project(cx: &Cx, id: Uuid, body: Sharing) -> Result<Shown<'_, Project>, AppError> {
    edit::<Edit, Project>(cx, id, async |unit, granted| {
        let organization = organization_of(cx, unit, granted.facts()).await?;
        let into = body.collaboration_id.find::<dyn Unit>(unit).await?;
        let into = into.map(|row| cx.gate.facts(&row).clone());
        let open = has_open_runs(unit, id).await?;
        guards::share(&cx.gate, &cx.caller, granted.facts(), &organization, into.as_ref(), open)
            .map_err(|refused| AppError::refused(refused, "/collaboration_id", Kind::Collaboration))?;
        Ok(granted.change(cx.gate.now(), |project| project.collaboration_id = into.map(|into| into.id)))
    })
    .await
}

/// Takes a project out of the collaboration that it is shared in.
///
/// # Errors
/// The denial; it is not shared, in what the caller may view; runs are open there.
pub async fn unshare_project(cx: &Cx, id: Uuid) -> Result<Shown<'_, Project>, AppError> {
    edit::<Edit, Project>(cx, id, async |unit, granted| {
        let organization = organization_of(cx, unit, granted.facts()).await?;
        let shared = granted.facts().collaboration.unwrap_or_default();
        let from = Read::<Collaboration>::find(unit, shared).await?.map(|row| cx.gate.facts(&row).clone());
        let open = has_open_runs(unit, id).await?;
        guards::unshare(&cx.gate, &cx.caller, granted.facts(), &organization, from.as_ref(), open)
            .map_err(|refused| AppError::refused_in_path(cx, refused, Kind::Collaboration, shared))?;
        Ok(granted.change(cx.gate.now(), |project| project.collaboration_id = None))
    })
    .await
}

async fn organization_of(cx: &Cx, unit: &dyn Unit, project: &Facts) -> Result<Facts, AppError> {
    let id = project.lineage.organization.unwrap_or_default();
    let row = Read::<Organization>::find(unit, id).await?.ok_or(AppError::Contention)?;
    Ok(cx.gate.facts(&row).clone())
}

pub(crate) async fn has_open_runs(unit: &dyn Unit, project: Uuid) -> Result<bool, AppError> {
    Ok(!Lookup::open_runs(unit, RunsOf::Project(project)).await?.is_empty())
}

/// Archives a project: it and what hangs under it is viewed and deleted as always, and not changed.
///
/// # Errors
/// The denial; runs are open.
pub async fn archive_project(cx: &Cx, id: Uuid) -> Result<Shown<'_, Project>, AppError> {
    edit::<Edit, Project>(cx, id, async |unit, granted| {
        if has_open_runs(unit, id).await? {
            let facts = granted.facts();
            return Err(Gate::guarded(Guard::OpenRuns, Operation::Edit, Kind::Project, facts).into());
        }
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

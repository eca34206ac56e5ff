//! Datasets: making and changing them.

use bailiwick_domain::entities::{Dataset, Name, Project, Text};
use bailiwick_domain::gate::Edit;
use serde::Deserialize;
use uuid::Uuid;

use crate::create::{create_under, nothing_more};
use crate::cx::Cx;
use crate::edit::edit;
use crate::error::AppError;
use crate::read::Shown;

/// A new dataset.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewDataset {
    /// Unique in the project.
    pub name: Name,
    /// What is in it.
    #[serde(default)]
    pub description: Text,
}

/// Changes of a dataset.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DatasetPatch {
    /// Unique in the project.
    pub name: Option<Name>,
    /// What is in it.
    pub description: Option<Text>,
}

/// Makes a dataset in a project.
///
/// # Errors
/// The denial; a name that is taken.
pub async fn create_dataset(
    cx: &Cx,
    project: Uuid,
    body: NewDataset,
) -> Result<Shown<'_, Dataset>, AppError> {
    let data = Dataset { name: body.name.into_string(), description: body.description.into_string() };
    create_under::<Project, Dataset>(cx, project, async |_, _| Ok(data.clone()), nothing_more).await
}

/// Changes a dataset.
///
/// # Errors
/// The denial; a name that is taken.
pub async fn edit_dataset(cx: &Cx, id: Uuid, body: DatasetPatch) -> Result<Shown<'_, Dataset>, AppError> {
    edit::<Edit, Dataset>(cx, id, async |_, granted| {
        Ok(granted.change(cx.gate.now(), |dataset| {
            if let Some(name) = &body.name {
                dataset.name = name.as_str().to_owned();
            }
            if let Some(description) = &body.description {
                dataset.description = description.clone().into_string();
            }
        }))
    })
    .await
}

//! Annotations: making and changing them, while their task is lent to who does so.

use bailiwick_domain::entities::{Annotation, File, Geometry, Label, Task};
use bailiwick_domain::gate::{Delete, Edit, View};
use bailiwick_domain::ids::Claimed;
use bailiwick_domain::kind::Kind;
use bailiwick_domain::ports::{Lookup, Read, Unit};
use bailiwick_domain::{Facts, Granted};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::create::{create_under, nothing_more};
use crate::cx::Cx;
use crate::delete::delete_in;
use crate::edit::{check_version, edit};
use crate::error::AppError;
use crate::labels::check_attributes;
use crate::links::labels_of;
use crate::read::Shown;
use crate::work::renew_lease;

/// How many points a polygon has at most.
const MOST_POINTS: usize = 10_000;
/// How many bytes attributes have at most.
const LONGEST_ATTRIBUTES: usize = 64 * 1_024;

/// A new annotation.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAnnotation {
    /// A label that the task or its job holds.
    #[cfg_attr(feature = "schema", schema(value_type = Uuid))]
    pub label_id: Claimed<Label>,
    /// The file that it speaks of: the one that the task is about where absent, or another one that the task holds.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Uuid>))]
    pub file_id: Option<Claimed<File>>,
    /// Of which part of the file, in the shape that the label is for.
    pub geometry: Geometry,
    /// What else it says, as the label's schema has it.
    #[serde(default)]
    pub attributes: Map<String, Value>,
}

/// Changes of an annotation.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AnnotationPatch {
    /// Another label that the task or its job holds.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Uuid>))]
    pub label_id: Option<Claimed<Label>>,
    /// Of which part of the file.
    pub geometry: Option<Geometry>,
    /// What else it says; in the place of all that it said.
    pub attributes: Option<Map<String, Value>>,
}

/// Makes an annotation in a task.
///
/// # Errors
/// The denial; the task is not lent to the caller; a label or a file that is not the task's; what the label's schema
/// does not have.
pub async fn create_annotation(
    cx: &Cx,
    task: Uuid,
    body: NewAnnotation,
) -> Result<Shown<'_, Annotation>, AppError> {
    create_under::<Task, Annotation>(
        cx,
        task,
        async |unit, facts| {
            renew_lease(cx, unit, task).await?;
            let label = label(cx, unit, facts, body.label_id).await?;
            let annotation = Annotation {
                file_id: file(cx, unit, facts, body.file_id).await?,
                label_id: label.id(),
                geometry: body.geometry.clone(),
                attributes: Value::Object(body.attributes.clone()),
            };
            check(label.data(), &annotation)?;
            Ok(annotation)
        },
        nothing_more,
    )
    .await
}

/// Changes an annotation.
///
/// # Errors
/// Those of [`create_annotation`].
pub async fn edit_annotation(
    cx: &Cx,
    id: Uuid,
    body: AnnotationPatch,
) -> Result<Shown<'_, Annotation>, AppError> {
    edit::<Edit, Annotation>(cx, id, async |unit, granted| {
        let facts = granted.facts().clone();
        renew_lease(cx, unit, facts.lineage.task.unwrap_or_default()).await?;
        let mut after = granted.data().clone();
        let claimed = body.label_id.unwrap_or_else(|| Claimed::from_wire(after.label_id));
        let label = label(cx, unit, &facts, claimed).await?;
        after.label_id = label.id();
        if let Some(geometry) = &body.geometry {
            after.geometry = geometry.clone();
        }
        if let Some(attributes) = &body.attributes {
            after.attributes = Value::Object(attributes.clone());
        }
        check(label.data(), &after)?;
        Ok(granted.change(cx.gate.now(), |annotation| *annotation = after))
    })
    .await
}

/// Deletes an annotation.
///
/// # Errors
/// The denial; the task is not lent to the caller.
pub async fn delete_annotation(cx: &Cx, id: Uuid) -> Result<(), AppError> {
    cx.write(async |unit: &dyn Unit| {
        let row = Read::<Annotation>::find(unit, id).await?;
        let opened = cx.gate.open::<Delete, Annotation>(&cx.caller, row);
        let granted = opened.map_err(|denial| AppError::denied(denial, id))?;
        check_version(cx, granted.object().version)?;
        renew_lease(cx, unit, granted.facts().lineage.task.unwrap_or_default()).await?;
        delete_in(cx, unit, granted, false).await
    })
    .await
}

/// The label, if the task or its job holds it and the caller may view it.
async fn label<'c>(
    cx: &'c Cx,
    unit: &dyn Unit,
    task: &Facts,
    claimed: Claimed<Label>,
) -> Result<Granted<'c, View, Label>, AppError> {
    let (job, task) = (task.lineage.job.unwrap_or_default(), task.lineage.task.unwrap_or_default());
    let row = claimed.find::<dyn Unit>(unit).await?;
    let opened = cx.gate.open::<View, Label>(&cx.caller, row).ok();
    let held = labels_of(unit, job, task).await?;
    opened
        .filter(|label| held.contains(&label.id()))
        .ok_or_else(|| AppError::unknown("/label_id", Kind::Label))
}

/// The file, if the task is about it or holds it and the caller may view it.
async fn file(
    cx: &Cx,
    unit: &dyn Unit,
    task: &Facts,
    claimed: Option<Claimed<File>>,
) -> Result<Uuid, AppError> {
    let id = task.lineage.task.unwrap_or_default();
    let row = Read::<Task>::find(unit, id).await?;
    let about = row.as_ref().and_then(bailiwick_domain::guards::file_of);
    let claimed = match (claimed, about) {
        (Some(claimed), _) => claimed,
        (None, Some(about)) => Claimed::from_wire(about),
        (None, None) => return Err(AppError::invalid("/file_id", "a file that the task holds")),
    };
    let row = claimed.find::<dyn Unit>(unit).await?;
    let held = Lookup::linked(unit, id, Kind::File).await?;
    cx.gate
        .open::<View, File>(&cx.caller, row)
        .ok()
        .map(|file| file.id())
        .filter(|file| about == Some(*file) || held.contains(file))
        .ok_or_else(|| AppError::unknown("/file_id", Kind::File))
}

/// Refuses what the label is not for.
fn check(label: &Label, annotation: &Annotation) -> Result<(), AppError> {
    if annotation.geometry.shape() != label.shape {
        return Err(AppError::invalid("/geometry/shape", format!("`{}`, as the label is for", label.shape)));
    }
    check_geometry(&annotation.geometry)?;
    if annotation.attributes.to_string().len() > LONGEST_ATTRIBUTES {
        return Err(AppError::invalid("/attributes", format!("at most {LONGEST_ATTRIBUTES} bytes of JSON")));
    }
    check_attributes(label, &annotation.attributes)
}

fn check_geometry(geometry: &Geometry) -> Result<(), AppError> {
    let wrong = |pointer: &str, right: &str| Err(AppError::invalid(format!("/geometry{pointer}"), right));
    let good = |number: f64| number.is_finite() && number.abs() <= 1e9;
    match geometry {
        Geometry::Box { x, y, width, height } => {
            match (good(*x) && good(*y), *width > 0.0 && *height > 0.0) {
                (false, _) => wrong("", "numbers of at most a thousand million"),
                (_, false) => wrong("/width", "a width and a height above nought"),
                _ if !good(*width) || !good(*height) => wrong("/width", "at most a thousand million"),
                _ => Ok(()),
            }
        }
        Geometry::Polygon { points } if points.len() < 3 || points.len() > MOST_POINTS => {
            wrong("/points", &format!("3 to {MOST_POINTS} points"))
        }
        Geometry::Polygon { points } if !points.iter().flatten().all(|number| good(*number)) => {
            wrong("/points", "numbers of at most a thousand million")
        }
        Geometry::Point { x, y } if !good(*x) || !good(*y) => {
            wrong("", "numbers of at most a thousand million")
        }
        Geometry::Whole {} | Geometry::Polygon { .. } | Geometry::Point { .. } => Ok(()),
    }
}

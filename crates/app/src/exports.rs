//! Exports: asked for by a request, made in the background in the name of who asked, taken away, and gone when their time
//! is over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bailiwick_domain::entities::{
    Annotation, Export, ExportFormat, ExportStatus, File, Geometry, Job, Label,
};
use bailiwick_domain::gate::View;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::page::{FieldValue, Filter, Position, Query};
use bailiwick_domain::ports::{FileWriter, Read, Unit, Write};
use bailiwick_domain::{Facts, Granted, guards};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::Duration;
use uuid::Uuid;

use crate::create::{create_under, nothing_more};
use crate::cx::{App, Cx};
use crate::edit::store;
use crate::error::AppError;
use crate::files::{Stored, let_go};
use crate::read::{Shown, open_all, seen};

/// How many objects are read at once.
const BATCH: usize = 500;
/// How many bytes are handed on at once.
const PART: usize = 256 * 1_024;
/// How long the making may take before what there is counts as left behind.
const MAKING: Duration = Duration::days(1);

/// A new export.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewExport {
    /// How it is written.
    pub format: ExportFormat,
}

/// Asks for what came out of a job, as one file.
///
/// # Errors
/// The denial.
pub async fn create_export(cx: &Cx, job: Uuid, body: NewExport) -> Result<Shown<'_, Export>, AppError> {
    create_under::<Job, Export>(
        cx,
        job,
        async |_, _| Ok(Export::pending(body.format, cx.caller.principal, cx.caller.client_app)),
        nothing_more,
    )
    .await
}

/// The bytes of an export, if the caller may view it.
///
/// # Errors
/// The denial; it is not there yet, or no more.
pub async fn show_export_content(cx: &Cx, id: Uuid) -> Result<Stored, AppError> {
    let row = Read::<Export>::find(&*cx.store, id).await?;
    let opened = cx.gate.open::<View, Export>(&cx.caller, row).map_err(|denial| AppError::denied(denial, id));
    let export = cx.audited(opened).await?;
    let Export { format, status, stored, bytes, sha256, expires_at, .. } = export.data().clone();
    let good = status == ExportStatus::Ready && expires_at.is_none_or(|end| cx.gate.now() < end);
    let (name, media_type) = match format {
        ExportFormat::Coco => ("coco.json", "application/json"),
        ExportFormat::Jsonl => ("annotations.jsonl", "application/jsonl"),
    };
    let stored = stored.filter(|_| good).ok_or(AppError::State(match status {
        ExportStatus::Pending => "the export is not made yet: its status becomes `ready`",
        ExportStatus::Failed => "the export could not be made: its `detail` says why",
        ExportStatus::Ready | ExportStatus::Expired => "the time of the export is over: ask for another",
    }))?;
    Ok(Stored {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        bytes: bytes.unwrap_or_default(),
        sha256: sha256.unwrap_or_default(),
        stored,
    })
}

/// Makes an export that waits, or takes one away whose time is over; answers whether there was one.
///
/// # Errors
/// Storage; the files.
pub async fn go_on(app: &Arc<App>) -> Result<bool, AppError> {
    let operator = Cx::operator(app.clone(), "make_export");
    let Some(due) = app.store.due_export(operator.gate.now()).await? else { return Ok(false) };
    let facts = operator.gate.facts(&due).clone();
    let asked = guards::asked_by(&due);
    if guards::is_made(&due) {
        settle(&operator, due.id(), |export| export.status = ExportStatus::Expired, true).await?;
        return Ok(true);
    }
    let cx = Cx::on_behalf_of(app.clone(), asked, "make_export").await?;
    let job = facts.lineage.job.unwrap_or_default();
    let failed = |why: &str| {
        let why = why.to_owned();
        move |export: &mut Export| {
            (export.status, export.detail) = (ExportStatus::Failed, Some(why.clone()));
        }
    };
    let Some(cx) = cx else {
        settle(&operator, due.id(), failed("who asked for it may act no more"), false).await?;
        return Ok(true);
    };
    let row = Read::<Job>::find(&*cx.store, job).await?;
    if cx.gate.create::<Export, Job>(&cx.caller, row).is_err() {
        settle(&operator, due.id(), failed("who asked for it may make none here any more"), false).await?;
        return Ok(true);
    }
    let stored = cx.new_id();
    let unit = cx.store.begin().await?;
    unit.add_stray(stored, cx.gate.now() + MAKING).await?;
    unit.commit().await?;
    let made = match write(&cx, guards::format_of(&due), job, stored).await {
        Ok(made) => made,
        // Storage and files may be there again soon; what is wrong with this one keeps no other from its turn.
        Err(error @ (AppError::Store(_) | AppError::Files(_))) => return Err(error),
        Err(error) => {
            tracing::warn!(export = %due.id(), %error, "an export can't be made");
            settle(&operator, due.id(), failed("it can't be made"), false).await?;
            return Ok(true);
        }
    };
    let expires_at = cx.gate.now() + app.file_rules.exports;
    let how = |export: &mut Export| {
        export.status = ExportStatus::Ready;
        export.stored = Some(stored);
        export.bytes = Some(made.bytes);
        export.sha256 = Some(made.sha256.clone());
        export.annotations = Some(made.annotations);
        export.expires_at = Some(expires_at);
    };
    settle(&operator, due.id(), how, false).await?;
    Ok(true)
}

/// Stores what has become of an export, unless it has gone meanwhile.
async fn settle(cx: &Cx, id: Uuid, how: impl Fn(&mut Export), takes: bool) -> Result<(), AppError> {
    cx.write(async |unit: &dyn Unit| {
        let Some(row) = Read::<Export>::find(unit, id).await? else { return Ok(()) };
        let facts: Facts = cx.gate.facts(&row).clone();
        let bytes = guards::stored_of(&row);
        let changed = guards::settle_export(row, cx.gate.now(), |export| {
            how(export);
            if takes {
                export.stored = None;
            }
        });
        match (changed.after().data.stored, bytes) {
            (Some(stored), _) => unit.drop_strays(&[stored]).await?,
            (None, Some(stored)) => let_go(cx, unit, stored).await?,
            (None, None) => {}
        }
        match cx.gate.rules_allow(&cx.caller, Operation::Edit, Kind::Export, &facts) {
            Some(because) => store(cx, unit, because, &changed).await,
            None => Ok(Write::save(unit, &changed).await?),
        }
    })
    .await
}

/// What was written.
struct Made {
    bytes: i64,
    sha256: String,
    annotations: i64,
}

/// Bytes on their way out, counted and hashed.
struct Out {
    writer: Box<dyn FileWriter>,
    waiting: Vec<u8>,
    hash: Sha256,
    bytes: i64,
}

impl Out {
    async fn put(&mut self, text: &str) -> Result<(), AppError> {
        self.waiting.extend_from_slice(text.as_bytes());
        if self.waiting.len() >= PART { self.flush().await } else { Ok(()) }
    }

    /// Puts a document into a list: after a comma, but the first.
    async fn item(&mut self, first: bool, value: &Value) -> Result<(), AppError> {
        let comma = if first { "\n" } else { ",\n" };
        self.put(&format!("{comma}{value}")).await
    }

    async fn flush(&mut self) -> Result<(), AppError> {
        let part = std::mem::take(&mut self.waiting);
        self.hash.update(&part);
        self.bytes += i64::try_from(part.len()).unwrap_or(i64::MAX);
        Ok(self.writer.part(part).await?)
    }
}

/// Writes what the caller may view of a job's annotations.
async fn write(cx: &Cx, format: ExportFormat, job: Uuid, stored: Uuid) -> Result<Made, AppError> {
    let writer = cx.app.files.write(stored).await?;
    let mut out = Out { writer, waiting: Vec::new(), hash: Sha256::new(), bytes: 0 };
    let annotations = match format {
        ExportFormat::Coco => write_coco(cx, job, &mut out).await?,
        ExportFormat::Jsonl => write_jsonl(cx, job, &mut out).await?,
    };
    out.flush().await?;
    out.writer.finish().await?;
    Ok(Made { bytes: out.bytes, sha256: hex::encode(out.hash.finalize()), annotations })
}

/// The next annotations of a job.
async fn next<'c>(
    cx: &'c Cx,
    job: Uuid,
    after: Option<Uuid>,
) -> Result<Vec<Granted<'c, View, Annotation>>, AppError> {
    let after = after.map(|id| Position { value: FieldValue::Id(id), id });
    let filters = vec![Filter::Is("job_id", FieldValue::Id(job))];
    let query = Query { filters, limit: BATCH, after, ..Query::default() };
    let page =
        Read::<Annotation>::list(&*cx.store, &cx.gate.visible::<Annotation>(&cx.caller), &query).await?;
    open_all(cx, page.items)
}

async fn write_jsonl(cx: &Cx, job: Uuid, out: &mut Out) -> Result<i64, AppError> {
    let (mut after, mut count) = (None, 0);
    loop {
        let batch = next(cx, job, after).await?;
        let (files, labels) = names(cx, &batch).await?;
        for annotation in &batch {
            let data = annotation.data();
            let line = json!({
                "id": annotation.id(),
                "task_id": annotation.facts().lineage.task,
                "file_id": data.file_id,
                "file": files.get(&data.file_id),
                "label": labels.get(&data.label_id),
                "geometry": data.geometry,
                "attributes": data.attributes,
            });
            out.put(&format!("{line}\n")).await?;
            count += 1;
        }
        match batch.last() {
            Some(last) if batch.len() == BATCH => after = Some(last.id()),
            _ => return Ok(count),
        }
    }
}

/// The names of the files and the labels that annotations speak of, as far as the caller may view them.
async fn names(
    cx: &Cx,
    batch: &[Granted<'_, View, Annotation>],
) -> Result<(BTreeMap<Uuid, String>, BTreeMap<Uuid, String>), AppError> {
    let ids = |of: fn(&Annotation) -> Uuid| {
        batch
            .iter()
            .map(|annotation| of(annotation.data()))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    };
    let files = seen::<File>(cx, &ids(|annotation| annotation.file_id)).await?;
    let labels = seen::<Label>(cx, &ids(|annotation| annotation.label_id)).await?;
    Ok((
        files.iter().map(|file| (file.id(), file.data().name.clone())).collect(),
        labels.iter().map(|label| (label.id(), label.data().name.clone())).collect(),
    ))
}

/// Numbers for ids, which COCO wants, from 1 in the order in which they come.
#[derive(Default)]
struct Numbers(BTreeMap<Uuid, usize>);

impl Numbers {
    fn of(&mut self, id: Uuid) -> usize {
        let next = self.0.len() + 1;
        *self.0.entry(id).or_insert(next)
    }

    fn ids(&self) -> Vec<Uuid> {
        self.0.keys().copied().collect()
    }
}

async fn write_coco(cx: &Cx, job: Uuid, out: &mut Out) -> Result<i64, AppError> {
    let (mut images, mut categories, mut count) = (Numbers::default(), Numbers::default(), 0);
    out.put(
        "{\"info\":{\"description\":\"Bailiwick\",\"version\":\"1\"},\"licenses\":[],\n\"annotations\":[",
    )
    .await?;
    let mut after = None;
    loop {
        let batch = next(cx, job, after).await?;
        for annotation in &batch {
            let data = annotation.data();
            let (image, category) = (images.of(data.file_id), categories.of(data.label_id));
            count += 1;
            let mut said = json!({
                "id": count, "image_id": image, "category_id": category, "iscrowd": 0,
                "attributes": data.attributes, "uuid": annotation.id(),
            });
            if let Value::Object(said) = &mut said {
                said.extend(coco_geometry(&data.geometry));
            }
            out.item(count == 1, &said).await?;
        }
        match batch.last() {
            Some(last) if batch.len() == BATCH => after = Some(last.id()),
            _ => break,
        }
    }
    out.put("],\n\"images\":[").await?;
    let mut first = true;
    for ids in images.ids().chunks(BATCH) {
        for file in seen::<File>(cx, ids).await? {
            let File { name, width, height, .. } = file.data();
            let image = json!({
                "id": images.of(file.id()), "file_name": name, "width": width.unwrap_or(0),
                "height": height.unwrap_or(0), "uuid": file.id(),
            });
            out.item(std::mem::take(&mut first), &image).await?;
        }
    }
    out.put("],\n\"categories\":[").await?;
    let mut first = true;
    for ids in categories.ids().chunks(BATCH) {
        for label in seen::<Label>(cx, ids).await? {
            let category = json!({
                "id": categories.of(label.id()), "name": label.data().name, "supercategory": "",
                "uuid": label.id(),
            });
            out.item(std::mem::take(&mut first), &category).await?;
        }
    }
    out.put("]}\n").await?;
    Ok(count)
}

/// Box, area and outline, as COCO has them.
fn coco_geometry(geometry: &Geometry) -> serde_json::Map<String, Value> {
    let (bbox, area, outline): (Vec<f64>, f64, Vec<Vec<f64>>) = match geometry {
        Geometry::Whole {} => (vec![0.0; 4], 0.0, Vec::new()),
        Geometry::Box { x, y, width, height } => {
            let (right, bottom) = (x + width, y + height);
            let corners = vec![*x, *y, right, *y, right, bottom, *x, bottom];
            (vec![*x, *y, *width, *height], width * height, vec![corners])
        }
        Geometry::Point { x, y } => (vec![*x, *y, 0.0, 0.0], 0.0, Vec::new()),
        Geometry::Polygon { points } => {
            let least = |axis: fn(&[f64; 2]) -> f64| points.iter().map(axis).fold(f64::INFINITY, f64::min);
            let most = |axis: fn(&[f64; 2]) -> f64| points.iter().map(axis).fold(f64::NEG_INFINITY, f64::max);
            let (left, top) = (least(|point| point[0]), least(|point| point[1]));
            let (right, bottom) = (most(|point| point[0]), most(|point| point[1]));
            let next = points.iter().cycle().skip(1);
            let twice: f64 = points.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum();
            let outline = points.iter().flatten().copied().collect();
            (vec![left, top, right - left, bottom - top], twice.abs() / 2.0, vec![outline])
        }
    };
    let mut said = serde_json::Map::new();
    said.insert("bbox".to_owned(), json!(bbox));
    said.insert("area".to_owned(), json!(area));
    said.insert("segmentation".to_owned(), json!(outline));
    said
}

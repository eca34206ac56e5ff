//! Contents of sources: one by one, and many at once.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_domain::entities::{Content, ContentType, File, Shelf, Source};
use bailiwick_domain::gate::{Edit, Granted};
use bailiwick_domain::guards;
use bailiwick_domain::ids::Claimed;
use bailiwick_domain::object::{Changed, New};
use bailiwick_domain::ports::{Read, StoreError, Unit, Write};
use bailiwick_domain::{Because, Facts, Sealed};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::bodies::{self, Told};
use super::imports::{self, Progress};
use super::{in_use, takes_contents};
use crate::create::{create_under, nothing_more, recall, remember};
use crate::cx::Cx;
use crate::edit::edit;
use crate::error::{AppError, FieldError};
use crate::patch::within;
use crate::read::Shown;

/// How many contents one import has at most.
pub const MOST: usize = 20_000;
/// How many faults of an import are told at most.
pub(super) const MOST_FAULTS: usize = 50;
/// The greatest place.
const LAST: i64 = 1_000_000_000;

/// A new content.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewContent {
    /// What it says, as the schema of its source's type has it. Its name follows from it.
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub body: Map<String, Value>,
    /// Its place in the source; 0 where absent.
    pub position: Option<i64>,
}

/// Changes of a content. What is left out stays as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ContentPatch {
    /// What it says: a merge patch, in which `null` takes a field away.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>))]
    pub body: Option<Map<String, Value>>,
    /// Its place in the source.
    pub position: Option<i64>,
}

/// Contents that are to be made together: those of `bodies`, or those of a file.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ContentImport {
    /// Each with its body, in their order: the first comes after all that the source has already. They are made at once.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<Object>>))]
    pub bodies: Option<Vec<Map<String, Value>>>,
    /// In the place of `bodies`: a file of the source's project, JSON lines with a body each. They are made in the background.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Uuid>))]
    pub file_id: Option<Claimed<File>>,
}

/// What has come of the wish to import.
#[derive(Debug, Clone)]
pub enum Imported {
    /// So many contents have been made.
    Made(usize),
    /// They will be made: how far that is.
    Begun(Box<Progress>),
}

/// Makes a content in a source.
///
/// # Errors
/// The denial; a body that breaks its schema, each fault with its pointer; one of that name; the source is in the trash.
pub async fn create_content(cx: &Cx, source: Uuid, body: NewContent) -> Result<Shown<'_, Content>, AppError> {
    let data = async |unit: &dyn Unit, parent: &Facts| {
        let of = type_of(unit, source, parent).await?;
        within("/position", body.position, 0..=LAST)?;
        content(source, of, Value::Object(body.body.clone()), body.position.unwrap_or(0), "/body")
            .map_err(AppError::Invalid)
    };
    create_under::<Source, Content>(cx, source, data, nothing_more).await
}

/// Changes a content.
///
/// # Errors
/// The denial; those of [`create_content`]; it is in the trash.
pub async fn edit_content(cx: &Cx, id: Uuid, body: ContentPatch) -> Result<Shown<'_, Content>, AppError> {
    edit::<Edit, Content>(cx, id, async |unit, granted| {
        let before = granted.object().data.clone();
        in_use(before.status, &granted)?;
        with_its_source(&granted)?;
        within("/position", body.position, 0..=LAST)?;
        let mut says = before.body;
        if let Some(patch) = &body.body {
            json_patch::merge(&mut says, &Value::Object(patch.clone()));
        }
        let source = Read::<Source>::find(unit, before.source_id).await?;
        let (of, _) = source.as_ref().map(guards::shelf_of).ok_or(StoreError::Stale)?;
        let position = body.position.unwrap_or(before.position);
        let after = content(before.source_id, of, says, position, "/body").map_err(AppError::Invalid)?;
        Ok(granted.change(cx.gate.now(), |data| *data = after))
    })
    .await
}

/// Puts a content into the trash: no access rule opens it, and lists leave it out unless they are asked.
///
/// # Errors
/// The denial.
pub async fn trash_content(cx: &Cx, id: Uuid) -> Result<Shown<'_, Content>, AppError> {
    shelve(cx, id, Shelf::Trashed).await
}

/// Takes a content out of the trash.
///
/// # Errors
/// The denial.
pub async fn restore_content(cx: &Cx, id: Uuid) -> Result<Shown<'_, Content>, AppError> {
    shelve(cx, id, Shelf::Active).await
}

async fn shelve(cx: &Cx, id: Uuid, to: Shelf) -> Result<Shown<'_, Content>, AppError> {
    edit::<Edit, Content>(cx, id, async |_, granted: Granted<'_, Edit, Content>| {
        with_its_source(&granted)?;
        Ok::<Changed<Content>, AppError>(granted.change(cx.gate.now(), |content| content.status = to))
    })
    .await
}

/// Refuses to change what is in the trash with its source.
fn with_its_source(granted: &Granted<'_, Edit, Content>) -> Result<(), AppError> {
    let shelved = guards::is_shelved_with_its_source(granted.object());
    in_use(if shelved { Shelf::Trashed } else { Shelf::Active }, granted)
}

/// Makes many contents of a source, all or none: at once, or, where a file holds them, in the background.
///
/// # Errors
/// The denial; the source is in the trash; every body that breaks its schema or has the name of another, with its pointer;
/// no room after the last content; a file that may not be named here; an import of a file is under way there; too many
/// imports came before.
pub async fn import_contents(cx: &Cx, source: Uuid, body: ContentImport) -> Result<Imported, AppError> {
    let _turn = cx.app.imports.turn().await?;
    cx.write(async |unit: &dyn Unit| {
        let place = Place::open(cx, unit, source).await?;
        match (&body.bodies, body.file_id) {
            (Some(bodies), None) => make_bodies(cx, unit, &place, bodies).await.map(Imported::Made),
            (None, Some(file)) => {
                imports::begin(cx, unit, &place, file).await.map(|begun| Imported::Begun(Box::new(begun)))
            }
            (None, None) => Err(AppError::invalid("/bodies", "contents, or `file_id` in their place")),
            (Some(_), Some(_)) => Err(AppError::invalid("/file_id", "`bodies` or `file_id`, not both")),
        }
    })
    .await
}

/// Makes contents of bodies; answers how many.
async fn make_bodies(
    cx: &Cx,
    unit: &dyn Unit,
    place: &Place<'_>,
    bodies: &[Map<String, Value>],
) -> Result<usize, AppError> {
    let count = bodies.len();
    if recall(cx, unit).await?.is_some() {
        return Ok(count);
    }
    if count == 0 || count > MOST {
        return Err(AppError::invalid("/bodies", format!("1 to {MOST} contents")));
    }
    let held = unit.contents_of(place.source()).await?;
    if !has_room(held.next, i64::try_from(count).unwrap_or(i64::MAX)) {
        let detail = format!("contents that have room after the last one: places go up to {LAST}");
        return Err(AppError::invalid("/bodies", detail));
    }
    let made = check_all(place.source(), place.of, bodies, &held.names, held.next)?;
    place.make(cx, unit, made.into_iter().map(|content| (cx.new_id(), content))).await?;
    remember(cx, unit, place.source()).await?;
    Ok(count)
}

/// Whether so many contents have a place from this one on.
pub(super) const fn has_room(next: i64, contents: i64) -> bool {
    next.saturating_add(contents.saturating_sub(1)) <= LAST
}

/// A source in which the caller may make contents.
pub(super) struct Place<'c> {
    parent: Sealed<Source>,
    because: Because<'c>,
    /// Its facts.
    pub(super) facts: Facts,
    /// What contents it has.
    pub(super) of: ContentType,
}

impl<'c> Place<'c> {
    /// Opens a source to make contents in it.
    ///
    /// # Errors
    /// The denial; it is in the trash.
    pub(super) async fn open<R: Read<Source> + ?Sized>(
        cx: &'c Cx,
        store: &R,
        source: Uuid,
    ) -> Result<Self, AppError> {
        let parent = store.find(source).await?;
        let permit = cx.gate.create::<Content, Source>(&cx.caller, parent.clone());
        let because = permit.map_err(|denial| AppError::denied(denial, source))?.because();
        let parent = parent.ok_or(StoreError::Stale)?;
        let (of, status) = guards::shelf_of(&parent);
        let facts = cx.gate.facts(&parent).clone();
        takes_contents(status, &facts)?;
        Ok(Self { parent, because, facts, of })
    }

    /// Which source.
    pub(super) const fn source(&self) -> Uuid {
        self.parent.id()
    }

    /// Makes contents there under these ids, and tells of each.
    ///
    /// # Errors
    /// A name that is taken; storage.
    pub(super) async fn make(
        &self,
        cx: &Cx,
        unit: &dyn Unit,
        contents: impl Iterator<Item = (Uuid, Content)>,
    ) -> Result<(), AppError> {
        let mut new: Vec<New<Content>> = Vec::with_capacity(contents.size_hint().0);
        for (id, content) in contents {
            let permit = cx.gate.create::<Content, Source>(&cx.caller, Some(self.parent.clone()));
            let permit = permit.map_err(|denial| AppError::denied(denial, self.source()))?;
            new.push(permit.make(id, cx.gate.now(), content));
        }
        Write::add_all(unit, &new).await?;
        cx.record_all(unit, new.iter().map(|made| (self.because, None, Some(made.object())))).await
    }
}

/// All contents of an import, each checked by its schema and beside the names of all others.
fn check_all(
    source: Uuid,
    of: ContentType,
    bodies: &[Map<String, Value>],
    taken: &BTreeSet<String>,
    next: i64,
) -> Result<Vec<Content>, AppError> {
    let (mut made, mut faults) = (Vec::with_capacity(bodies.len()), Vec::new());
    let mut named: BTreeMap<String, usize> = BTreeMap::new();
    for (at, says) in bodies.iter().enumerate() {
        let pointer = format!("/bodies/{at}");
        let position = next.saturating_add(i64::try_from(at).unwrap_or(LAST));
        match content(source, of, Value::Object(says.clone()), position, &pointer) {
            Ok(content) => {
                if taken.contains(&content.name) {
                    let detail = format!("the source has `{}` already", content.name);
                    faults.push(FieldError::new(&pointer, detail));
                } else if let Some(first) = named.insert(content.name.clone(), at) {
                    let detail = format!("`{}` is /bodies/{first} already", content.name);
                    faults.push(FieldError::new(&pointer, detail));
                }
                made.push(content);
            }
            Err(more) => faults.extend(more),
        }
        if faults.len() >= MOST_FAULTS {
            faults.truncate(MOST_FAULTS);
            break;
        }
    }
    if faults.is_empty() { Ok(made) } else { Err(AppError::Invalid(faults)) }
}

pub(super) fn content(
    source_id: Uuid,
    of: ContentType,
    body: Value,
    position: i64,
    at: &str,
) -> Result<Content, Vec<FieldError>> {
    let Told { name, text } = bodies::check(of, &body, at)?;
    Ok(Content { source_id, name, position, body, text, status: Shelf::Active })
}

/// What contents a source has that takes any.
async fn type_of(unit: &dyn Unit, source: Uuid, facts: &Facts) -> Result<ContentType, AppError> {
    let row = Read::<Source>::find(unit, source).await?;
    let (of, status) = row.as_ref().map(guards::shelf_of).ok_or(StoreError::Stale)?;
    takes_contents(status, facts)?;
    Ok(of)
}

//! Imports of files: asked for by a request, checked and made in the background in the name of who asked, and taken back
//! where they can't be made whole.

use std::sync::Arc;

use bailiwick_domain::entities::{Content, File, Source, User};
use bailiwick_domain::gate::View;
use bailiwick_domain::ids::Claimed;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::ports::{Import, ImportStatus, LineFault, Lookup, Read, Unit, Write};
use bailiwick_domain::principal::PrincipalKind;
use bailiwick_domain::{Sealed, guards};
use uuid::Uuid;

mod check;
mod hindered;
mod lines;

use super::contents::{Place, has_room};
use crate::create::{recall, remember};
use crate::cx::{App, Cx};
use crate::error::AppError;
use crate::files::Stored;
use check::{Checked, check, content_of, has_already};
use hindered::Hindered;
use lines::Lines;

/// How many contents one unit makes or takes back.
const BATCH: u32 = 500;
/// From how many bytes of contents on a unit makes no more of them.
const FULL: usize = 1_024 * 1_024;
/// As what it stands in the log.
const DEED: &str = "import_contents";

/// How far the last import of a file into a source is.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// The import; absent where there was none.
    pub import: Option<Import>,
    /// Its file, if the caller may view it.
    pub file_id: Option<Uuid>,
    /// Who asked, if that is a user whom the caller may view.
    pub by: Option<Uuid>,
}

/// Begins to import a file into a source that has been opened for it.
///
/// # Errors
/// A file that may not be named here; another import is under way; nobody asks, and the operator's name is not for them.
pub(super) async fn begin(
    cx: &Cx,
    unit: &dyn Unit,
    place: &Place<'_>,
    claimed: Claimed<File>,
) -> Result<Progress, AppError> {
    if recall(cx, unit).await?.is_some() {
        let import = unit.import_of(place.source()).await?;
        return told(cx, unit, import).await;
    }
    if cx.caller.is_anonymous() {
        let denial = cx.gate.missing(&cx.caller, Operation::Create, Kind::Content, &place.facts);
        return Err(AppError::denied(denial, place.source()));
    }
    let row = claimed.find::<dyn Unit>(unit).await?;
    let file = cx.gate.open::<View, File>(&cx.caller, row).ok();
    let file = file.filter(|file| file.facts().lineage.project == place.facts.lineage.project);
    let file = file.ok_or_else(|| AppError::unknown("/file_id", Kind::File))?.id();
    if unit.import_of(place.source()).await?.is_some_and(|import| import.status.is_under_way()) {
        return Err(AppError::State("a file is being imported into this source: wait until that has ended"));
    }
    let by = (cx.caller.principal, cx.caller.client_app);
    let import = Import::new(cx.new_id(), (place.source(), file), by, cx.gate.now());
    unit.begin_import(&import).await?;
    remember(cx, unit, place.source()).await?;
    told(cx, unit, Some(import)).await
}

/// How far the last import of a file into a source is, for who may make contents there.
///
/// # Errors
/// The denial.
pub async fn show_import(cx: &Cx, source: Uuid) -> Result<Progress, AppError> {
    let (making, of) = (Operation::Create, Kind::Content);
    let row = Read::<Source>::find(&*cx.store, source).await?;
    let may = match row.as_ref().map(|row| cx.gate.facts(row)) {
        None => Err(cx.gate.absent(&cx.caller, making, of)),
        // What rests, in an archive or in the trash, may still be looked at.
        Some(facts) => match cx.gate.rules_allow(&cx.caller, making, of, facts) {
            None => Err(cx.gate.missing(&cx.caller, making, of, facts)),
            Some(_) => Ok(()),
        },
    };
    cx.audited(may.map_err(|denial| AppError::denied(denial, source))).await?;
    let import = cx.store.import_of(source).await?;
    told(cx, &*cx.store, import).await
}

/// What of an import the caller is told.
async fn told<R: Read<File> + Read<User> + ?Sized>(
    cx: &Cx,
    store: &R,
    import: Option<Import>,
) -> Result<Progress, AppError> {
    let Some(import) = import else { return Ok(Progress::default()) };
    let file = Read::<File>::find(store, import.file_id).await?;
    let file = file.filter(|row| cx.gate.may_view(&cx.caller, cx.gate.facts(row)));
    let user = match import.by {
        Some(by) if by.kind == PrincipalKind::User => Read::<User>::find(store, by.id).await?,
        _ => None,
    };
    let user = user.filter(|row| cx.gate.may_view(&cx.caller, cx.gate.facts(row)));
    let (file_id, by) = (file.as_ref().map(Sealed::id), user.as_ref().map(Sealed::id));
    Ok(Progress { import: Some(import), file_id, by })
}

/// Goes on with the import that has waited longest, a step: checks its file, makes a batch of its contents, or takes a batch
/// back; answers whether there was one.
///
/// # Errors
/// Storage; the files.
pub async fn go_on(app: &Arc<App>) -> Result<bool, AppError> {
    let Some(import) = app.store.due_import().await? else { return Ok(false) };
    let operator = Cx::operator(app.clone(), DEED);
    let outcome = match import.status {
        ImportStatus::TakingBack => take_back(&operator, &import).await,
        _ => match step(app, &import).await {
            Err(Hindered::ForGood(why, faults)) => give_up(&operator, &import, why, faults).await,
            Err(Hindered::ForNow(error @ AppError::Files(_))) => {
                // Those whose files can be read have their turn before it.
                save(&operator, import).await?;
                Err(error)
            }
            Err(Hindered::ForNow(error)) => Err(error),
            Ok(()) => Ok(()),
        },
    };
    match outcome {
        // Another server has come between, or the source has gone: there is no more to do here.
        Ok(()) | Err(AppError::Contention) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Stores how far an import is now.
async fn save(cx: &Cx, import: Import) -> Result<(), AppError> {
    let import = Import { updated_at: cx.gate.now(), ..import };
    cx.write(async |unit: &dyn Unit| Ok(unit.save_import(&import).await?)).await
}

/// Ends an import that can't be made; what it has made is to be taken back first. That is the operator's doing: who asked
/// may have lost every right.
async fn give_up(
    operator: &Cx,
    import: &Import,
    why: &'static str,
    faults: Vec<LineFault>,
) -> Result<(), AppError> {
    tracing::warn!(import = %import.id, into = %import.source_id, why, "a file can't be imported");
    let status = if import.done == 0 { ImportStatus::Failed } else { ImportStatus::TakingBack };
    save(operator, Import { status, faults, detail: Some(why.to_owned()), ..import.clone() }).await
}

/// Takes a batch of what an import has made away again, the last first. What has been deleted meanwhile is gone already.
async fn take_back(operator: &Cx, import: &Import) -> Result<(), AppError> {
    let left = (import.done - i64::from(BATCH)).max(0);
    let ids: Vec<Uuid> = (left..import.done).map(|number| import.content_id(number)).collect();
    let status = if left == 0 { ImportStatus::Failed } else { ImportStatus::TakingBack };
    let next = Import { status, done: left, updated_at: operator.gate.now(), ..import.clone() };
    operator
        .write(async |unit: &dyn Unit| {
            unit.save_import(&next).await?;
            let rows = Read::<Content>::find_all(unit, &ids).await?;
            let Some(facts) = rows.first().map(|row| operator.gate.facts(row).clone()) else { return Ok(()) };
            let removed: Vec<_> = rows.into_iter().map(guards::take_back_content).collect();
            Write::remove(unit, &removed).await?;
            let because =
                operator.gate.rules_allow(&operator.caller, Operation::Delete, Kind::Content, &facts);
            let Some(because) = because else { return Ok(()) };
            let gone = removed.iter().map(|removed| (because, Some(removed.object()), None));
            operator.record_all(unit, gone).await
        })
        .await
}

/// Checks the file of an import, or makes a batch of its contents, in the name of who asked and by what they may do now.
async fn step(app: &Arc<App>, import: &Import) -> Result<(), Hindered> {
    let cx = match import.by {
        Some(by) => Cx::on_behalf_of(app.clone(), (Some(by), import.client_app_id), DEED).await,
        None => Ok(Some(Cx::operator(app.clone(), DEED))),
    };
    // What is wrong with this server is not wrong with the import.
    let cx = cx.map_err(Hindered::ForNow)?.ok_or(Hindered::because("who asked for it may act no more"))?;
    let place = cx.audited(Place::open(&cx, &*cx.store, import.source_id).await).await?;
    let row = Read::<File>::find(&*cx.store, import.file_id).await?;
    let file =
        cx.gate.open::<View, File>(&cx.caller, row).map_err(|_| Hindered::because(hindered::NO_FILE))?;
    let Stored { stored, bytes, .. } = Stored::from(file.data());
    let left = u64::try_from(bytes.saturating_sub(import.bytes_read)).unwrap_or(0);
    let from = u64::try_from(import.bytes_read).unwrap_or(0);
    let reader = app.files.read(stored, from, left).await?;
    let lines = Lines::after(reader, import.lines_read, import.bytes_read);
    match import.status {
        ImportStatus::Checking => look_through(&cx, import, &place, lines).await,
        _ => make_batch(&cx, import, &place, lines).await,
    }
}

async fn look_through(cx: &Cx, import: &Import, place: &Place<'_>, mut lines: Lines) -> Result<(), Hindered> {
    let held = Lookup::contents_of(&*cx.store, place.source()).await?;
    let Checked { contents, faults } = check(&mut lines, place.of, &held.names, Import::MOST).await?;
    if !faults.is_empty() {
        return Err(Hindered::ForGood("the file has faults", faults));
    }
    if contents == 0 {
        return Err(Hindered::because("the file has no contents"));
    }
    if !has_room(held.next, contents) {
        return Err(Hindered::because("the source has no room for so many contents after its last one"));
    }
    let (status, first_position) = (ImportStatus::Making, held.next);
    let next = Import { status, first_position, contents: Some(contents), ..import.clone() };
    Ok(save(cx, next).await?)
}

/// Makes the next contents.
async fn make_batch(cx: &Cx, import: &Import, place: &Place<'_>, lines: Lines) -> Result<(), Hindered> {
    let Batch { contents, lines_read, bytes_read } = next_contents(import, place, lines).await?;
    if contents.is_empty() {
        return Err(Hindered::because("the file is shorter than it was"));
    }
    let done = import.done + i64::try_from(contents.len()).unwrap_or(0);
    let status = if Some(done) == import.contents { ImportStatus::Done } else { ImportStatus::Making };
    let updated_at = cx.gate.now();
    let next = Import { status, done, lines_read, bytes_read, updated_at, ..import.clone() };
    let made = cx
        .write(async |unit: &dyn Unit| {
            // First how far it is: of two servers that make the same batch, one finds that it has been made.
            unit.save_import(&next).await?;
            let place = Place::open(cx, unit, import.source_id).await?;
            let numbered = (import.done..).zip(&contents);
            let new = numbered.map(|(number, (_, content))| (import.content_id(number), content.clone()));
            place.make(cx, unit, new).await
        })
        .await;
    if matches!(made, Err(AppError::Taken(_))) {
        let held = Lookup::contents_of(&*cx.store, place.source()).await?;
        let taken = contents.iter().filter(|(_, content)| held.names.contains(&content.name));
        let faults = taken.map(|(line, content)| has_already(*line, &content.name)).collect();
        return Err(Hindered::ForGood(hindered::TAKEN, faults));
    }
    Ok(made?)
}

/// Contents that are to be made next, each with its line.
struct Batch {
    contents: Vec<(i64, Content)>,
    lines_read: i64,
    bytes_read: i64,
}

async fn next_contents(import: &Import, place: &Place<'_>, mut lines: Lines) -> Result<Batch, Hindered> {
    let (mut contents, mut position) = (Vec::new(), import.first_position + import.done);
    let Import { mut lines_read, mut bytes_read, .. } = *import;
    let (last, mut bytes) = (position + i64::from(BATCH), 0);
    while position < last && bytes < FULL {
        let Some(line) = lines.next().await? else { break };
        (lines_read, bytes_read) = (line.number, line.end);
        if line.is_blank() {
            continue;
        }
        // It has been checked; only another version of this server sees it otherwise.
        let content = content_of(&line, place.of, (place.source(), position));
        let content = content.map_err(|faults| Hindered::ForGood("the file has faults", faults))?;
        bytes += line.bytes.len();
        contents.push((line.number, content));
        position += 1;
    }
    Ok(Batch { contents, lines_read, bytes_read })
}

//! Changing: what every kind has in common.

use bailiwick_domain::Because;
use bailiwick_domain::gate::{Changes, Granted};
use bailiwick_domain::object::Changed;
use bailiwick_domain::ports::Unit;
use uuid::Uuid;

use crate::create::look_back;
use crate::cx::Cx;
use crate::error::AppError;
use crate::kept::Writable;
use crate::read::Shown;

/// Opens an object for `A` inside a unit of work, changes it, and stores the change if there is one.
///
/// # Errors
/// The denial; a version that has moved on; those of `change`.
pub async fn edit<'c, A: Changes, T: Writable>(
    cx: &'c Cx,
    id: Uuid,
    change: impl AsyncFn(&dyn Unit, Granted<'c, A, T>) -> Result<Changed<T>, AppError>,
) -> Result<Shown<'c, T>, AppError> {
    edit_then(cx, id, change, async |_, _| Ok(())).await
}

/// [`edit`], with what belongs to the change done in the same unit.
///
/// # Errors
/// Those of [`edit`] and of `then`.
pub async fn edit_then<'c, A: Changes, T: Writable>(
    cx: &'c Cx,
    id: Uuid,
    change: impl AsyncFn(&dyn Unit, Granted<'c, A, T>) -> Result<Changed<T>, AppError>,
    then: impl AsyncFn(&dyn Unit, &Changed<T>) -> Result<(), AppError>,
) -> Result<Shown<'c, T>, AppError> {
    cx.write(async |unit: &dyn Unit| {
        let row = T::read(unit).find(id).await?;
        let granted = cx.gate.open::<A, T>(&cx.caller, row).map_err(|denial| AppError::denied(denial, id))?;
        check_version(cx, granted.object().version)?;
        let because = granted.because();
        let changed = change(unit, granted).await?;
        store(cx, unit, because, &changed).await?;
        then(unit, &changed).await?;
        look_back(cx, unit, id).await
    })
    .await
}

/// Stores a change and records it; what changes nothing is not stored.
pub(crate) async fn store<T: Writable>(
    cx: &Cx,
    unit: &dyn Unit,
    because: Because<'_>,
    changed: &Changed<T>,
) -> Result<(), AppError> {
    let (before, after) = (changed.before(), changed.after());
    if before.data == after.data && before.facts == after.facts {
        return Ok(());
    }
    T::write(unit).save(changed).await?;
    cx.record(unit, because, Some(before), Some(after)).await
}

/// Whether the object still has the version that the caller saw.
///
/// # Errors
/// It has moved on, or the version must be named and is not.
pub(crate) fn check_version(cx: &Cx, version: i64) -> Result<(), AppError> {
    match cx.wish.if_match {
        Some(seen) if seen != version => Err(AppError::VersionMismatch),
        None if cx.app.settings.require_if_match && !cx.caller.is_operator() => {
            Err(AppError::VersionRequired)
        }
        _ => Ok(()),
    }
}

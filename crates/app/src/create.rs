//! Creating: what every kind has in common.

use bailiwick_domain::Because;
use bailiwick_domain::facts::Facts;
use bailiwick_domain::gate::{MayCreate, View};
use bailiwick_domain::object::New;
use bailiwick_domain::ports::{Reads, Remembered, Unit};
use time::Duration;
use uuid::Uuid;

use crate::cx::Cx;
use crate::error::AppError;
use crate::kept::{Kept, Writable};
use crate::read::Shown;

/// For how long an idempotency key stands for its first answer.
pub const REMEMBERED: Duration = Duration::hours(24);

/// A new object and why it may be made.
pub struct Made<'c, T> {
    /// The object.
    pub new: New<T>,
    /// Why.
    pub because: Because<'c>,
}

/// Makes an object in a unit of work: `make` authorises and builds it, `then` adds what belongs to it. A request
/// that comes twice under one idempotency key is authorised twice and carried out once. What is shown is what is there
/// afterwards: others may have changed it since the unit ended.
///
/// # Errors
/// Those of `make` and `then`; a name that is taken; another body under the same key. Storage that fails once the unit has
/// ended: the object is there then, and a request that comes again under the same key finds it.
pub async fn create<'c, T: Writable>(
    cx: &'c Cx,
    make: impl AsyncFn(&dyn Unit) -> Result<Made<'c, T>, AppError>,
    then: impl AsyncFn(&dyn Unit, &New<T>) -> Result<(), AppError>,
) -> Result<Shown<'c, T>, AppError> {
    let made = async |unit: &dyn Unit| {
        let Made { new, because } = make(unit).await?;
        if let Some(earlier) = recall(cx, unit).await? {
            return Ok(earlier);
        }
        let id = new.object().id;
        T::write(unit).add(&new).await?;
        then(unit, &new).await?;
        cx.record(unit, because, None, Some(new.object())).await?;
        remember(cx, unit, id).await?;
        Ok::<_, AppError>(id)
    };
    if cx.wish.dry_run {
        return cx.write(async |unit: &dyn Unit| look_back(cx, unit, made(unit).await?).await).await;
    }
    // Not inside: the unit ends sooner, and what is read outside of units is kept for them to take.
    let id = cx.write(made).await?;
    look_back(cx, &*cx.store, id).await
}

/// [`create`] under a parent, for a kind without guards of its own: `data` says what it is, once it may be made.
///
/// # Errors
/// The denial; those of `data` and `then`; a name that is taken.
pub async fn create_under<'c, P: Kept, T: Writable + bailiwick_domain::object::Unguarded>(
    cx: &'c Cx,
    under: Uuid,
    data: impl AsyncFn(&dyn Unit, &Facts) -> Result<T, AppError>,
    then: impl AsyncFn(&dyn Unit, &New<T>, Because<'c>) -> Result<(), AppError>,
) -> Result<Shown<'c, T>, AppError> {
    let because = std::cell::Cell::new(None);
    create(
        cx,
        async |unit: &dyn Unit| {
            let parent = P::read(unit).find(under).await?;
            let permit = cx.gate.create::<T, P>(&cx.caller, parent);
            let permit = permit.map_err(|denial| AppError::denied(denial, under))?;
            let data = data(unit, permit.parent()).await?;
            let made = made(cx, permit, data);
            because.set(Some(made.because));
            Ok(made)
        },
        async |unit, new| match because.get() {
            Some(because) => then(unit, new, because).await,
            None => Ok(()),
        },
    )
    .await
}

/// What has nothing more to it than itself.
pub(crate) async fn nothing_more<T>(_: &dyn Unit, _: &New<T>, _: Because<'_>) -> Result<(), AppError> {
    Ok(())
}

/// [`Made`] from a permit for a kind without guards of its own.
pub fn made<'c, T: bailiwick_domain::object::Unguarded>(
    cx: &Cx,
    permit: MayCreate<'c, T>,
    data: T,
) -> Made<'c, T> {
    let because = permit.because();
    Made { new: permit.make(cx.new_id(), cx.gate.now(), data), because }
}

/// The object as the caller may see it, inside the unit that wrote it or after.
pub(crate) async fn look_back<'c, T: Writable>(
    cx: &'c Cx,
    from: &dyn Reads,
    id: Uuid,
) -> Result<Shown<'c, T>, AppError> {
    let row = T::read(from).find(id).await?;
    Ok(match cx.gate.open::<View, T>(&cx.caller, row) {
        Ok(granted) => Shown::Whole(Box::new(granted)),
        Err(_) => Shown::IdOnly(id),
    })
}

pub(crate) async fn recall(cx: &Cx, unit: &dyn Unit) -> Result<Option<Uuid>, AppError> {
    let Some(asked) = &cx.wish.idempotency else { return Ok(None) };
    let earlier = unit.recall(cx.caller.principal, &asked.key, cx.gate.now() - REMEMBERED).await?;
    match earlier {
        Some(earlier) if earlier.fingerprint != asked.fingerprint => Err(AppError::invalid(
            "Idempotency-Key",
            "this key stood for another request; take a new key for a new request",
        )),
        earlier => Ok(earlier.map(|earlier| earlier.object_id)),
    }
}

pub(crate) async fn remember(cx: &Cx, unit: &dyn Unit, object_id: Uuid) -> Result<(), AppError> {
    let Some(asked) = &cx.wish.idempotency else { return Ok(()) };
    let answer = Remembered {
        principal: cx.caller.principal,
        key: asked.key.clone(),
        fingerprint: asked.fingerprint.clone(),
        object_id,
        at: cx.gate.now(),
    };
    Ok(unit.remember(&answer).await?)
}

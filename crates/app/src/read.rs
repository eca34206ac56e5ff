//! Showing and listing: the same for every kind.

use bailiwick_domain::gate::{Granted, Sealed, View};
use bailiwick_domain::page::{FieldValue, Filter, Position, Query};
use bailiwick_domain::ports::{Lookup, StoreError};
use uuid::Uuid;

use crate::cx::Cx;
use crate::error::AppError;
use crate::kept::Kept;

/// What the answer to a write shows: the object, or to a caller who may not view it, its id and nothing else.
#[derive(Debug)]
pub enum Shown<'c, T> {
    /// The caller may view it.
    Whole(Box<Granted<'c, View, T>>),
    /// The caller may not.
    IdOnly(Uuid),
}

/// One object.
///
/// # Errors
/// The denial; storage.
pub async fn show<T: Kept>(cx: &Cx, id: Uuid) -> Result<Granted<'_, View, T>, AppError> {
    let row = T::read(&*cx.store).find(id).await?;
    let opened = cx.gate.open::<View, T>(&cx.caller, row).map_err(|denial| AppError::denied(denial, id));
    cx.audited(opened).await
}

/// A page of a list.
#[derive(Debug)]
pub struct Listed<'c, T> {
    /// Its objects, in order.
    pub items: Vec<Granted<'c, View, T>>,
    /// Where the next page begins.
    pub next: Option<Position>,
    /// How many there are in all, where it was asked for.
    pub total: Option<u64>,
}

/// All that the caller may view and that passes the filters, a page at a time.
///
/// # Errors
/// Storage.
pub async fn list<'c, T: Kept>(cx: &'c Cx, query: &Query) -> Result<Listed<'c, T>, AppError> {
    let visible = cx.gate.visible::<T>(&cx.caller);
    if visible.reach().is_nothing() || asks_for_hidden::<T>(cx, query).await? {
        return Ok(Listed { items: Vec::new(), next: None, total: query.count.then_some(0) });
    }
    let page = T::read(&*cx.store).list(&visible, query).await?;
    let items = open_all(cx, page.items)?;
    let next = items
        .last()
        .filter(|_| page.more)
        .map(|last| Position { value: last.object().value(query.sort.field), id: last.id() });
    Ok(Listed { items, next, total: page.total })
}

/// The rows of a list, opened.
///
/// # Errors
/// The list and the gate disagree.
pub(crate) fn open_all<T: Kept>(
    cx: &Cx,
    rows: Vec<Sealed<T>>,
) -> Result<Vec<Granted<'_, View, T>>, AppError> {
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        // The query has decided already. That the gate agrees is asked once more, of every row.
        match cx.gate.open::<View, T>(&cx.caller, Some(row)) {
            Ok(item) => items.push(item),
            Err(denial) => {
                tracing::error!(kind = %T::KIND, facts = ?denial.facts, "a list held what the gate hides");
                return Err(AppError::Store(StoreError::Corrupt("a list and the gate disagree".to_owned())));
            }
        }
    }
    Ok(items)
}

/// Whether a filter names an object that the caller may not view: then it finds nothing, whatever is stored.
async fn asks_for_hidden<T: Kept>(cx: &Cx, query: &Query) -> Result<bool, AppError> {
    for filter in &query.filters {
        let Filter::Is(name, FieldValue::Id(id)) = filter else { continue };
        let Some(field) = T::FIELDS.iter().find(|field| field.name == *name && !field.names.is_empty())
        else {
            continue;
        };
        let mut seen =
            cx.caller.principal.is_some_and(|me| me.id == *id && field.names.contains(&me.kind.kind()));
        for &kind in field.names {
            seen = seen
                || Lookup::near(&*cx.store, kind, *id)
                    .await?
                    .is_some_and(|near| cx.gate.may_view(&cx.caller, &near.facts));
        }
        if !seen {
            return Ok(true);
        }
    }
    Ok(false)
}

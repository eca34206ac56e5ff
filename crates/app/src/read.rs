//! Showing and listing: the same for every kind.

use std::collections::HashSet;

use bailiwick_domain::entities::{File, Label};
use bailiwick_domain::gate::{Granted, Sealed, View};
use bailiwick_domain::page::{FieldValue, Filter, Position, Query};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Entity, Facts, Kind, Operation};
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

/// The objects of these ids that the caller may view.
pub(crate) async fn seen<'c, T: Kept>(
    cx: &'c Cx,
    ids: &[Uuid],
) -> Result<Vec<Granted<'c, View, T>>, AppError> {
    let rows: Vec<Sealed<T>> = T::read(&*cx.store).find_all(ids).await?;
    Ok(rows.into_iter().filter_map(|row| cx.gate.open::<View, T>(&cx.caller, Some(row)).ok()).collect())
}

/// Which of these files and labels the caller may view, by a statement for each kind of which there is one.
///
/// # Errors
/// Storage.
pub async fn seen_of(cx: &Cx, objects: &[(Kind, Uuid)]) -> Result<HashSet<Uuid>, AppError> {
    async fn of<T: Kept>(cx: &Cx, objects: &[(Kind, Uuid)]) -> Result<HashSet<Uuid>, AppError> {
        let ids = objects.iter().filter(|(kind, _)| *kind == T::KIND).map(|&(_, id)| id);
        let ids: HashSet<Uuid> = ids.collect();
        if ids.is_empty() {
            return Ok(ids);
        }
        Ok(seen::<T>(cx, &Vec::from_iter(ids)).await?.iter().map(Granted::id).collect())
    }
    let mut seen = of::<File>(cx, objects).await?;
    seen.extend(of::<Label>(cx, objects).await?);
    Ok(seen)
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
    /// Whether the caller may make one more where it lists.
    pub makes: bool,
}

/// Whether the caller may make an object of a kind under this one.
pub fn may_make(cx: &Cx, kind: Kind, under: &Facts) -> bool {
    // A proposal is made by who may edit the collaboration.
    let (operation, of) = match kind {
        Kind::Proposal => (Operation::Edit, under.kind),
        _ => (Operation::Create, kind),
    };
    cx.gate.judge_operation(&cx.caller, operation, of, under).is_allowed()
}

/// All that the caller may view and that passes the filters, a page at a time.
///
/// # Errors
/// Storage.
pub async fn list<'c, T: Kept>(cx: &'c Cx, query: Query) -> Result<Listed<'c, T>, AppError> {
    let (mut listed, _) = listed(cx, query, None).await?;
    // What hangs under the server is made where it is listed.
    listed.makes = matches!(T::KIND, Kind::Organization | Kind::Collaboration | Kind::ClientApp)
        && may_make(cx, T::KIND, &Facts::server());
    Ok(listed)
}

/// [`list`] of what hangs under an object of kind `P`, for who may view that; the query has the filter that says so.
///
/// # Errors
/// The denial of the parent; storage.
pub async fn list_under<'c, P: Entity, T: Kept>(
    cx: &'c Cx,
    parent: Uuid,
    query: Query,
) -> Result<Listed<'c, T>, AppError> {
    let (mut listed, facts) = listed(cx, query, Some((P::KIND, parent))).await?;
    let seen = cx.gate.check::<View>(&cx.caller, P::KIND, facts.as_ref());
    cx.audited(seen.map_err(|denial| AppError::denied(denial, parent))).await?;
    listed.makes = facts.is_some_and(|under| may_make(cx, T::KIND, &under));
    Ok(listed)
}

/// A list, and the facts of one object more. One query, whatever the caller may view: what the filters name comes
/// along and is judged when it has come.
async fn listed<'c, T: Kept>(
    cx: &'c Cx,
    mut query: Query,
    parent: Option<(Kind, Uuid)>,
) -> Result<(Listed<'c, T>, Option<Facts>), AppError> {
    let visible = cx.gate.visible::<T>(&cx.caller);
    let named = named::<T>(&query);
    query.beside = named.iter().flat_map(|(id, kinds)| kinds.iter().map(|&kind| (kind, *id))).collect();
    query.beside.extend(parent);
    let page = T::read(&*cx.store).list(&visible, &query).await?;
    let mut beside = page.beside.into_iter();
    // A filter that names what the caller may not view finds nothing, whatever is stored.
    let mut hides = false;
    for (id, kinds) in named {
        let me = cx.caller.principal.is_some_and(|me| me.id == id && kinds.contains(&me.kind.kind()));
        let seen =
            beside.by_ref().take(kinds.len()).flatten().filter(|facts| cx.gate.may_view(&cx.caller, facts));
        hides |= seen.count() == 0 && !me;
    }
    let parent = beside.next().flatten();
    if hides {
        let none = Listed { items: Vec::new(), next: None, total: query.count.then_some(0), makes: false };
        return Ok((none, parent));
    }
    let items = open_all(cx, page.items)?;
    let next = items
        .last()
        .filter(|_| page.more)
        .map(|last| Position { value: last.object().value(query.sort.field), id: last.id() });
    Ok((Listed { items, next, total: page.total, makes: false }, parent))
}

/// The objects that the filters name, each with the kinds that it may be of.
fn named<T: Entity>(query: &Query) -> Vec<(Uuid, &'static [Kind])> {
    let names = |name| T::FIELDS.iter().find(|field| field.name == name).map_or(&[][..], |field| field.names);
    let ids = query.filters.iter().filter_map(|filter| match filter {
        Filter::Is(name, FieldValue::Id(id)) | Filter::HeldBy(name, id) => Some((*id, names(*name))),
        _ => None,
    });
    ids.filter(|(_, kinds)| !kinds.is_empty()).collect()
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

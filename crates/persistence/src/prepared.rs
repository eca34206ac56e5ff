//! Most requests say to the database what others have said before, but for the ids in it: such a text is built once.
//!
//! It is built with what stands for the ids, so that nothing of one request is in it; then the ids of each request take their
//! places. A text in which something that stands for an id is found elsewhere than in a place of its own is not kept.

use std::any::TypeId;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::mem::{Discriminant, discriminant};
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use bailiwick_domain::page::{FieldValue, Filter, Query};
use bailiwick_domain::ports::{Presumption, StoreError};
use bailiwick_domain::{PrincipalId, PrincipalKind};
use quick_cache::sync::Cache;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{DbBackend, Statement, Value, Values};
use smallvec::SmallVec;
use uuid::Uuid;

use crate::cache::By;
use crate::dialect;
use crate::part::Part;
use crate::read::{select_one, select_page};
use crate::stamps;
use crate::table::Table;

/// How many texts are kept at most; each takes some kilobytes.
const ROOM: usize = 1_000;

/// The first half of all that stands for an id, which no id of a request can have but by chance.
static STAND_INS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one("stand-ins"));

/// Ids that are bound, one by one and as lists that are bound as one text.
#[derive(Default)]
pub struct Slots {
    ids: Vec<Uuid>,
    lists: Vec<Range<usize>>,
}

fn stand_in(at: usize) -> Uuid {
    Uuid::from_u64_pair(*STAND_INS, at as u64)
}

fn is_stand_in(id: Uuid) -> bool {
    id.as_u64_pair().0 == *STAND_INS
}

impl Slots {
    /// Puts what stands for an id in its place.
    pub fn take(&mut self, id: &mut Uuid) {
        let stands = stand_in(self.ids.len());
        self.ids.push(std::mem::replace(id, stands));
    }

    /// Puts what stands for them in the place of ids, which are sorted before and after.
    pub fn take_all(&mut self, ids: &mut [Uuid]) {
        let from = self.ids.len();
        ids.iter_mut().for_each(|id| self.take(id));
        self.lists.push(from..self.ids.len());
    }

    /// Whether what is kept is compared with what would be built: where tests run, for one in four, for it takes as long
    /// as the rest of a list.
    fn are_checked(&self) -> bool {
        let all = self.ids.iter().fold(0, |all, id| all ^ id.as_u128());
        cfg!(debug_assertions) && all.count_ones().is_multiple_of(4)
    }

    fn principals(&mut self, presumption: Option<&Presumption>) -> SmallVec<[PrincipalId; 2]> {
        let mut principals: SmallVec<_> = presumption.into_iter().flat_map(stamps::principals).collect();
        principals.iter_mut().for_each(|principal: &mut PrincipalId| self.take(&mut principal.id));
        principals
    }
}

/// What takes a value's place.
enum Place {
    Id(usize),
    List(usize),
}

/// A statement with the places of what changes.
struct Prepared {
    sql: String,
    values: Vec<Value>,
    places: Vec<(usize, Place)>,
}

impl Prepared {
    /// `None` where something that stands for an id is part of something else.
    fn of(select: &SelectStatement, slots: &Slots, backend: DbBackend) -> Option<Self> {
        let Statement { sql, values, .. } = backend.build(select);
        let values = values.map(|values| values.0).unwrap_or_default();
        let stands = |range: &Range<usize>| range.clone().map(stand_in).collect::<Vec<_>>();
        let texts: Vec<String> =
            slots.lists.iter().map(|list| dialect::ids_as_text(backend, &stands(list))).collect();
        // The first half, as either form of an id begins.
        let first = stand_in(0);
        let (simple, hyphenated) = (first.simple().to_string(), first.hyphenated().to_string());
        let signs = [simple.get(..16).unwrap_or_default(), hyphenated.get(..18).unwrap_or_default()];
        let mut places = Vec::new();
        for (at, value) in values.iter().enumerate() {
            match value {
                Value::Uuid(Some(id)) if is_stand_in(*id) => {
                    places.push((at, Place::Id(usize::try_from(id.as_u64_pair().1).ok()?)));
                }
                Value::String(Some(text)) => match texts.iter().position(|list| list == text) {
                    Some(list) => places.push((at, Place::List(list))),
                    None if signs.iter().any(|sign| text.contains(sign)) => return None,
                    None => {}
                },
                _ => {}
            }
        }
        let is_in_text = signs.iter().any(|sign| sql.to_ascii_lowercase().contains(sign));
        (!is_in_text).then_some(Self { sql, values, places })
    }

    /// `None` where there is nothing to take a place, which the same key rules out.
    fn with(&self, slots: &Slots, db_backend: DbBackend) -> Option<Statement> {
        let mut values = self.values.clone();
        let mut texts: Vec<Option<Value>> = vec![None; slots.lists.len()];
        for (at, place) in &self.places {
            let real = match place {
                Place::Id(at) => Value::from(*slots.ids.get(*at)?),
                Place::List(list) => {
                    let ids = slots.ids.get(slots.lists.get(*list)?.clone())?;
                    let text = || dialect::ids_as_text(db_backend, ids).into();
                    texts.get_mut(*list)?.get_or_insert_with(text).clone()
                }
            };
            *values.get_mut(*at)? = real;
        }
        Some(Statement { sql: self.sql.clone(), values: Some(Values(values)), db_backend })
    }
}

/// All that a text depends on but the ids.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    kind: TypeId,
    database: Discriminant<DbBackend>,
    by: By,
    /// The kinds of principal whose stamps it asks for.
    principals: SmallVec<[PrincipalKind; 2]>,
    /// Of a list, what is reached and asked for.
    list: Option<(Part, Query)>,
}

static TEXTS: LazyLock<Cache<Key, Option<Arc<Prepared>>>> = LazyLock::new(|| Cache::new(ROOM));

/// The statement of a key with these ids, and how to build it, if it is one that is kept.
fn statement(
    key: Key,
    slots: &Slots,
    backend: DbBackend,
    build: impl FnOnce(&Key) -> Result<SelectStatement, StoreError>,
) -> Result<Option<Statement>, StoreError> {
    let prepared = match TEXTS.get(&key) {
        Some(prepared) => prepared,
        None => {
            let prepared = Prepared::of(&build(&key)?, slots, backend).map(Arc::new);
            TEXTS.insert(key, prepared.clone());
            prepared
        }
    };
    Ok(prepared.and_then(|prepared| prepared.with(slots, backend)))
}

/// What reads the row of the object of this id, or one without an object; with the stamps of what is presumed.
pub fn find<T: Table>(
    backend: DbBackend,
    id: Uuid,
    by: By,
    presumption: Option<&Presumption>,
) -> Result<Statement, StoreError> {
    let (mut slots, mut stands) = (Slots::default(), id);
    slots.take(&mut stands);
    let principals = slots.principals(presumption);
    let kinds = principals.iter().map(|principal| principal.kind).collect();
    let key =
        Key { kind: TypeId::of::<T>(), database: discriminant(&backend), by, principals: kinds, list: None };
    let select = |id, principals: &[PrincipalId]| {
        let mut select = select_one::<T>(id, backend, by);
        stamps::select_beside(&mut select, principals.iter().copied());
        select
    };
    let statement = statement(key, &slots, backend, |_| Ok(select(stands, &principals)))?;
    Ok(statement.unwrap_or_else(|| {
        let principals: Vec<PrincipalId> = presumption.into_iter().flat_map(stamps::principals).collect();
        backend.build(&select(id, &principals))
    }))
}

/// What reads the rows of a page of what is in a part, with the stamps of what is presumed.
pub fn list<T: Table>(
    backend: DbBackend,
    (part, query): (&Part, &Query),
    by: By,
    presumption: Option<&Presumption>,
) -> Result<Statement, StoreError> {
    let select = |part: &Part, query: &Query, principals: &[PrincipalId]| {
        let mut select = select_page::<T>(part, query, backend, by)?;
        stamps::select_beside(&mut select, principals.iter().copied());
        Ok::<_, StoreError>(select)
    };
    let anew = || {
        let principals: Vec<PrincipalId> = presumption.into_iter().flat_map(stamps::principals).collect();
        Ok::<_, StoreError>(backend.build(&select(part, query, &principals)?))
    };
    let statement = if comes_again(query) {
        let (mut slots, mut part, mut query) = (Slots::default(), part.clone(), query.clone());
        part.stand_in(&mut slots);
        stand_in_of_query(&mut query, &mut slots);
        let principals = slots.principals(presumption);
        let kinds = principals.iter().map(|principal| principal.kind).collect();
        let list = Some((part, query));
        let key =
            Key { kind: TypeId::of::<T>(), database: discriminant(&backend), by, principals: kinds, list };
        let build = |key: &Key| match &key.list {
            Some((part, query)) => select(part, query, &principals),
            None => Err(StoreError::Corrupt("a list without a key".to_owned())),
        };
        let kept = statement(key, &slots, backend, build)?;
        if let Some(kept) = &kept
            && slots.are_checked()
        {
            assert_eq!(*kept, anew()?, "a text that was kept is another than that which would be built");
        }
        kept
    } else {
        None
    };
    statement.map_or_else(anew, Ok)
}

/// Whether a query may come again with nothing but other ids.
fn comes_again(query: &Query) -> bool {
    let repeats = |value: &FieldValue| matches!(value, FieldValue::Id(_));
    query.after.as_ref().is_none_or(|after| repeats(&after.value))
        && query.filters.iter().all(|filter| match filter {
            Filter::Is(_, value) => !matches!(value, FieldValue::Time(_) | FieldValue::Number(_)),
            Filter::HeldBy(..) => true,
            Filter::After(..) | Filter::Contains(..) | Filter::NameContains(_) => false,
        })
}

/// Puts what stands for them in the place of all ids that a query names.
fn stand_in_of_query(query: &mut Query, slots: &mut Slots) {
    for filter in &mut query.filters {
        match filter {
            Filter::Is(_, FieldValue::Id(id)) | Filter::HeldBy(_, id) => slots.take(id),
            _ => {}
        }
    }
    if let Some(after) = &mut query.after {
        slots.take(&mut after.id);
        if let FieldValue::Id(id) = &mut after.value {
            slots.take(id);
        }
    }
    query.beside.iter_mut().for_each(|(_, id)| slots.take(id));
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use sea_orm::sea_query::{Expr, ExprTrait, Query};
    use sea_orm::{DbBackend, Value};
    use uuid::Uuid;

    use super::{Prepared, Slots};
    use crate::dialect;

    const REAL: [Uuid; 3] = [Uuid::from_u128(7), Uuid::from_u128(8), Uuid::from_u128(9)];

    #[test]
    fn ids_take_the_places_of_what_stood_for_them() {
        let (mut slots, [mut one, mut first, mut second]) = (Slots::default(), REAL);
        slots.take(&mut one);
        let mut list = [first, second];
        slots.take_all(&mut list);
        [first, second] = list;
        let select = Query::select()
            .column("id")
            .from("tasks")
            .and_where(Expr::col("job_id").eq(one))
            .and_where(dialect::is_one_of(DbBackend::Sqlite, Expr::col("id"), &[first, second]))
            .and_where(Expr::col("name").eq("a name"))
            .take();
        let prepared = Prepared::of(&select, &slots, DbBackend::Sqlite).unwrap();
        let text = dialect::ids_as_text(DbBackend::Sqlite, &REAL[1..]);
        let values = prepared.with(&slots, DbBackend::Sqlite).unwrap().values.unwrap().0;
        assert_eq!(values, [Value::from(REAL[0]), text.into(), "a name".into()]);
    }

    #[test]
    fn a_text_that_has_something_of_an_id_elsewhere_is_not_kept() {
        for form in [|id: Uuid| format!("%{id}%"), |id: Uuid| format!("%{}%", id.simple())] {
            let (mut slots, mut id) = (Slots::default(), REAL[0]);
            slots.take(&mut id);
            let value =
                Query::select().column("id").from("tasks").and_where(Expr::col("name").like(form(id))).take();
            assert!(Prepared::of(&value, &slots, DbBackend::Sqlite).is_none());
            let text = Query::select().column("id").from("tasks").and_where(Expr::cust(form(id))).take();
            assert!(Prepared::of(&text, &slots, DbBackend::Sqlite).is_none());
        }
    }
}

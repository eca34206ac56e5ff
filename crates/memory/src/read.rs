//! Finding and listing, the same for every kind.

use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_domain::entities::Task;
use bailiwick_domain::page::{FieldValue, Filter, Page, Query};
use bailiwick_domain::ports::{Read, StoreError};
use bailiwick_domain::{Anchor, Object, Sealed, Visible};
use uuid::Uuid;

use crate::state::{State, Stored};
use crate::{Cell, Memory};

#[async_trait]
impl<C: Cell, T: Stored> Read<T> for Memory<C> {
    async fn find(&self, id: Uuid) -> Result<Option<Sealed<T>>, StoreError> {
        Ok(self.0.with(|state| state.get::<T>(id).map(|object| state.sealed(object))))
    }

    async fn find_all(&self, ids: &[Uuid]) -> Result<Vec<Sealed<T>>, StoreError> {
        let find = |state: &State, id: &Uuid| state.get::<T>(*id).map(|object| state.sealed(object));
        Ok(self.0.with(|state| ids.iter().filter_map(|id| find(state, id)).collect()))
    }

    async fn list(&self, visible: &Visible<'_, T>, query: &Query) -> Result<Page<T>, StoreError> {
        Ok(self.0.with(|state| {
            let mut found: Vec<(FieldValue, &Arc<Object<T>>)> = state
                .all::<T>()
                .filter(|object| query.filters.iter().all(|filter| passes(state, object, filter)))
                .filter(|object| visible.reach().holds(&state.facts(&object.facts)))
                .map(|object| (object.value(query.sort.field), object))
                .collect();
            found.sort_unstable_by(|a, b| query.order((&a.0, a.1.id), (&b.0, b.1.id)));
            let total = query.count.then_some(found.len() as u64);
            let start = query.after.as_ref().map_or(0, |after| {
                found.partition_point(|(value, object)| {
                    query.order((value, object.id), (&after.value, after.id)).is_le()
                })
            });
            let rest = found.get(start..).unwrap_or_default();
            let items = rest.iter().take(query.limit).map(|(_, object)| state.sealed(object)).collect();
            let facts = |&(kind, id)| state.named(kind, id).map(|(_, facts)| facts);
            let beside = query.beside.iter().map(facts).collect();
            Page { items, more: rest.len() > query.limit, total, beside }
        }))
    }

    async fn inside(&self, anchor: Anchor) -> Result<Vec<Sealed<T>>, StoreError> {
        Ok(self.0.with(|state| {
            state
                .all::<T>()
                .filter(|object| object.facts.lineage.is_inside(anchor))
                .filter(|object| object.facts.anchor() != Some(anchor))
                .map(|object| state.sealed(object))
                .collect()
        }))
    }
}

/// Whether an object meets a condition. What is absent is later than nothing.
fn passes<T: Stored>(state: &State, object: &Object<T>, filter: &Filter) -> bool {
    match filter {
        Filter::HeldBy(name, holder) => {
            let holds = |holder: Uuid| state.links.contains_key(&(holder, object.id));
            // Of a task also what its job holds, and the file that it is about.
            let task = state.get::<Task>(*holder).filter(|_| *name == "task_id");
            holds(*holder)
                || task.is_some_and(|task| {
                    task.data.file_id == Some(object.id) || task.facts.lineage.job.is_some_and(holds)
                })
        }
        // What follows from others is not stored.
        Filter::Is(field @ "latest", value) => state.filled(object).value(field).is(value),
        Filter::Is(field, value) => object.value(field).is(value),
        Filter::After(field, value) => object.value(field) > *value,
        Filter::Contains(field, text) => match object.value(field) {
            FieldValue::Text(value) => contains(&value, text),
            _ => false,
        },
        Filter::NameContains(text) => contains(object.data.name(), text),
    }
}

/// Whether a name contains a text, upper and lower case of ASCII letters alike.
pub fn contains(name: &str, text: &str) -> bool {
    name.to_ascii_lowercase().contains(&text.to_ascii_lowercase())
}

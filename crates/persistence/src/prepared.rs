//! Finding by id is the same statement for every request, but for a few ids: its text is built once.

use std::any::TypeId;
use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use bailiwick_domain::ports::{Presumption, StoreError};
use bailiwick_domain::{PrincipalId, PrincipalKind};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value, Values};
use uuid::Uuid;

use crate::cache::By;
use crate::error::store;
use crate::read::select_one;
use crate::stamps;
use crate::table::Table;

/// What stands for the ids while the text is built: the object's, the principal's, its maker's.
const STAND_INS: [Uuid; 3] = [
    Uuid::from_u128(0xb0b0_57a4_d1b5_4000_8000_0000_0000_0001),
    Uuid::from_u128(0xb0b0_57a4_d1b5_4000_8000_0000_0000_0002),
    Uuid::from_u128(0xb0b0_57a4_d1b5_4000_8000_0000_0000_0003),
];

/// A statement with the places of what changes.
struct Prepared {
    sql: String,
    values: Vec<Value>,
    /// Which value is which of the ids.
    places: Vec<(usize, usize)>,
}

/// What a text depends on: the kind, the database, what it joins, and the kinds of principal whose stamps it asks for.
type Key = (TypeId, Discriminant<DbBackend>, By, Vec<PrincipalKind>);

static TEXTS: LazyLock<RwLock<HashMap<Key, Arc<Prepared>>>> = LazyLock::new(RwLock::default);

impl Prepared {
    fn of<T: Table>(backend: DbBackend, by: By, principals: &[PrincipalId]) -> Arc<Self> {
        let kinds = principals.iter().map(|principal| principal.kind).collect();
        let key = (TypeId::of::<T>(), discriminant(&backend), by, kinds);
        // What is poisoned was still built whole.
        let known = TEXTS.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| {
            let built = Arc::new(Self::build::<T>(backend, by, &key.3));
            TEXTS.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&built));
            built
        })
    }

    fn build<T: Table>(backend: DbBackend, by: By, kinds: &[PrincipalKind]) -> Self {
        let [object, principals @ ..] = STAND_INS;
        let mut select = select_one::<T>(object, backend, by);
        let stand_ins = kinds.iter().zip(principals).map(|(&kind, id)| PrincipalId { kind, id });
        stamps::select_beside(&mut select, stand_ins);
        let Statement { sql, values, .. } = backend.build(&select);
        let values = values.map(|values| values.0).unwrap_or_default();
        let which = |value: &Value| STAND_INS.iter().position(|id| *value == Value::from(*id));
        let places = values.iter().enumerate().filter_map(|(at, value)| Some((at, which(value)?))).collect();
        Self { sql, values, places }
    }

    fn with(&self, ids: &[Uuid], db_backend: DbBackend) -> Statement {
        let mut values = self.values.clone();
        for &(at, which) in &self.places {
            if let (Some(value), Some(id)) = (values.get_mut(at), ids.get(which)) {
                *value = (*id).into();
            }
        }
        Statement { sql: self.sql.clone(), values: Some(Values(values)), db_backend }
    }
}

/// The row of the object of this id, or one without an object; with the stamps of what is presumed.
pub async fn find<T: Table>(
    conn: &impl ConnectionTrait,
    id: Uuid,
    by: By,
    presumption: Option<&Presumption>,
) -> Result<Vec<QueryResult>, StoreError> {
    let backend = conn.get_database_backend();
    let principals: Vec<PrincipalId> = presumption.into_iter().flat_map(stamps::principals).collect();
    let ids: Vec<Uuid> = [id].into_iter().chain(principals.iter().map(|principal| principal.id)).collect();
    let statement = Prepared::of::<T>(backend, by, &principals).with(&ids, backend);
    // One row there always is; not waiting for the end of them spares a turn.
    Ok(conn.query_one_raw(statement).await.map_err(store)?.into_iter().collect())
}

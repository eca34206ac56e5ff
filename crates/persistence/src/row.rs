//! A row that was read, whichever way.

#[cfg(feature = "sqlite")]
use std::sync::Arc;

use bailiwick_domain::ports::StoreError;
#[cfg(feature = "sqlite")]
use rusqlite::types::Value;
use sea_orm::{QueryResult, TryGetable};
use uuid::Uuid;

use crate::error::store;

/// A row.
#[derive(Debug)]
pub enum Row {
    /// That a connection of the pool has read.
    Pool(QueryResult),
    /// That was read on the thread that asked: its cells, and the names of the last ones.
    #[cfg(feature = "sqlite")]
    Here(Vec<Value>, Arc<[String]>),
}

/// What a cell can be read as.
pub trait Reads: TryGetable {
    /// From a cell of SQLite; `None` where it is something else.
    #[cfg(feature = "sqlite")]
    fn of(cell: &Value) -> Option<Self>;
}

impl Row {
    /// How many of the last cells can be found by name.
    #[cfg(feature = "sqlite")]
    pub const NAMED: usize = 6;

    /// The cell at a place.
    ///
    /// # Errors
    /// There is none, or it is something else.
    pub fn at<V: Reads>(&self, at: usize) -> Result<V, StoreError> {
        match self {
            Self::Pool(row) => row.try_get_by_index(at).map_err(store),
            #[cfg(feature = "sqlite")]
            Self::Here(cells, _) => cells.get(at).and_then(V::of).ok_or_else(|| unlike::<V>(&at)),
        }
    }

    /// One of the last cells, by name.
    ///
    /// # Errors
    /// There is none, or it is something else.
    pub fn named<V: Reads>(&self, name: &str) -> Result<V, StoreError> {
        match self {
            Self::Pool(row) => row.try_get("", name).map_err(store),
            #[cfg(feature = "sqlite")]
            Self::Here(cells, names) => {
                let behind = names.iter().rev().position(|known| known == name);
                let cell = behind.and_then(|behind| cells.get(cells.len().checked_sub(behind + 1)?));
                cell.and_then(V::of).ok_or_else(|| unlike::<V>(&name))
            }
        }
    }
}

#[cfg(feature = "sqlite")]
fn unlike<V>(cell: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("the cell {cell} is no {}", std::any::type_name::<V>()))
}

impl<V: Reads> Reads for Option<V>
where
    Option<V>: TryGetable,
{
    #[cfg(feature = "sqlite")]
    fn of(cell: &Value) -> Option<Self> {
        if *cell == Value::Null { Some(None) } else { V::of(cell).map(Some) }
    }
}

impl Reads for i64 {
    #[cfg(feature = "sqlite")]
    fn of(cell: &Value) -> Option<Self> {
        if let Value::Integer(number) = cell { Some(*number) } else { None }
    }
}

impl Reads for bool {
    #[cfg(feature = "sqlite")]
    fn of(cell: &Value) -> Option<Self> {
        if let Value::Integer(number) = cell { Some(*number != 0) } else { None }
    }
}

impl Reads for String {
    #[cfg(feature = "sqlite")]
    fn of(cell: &Value) -> Option<Self> {
        if let Value::Text(text) = cell { Some(text.clone()) } else { None }
    }
}

impl Reads for Uuid {
    #[cfg(feature = "sqlite")]
    fn of(cell: &Value) -> Option<Self> {
        if let Value::Blob(bytes) = cell { Self::from_slice(bytes).ok() } else { None }
    }
}

impl Reads for Vec<u8> {
    #[cfg(feature = "sqlite")]
    fn of(cell: &Value) -> Option<Self> {
        if let Value::Blob(bytes) = cell { Some(bytes.clone()) } else { None }
    }
}

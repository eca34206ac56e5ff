//! Running statements, with their errors mapped.

use bailiwick_domain::ports::StoreError;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ConnectionTrait, QueryResult, StatementBuilder};

use crate::error::{store, taking};

pub async fn all<C: ConnectionTrait>(
    conn: &C,
    select: &SelectStatement,
) -> Result<Vec<QueryResult>, StoreError> {
    conn.query_all(select).await.map_err(store)
}

pub async fn one<C: ConnectionTrait>(
    conn: &C,
    select: &SelectStatement,
) -> Result<Option<QueryResult>, StoreError> {
    conn.query_one(select).await.map_err(store)
}

/// Runs a write and tells how many rows it touched.
pub async fn write<C: ConnectionTrait, S: StatementBuilder>(
    conn: &C,
    statement: &S,
) -> Result<u64, StoreError> {
    conn.execute(statement).await.map(|done| done.rows_affected()).map_err(store)
}

/// Runs a write of rows with a unique field.
pub async fn write_unique<C: ConnectionTrait, S: StatementBuilder>(
    conn: &C,
    statement: &S,
    field: &'static str,
) -> Result<u64, StoreError> {
    conn.execute(statement).await.map(|done| done.rows_affected()).map_err(taking(field))
}

/// Runs a write that must touch a row: else what it would change is gone.
pub async fn touch<C: ConnectionTrait, S: StatementBuilder>(
    conn: &C,
    statement: &S,
) -> Result<(), StoreError> {
    if write(conn, statement).await? == 0 { Err(StoreError::Stale) } else { Ok(()) }
}

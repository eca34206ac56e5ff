//! Running statements, with their errors mapped.

use bailiwick_domain::ports::StoreError;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ConnectionTrait, StatementBuilder};

use crate::error::{store, taking};
use crate::row::Row;

pub async fn all<C: ConnectionTrait>(conn: &C, select: &SelectStatement) -> Result<Vec<Row>, StoreError> {
    let rows = conn.query_all(select).await.map_err(store)?;
    Ok(rows.into_iter().map(Row::Pool).collect())
}

pub async fn one<C: ConnectionTrait>(conn: &C, select: &SelectStatement) -> Result<Option<Row>, StoreError> {
    Ok(conn.query_one(select).await.map_err(store)?.map(Row::Pool))
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

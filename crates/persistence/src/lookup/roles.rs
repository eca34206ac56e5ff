//! Roles as nodes of their organization's graph.

use bailiwick_domain::ports::{RoleRow, StoreError};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use uuid::Uuid;

use crate::cells::Cells;
use crate::row::Row;
use crate::run;

pub async fn roles_of(
    conn: &impl ConnectionTrait,
    organizations: &[Uuid],
) -> Result<Vec<RoleRow>, StoreError> {
    let column = || Expr::col("organization_id");
    let of_them = column().is_null().or(column().is_in(organizations.iter().copied()));
    let select = select().and_where(of_them).order_by("id", Order::Asc).take();
    run::all(conn, &select).await?.iter().map(read).collect()
}

pub async fn role_row(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<RoleRow>, StoreError> {
    let select = select().and_where(Expr::col("id").eq(id)).take();
    run::one(conn, &select).await?.as_ref().map(read).transpose()
}

fn select() -> SelectStatement {
    Query::select()
        .columns(["id", "name", "organization_id", "built_in", "active", "rules", "includes", "live", "full"])
        .from("roles")
        .take()
}

fn read(row: &Row) -> Result<RoleRow, StoreError> {
    let mut cells = Cells::new(row);
    Ok(RoleRow {
        id: cells.id()?,
        name: cells.text()?,
        organization: cells.next()?,
        built_in: cells.next()?,
        active: cells.next()?,
        rules: cells.json()?,
        includes: cells.json()?,
        live: cells.json()?,
        full: cells.json()?,
    })
}

//! Links, and what is stored outside and belongs to nothing.

use bailiwick_domain::entities::Link;
use bailiwick_domain::ports::StoreError;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::cells::micros;
use crate::write::{delete_where, known};
use crate::{run, table};

pub async fn tie(conn: &impl ConnectionTrait, link: &Link) -> Result<bool, StoreError> {
    let ((holder_kind, holder), (target_kind, target)) = (link.holder(), link.target());
    let is_there = Query::select()
        .expr(Expr::val(1))
        .from("links")
        .and_where(Expr::col("holder_id").eq(holder))
        .and_where(Expr::col("target_id").eq(target))
        .take();
    if run::one(conn, &is_there).await?.is_some() {
        return Ok(false);
    }
    let row = vec![
        ("holder_id", holder.into()),
        ("target_id", target.into()),
        ("holder_kind", holder_kind.word().into()),
        ("target_kind", target_kind.word().into()),
    ];
    run::write(conn, table::insert("links", row)?.on_conflict(known("holder_id", "target_id"))).await?;
    Ok(true)
}

pub async fn untie(conn: &impl ConnectionTrait, link: &Link) -> Result<bool, StoreError> {
    let ((_, holder), (_, target)) = (link.holder(), link.target());
    let delete =
        delete_where("links", "holder_id", &[holder]).and_where(Expr::col("target_id").eq(target)).take();
    Ok(run::write(conn, &delete).await? > 0)
}

pub async fn add_stray(
    conn: &impl ConnectionTrait,
    stored: Uuid,
    from: OffsetDateTime,
) -> Result<(), StoreError> {
    drop_strays(conn, &[stored]).await?;
    let row = vec![("stored", stored.into()), ("from_at", micros(from).into())];
    run::write(conn, &table::insert("strays", row)?).await.map(drop)
}

pub async fn drop_strays(conn: &impl ConnectionTrait, stored: &[Uuid]) -> Result<(), StoreError> {
    run::write(conn, &delete_where("strays", "stored", stored)).await.map(drop)
}

//! What belongs to no kind: kept answers, the outbox, settings, policies, and whether storage answers.

use bailiwick_domain::ports::{OutboxEvent, PolicyText, Remembered, StoreError};
use bailiwick_domain::{Kind, PrincipalId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::cells::{Cells, micros};
use crate::run;

/// Kind and id that an answer is kept under; the operator has no id.
pub fn owner(principal: Option<PrincipalId>) -> (&'static str, Uuid) {
    principal.map_or(("operator", Uuid::nil()), |principal| (principal.kind.word(), principal.id))
}

pub async fn recall(
    conn: &impl ConnectionTrait,
    principal: Option<PrincipalId>,
    key: &str,
    since: OffsetDateTime,
) -> Result<Option<Remembered>, StoreError> {
    let (kind, id) = owner(principal);
    let select = Query::select()
        .columns(["fingerprint", "object_id", "at"])
        .from("idempotency_keys")
        .and_where(Expr::col("principal_kind").eq(kind))
        .and_where(Expr::col("principal_id").eq(id))
        .and_where(Expr::col("key").eq(key))
        .and_where(Expr::col("at").gt(micros(since)))
        .take();
    let Some(row) = run::one(conn, &select).await? else { return Ok(None) };
    let mut cells = Cells::new(&row);
    Ok(Some(Remembered {
        principal,
        key: key.to_owned(),
        fingerprint: cells.text()?,
        object_id: cells.id()?,
        at: cells.instant()?,
    }))
}

pub async fn outbox(conn: &impl ConnectionTrait, limit: usize) -> Result<Vec<OutboxEvent>, StoreError> {
    let select = Query::select()
        .columns(["id", "at", "topic", "kind", "object_id", "payload"])
        .from("outbox")
        .order_by("at", Order::Asc)
        .order_by("id", Order::Asc)
        .limit(limit as u64)
        .take();
    let mut events = Vec::new();
    for row in run::all(conn, &select).await? {
        let mut cells = Cells::new(&row);
        events.push(OutboxEvent {
            id: cells.id()?,
            at: cells.instant()?,
            topic: cells.text()?,
            kind: cells.word(Kind::from_word)?,
            object_id: cells.id()?,
            payload: cells.json()?,
        });
    }
    Ok(events)
}

pub async fn setting(conn: &impl ConnectionTrait, name: &str) -> Result<Option<Value>, StoreError> {
    let select =
        Query::select().column("value").from("settings").and_where(Expr::col("name").eq(name)).take();
    run::one(conn, &select).await?.map(|row| Cells::new(&row).json()).transpose()
}

pub async fn policy_in_force(conn: &impl ConnectionTrait) -> Result<Option<PolicyText>, StoreError> {
    let in_force = Query::select().column("policy").from("in_force").take();
    let select = Query::select()
        .columns(["version", "model", "roles", "access_rules"])
        .from("policies")
        .and_where(Expr::col("version").in_subquery(in_force))
        .take();
    let Some(row) = run::one(conn, &select).await? else { return Ok(None) };
    let mut cells = Cells::new(&row);
    let (version, model) = (cells.text()?, cells.text()?);
    Ok(Some(PolicyText { version, model, roles: cells.text()?, access_rules: cells.text()? }))
}

pub async fn knows_policy(conn: &impl ConnectionTrait, version: &str) -> Result<bool, StoreError> {
    let select =
        Query::select().column("version").from("policies").and_where(Expr::col("version").eq(version)).take();
    Ok(run::one(conn, &select).await?.is_some())
}

pub async fn is_empty(conn: &impl ConnectionTrait) -> Result<bool, StoreError> {
    let select = Query::select().column("id").from("organizations").limit(1).take();
    Ok(run::one(conn, &select).await?.is_none())
}

pub async fn ping(conn: &impl ConnectionTrait) -> Result<(), StoreError> {
    run::one(conn, &Query::select().expr(Expr::val(1)).take()).await.map(|_| ())
}

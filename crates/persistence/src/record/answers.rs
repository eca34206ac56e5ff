//! The outbox, kept answers, settings, policies.

use bailiwick_domain::audit::Entry;
use bailiwick_domain::entities::AuditEvent;
use bailiwick_domain::ports::{OutboxEvent, PolicyText, Remembered, StoreError};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::cells::micros;
use crate::dialect;
use crate::lookup::{knows_policy, owner};
use crate::run;
use crate::table::{Cell, Table, insert, insert_all, new_row};

/// How long an answer stands in the way of another one with the same key, as the API promises.
const KEPT: Duration = Duration::hours(24);
/// How many events one statement adds or takes out at most.
const CHUNK: usize = 500;

pub async fn push(conn: &impl ConnectionTrait, event: &OutboxEvent) -> Result<(), StoreError> {
    run::write(conn, &insert("outbox", row(event))?).await.map(|_| ())
}

/// Adds an audit event and an event of the outbox.
pub async fn record(
    conn: &impl ConnectionTrait,
    entry: &Entry,
    event: &OutboxEvent,
) -> Result<(), StoreError> {
    let audit = insert(AuditEvent::TABLE, new_row(entry.object()))?;
    for insert in dialect::together(conn.get_database_backend(), audit, insert("outbox", row(event))?) {
        run::write(conn, &insert).await?;
    }
    Ok(())
}

pub async fn push_all(conn: &impl ConnectionTrait, events: &[OutboxEvent]) -> Result<(), StoreError> {
    for events in events.chunks(CHUNK) {
        run::write(conn, &insert_all("outbox", events.iter().map(row).collect())?).await?;
    }
    Ok(())
}

fn row(event: &OutboxEvent) -> Vec<Cell> {
    vec![
        ("id", event.id.into()),
        ("at", micros(event.at).into()),
        ("topic", event.topic.as_str().into()),
        ("kind", event.kind.word().into()),
        ("object_id", event.object_id.into()),
        ("payload", event.payload.to_string().into()),
    ]
}

pub async fn published(conn: &impl ConnectionTrait, events: &[Uuid]) -> Result<(), StoreError> {
    for ids in events.chunks(CHUNK) {
        let delete =
            Query::delete().from_table("outbox").and_where(Expr::col("id").is_in(ids.iter().copied())).take();
        run::write(conn, &delete).await?;
    }
    Ok(())
}

pub async fn remember(conn: &impl ConnectionTrait, answer: &Remembered) -> Result<(), StoreError> {
    let outlived = Query::delete()
        .from_table("idempotency_keys")
        .and_where(Expr::col("at").lte(micros(answer.at.saturating_sub(KEPT))))
        .take();
    run::write(conn, &outlived).await?;
    let (kind, id) = owner(answer.principal);
    let row = vec![
        ("principal_kind", kind.into()),
        ("principal_id", id.into()),
        ("key", answer.key.as_str().into()),
        ("fingerprint", answer.fingerprint.as_str().into()),
        ("object_id", answer.object_id.into()),
        ("at", micros(answer.at).into()),
    ];
    run::write_unique(conn, &insert("idempotency_keys", row)?, "key").await.map(|_| ())
}

pub async fn set_setting(
    conn: &impl ConnectionTrait,
    name: &str,
    value: Option<&Value>,
) -> Result<(), StoreError> {
    let delete = Query::delete().from_table("settings").and_where(Expr::col("name").eq(name)).take();
    run::write(conn, &delete).await?;
    let Some(value) = value else { return Ok(()) };
    let row = vec![("name", name.into()), ("value", value.to_string().into())];
    run::write(conn, &insert("settings", row)?).await.map(|_| ())
}

/// A policy that was in force before keeps its row.
pub async fn put_policy(
    conn: &impl ConnectionTrait,
    policy: &PolicyText,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let PolicyText { version, model, roles, access_rules } = policy;
    if !knows_policy(conn, version).await? {
        let row = vec![
            ("version", version.as_str().into()),
            ("model", model.as_str().into()),
            ("roles", roles.as_str().into()),
            ("access_rules", access_rules.as_str().into()),
            ("adopted_at", micros(now).into()),
        ];
        run::write(conn, &insert("policies", row)?).await?;
    }
    let update = Query::update().table("in_force").value("policy", version.as_str()).take();
    run::touch(conn, &update).await
}

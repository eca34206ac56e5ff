//! Tokens of nodes and of containers, and stored bytes.

use bailiwick_domain::ports::{MachineToken, StoreError};
use bailiwick_domain::{PrincipalId, PrincipalKind};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{DeleteStatement, Expr, ExprTrait, Query};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::cells::micros;
use crate::lookup::TOKEN;
use crate::table::insert;
use crate::{run, stamps};

/// A node may have several, as it renews them; of those the ones that have ended go.
pub async fn add_token(conn: &impl ConnectionTrait, token: &MachineToken) -> Result<(), StoreError> {
    let mut before = tokens_of(token.principal);
    if token.principal.kind != PrincipalKind::Container {
        before.and_where(Expr::col("expires_at").lte(micros(token.created_at)));
    }
    run::write(conn, &before).await?;
    let MachineToken { id, principal, secret_hash, created_at, expires_at } = token;
    let values = [
        (*id).into(),
        principal.kind.word().into(),
        principal.id.into(),
        secret_hash.as_str().into(),
        micros(*created_at).into(),
        micros(*expires_at).into(),
    ];
    let row = TOKEN.iter().copied().zip(values).collect();
    run::write(conn, &insert("machine_tokens", row)?).await.map(|_| ())
}

pub async fn end_tokens(conn: &impl ConnectionTrait, of: PrincipalId) -> Result<(), StoreError> {
    stamps::renew_each(conn, &[of]).await?;
    run::write(conn, &tokens_of(of)).await.map(|_| ())
}

fn tokens_of(principal: PrincipalId) -> DeleteStatement {
    Query::delete()
        .from_table("machine_tokens")
        .and_where(Expr::col("principal_id").eq(principal.id))
        .and_where(Expr::col("principal_kind").eq(principal.kind.word()))
        .take()
}

pub async fn touch_node(conn: &impl ConnectionTrait, id: Uuid, at: OffsetDateTime) -> Result<(), StoreError> {
    let update = Query::update()
        .table("nodes")
        .value("last_seen_at", micros(at))
        .value("stamp", Expr::col("stamp").add(1))
        .and_where(Expr::col("id").eq(id))
        .take();
    run::touch(conn, &update).await
}

pub async fn add_blob_part(
    conn: &impl ConnectionTrait,
    blob: Uuid,
    part: i64,
    bytes: &[u8],
) -> Result<(), StoreError> {
    let row = vec![("blob", blob.into()), ("part", part.into()), ("bytes", bytes.to_vec().into())];
    match run::write(conn, &insert("blobs", row)?).await {
        Err(StoreError::Taken(_)) => Err(StoreError::Taken("part")),
        outcome => outcome.map(|_| ()),
    }
}

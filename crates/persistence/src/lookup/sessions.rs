//! Sessions and refresh tokens.

use bailiwick_domain::ports::{RefreshToken, Scheme, Session, StoreError};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use uuid::Uuid;

use crate::cells::Cells;
use crate::run;

/// The columns of a session, in the order in which they are read and written.
pub(crate) const SESSION: &[&str] = &[
    "id",
    "user_id",
    "scheme",
    "secret_hash",
    "csrf_hash",
    "created_at",
    "last_seen_at",
    "idle_at",
    "expires_at",
    "user_agent",
    "client_app_id",
];

/// The columns of a refresh token, in the order in which they are read and written.
pub(crate) const REFRESH_TOKEN: &[&str] = &["hash", "session_id", "used", "expires_at"];

/// The session in the cells of [`SESSION`].
pub fn read(cells: &mut Cells<'_>) -> Result<Session, StoreError> {
    Ok(Session {
        id: cells.id()?,
        user_id: cells.id()?,
        scheme: cells.word(Scheme::from_word)?,
        secret_hash: cells.text()?,
        csrf_hash: cells.text()?,
        created_at: cells.instant()?,
        last_seen_at: cells.instant()?,
        idle_at: cells.instant()?,
        expires_at: cells.instant()?,
        user_agent: cells.text()?,
        client_app_id: cells.next()?,
    })
}

pub async fn sessions_of(conn: &impl ConnectionTrait, user: Uuid) -> Result<Vec<Session>, StoreError> {
    let select = Query::select()
        .columns(SESSION.iter().copied())
        .from("sessions")
        .and_where(Expr::col("user_id").eq(user))
        .order_by("created_at", Order::Desc)
        .order_by("id", Order::Desc)
        .take();
    run::all(conn, &select).await?.iter().map(|row| read(&mut Cells::new(row))).collect()
}

pub async fn refresh_token(
    conn: &impl ConnectionTrait,
    hash: &str,
) -> Result<Option<RefreshToken>, StoreError> {
    let select = Query::select()
        .columns(REFRESH_TOKEN.iter().copied())
        .from("refresh_tokens")
        .and_where(Expr::col("hash").eq(hash))
        .take();
    let Some(row) = run::one(conn, &select).await? else { return Ok(None) };
    let mut cells = Cells::new(&row);
    Ok(Some(RefreshToken {
        hash: cells.text()?,
        session_id: cells.id()?,
        used: cells.next()?,
        expires_at: cells.instant()?,
    }))
}

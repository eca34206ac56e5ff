//! Sessions and refresh tokens. The tokens of a session go with its row.

use bailiwick_domain::ports::{RefreshToken, Session, StoreError};
use bailiwick_domain::{PrincipalId, PrincipalKind};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use uuid::Uuid;

use crate::cells::micros;
use crate::lookup::{REFRESH_TOKEN, SESSION};
use crate::table::{Cell, insert};
use crate::{run, stamps};

pub async fn add(conn: &impl ConnectionTrait, session: &Session) -> Result<(), StoreError> {
    run::write(conn, &insert("sessions", row(session))?).await.map(|_| ())
}

pub async fn save(conn: &impl ConnectionTrait, session: &Session) -> Result<(), StoreError> {
    let values = row(session).into_iter().map(|(name, value)| (name, Expr::val(value)));
    let update =
        Query::update().table("sessions").values(values).and_where(Expr::col("id").eq(session.id)).take();
    run::touch(conn, &update).await?;
    stamps::renew_each(conn, &[PrincipalId::user(session.user_id)]).await
}

pub async fn end(conn: &impl ConnectionTrait, id: Uuid) -> Result<(), StoreError> {
    let whose = Query::select().column("user_id").from("sessions").and_where(Expr::col("id").eq(id)).take();
    stamps::renew(conn, PrincipalKind::User, Expr::col("id").in_subquery(whose)).await?;
    let delete = Query::delete().from_table("sessions").and_where(Expr::col("id").eq(id)).take();
    run::write(conn, &delete).await.map(|_| ())
}

pub async fn end_all(
    conn: &impl ConnectionTrait,
    user: Uuid,
    except: Option<Uuid>,
) -> Result<(), StoreError> {
    stamps::renew_each(conn, &[PrincipalId::user(user)]).await?;
    let mut delete = Query::delete();
    delete.from_table("sessions").and_where(Expr::col("user_id").eq(user));
    if let Some(except) = except {
        delete.and_where(Expr::col("id").ne(except));
    }
    run::write(conn, &delete).await.map(|_| ())
}

pub async fn end_through(conn: &impl ConnectionTrait, app: Uuid) -> Result<(), StoreError> {
    stamps::renew_all(conn).await?;
    let delete = Query::delete().from_table("sessions").and_where(Expr::col("client_app_id").eq(app)).take();
    run::write(conn, &delete).await.map(|_| ())
}

pub async fn add_refresh_token(conn: &impl ConnectionTrait, token: &RefreshToken) -> Result<(), StoreError> {
    let RefreshToken { hash, session_id, used, expires_at } = token;
    let values = [hash.as_str().into(), (*session_id).into(), (*used).into(), micros(*expires_at).into()];
    let row = REFRESH_TOKEN.iter().copied().zip(values).collect();
    run::write(conn, &insert("refresh_tokens", row)?).await.map(|_| ())
}

pub async fn use_refresh_token(conn: &impl ConnectionTrait, hash: &str) -> Result<bool, StoreError> {
    let update = Query::update()
        .table("refresh_tokens")
        .value("used", true)
        .and_where(Expr::col("hash").eq(hash))
        .and_where(Expr::col("used").eq(false))
        .take();
    Ok(run::write(conn, &update).await? == 1)
}

fn row(session: &Session) -> Vec<Cell> {
    let values = [
        session.id.into(),
        session.user_id.into(),
        session.scheme.word().into(),
        session.secret_hash.as_str().into(),
        session.csrf_hash.as_str().into(),
        micros(session.created_at).into(),
        micros(session.last_seen_at).into(),
        micros(session.idle_at).into(),
        micros(session.expires_at).into(),
        session.user_agent.as_str().into(),
        session.client_app_id.into(),
    ];
    SESSION.iter().copied().zip(values).collect()
}

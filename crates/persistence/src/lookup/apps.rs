//! The client apps that credentials were issued for.

use bailiwick_domain::Sealed;
use bailiwick_domain::access::App;
use bailiwick_domain::entities::{ApiKey, Standing};
use bailiwick_domain::ports::{IssuedFor, KnownApp, StoreError};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use uuid::Uuid;

use crate::blocks;
use crate::cells::Cells;
use crate::near::join;
use crate::table::{self, SELF};
use crate::tables::api_key::old_secret;
use crate::{read, run, stamps};

const APP: &str = "app";
/// Of a client app what a credential is judged by.
const COLUMNS: &[&str] = &["id", "name", "status", "secret_hash", "old_secret_hash", "old_secret_expires_at"];
/// How many cells the app of a credential takes, with the id that the credential has.
pub const WIDTH: usize = 1 + COLUMNS.len();

/// Selects the id of the app that a credential was issued for, and the app, joined as `alias`.
pub fn select_issued(select: &mut SelectStatement, of: &'static str, alias: &'static str) {
    select.column((of, "client_app_id"));
    join(select, "client_apps", alias, (of, "client_app_id"));
    blocks::select(select, alias, COLUMNS);
}

/// The app in the cells of [`select_issued`]. One that is gone is not the default app.
pub fn issued(cells: &mut Cells<'_>) -> Result<Option<IssuedFor>, StoreError> {
    let id = cells.next::<Option<Uuid>>()?;
    let found = read_app(cells)?;
    Ok(id.map(|id| found.unwrap_or_else(|| IssuedFor::gone(id))))
}

fn read_app(cells: &mut Cells<'_>) -> Result<Option<IssuedFor>, StoreError> {
    cells.joined(COLUMNS.len(), |cells, id| {
        Ok(IssuedFor {
            id,
            app: App::new(cells.text()?),
            active: cells.word(Standing::from_word)? == Standing::Active,
            secret_hash: cells.text()?,
            old_secret: old_secret(cells)?,
        })
    })
}

/// An app by its id, with what it is remembered by. One statement.
pub async fn known_app(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<KnownApp>, StoreError> {
    let mut select = Query::select();
    blocks::select(&mut select, APP, COLUMNS);
    select.from_as("client_apps", APP).and_where(Expr::col((APP, "id")).eq(id));
    stamps::select(&mut select);
    let Some(row) = run::one(conn, &select).await? else { return Ok(None) };
    let stamps = Some(stamps::read(&row, std::iter::empty())?);
    Ok(read_app(&mut Cells::new(&row))?.map(|app| KnownApp { app, stamps }))
}

/// The API keys that were issued for an app, by id.
pub async fn keys_of_app(conn: &impl ConnectionTrait, app: Uuid) -> Result<Vec<Sealed<ApiKey>>, StoreError> {
    let mut select = table::select::<ApiKey>(conn.get_database_backend());
    select.and_where(Expr::col((SELF, "client_app_id")).eq(app)).order_by((SELF, "id"), Order::Asc);
    Ok(read::read_all(conn, &select).await?.into_iter().map(Sealed::new).collect())
}

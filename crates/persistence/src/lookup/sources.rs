//! What sources have already.

use bailiwick_domain::Sealed;
use bailiwick_domain::entities::Content;
use bailiwick_domain::ports::{Contents, StoreError};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use uuid::Uuid;

use crate::cells::Cells;
use crate::table::{self, SELF};
use crate::{read, run};

pub async fn contents_of(conn: &impl ConnectionTrait, source: Uuid) -> Result<Contents, StoreError> {
    let select = Query::select()
        .columns(["name", "position"])
        .from("contents")
        .and_where(Expr::col("source_id").eq(source))
        .take();
    let mut found = Contents::default();
    for row in run::all(conn, &select).await? {
        let mut cells = Cells::new(&row);
        found.names.insert(cells.text()?);
        let position: i64 = cells.next()?;
        found.next = Ord::max(found.next, position.saturating_add(1));
    }
    Ok(found)
}

/// By id.
pub async fn all_contents(
    conn: &impl ConnectionTrait,
    source: Uuid,
) -> Result<Vec<Sealed<Content>>, StoreError> {
    let mut select = table::select::<Content>(conn.get_database_backend());
    select.and_where(Expr::col((SELF, "source_id")).eq(source)).order_by((SELF, "id"), Order::Asc);
    Ok(read::read_all(conn, &select).await?.into_iter().map(Sealed::new).collect())
}

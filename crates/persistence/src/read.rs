//! Finding and listing, the same for every kind.

use async_trait::async_trait;
use bailiwick_domain::page::{Page, Query};
use bailiwick_domain::ports::{Read, StoreError};
use bailiwick_domain::{Anchor, Object, Reach, Sealed, Visible};
use sea_orm::sea_query::{self, Asterisk, Condition, Expr, ExprTrait, Func, Order};
use sea_orm::{ConnectionTrait, DbBackend};
use uuid::Uuid;

use crate::cells::Cells;
use crate::store::{Place, Sea};
use crate::table::{self, SELF, Table};
use crate::{page, reach, run};

#[async_trait]
impl<P: Place, T: Table> Read<T> for Sea<P> {
    async fn find(&self, id: Uuid) -> Result<Option<Sealed<T>>, StoreError> {
        let rows = self.rows(select_one::<T>(id, self.conn().get_database_backend())).await?;
        rows.first().map(|row| Ok(Sealed::new(table::object(row)?))).transpose()
    }

    async fn list(&self, visible: &Visible<'_, T>, query: &Query) -> Result<Page<T>, StoreError> {
        if visible.reach().is_nothing() {
            return Ok(Page { items: Vec::new(), more: false, total: query.count.then_some(0) });
        }
        let conn = self.conn();
        let found = found::<T>(visible.reach(), query, conn.get_database_backend());
        let total = if query.count { Some(count::<T>(conn, found.clone()).await?) } else { None };
        let select = select_page::<T>(found, query, conn.get_database_backend());
        let rows = self.rows(select).await?;
        let mut items = rows.iter().map(table::object).collect::<Result<Vec<Object<T>>, StoreError>>()?;
        let more = items.len() > query.limit;
        items.truncate(query.limit);
        Ok(Page { items: items.into_iter().map(Sealed::new).collect(), more, total })
    }

    async fn inside(&self, anchor: Anchor) -> Result<Vec<Sealed<T>>, StoreError> {
        let mut select = table::select::<T>(self.conn().get_database_backend());
        if !anchor.is_server() {
            // An anchor of its own kind has nothing of that kind inside but itself.
            let above = T::LEVELS.contains(&anchor.level).then(|| table::column(anchor.level));
            let (Some(column), Some(id)) = (above, anchor.id) else { return Ok(Vec::new()) };
            select.and_where(Expr::col((SELF, column)).eq(id));
        }
        select.order_by((SELF, "id"), Order::Asc);
        Ok(read_all(self.conn(), &select).await?.into_iter().map(Sealed::new).collect())
    }
}

/// The object of this id, unsealed.
pub async fn find<T: Table>(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Object<T>>, StoreError> {
    let select = select_one::<T>(id, conn.get_database_backend());
    run::one(conn, &select).await?.map(|row| table::object(&row)).transpose()
}

fn select_one<T: Table>(id: Uuid, backend: DbBackend) -> sea_query::SelectStatement {
    let mut select = table::select::<T>(backend);
    select.and_where(Expr::col((SELF, "id")).eq(id));
    select
}

/// All objects of a [`table::select`], unsealed.
pub async fn read_all<T: Table>(
    conn: &impl ConnectionTrait,
    select: &sea_query::SelectStatement,
) -> Result<Vec<Object<T>>, StoreError> {
    run::all(conn, select).await?.iter().map(table::object).collect()
}

/// What is in a reach and passes the filters.
pub fn found<T: Table>(reach: &Reach<'_>, query: &Query, backend: DbBackend) -> Condition {
    let filters = query.filters.iter().map(|filter| page::filter::<T>(filter, backend));
    filters.fold(Condition::all().add(reach::condition::<T>(reach)), Condition::add)
}

/// One page of what was found, and one object more.
pub fn select_page<T: Table>(
    found: Condition,
    query: &Query,
    backend: DbBackend,
) -> sea_query::SelectStatement {
    let mut select = table::select::<T>(backend);
    select.cond_where(found);
    page::cut::<T>(&mut select, query);
    select
}

async fn count<T: Table>(conn: &impl ConnectionTrait, found: Condition) -> Result<u64, StoreError> {
    let select = sea_query::Query::select()
        .expr(Func::count(Expr::col(Asterisk)))
        .from_as(T::TABLE, SELF)
        .cond_where(found)
        .take();
    run::one(conn, &select).await?.map_or(Ok(0), |row| Cells::new(&row).count())
}

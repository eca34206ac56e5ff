//! Finding and listing, the same for every kind. Each is one statement that always yields a row: the same for what is
//! there and for what is not.

use async_trait::async_trait;
use bailiwick_domain::page::{Page, Query};
use bailiwick_domain::ports::{Read, StoreError};
use bailiwick_domain::{Anchor, Object, Sealed, Visible};
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Order, QueryStatementBuilder, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend};
use uuid::Uuid;

use crate::cache::{By, Source};
use crate::cells::Cells;
use crate::part::Part;
use crate::row::Row;
use crate::store::{Place, Sea};
use crate::table::{self, SELF, Table};
use crate::{beside, page, reach, run, stamps};

/// What the ids of a page are called.
const PAGE: &str = "page";
/// What the number of all objects of a list is called.
const TOTAL: &str = "total";

#[async_trait]
impl<P: Place, T: Table> Read<T> for Sea<P> {
    async fn find(&self, id: Uuid) -> Result<Option<Sealed<T>>, StoreError> {
        for &by in self.ways() {
            let rows = self.row_of::<T>(id, by).await?;
            if let Some(mut found) = self.whole(by, &rows, |source| read_rows(&rows, 0, source))? {
                return Ok(found.pop().map(Sealed::new));
            }
        }
        Err(not_whole())
    }

    async fn find_all(&self, ids: &[Uuid]) -> Result<Vec<Sealed<T>>, StoreError> {
        let mut select = table::select::<T>(self.conn().get_database_backend());
        select.and_where(Expr::col((SELF, "id")).is_in(ids.iter().copied()));
        Ok(read_all(self.conn(), &select).await?.into_iter().map(Sealed::new).collect())
    }

    async fn list(&self, visible: &Visible<'_, T>, query: &Query) -> Result<Page<T>, StoreError> {
        let part = reach::part::<T>(visible.reach());
        for &by in self.ways() {
            let rows = self.rows_of::<T>(&part, query, by).await?;
            if let Some(page) = self.whole(by, &rows, |source| read_list(&rows, query, source))? {
                return Ok(page);
            }
        }
        Err(not_whole())
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

fn not_whole() -> StoreError {
    StoreError::Corrupt("what was joined is not whole".to_owned())
}

/// The object of this id, unsealed.
pub async fn find<T: Table>(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Object<T>>, StoreError> {
    let rows = run::all(conn, &select_one::<T>(id, conn.get_database_backend(), By::Joins)).await?;
    Ok(read_rows(&rows, 0, &Source::Joined(None))?.pop())
}

/// All objects of a [`table::select`], unsealed.
pub async fn read_all<T: Table>(
    conn: &impl ConnectionTrait,
    select: &SelectStatement,
) -> Result<Vec<Object<T>>, StoreError> {
    run::all(conn, select).await?.iter().map(table::object).collect()
}

/// The object of this id, or a row without one.
pub fn select_one<T: Table>(id: Uuid, backend: DbBackend, by: By) -> SelectStatement {
    let mut select = stamps::always();
    select.join_as(JoinType::LeftJoin, T::TABLE, SELF, Expr::col((SELF, "id")).eq(id));
    table::select_object::<T>(&mut select, backend, by);
    select
}

/// A page of what is in a part and passes the filters, in no order, and one object more; or a row without any. What
/// the query asks for beside stands in every row, the total by name.
///
/// The page is cut out by ids alone, before anything is joined to it.
pub fn select_page<T: Table>(
    part: &Part,
    query: &Query,
    backend: DbBackend,
    by: By,
) -> Result<SelectStatement, StoreError> {
    let mut select = stamps::always();
    beside::select(&mut select, &query.beside, backend)?;
    let of_page = Expr::col((SELF, "id")).equals((PAGE, "id"));
    page::join::<T>(&mut select, PAGE, part, query, backend);
    select.join_as(JoinType::LeftJoin, T::TABLE, SELF, of_page);
    table::select_object::<T>(&mut select, backend, by);
    if query.count {
        let total = page::count::<T>(part, query, backend).into_sub_query_statement();
        select.expr_as(Expr::from(total), TOTAL);
    }
    Ok(select)
}

/// The page in the rows of [`select_page`].
fn read_list<T: Table>(rows: &[Row], query: &Query, source: &Source<'_>) -> Result<Page<T>, StoreError> {
    let first = rows.first().ok_or_else(|| StoreError::Corrupt("a list without a row".to_owned()))?;
    let mut cells = Cells::new(first);
    let beside = beside::read(&mut cells, &query.beside)?;
    let total: Option<i64> = if query.count { Some(first.named(TOTAL)?) } else { None };
    let total =
        total.map(u64::try_from).transpose().map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let mut items: Vec<Object<T>> = read_rows(rows, cells.read(), source)?;
    let field = query.sort.field;
    items.sort_by(|a, b| query.order((&a.value(field), a.id), (&b.value(field), b.id)));
    let more = items.len() > query.limit;
    items.truncate(query.limit);
    Ok(Page { items: items.into_iter().map(Sealed::new).collect(), more, total, beside })
}

/// The objects in rows that may be without one, after so many cells.
fn read_rows<T: Table>(rows: &[Row], skip: usize, source: &Source<'_>) -> Result<Vec<Object<T>>, StoreError> {
    rows.iter()
        .filter_map(|row| {
            let mut cells = Cells::new(row);
            cells.skip(skip);
            table::maybe_object(&mut cells, source).transpose()
        })
        .collect()
}

//! Adding, changing and removing, the same for every kind.

use async_trait::async_trait;
use bailiwick_domain::object::{Changed, New, Removed};
use bailiwick_domain::ports::{StoreError, Write};
use bailiwick_domain::{Kind, Level, Object, PrincipalKind};
use sea_orm::sea_query::{DeleteStatement, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use crate::run;
use crate::store::Sea;
use crate::table::{self, Table};

/// How many objects one statement adds or removes at most; databases bound the number of values in one.
const CHUNK: usize = 500;

#[async_trait]
impl<T: Table> Write<T> for Sea<DatabaseTransaction> {
    async fn add(&self, new: &New<T>) -> Result<(), StoreError> {
        add(&self.place, new.object()).await
    }

    async fn add_all(&self, new: &[New<T>]) -> Result<(), StoreError> {
        add_all(&self.place, new.iter().map(New::object)).await
    }

    async fn save(&self, changed: &Changed<T>) -> Result<(), StoreError> {
        let (before, after) = (changed.before(), changed.after());
        let update = Query::update()
            .table(T::TABLE)
            .values(table::changed_row(after).into_iter().map(|(name, value)| (name, Expr::val(value))))
            .and_where(Expr::col("id").eq(before.id))
            .and_where(Expr::col("version").eq(before.version))
            .take();
        match run::write_unique(&self.place, &update, T::NAME.unwrap_or("id")).await? {
            0 => Err(StoreError::Stale),
            _ => link(&self.place, after).await,
        }
    }

    async fn remove(&self, removed: &[Removed<T>]) -> Result<(), StoreError> {
        let ids: Vec<Uuid> = removed.iter().map(|removed| removed.object().id).collect();
        for ids in ids.chunks(CHUNK) {
            for delete in grants_that_go_with::<T>(ids).into_iter().chain(T::clear(ids)) {
                run::write(&self.place, &delete).await?;
            }
            let delete = delete_where(T::TABLE, "id", ids);
            if run::write(&self.place, &delete).await? != ids.len() as u64 {
                return Err(StoreError::Stale);
            }
        }
        Ok(())
    }
}

/// Adds an object.
pub async fn add<T: Table>(conn: &impl ConnectionTrait, object: &Object<T>) -> Result<(), StoreError> {
    let insert = table::insert(T::TABLE, table::new_row(object))?;
    run::write_unique(conn, &insert, T::NAME.unwrap_or("id")).await?;
    link(conn, object).await
}

/// Adds objects, many with one statement.
pub async fn add_all<'o, T: Table>(
    conn: &impl ConnectionTrait,
    objects: impl Iterator<Item = &'o Object<T>>,
) -> Result<(), StoreError> {
    let objects: Vec<&Object<T>> = objects.collect();
    for objects in objects.chunks(CHUNK) {
        let rows = objects.iter().map(|object| table::new_row(object)).collect();
        run::write_unique(conn, &table::insert_all(T::TABLE, rows)?, T::NAME.unwrap_or("id")).await?;
        for object in objects {
            link(conn, object).await?;
        }
    }
    Ok(())
}

/// Puts the rows of another table that belong to an object in the place of those that did.
async fn link<T: Table>(conn: &impl ConnectionTrait, object: &Object<T>) -> Result<(), StoreError> {
    let Some(links) = T::links(object) else { return Ok(()) };
    run::write(conn, &delete_where(links.table, links.owner, &[object.id])).await?;
    for mut row in links.rows {
        row.push((links.owner, object.id.into()));
        run::write(conn, &table::insert(links.table, row)?).await?;
    }
    Ok(())
}

/// The grants inside objects of these ids, naming them as principals, or of them as roles.
fn grants_that_go_with<T: Table>(ids: &[Uuid]) -> Option<DeleteStatement> {
    let level = Level::ALL.iter().find(|level| level.kind() == T::KIND);
    let principal = PrincipalKind::ALL.iter().find(|principal| principal.kind() == T::KIND);
    match (level, principal) {
        (Some(&level), _) => Some(delete_where("grants", table::column(level), ids)),
        (_, Some(principal)) => Some(
            delete_where("grants", "principal_id", ids)
                .and_where(Expr::col("principal_kind").eq(principal.word()))
                .take(),
        ),
        _ if T::KIND == Kind::Role => Some(delete_where("grants", "role_id", ids)),
        _ => None,
    }
}

pub fn delete_where(table: &'static str, column: &'static str, ids: &[Uuid]) -> DeleteStatement {
    Query::delete().from_table(table).and_where(Expr::col(column).is_in(ids.iter().copied())).take()
}

//! Adding, changing and removing, the same for every kind.

use async_trait::async_trait;
use bailiwick_domain::object::{Changed, New, Removed};
use bailiwick_domain::ports::{StoreError, Write};
use bailiwick_domain::{Kind, Level, Object, PrincipalId, PrincipalKind};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{DeleteStatement, Expr, ExprTrait, OnConflict, Query};
use uuid::Uuid;

use crate::cells::Cells;
use crate::run;
use crate::stamps::{self, Concerns};
use crate::store::SeaUnit;
use crate::table::{self, Noted, Table};

/// How many objects one statement adds or removes at most; databases bound the number of values in one.
const CHUNK: usize = 500;

#[async_trait]
impl<T: Table> Write<T> for SeaUnit {
    async fn add(&self, new: &New<T>) -> Result<(), StoreError> {
        self.add_all(std::slice::from_ref(new)).await
    }

    async fn add_all(&self, new: &[New<T>]) -> Result<(), StoreError> {
        add_all(self.conn(), new.iter().map(New::object)).await?;
        match T::CONCERNS {
            // Nobody has been remembered with an object that was not there, unless others hang on it at once.
            Concerns::Everybody if new.iter().any(|new| T::links(new.object()).is_some()) => {
                stamps::renew_all(self.conn()).await
            }
            Concerns::Grantee => self.renew(new.iter().map(New::object)).await,
            Concerns::Nobody | Concerns::Itself | Concerns::Everybody => Ok(()),
        }
    }

    async fn save(&self, changed: &Changed<T>) -> Result<(), StoreError> {
        let (before, after) = (changed.before(), changed.after());
        let mut update = Query::update();
        update
            .table(T::TABLE)
            .values(table::changed_row(after).into_iter().map(|(name, value)| (name, Expr::val(value))))
            .and_where(Expr::col("id").eq(before.id))
            .and_where(Expr::col("version").eq(before.version));
        if T::CONCERNS == Concerns::Itself {
            update.value("stamp", Expr::col("stamp").add(1));
        }
        if run::write_unique(self.conn(), &update, T::NAME.unwrap_or("id")).await? == 0 {
            return Err(StoreError::Stale);
        }
        link(self.conn(), after).await?;
        if T::notes(after) != T::notes(before) {
            note(self.conn(), &[after]).await?;
        }
        match T::CONCERNS {
            Concerns::Nobody => Ok(()),
            Concerns::Grantee => self.renew([before, after].into_iter()).await,
            // Of a principal, others ask whether it may act.
            Concerns::Itself | Concerns::Everybody => stamps::renew_all(self.conn()).await,
        }
    }

    async fn remove(&self, removed: &[Removed<T>]) -> Result<(), StoreError> {
        let ids: Vec<Uuid> = removed.iter().map(|removed| removed.object().id).collect();
        match T::CONCERNS {
            Concerns::Nobody => {}
            Concerns::Grantee => self.renew(removed.iter().map(Removed::object)).await?,
            Concerns::Itself | Concerns::Everybody => stamps::renew_all(self.conn()).await?,
        }
        for ids in ids.chunks(CHUNK) {
            if let Some(level) = Level::ALL.iter().find(|level| level.kind() == T::KIND) {
                stamps::renew_grantees(self.conn(), table::column(*level), ids).await?;
            }
            drop_blobs_of::<T>(self.conn(), ids).await?;
            for delete in grants_that_go_with::<T>(ids).into_iter().chain(T::clear(ids)) {
                run::write(self.conn(), &delete).await?;
            }
            let delete = delete_where(T::TABLE, "id", ids);
            if run::write(self.conn(), &delete).await? != ids.len() as u64 {
                return Err(StoreError::Stale);
            }
        }
        Ok(())
    }
}

impl SeaUnit {
    /// Renews the stamps of those whom grants name; of everybody where one is at the server, for who holds what there
    /// is remembered once for all.
    async fn renew<'o, T: 'o>(&self, grants: impl Iterator<Item = &'o Object<T>>) -> Result<(), StoreError> {
        let (mut named, mut at_server) = (Vec::<PrincipalId>::new(), false);
        for grant in grants {
            named.extend(grant.facts.names);
            at_server |= grant.facts.lineage.lowest().is_server();
        }
        if at_server {
            stamps::renew_all(self.conn()).await?;
        }
        stamps::renew_each(self.conn(), &named).await
    }
}

/// Adds an object.
pub async fn add<T: Table>(conn: &impl ConnectionTrait, object: &Object<T>) -> Result<(), StoreError> {
    let insert = table::insert(T::TABLE, table::new_row(object))?;
    run::write_unique(conn, &insert, T::NAME.unwrap_or("id")).await?;
    link(conn, object).await?;
    note(conn, &[object]).await
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
        note(conn, objects).await?;
    }
    Ok(())
}

/// Notes what is to be noted of objects, each row once.
async fn note<T: Table>(conn: &impl ConnectionTrait, objects: &[&Object<T>]) -> Result<(), StoreError> {
    let mut rows = Vec::<Vec<table::Cell>>::new();
    let mut into = None;
    for Noted { table, key, rows: more } in objects.iter().filter_map(|object| T::notes(object)) {
        into = Some((table, key));
        for row in more {
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
    }
    let Some((table, [first, second])) = into else { return Ok(()) };
    let mut insert = table::insert_all(table, rows)?;
    run::write(conn, insert.on_conflict(known(first, second))).await.map(drop)
}

/// What is there already stays.
pub fn known(first: &'static str, second: &'static str) -> OnConflict {
    OnConflict::columns([first, second]).do_nothing_on([first, second]).to_owned()
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

/// Takes the bytes away that are stored apart from objects of these ids. Asked for first, for no database finds them
/// by a condition that speaks of another table without reading all bytes there are.
async fn drop_blobs_of<T: Table>(conn: &impl ConnectionTrait, ids: &[Uuid]) -> Result<(), StoreError> {
    if T::BLOBS.is_empty() {
        return Ok(());
    }
    let select = Query::select()
        .columns(T::BLOBS.iter().copied())
        .from(T::TABLE)
        .and_where(Expr::col("id").is_in(ids.iter().copied()))
        .take();
    let mut blobs = Vec::new();
    for row in run::all(conn, &select).await? {
        let mut cells = Cells::new(&row);
        for _ in T::BLOBS {
            blobs.extend(cells.next::<Option<Uuid>>()?);
        }
    }
    drop_blobs(conn, &blobs).await
}

/// Takes stored bytes away.
pub async fn drop_blobs(conn: &impl ConnectionTrait, blobs: &[Uuid]) -> Result<(), StoreError> {
    for blobs in blobs.chunks(CHUNK) {
        run::write(conn, &delete_where("blobs", "blob", blobs)).await?;
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

//! Columns and indexes as every table here has them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// A table of objects: id, times (microseconds since 1970, UTC), version, maker.
pub fn objects(table: &'static str, backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table(table)
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(instant("created_at").not_null())
        .col(instant("updated_at").not_null())
        .col(ColumnDef::new("version").big_integer().not_null())
        .col(word("maker_kind", backend))
        .col(id("maker_id"))
        .take()
}

/// An id that may be absent.
pub fn id(column: &'static str) -> ColumnDef {
    ColumnDef::new(column).uuid().take()
}

/// An instant that may be absent: microseconds since 1970, UTC, the same on every database.
pub fn instant(column: &'static str) -> ColumnDef {
    ColumnDef::new(column).big_integer().take()
}

/// A short text that may be absent, compared byte by byte.
pub fn word(column: &'static str, backend: DbBackend) -> ColumnDef {
    bytewise(ColumnDef::new(column).string_len(200).take(), backend)
}

/// A long text, or JSON as text.
pub fn text(column: &'static str) -> ColumnDef {
    ColumnDef::new(column).text().take()
}

/// True or false.
pub fn flag(column: &'static str) -> ColumnDef {
    ColumnDef::new(column).boolean().not_null().take()
}

/// SQLite compares text byte by byte by itself; the others have to be told.
fn bytewise(mut column: ColumnDef, backend: DbBackend) -> ColumnDef {
    match backend {
        DbBackend::Postgres => column.extra("COLLATE \"C\"").take(),
        DbBackend::MySql => column.extra("CHARACTER SET utf8mb4 COLLATE utf8mb4_bin").take(),
        _ => column,
    }
}

/// A column that names the parent, which can't be removed before.
pub fn parent(table: &'static str, column: &'static str, parents: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("fk_{table}_{column}"))
        .from(table, column)
        .to(parents, "id")
        .on_delete(ForeignKeyAction::Restrict)
        .take()
}

/// An index over these columns, named after them.
pub fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("ix_{table}_{}", columns.join("_"))).table(table);
    for &column in columns {
        index.col(column);
    }
    index
}

/// An index that also keeps these columns unique together.
pub fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    index(table, columns).name(format!("uq_{table}_{}", columns.join("_"))).unique().take()
}

/// Creates a table with its indexes.
pub async fn create(
    manager: &SchemaManager<'_>,
    table: TableCreateStatement,
    indexes: impl IntoIterator<Item = IndexCreateStatement>,
) -> Result<(), DbErr> {
    manager.create_table(table).await?;
    for index in indexes {
        manager.create_index(index).await?;
    }
    Ok(())
}

/// Drops a table with its indexes.
pub async fn drop(manager: &SchemaManager<'_>, table: &'static str) -> Result<(), DbErr> {
    manager.drop_table(Table::drop().table(table).take()).await
}

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

/// A text of any length, or JSON as text.
pub fn text(column: &'static str, backend: DbBackend) -> ColumnDef {
    match backend {
        // Its `text` ends at 64 KiB.
        DbBackend::MySql => ColumnDef::new(column).custom("longtext").take(),
        _ => ColumnDef::new(column).text().take(),
    }
}

/// A text of any length that rows have which were there before: this one, without quotes in it.
pub fn default_text(column: &'static str, default: &'static str, backend: DbBackend) -> ColumnDef {
    let mut column = text(column, backend).not_null().take();
    match backend {
        // Of a long text it takes an expression alone, where SQLite takes none.
        DbBackend::MySql => column.extra(format!("DEFAULT ('{default}')")).take(),
        _ => column.default(default).take(),
    }
}

/// Bytes, a few MiB at most.
pub fn bytes(column: &'static str, backend: DbBackend) -> ColumnDef {
    match backend {
        // Its `blob` ends at 64 KiB.
        DbBackend::MySql => ColumnDef::new(column).custom("longblob").take(),
        _ => ColumnDef::new(column).binary().take(),
    }
}

/// True or false.
pub fn flag(column: &'static str) -> ColumnDef {
    ColumnDef::new(column).boolean().not_null().take()
}

/// SQLite compares text byte by byte by itself; Postgres has to be told of each column, MySQL of each table.
fn bytewise(mut column: ColumnDef, backend: DbBackend) -> ColumnDef {
    match backend {
        DbBackend::Postgres => column.extra("COLLATE \"C\"").take(),
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
    mut table: TableCreateStatement,
    indexes: impl IntoIterator<Item = IndexCreateStatement>,
) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::MySql {
        table.character_set("utf8mb4").collate(collation(manager).await?);
    }
    manager.create_table(table).await?;
    for index in indexes {
        manager.create_index(index).await?;
    }
    Ok(())
}

/// What MySQL and MariaDB call comparing byte by byte, spaces at the end included.
async fn collation(manager: &SchemaManager<'_>) -> Result<&'static str, DbErr> {
    let version = Query::select().expr(Expr::cust("VERSION()")).take();
    let row = manager.get_connection().query_one(&version).await?;
    let version: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?;
    let is_maria = version.is_some_and(|version| version.contains("MariaDB"));
    Ok(if is_maria { "utf8mb4_nopad_bin" } else { "utf8mb4_0900_bin" })
}

/// Drops a table with its indexes.
pub async fn drop(manager: &SchemaManager<'_>, table: &'static str) -> Result<(), DbErr> {
    manager.drop_table(Table::drop().table(table).take()).await
}

//! How far the last import of a file into each source is.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, id, index, instant, parent, text, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let number = |column| ColumnDef::new(column).big_integer().take();
        let imports = Table::create()
            .table("imports")
            .col(id("source_id").not_null().primary_key())
            .col(id("import_id").not_null())
            .col(id("file_id").not_null())
            .col(word("asked_by_kind", on))
            .col(id("asked_by_id"))
            .col(id("client_app_id"))
            .col(word("status", on).not_null())
            .col(instant("began_at").not_null())
            .col(instant("updated_at").not_null())
            .col(number("version").not_null())
            .col(number("contents"))
            .col(number("done").not_null())
            .col(number("first_position").not_null())
            .col(number("lines_read").not_null())
            .col(number("bytes_read").not_null())
            .col(text("faults", on).not_null())
            .col(text("detail", on))
            .foreign_key(&mut parent("imports", "source_id", "sources"))
            .take();
        create(manager, imports, [index("imports", &["status", "updated_at"])]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, "imports").await
    }
}

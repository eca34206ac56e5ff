//! Sources, their contents, and which entitlements go together.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{create, drop, id, index, objects, parent, text, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

fn number(column: &'static str) -> ColumnDef {
    ColumnDef::new(column).big_integer().take()
}

fn sources(on: DbBackend) -> TableCreateStatement {
    objects("sources", on)
        .col(id("organization_id").not_null())
        .col(id("project_id").not_null())
        .col(word("name", on).not_null())
        .col(word("content_type", on).not_null())
        .col(word("language", on).not_null())
        .col(word("abbreviation", on).not_null())
        .col(word("revision", on).not_null())
        .col(number("year"))
        .col(word("license", on).not_null())
        .col(text("labels", on).not_null())
        .col(text("metadata", on).not_null())
        .col(text("entitlements", on).not_null())
        .col(word("status", on).not_null())
        .col(word("line", on).not_null())
        .col(word("edition", on).not_null())
        .col(id("entitlement_set_id").not_null())
        .foreign_key(&mut parent("sources", "project_id", "projects"))
        .take()
}

fn contents(on: DbBackend) -> TableCreateStatement {
    objects("contents", on)
        .col(id("organization_id").not_null())
        .col(id("project_id").not_null())
        .col(id("source_id").not_null())
        .col(word("name", on).not_null())
        .col(number("position").not_null())
        .col(text("body", on).not_null())
        .col(text("text", on).not_null())
        .col(word("status", on).not_null())
        .foreign_key(&mut parent("contents", "source_id", "sources"))
        .take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let indexes = [
            unique("sources", &["project_id", "name"]),
            index("sources", &["organization_id", "id"]),
            index("sources", &["project_id", "id"]),
            index("sources", &["maker_id", "id"]),
            index("sources", &["entitlement_set_id", "id"]),
            index("sources", &["project_id", "line", "edition"]),
        ];
        create(manager, sources(on), indexes).await?;
        let indexes = [
            unique("contents", &["source_id", "name"]),
            index("contents", &["organization_id", "id"]),
            index("contents", &["project_id", "id"]),
            index("contents", &["source_id", "id"]),
            index("contents", &["source_id", "position", "id"]),
            index("contents", &["maker_id", "id"]),
        ];
        create(manager, contents(on), indexes).await?;
        let sets = Table::create()
            .table("entitlement_sets")
            .col(word("entitlement", on).not_null())
            .col(id("set_id").not_null())
            .primary_key(Index::create().col("entitlement").col("set_id"))
            .take();
        create(manager, sets, []).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["entitlement_sets", "contents", "sources"] {
            drop(manager, table).await?;
        }
        Ok(())
    }
}

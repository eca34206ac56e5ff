//! Events that wait to be published.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, id, index, instant, text, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let table = Table::create()
            .table("outbox")
            .col(id("id").not_null().primary_key())
            .col(instant("at").not_null())
            .col(word("topic", on).not_null())
            .col(word("kind", on).not_null())
            .col(id("object_id").not_null())
            .col(text("payload", on).not_null())
            .take();
        create(manager, table, [index("outbox", &["at", "id"])]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, "outbox").await
    }
}

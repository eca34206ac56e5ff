//! Settings of the server, as JSON.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, text, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let table = Table::create()
            .table("settings")
            .col(word("name", on).not_null().primary_key())
            .col(text("value", on).not_null())
            .take();
        create(manager, table, []).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, "settings").await
    }
}

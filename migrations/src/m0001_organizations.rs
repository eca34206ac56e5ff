//! Organizations: the tenants.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, objects, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let table = objects("organizations", on)
            .col(word("name", on).not_null())
            .col(word("status", on).not_null())
            .take();
        create(manager, table, [unique("organizations", &["name"])]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, "organizations").await
    }
}

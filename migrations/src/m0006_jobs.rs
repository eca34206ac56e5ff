//! Jobs.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, id, index, objects, parent, text, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let table = objects("jobs", on)
            .col(id("organization_id").not_null())
            .col(id("project_id").not_null())
            .col(word("name", on).not_null())
            .col(text("description", on).not_null())
            .col(word("status", on).not_null())
            .foreign_key(&mut parent("jobs", "project_id", "projects"))
            .take();
        let indexes = [
            unique("jobs", &["project_id", "name"]),
            index("jobs", &["organization_id", "id"]),
            index("jobs", &["project_id", "id"]),
            index("jobs", &["maker_id", "id"]),
        ];
        create(manager, table, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, "jobs").await
    }
}

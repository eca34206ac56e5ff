//! Projects.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, id, index, instant, objects, parent, text, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let table = objects("projects", on)
            .col(id("organization_id").not_null())
            .col(word("name", on).not_null())
            .col(text("description", on).not_null())
            .col(word("visibility", on).not_null())
            .col(instant("archived_at"))
            .col(id("collaboration_id"))
            .foreign_key(&mut parent("projects", "organization_id", "organizations"))
            .foreign_key(&mut parent("projects", "collaboration_id", "collaborations"))
            .take();
        let indexes = [
            unique("projects", &["organization_id", "name"]),
            index("projects", &["organization_id", "id"]),
            index("projects", &["collaboration_id", "id"]),
            index("projects", &["visibility", "id"]),
            index("projects", &["maker_id", "id"]),
        ];
        create(manager, table, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, "projects").await
    }
}

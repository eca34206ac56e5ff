//! Tasks.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, id, index, objects, parent, text, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let table = objects("tasks", on)
            .col(id("organization_id").not_null())
            .col(id("project_id").not_null())
            .col(id("job_id").not_null())
            .col(word("name", on).not_null())
            .col(text("description", on).not_null())
            .col(word("status", on).not_null())
            .col(id("assignee_id"))
            .col(id("parent_id"))
            .foreign_key(&mut parent("tasks", "job_id", "jobs"))
            .take();
        let indexes = [
            unique("tasks", &["job_id", "name"]),
            index("tasks", &["organization_id", "id"]),
            index("tasks", &["project_id", "id"]),
            index("tasks", &["job_id", "id"]),
            index("tasks", &["assignee_id", "id"]),
            index("tasks", &["parent_id", "id"]),
            index("tasks", &["maker_id", "id"]),
        ];
        create(manager, table, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, "tasks").await
    }
}

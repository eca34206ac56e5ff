//! The audit log. It outlives what it tells of, so it refers to nothing by key.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, id, index, objects, text, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let table = objects("audit_events", on)
            .col(id("organization_id"))
            .col(id("project_id"))
            .col(id("job_id"))
            .col(id("task_id"))
            .col(word("principal_kind", on))
            .col(id("principal_id"))
            .col(word("actor", on).not_null())
            .col(word("deed", on).not_null())
            .col(word("about", on).not_null())
            .col(id("object_id"))
            .col(word("outcome", on).not_null())
            .col(text("reason", on).not_null())
            .col(word("request_id", on).not_null())
            .col(text("before", on))
            .col(text("after", on))
            .take();
        let indexes = [
            index("audit_events", &["organization_id", "id"]),
            index("audit_events", &["project_id", "id"]),
            index("audit_events", &["job_id", "id"]),
            index("audit_events", &["task_id", "id"]),
            index("audit_events", &["maker_id", "id"]),
            index("audit_events", &["principal_id", "id"]),
            index("audit_events", &["object_id", "id"]),
            index("audit_events", &["about", "id"]),
            index("audit_events", &["created_at", "id"]),
        ];
        create(manager, table, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, "audit_events").await
    }
}

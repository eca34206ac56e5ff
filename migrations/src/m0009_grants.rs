//! Grants, with the lineage of their anchor.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, id, index, instant, objects, parent, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let table = objects("grants", on)
            .col(id("organization_id"))
            .col(id("project_id"))
            .col(id("job_id"))
            .col(id("task_id"))
            .col(word("principal_kind", on).not_null())
            .col(id("principal_id").not_null())
            .col(id("role_id").not_null())
            .col(word("level", on).not_null())
            .col(id("anchor_id"))
            .col(instant("starts_at"))
            .col(instant("expires_at"))
            .foreign_key(&mut parent("grants", "organization_id", "organizations"))
            .foreign_key(&mut parent("grants", "project_id", "projects"))
            .foreign_key(&mut parent("grants", "job_id", "jobs"))
            .foreign_key(&mut parent("grants", "task_id", "tasks"))
            .foreign_key(&mut parent("grants", "role_id", "roles"))
            .take();
        let indexes = [
            index("grants", &["organization_id", "id"]),
            index("grants", &["project_id", "id"]),
            index("grants", &["job_id", "id"]),
            index("grants", &["task_id", "id"]),
            index("grants", &["principal_id", "id"]),
            index("grants", &["role_id", "id"]),
            index("grants", &["level", "id"]),
            index("grants", &["anchor_id", "id"]),
            index("grants", &["maker_id", "id"]),
        ];
        create(manager, table, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, "grants").await
    }
}

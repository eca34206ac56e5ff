//! Invitations, with the lineage of their anchor. They go with it, and with the role that they offer.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, id, index, instant, objects, parent, text, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let goes_with = |column: &'static str, parents: &'static str| {
            parent("invitations", column, parents).on_delete(ForeignKeyAction::Cascade).take()
        };
        let table = objects("invitations", on)
            .col(id("organization_id"))
            .col(id("project_id"))
            .col(id("job_id"))
            .col(id("task_id"))
            .col(text("address", on).not_null())
            .col(id("role_id").not_null())
            .col(word("level", on).not_null())
            .col(id("anchor_id"))
            .col(instant("starts_at"))
            .col(instant("ends_at"))
            .col(instant("expires_at").not_null())
            .foreign_key(&mut goes_with("organization_id", "organizations"))
            .foreign_key(&mut goes_with("project_id", "projects"))
            .foreign_key(&mut goes_with("job_id", "jobs"))
            .foreign_key(&mut goes_with("task_id", "tasks"))
            .foreign_key(&mut goes_with("role_id", "roles"))
            .take();
        let indexes = [
            index("invitations", &["organization_id", "id"]),
            index("invitations", &["project_id", "id"]),
            index("invitations", &["job_id", "id"]),
            index("invitations", &["task_id", "id"]),
            index("invitations", &["role_id", "id"]),
            index("invitations", &["level", "id"]),
            index("invitations", &["anchor_id", "id"]),
            index("invitations", &["maker_id", "id"]),
        ];
        create(manager, table, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, "invitations").await
    }
}

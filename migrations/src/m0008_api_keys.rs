//! API keys, of an organization or made through a project.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, id, index, instant, objects, parent, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let table = objects("api_keys", on)
            .col(id("organization_id").not_null())
            .col(id("project_id"))
            // The project, or else the organization: within which the name is unique.
            .col(id("owner_id").not_null())
            .col(word("name", on).not_null())
            .col(word("status", on).not_null())
            .col(word("prefix", on).not_null())
            .col(word("secret_hash", on).not_null())
            .col(instant("expires_at"))
            .col(instant("last_used_at"))
            .foreign_key(&mut parent("api_keys", "organization_id", "organizations"))
            .foreign_key(&mut parent("api_keys", "project_id", "projects"))
            .take();
        let indexes = [
            unique("api_keys", &["owner_id", "name"]),
            index("api_keys", &["organization_id", "id"]),
            index("api_keys", &["project_id", "id"]),
            index("api_keys", &["maker_id", "id"]),
        ];
        create(manager, table, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, "api_keys").await
    }
}

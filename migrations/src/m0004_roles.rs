//! Roles: built in, or of an organization.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, flag, id, index, objects, parent, text, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let table = objects("roles", on)
            .col(id("organization_id"))
            // The organization, or nil for built-in roles: an absent value would not keep their names unique.
            .col(id("owner_id").not_null())
            .col(word("name", on).not_null())
            .col(text("description", on).not_null())
            .col(flag("built_in"))
            .col(flag("active"))
            .col(text("rules", on).not_null())
            .col(text("includes", on).not_null())
            .col(text("live", on).not_null())
            .col(text("full", on).not_null())
            .foreign_key(&mut parent("roles", "organization_id", "organizations"))
            .take();
        let indexes = [
            unique("roles", &["owner_id", "name"]),
            index("roles", &["organization_id", "id"]),
            index("roles", &["maker_id", "id"]),
        ];
        create(manager, table, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, "roles").await
    }
}

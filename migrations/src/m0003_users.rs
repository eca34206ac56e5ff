//! Users, with the hash of their password.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, id, index, objects, parent, text, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let table = objects("users", on)
            .col(id("organization_id").not_null())
            .col(word("username", on).not_null())
            .col(text("email", on))
            .col(word("status", on).not_null())
            .col(text("password_hash", on))
            .foreign_key(&mut parent("users", "organization_id", "organizations"))
            .take();
        let indexes = [
            unique("users", &["organization_id", "username"]),
            index("users", &["organization_id", "id"]),
            index("users", &["maker_id", "id"]),
        ];
        create(manager, table, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, "users").await
    }
}

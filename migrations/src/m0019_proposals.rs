//! Proposals that an organization enters a collaboration. They go with either.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, id, index, objects, parent, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let goes_with = |column: &'static str, other: &'static str| {
            parent("proposals", column, other).on_delete(ForeignKeyAction::Cascade).take()
        };
        let table = objects("proposals", on)
            .col(id("organization_id").not_null())
            .col(id("collaboration_id").not_null())
            .col(word("status", on).not_null())
            .foreign_key(&mut goes_with("organization_id", "organizations"))
            .foreign_key(&mut goes_with("collaboration_id", "collaborations"))
            .take();
        let indexes = [
            index("proposals", &["organization_id", "id"]),
            index("proposals", &["collaboration_id", "id"]),
            index("proposals", &["maker_id", "id"]),
        ];
        create(manager, table, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, "proposals").await
    }
}

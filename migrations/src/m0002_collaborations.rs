//! Collaborations and their members.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, index, objects, parent, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let table = objects("collaborations", on).col(word("name", on).not_null()).take();
        create(manager, table, [unique("collaborations", &["name"])]).await?;
        let table = Table::create()
            .table("collaboration_members")
            .col(ColumnDef::new("collaboration_id").uuid().not_null())
            .col(ColumnDef::new("organization_id").uuid().not_null())
            .primary_key(Index::create().col("collaboration_id").col("organization_id"))
            .foreign_key(
                parent("collaboration_members", "collaboration_id", "collaborations")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .foreign_key(&mut parent("collaboration_members", "organization_id", "organizations"))
            .take();
        create(manager, table, [index("collaboration_members", &["organization_id", "collaboration_id"])])
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, "collaboration_members").await?;
        drop(manager, "collaborations").await
    }
}

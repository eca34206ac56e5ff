//! Nodes, and the tokens of nodes and of the containers that they run.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, id, index, instant, objects, parent, text, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let table = objects("nodes", on)
            .col(id("organization_id").not_null())
            .col(id("collaboration_id").not_null())
            .col(word("name", on).not_null())
            .col(word("status", on).not_null())
            .col(text("policy", on).not_null())
            .col(word("prefix", on).not_null())
            .col(word("secret_hash", on).not_null())
            .col(instant("last_seen_at"))
            .col(ColumnDef::new("stamp").big_integer().not_null().default(0))
            .foreign_key(&mut parent("nodes", "organization_id", "organizations"))
            .foreign_key(&mut parent("nodes", "collaboration_id", "collaborations"))
            .take();
        let indexes = [
            unique("nodes", &["organization_id", "name"]),
            index("nodes", &["organization_id", "id"]),
            index("nodes", &["collaboration_id", "id"]),
            index("nodes", &["maker_id", "id"]),
        ];
        create(manager, table, indexes).await?;
        let table = Table::create()
            .table("machine_tokens")
            .col(id("id").not_null().primary_key())
            .col(word("principal_kind", on).not_null())
            .col(id("principal_id").not_null())
            .col(word("secret_hash", on).not_null())
            .col(instant("created_at").not_null())
            .col(instant("expires_at").not_null())
            .take();
        create(manager, table, [index("machine_tokens", &["principal_id"])]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, "machine_tokens").await?;
        drop(manager, "nodes").await
    }
}

//! Answers that are given again to whoever asks again with the same key.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, id, index, instant, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let table = Table::create()
            .table("idempotency_keys")
            // The operator has the kind `operator` and the nil id.
            .col(word("principal_kind", on).not_null())
            .col(id("principal_id").not_null())
            .col(word("key", on).not_null())
            .col(word("fingerprint", on).not_null())
            .col(id("object_id").not_null())
            .col(instant("at").not_null())
            .take();
        let indexes = [
            unique("idempotency_keys", &["principal_kind", "principal_id", "key"]),
            index("idempotency_keys", &["at"]),
        ];
        create(manager, table, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, "idempotency_keys").await
    }
}

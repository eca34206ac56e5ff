//! Sessions and the refresh tokens that renew them. Ending one ends what hangs on it.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, flag, id, index, instant, parent, text, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let table = Table::create()
            .table("sessions")
            .col(id("id").not_null().primary_key())
            .col(id("user_id").not_null())
            .col(word("scheme", on).not_null())
            .col(word("secret_hash", on).not_null())
            .col(word("csrf_hash", on).not_null())
            .col(instant("created_at").not_null())
            .col(instant("last_seen_at").not_null())
            .col(instant("idle_at").not_null())
            .col(instant("expires_at").not_null())
            .col(text("user_agent", on).not_null())
            .foreign_key(parent("sessions", "user_id", "users").on_delete(ForeignKeyAction::Cascade))
            .take();
        create(manager, table, [index("sessions", &["user_id", "created_at", "id"])]).await?;
        let table = Table::create()
            .table("refresh_tokens")
            .col(word("hash", on).not_null().primary_key())
            .col(id("session_id").not_null())
            .col(flag("used"))
            .col(instant("expires_at").not_null())
            .foreign_key(
                parent("refresh_tokens", "session_id", "sessions").on_delete(ForeignKeyAction::Cascade),
            )
            .take();
        create(manager, table, [index("refresh_tokens", &["session_id"])]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, "refresh_tokens").await?;
        drop(manager, "sessions").await
    }
}

//! Where API keys are good from, and the secret that one had before, while it is good beside the new one.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{default_text, instant, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

fn columns(on: DbBackend) -> [ColumnDef; 3] {
    [default_text("addresses", "[]", on), word("old_secret_hash", on), instant("old_secret_expires_at")]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in columns(manager.get_database_backend()) {
            manager.alter_table(Table::alter().table("api_keys").add_column(column).take()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["old_secret_expires_at", "old_secret_hash", "addresses"] {
            manager.alter_table(Table::alter().table("api_keys").drop_column(column).take()).await?;
        }
        Ok(())
    }
}

//! What collaborations of machines need of those that were there before: encryption, public keys, images.

use sea_orm_migration::prelude::*;

use crate::columns::{default_text, flag, text};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        for (table, column) in [
            ("collaborations", flag("encrypted").default(false).take()),
            ("organizations", text("public_key", on)),
            ("tasks", text("image", on)),
            ("tasks", default_text("databases", "[]", on)),
        ] {
            manager.alter_table(Table::alter().table(table).add_column(column).take()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [
            ("tasks", "databases"),
            ("tasks", "image"),
            ("organizations", "public_key"),
            ("collaborations", "encrypted"),
        ] {
            manager.alter_table(Table::alter().table(table).drop_column(column).take()).await?;
        }
        Ok(())
    }
}

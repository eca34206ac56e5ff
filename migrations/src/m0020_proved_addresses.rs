//! Addresses count when they have been proved; one that has is looked up by its lower case.

use sea_orm_migration::prelude::*;

use crate::columns::{index, instant, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        // One column a statement: SQLite takes no more.
        let columns = [instant("email_verified_at"), word("proved_email", on)];
        for mut column in columns {
            manager.alter_table(Table::alter().table("users").add_column(&mut column).take()).await?;
        }
        manager.create_index(index("users", &["proved_email"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop().name("ix_users_proved_email").table("users").to_owned();
        manager.drop_index(index).await?;
        for column in ["proved_email", "email_verified_at"] {
            manager.alter_table(Table::alter().table("users").drop_column(column).take()).await?;
        }
        Ok(())
    }
}

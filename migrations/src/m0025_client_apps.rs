//! Client apps, and what was issued for one: sessions, API keys, and what is done afterwards in somebody's name.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, flag, id, index, instant, objects, text, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Where it is noted through which app something came, and whether that is looked for.
const THROUGH: [(&str, &str, bool); 4] = [
    ("sessions", "client_app_id", true),
    ("api_keys", "client_app_id", true),
    ("exports", "asked_through", false),
    ("jobs", "launched_through", false),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let table = objects("client_apps", on)
            .col(word("name", on).not_null())
            .col(text("description", on).not_null())
            .col(word("status", on).not_null())
            .col(flag("registration"))
            .col(id("default_role_id"))
            .col(word("prefix", on).not_null())
            .col(word("secret_hash", on).not_null())
            .col(word("old_secret_hash", on))
            .col(instant("old_secret_expires_at"))
            .take();
        create(manager, table, [unique("client_apps", &["name"])]).await?;
        for (table, column, sought) in THROUGH {
            manager.alter_table(Table::alter().table(table).add_column(id(column)).take()).await?;
            if sought {
                manager.create_index(index(table, &[column, "id"])).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column, sought) in THROUGH {
            if sought {
                let name = format!("ix_{table}_{column}_id");
                manager.drop_index(Index::drop().name(name).table(table).to_owned()).await?;
            }
            manager.alter_table(Table::alter().table(table).drop_column(column).take()).await?;
        }
        drop(manager, "client_apps").await
    }
}

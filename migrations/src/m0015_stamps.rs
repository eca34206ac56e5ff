//! The policy in force, and the stamps by which a server tells that what it remembers of a principal still holds.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, instant, text, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The principals that have a stamp of their own.
const PRINCIPALS: [&str; 2] = ["users", "api_keys"];

fn stamp(column: &'static str) -> ColumnDef {
    ColumnDef::new(column).big_integer().not_null().default(0).take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let policies = Table::create()
            .table("policies")
            .col(word("version", on).not_null().primary_key())
            .col(text("model", on).not_null())
            .col(text("roles", on).not_null())
            .col(text("access_rules", on).not_null())
            .col(instant("adopted_at").not_null())
            .take();
        create(manager, policies, []).await?;
        // One row.
        let in_force = Table::create()
            .table("in_force")
            .col(ColumnDef::new("id").small_integer().not_null().primary_key())
            .col(stamp("rights"))
            .col(word("policy", on))
            .take();
        create(manager, in_force, []).await?;
        manager
            .execute(Query::insert().into_table("in_force").columns(["id"]).values_panic([1.into()]).take())
            .await?;
        for table in PRINCIPALS {
            manager.alter_table(Table::alter().table(table).add_column(stamp("stamp")).take()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in PRINCIPALS {
            manager.alter_table(Table::alter().table(table).drop_column("stamp").take()).await?;
        }
        drop(manager, "in_force").await?;
        drop(manager, "policies").await
    }
}

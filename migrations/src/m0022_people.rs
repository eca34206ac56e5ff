//! Letters on their way, links that were mailed, second factors, and the marks that slow guessing.

use sea_orm_migration::prelude::*;

use crate::columns::{create, drop, id, index, instant, parent, text, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let letters = Table::create()
            .table("letters")
            .col(id("id").not_null().primary_key())
            .col(instant("at").not_null())
            .col(instant("due_at").not_null())
            .col(ColumnDef::new("attempts").big_integer().not_null())
            .col(text("what", on).not_null())
            .take();
        create(manager, letters, [index("letters", &["due_at", "id"])]).await?;
        let links = Table::create()
            .table("mailed_links")
            .col(word("hash", on).not_null().primary_key())
            .col(word("purpose", on).not_null())
            .col(id("subject").not_null())
            .col(text("address", on).not_null())
            .col(text("data", on).not_null())
            .col(instant("expires_at").not_null())
            .take();
        let indexes = [index("mailed_links", &["subject"]), index("mailed_links", &["expires_at"])];
        create(manager, links, indexes).await?;
        let factors = Table::create()
            .table("second_factors")
            .col(id("user_id").not_null().primary_key())
            .col(word("secret", on).not_null())
            .col(instant("confirmed_at"))
            .col(ColumnDef::new("last_step").big_integer().not_null())
            .col(text("recovery", on).not_null())
            .foreign_key(parent("second_factors", "user_id", "users").on_delete(ForeignKeyAction::Cascade))
            .take();
        create(manager, factors, []).await?;
        let marks = Table::create()
            .table("marks")
            .col(word("key", on).not_null().primary_key())
            .col(instant("at").not_null())
            .take();
        create(manager, marks, [index("marks", &["at"])]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["marks", "second_factors", "mailed_links", "letters"] {
            drop(manager, table).await?;
        }
        Ok(())
    }
}

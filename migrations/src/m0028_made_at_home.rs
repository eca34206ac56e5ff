//! What somebody made at home, in order: whoever makes much abroad does not wait for it where only home counts.

use sea_orm_migration::prelude::*;

use crate::columns::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What hangs under projects, of which people may have made any number.
const TABLES: [&str; 11] = [
    "annotations",
    "comments",
    "contents",
    "datasets",
    "exports",
    "files",
    "jobs",
    "labels",
    "runs",
    "sources",
    "tasks",
];
const COLUMNS: [&str; 3] = ["maker_id", "organization_id", "id"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            manager.create_index(index(table, &COLUMNS)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            let name = format!("ix_{table}_{}", COLUMNS.join("_"));
            manager.drop_index(Index::drop().name(name).table(table).to_owned()).await?;
        }
        Ok(())
    }
}

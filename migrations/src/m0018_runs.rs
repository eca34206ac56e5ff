//! Runs, and the bytes that are stored of them.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, create, drop, id, index, instant, objects, parent, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let number = |column| ColumnDef::new(column).big_integer().take();
        let mut table = objects("runs", on);
        table
            .col(id("organization_id").not_null())
            .col(id("project_id").not_null())
            .col(id("job_id").not_null())
            .col(id("task_id").not_null())
            // A run outlives these three, so it refers to them by no key.
            .col(id("executor_id").not_null())
            .col(id("initiator_id"))
            .col(id("node_id"))
            .col(word("status", on).not_null());
        for [blob, parts, bytes] in [
            ["input_blob", "input_parts", "input_bytes"],
            ["result_blob", "result_parts", "result_bytes"],
            ["log_blob", "log_parts", "log_bytes"],
        ] {
            table.col(id(blob)).col(number(parts)).col(number(bytes));
        }
        table
            .col(instant("started_at"))
            .col(instant("finished_at"))
            .foreign_key(&mut parent("runs", "task_id", "tasks"));
        let indexes = [
            index("runs", &["organization_id", "id"]),
            index("runs", &["project_id", "id"]),
            index("runs", &["job_id", "id"]),
            index("runs", &["task_id", "id"]),
            index("runs", &["executor_id", "id"]),
            index("runs", &["node_id", "id"]),
            index("runs", &["maker_id", "id"]),
            index("runs", &["status", "id"]),
        ];
        create(manager, table, indexes).await?;
        let table = Table::create()
            .table("blobs")
            .col(id("blob").not_null())
            .col(number("part").not_null())
            .col(bytes("bytes", on).not_null())
            .primary_key(Index::create().col("blob").col("part"))
            .take();
        create(manager, table, []).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, "blobs").await?;
        drop(manager, "runs").await
    }
}

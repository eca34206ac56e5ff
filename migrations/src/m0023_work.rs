//! Files, datasets, labels, annotations, comments and exports; the links between them; what jobs and tasks know of work.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{create, default_text, drop, id, index, instant, objects, parent, text, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What jobs and tasks had not before, each with its table.
fn columns(on: DbBackend) -> [(&'static str, ColumnDef); 10] {
    let number =
        |column, default: i64| ColumnDef::new(column).big_integer().not_null().default(default).take();
    [
        ("jobs", number("review_percent", 0)),
        ("jobs", number("lease_minutes", 60)),
        ("jobs", word("launched_by_kind", on)),
        ("jobs", id("launched_by_id")),
        ("jobs", number("launch_files", 0)),
        ("jobs", number("launch_done", 0)),
        ("jobs", id("launch_through")),
        ("tasks", id("author_id")),
        ("tasks", id("reviewer_id")),
        ("tasks", instant("lease_expires_at")),
    ]
}

/// Of tables that were there before.
fn work_indexes() -> [(&'static str, IndexCreateStatement); 7] {
    [
        ("jobs", index("jobs", &["status", "updated_at"])),
        ("tasks", index("tasks", &["job_id", "status", "id"])),
        ("tasks", index("tasks", &["job_id", "assignee_id", "status", "id"])),
        ("tasks", index("tasks", &["reviewer_id", "id"])),
        ("tasks", index("tasks", &["author_id", "id"])),
        ("tasks", index("tasks", &["file_id", "id"])),
        ("tasks", unique("tasks", &["job_id", "file_id"])),
    ]
}

/// A table of what hangs under a project.
fn of_project(table: &'static str, on: DbBackend) -> TableCreateStatement {
    objects(table, on)
        .col(id("organization_id").not_null())
        .col(id("project_id").not_null())
        .col(word("name", on).not_null())
        .foreign_key(&mut parent(table, "project_id", "projects"))
        .take()
}

fn project_indexes(table: &'static str) -> Vec<IndexCreateStatement> {
    vec![
        unique(table, &["project_id", "name"]),
        index(table, &["organization_id", "id"]),
        index(table, &["project_id", "id"]),
        index(table, &["maker_id", "id"]),
    ]
}

/// A table of what hangs under a job, or under a task of it.
fn of_job(table: &'static str, on: DbBackend) -> TableCreateStatement {
    objects(table, on)
        .col(id("organization_id").not_null())
        .col(id("project_id").not_null())
        .col(id("job_id").not_null())
        .foreign_key(&mut parent(table, "job_id", "jobs"))
        .take()
}

fn job_indexes(table: &'static str) -> Vec<IndexCreateStatement> {
    vec![
        index(table, &["organization_id", "id"]),
        index(table, &["project_id", "id"]),
        index(table, &["job_id", "id"]),
        index(table, &["maker_id", "id"]),
    ]
}

/// What a project has beside its jobs.
async fn create_things(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let on = manager.get_database_backend();
    let number = |column| ColumnDef::new(column).big_integer().take();
    let files = of_project("files", on)
        .col(word("media_type", on).not_null())
        .col(number("bytes").not_null())
        .col(word("sha256", on).not_null())
        .col(number("width"))
        .col(number("height"))
        .col(id("stored").not_null())
        .take();
    let mut indexes = project_indexes("files");
    indexes.push(index("files", &["sha256", "id"]));
    create(manager, files, indexes).await?;
    let datasets = of_project("datasets", on).col(text("description", on).not_null()).take();
    create(manager, datasets, project_indexes("datasets")).await?;
    let labels = of_project("labels", on)
        .col(text("description", on).not_null())
        .col(word("color", on).not_null())
        .col(word("shape", on).not_null())
        .col(text("attributes", on).not_null())
        .take();
    create(manager, labels, project_indexes("labels")).await?;
    Ok(())
}

/// What jobs and tasks know of work.
async fn alter_work(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let on = manager.get_database_backend();
    for (table, column) in columns(on) {
        manager.alter_table(Table::alter().table(table).add_column(column).take()).await?;
    }
    manager.alter_table(Table::alter().table("tasks").add_column(id("file_id")).take()).await?;
    for (_, index) in work_indexes() {
        manager.create_index(index).await?;
    }
    Ok(())
}

/// What is said of jobs and tasks, and what is taken out of jobs.
async fn create_said(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let on = manager.get_database_backend();
    let number = |column| ColumnDef::new(column).big_integer().take();
    let annotations = of_job("annotations", on)
        .col(id("task_id").not_null())
        .col(id("file_id").not_null())
        .col(id("label_id").not_null())
        .col(text("geometry", on).not_null())
        .col(text("attributes", on).not_null())
        .foreign_key(&mut parent("annotations", "task_id", "tasks"))
        .take();
    let mut indexes = job_indexes("annotations");
    indexes.push(index("annotations", &["task_id", "id"]));
    indexes.push(index("annotations", &["file_id", "id"]));
    indexes.push(index("annotations", &["label_id", "id"]));
    create(manager, annotations, indexes).await?;
    let comments = of_job("comments", on)
        .col(id("task_id"))
        .col(text("text", on).not_null())
        .foreign_key(&mut parent("comments", "task_id", "tasks"))
        .take();
    let mut indexes = job_indexes("comments");
    indexes.push(index("comments", &["task_id", "id"]));
    create(manager, comments, indexes).await?;
    let exports = of_job("exports", on)
        .col(word("asked_by_kind", on))
        .col(id("asked_by_id"))
        .col(word("format", on).not_null())
        .col(word("status", on).not_null())
        .col(default_text("detail", "", on))
        .col(id("stored"))
        .col(number("bytes"))
        .col(word("sha256", on))
        .col(number("annotations"))
        .col(instant("expires_at"))
        .take();
    let mut indexes = job_indexes("exports");
    indexes.push(index("exports", &["status", "expires_at", "id"]));
    create(manager, exports, indexes).await?;
    Ok(())
}

/// What links to what, who works where, and what lies outside and belongs to nothing.
async fn create_links(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let on = manager.get_database_backend();
    let links = Table::create()
        .table("links")
        .col(id("holder_id").not_null())
        .col(id("target_id").not_null())
        .col(word("holder_kind", on).not_null())
        .col(word("target_kind", on).not_null())
        .primary_key(Index::create().col("holder_id").col("target_id"))
        .take();
    create(manager, links, [index("links", &["target_id", "holder_id"])]).await?;
    // Who was ever assigned a task of a job: few, whatever the number of tasks.
    let workers = Table::create()
        .table("job_workers")
        .col(id("job_id").not_null())
        .col(id("user_id").not_null())
        .primary_key(Index::create().col("job_id").col("user_id"))
        .take();
    create(manager, workers, []).await?;
    let assigned = Query::select()
        .columns(["job_id", "assignee_id"])
        .distinct()
        .from("tasks")
        .and_where(Expr::col("assignee_id").is_not_null())
        .take();
    let mut backfill = Query::insert();
    backfill.into_table("job_workers").columns(["job_id", "user_id"]);
    backfill.select_from(assigned).map_err(|error| DbErr::Migration(error.to_string()))?;
    manager.get_connection().execute(&backfill).await?;
    let strays = Table::create()
        .table("strays")
        .col(id("stored").not_null().primary_key())
        .col(instant("from_at").not_null())
        .take();
    create(manager, strays, [index("strays", &["from_at", "stored"])]).await
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_things(manager).await?;
        alter_work(manager).await?;
        create_said(manager).await?;
        create_links(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        for table in ["strays", "job_workers", "links", "exports", "comments", "annotations"] {
            drop(manager, table).await?;
        }
        for (table, index) in work_indexes() {
            let name = index.get_index_spec().get_name().unwrap_or_default().to_owned();
            manager.drop_index(Index::drop().name(name).table(table).to_owned()).await?;
        }
        manager.alter_table(Table::alter().table("tasks").drop_column("file_id").take()).await?;
        for (table, column) in columns(on) {
            let name = column.get_column_name();
            manager.alter_table(Table::alter().table(table).drop_column(Alias::new(name)).take()).await?;
        }
        for table in ["labels", "datasets", "files"] {
            drop(manager, table).await?;
        }
        Ok(())
    }
}

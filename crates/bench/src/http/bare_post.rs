//! `POST /jobs/{id}/tasks` without a question: the same three rows in one transaction.

use actix_web::{HttpResponse, web};
use bailiwick_persistence::SeaStore;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ConnectionTrait, DbBackend, SqliteTransactionMode, TransactionOptions, TransactionTrait, Value,
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// The connections, and what every row repeats.
pub struct Bare {
    /// The connections.
    pub store: SeaStore,
    /// Where the task hangs.
    pub organization: Uuid,
    /// Where the task hangs.
    pub project: Uuid,
    /// Who makes it.
    pub maker: Uuid,
}

/// What is asked for.
#[derive(Deserialize)]
pub struct Body {
    name: String,
}

impl Bare {
    async fn make(&self, job: Uuid, name: &str) -> anyhow::Result<Uuid> {
        // Its transactions are what the database makes of them unasked; SQLite has one that writes.
        let readers = self.store.readers();
        let (writer, mode) = match readers.get_database_backend() {
            DbBackend::Sqlite => (self.store.writer(), Some(SqliteTransactionMode::Immediate)),
            _ => (readers, None),
        };
        let options = TransactionOptions { sqlite_transaction_mode: mode, ..TransactionOptions::default() };
        let unit = writer.begin_with_options(options).await?;
        let (id, now) = (Uuid::from_u128(rand::random()), 1_790_000_000_000_000_i64);
        let task: Vec<(&str, Value)> = vec![
            ("id", id.into()),
            ("created_at", now.into()),
            ("updated_at", now.into()),
            ("version", 1.into()),
            ("maker_kind", "user".into()),
            ("maker_id", self.maker.into()),
            ("organization_id", self.organization.into()),
            ("project_id", self.project.into()),
            ("job_id", job.into()),
            ("name", name.into()),
            ("description", "".into()),
            ("status", "available".into()),
        ];
        let after = json!({ "name": name, "description": "", "status": "available", "assignee_id": null });
        let reason =
            json!({ "grant": id, "role": "owner", "rule": "task:create:global", "anchor": self.project });
        let audit: Vec<(&str, Value)> = vec![
            ("id", Uuid::from_u128(rand::random()).into()),
            ("created_at", now.into()),
            ("updated_at", now.into()),
            ("version", 1.into()),
            ("organization_id", self.organization.into()),
            ("project_id", self.project.into()),
            ("job_id", job.into()),
            ("task_id", id.into()),
            ("principal_kind", "user".into()),
            ("principal_id", self.maker.into()),
            ("actor", "user".into()),
            ("deed", "create_task".into()),
            ("about", "task".into()),
            ("object_id", id.into()),
            ("outcome", "allowed".into()),
            ("reason", reason.to_string().into()),
            ("request_id", Uuid::from_u128(rand::random()).to_string().into()),
            ("after", after.to_string().into()),
        ];
        let outbox: Vec<(&str, Value)> = vec![
            ("id", Uuid::from_u128(rand::random()).into()),
            ("at", now.into()),
            ("topic", "task.created".into()),
            ("kind", "task".into()),
            ("object_id", id.into()),
            ("payload", json!({ "id": id, "kind": "task" }).to_string().into()),
        ];
        for (table, row) in [("tasks", task), ("audit_events", audit), ("outbox", outbox)] {
            let (columns, values): (Vec<&str>, Vec<Value>) = row.into_iter().unzip();
            let mut insert = Query::insert();
            insert.into_table(table).columns(columns).values(values.into_iter().map(Expr::val))?;
            unit.execute(&insert).await?;
        }
        unit.commit().await?;
        Ok(id)
    }
}

/// `POST /jobs/{id}/tasks`.
pub async fn create(bare: web::Data<Bare>, job: web::Path<Uuid>, body: web::Json<Body>) -> HttpResponse {
    match bare.make(*job, &body.name).await {
        Ok(id) => HttpResponse::Created().json(json!({ "id": id })),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

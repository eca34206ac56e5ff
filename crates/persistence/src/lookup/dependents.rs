//! What hangs under an object, counted by kind.

use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Facts, Kind};
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, Query, QueryStatementBuilder};
use sea_orm::{ConnectionTrait, DbBackend};
use uuid::Uuid;

use crate::cells::Cells;
use crate::{dialect, run};

/// Only kinds of which there are any. One statement.
pub async fn dependents(conn: &impl ConnectionTrait, of: &Facts) -> Result<Vec<(Kind, u64)>, StoreError> {
    let hanging = hanging(of.kind, of.id, conn.get_database_backend());
    if hanging.is_empty() {
        return Ok(Vec::new());
    }
    let mut select = Query::select();
    for (_, table, hangs) in &hanging {
        let count = Query::select()
            .expr(Func::count(Expr::col(Asterisk)))
            .from(*table)
            .and_where(hangs.clone())
            .take();
        select.expr(Expr::from(count.into_sub_query_statement()));
    }
    let Some(row) = run::one(conn, &select).await? else { return Ok(Vec::new()) };
    let mut cells = Cells::new(&row);
    let mut counts: Vec<(Kind, u64)> = Vec::new();
    for (kind, _, _) in hanging {
        let count = cells.count()?;
        match counts.last_mut() {
            _ if count == 0 => {}
            // Invitations are counted with the grants that they will be.
            Some((known, so_far)) if *known == kind => *so_far += count,
            _ => counts.push((kind, count)),
        }
    }
    Ok(counts)
}

/// Kind, table and condition of all that may hang under an object.
fn hanging(kind: Kind, id: Uuid, backend: DbBackend) -> Vec<(Kind, &'static str, Expr)> {
    let is = |column: &'static str| Expr::col(column).eq(id);
    match kind {
        Kind::Organization => vec![
            (Kind::User, "users", is("organization_id")),
            (Kind::Node, "nodes", is("organization_id")),
            (Kind::Role, "roles", is("organization_id")),
            (Kind::ApiKey, "api_keys", is("organization_id").and(Expr::col("project_id").is_null())),
            (Kind::Project, "projects", is("organization_id")),
        ],
        Kind::Collaboration => {
            vec![
                (Kind::Node, "nodes", is("collaboration_id")),
                (Kind::Project, "projects", is("collaboration_id")),
            ]
        }
        Kind::Project => {
            vec![
                (Kind::ApiKey, "api_keys", is("project_id")),
                (Kind::Job, "jobs", is("project_id")),
                (Kind::File, "files", is("project_id")),
                (Kind::Dataset, "datasets", is("project_id")),
                (Kind::Label, "labels", is("project_id")),
                (Kind::Source, "sources", is("project_id")),
            ]
        }
        Kind::Job => vec![
            (Kind::Task, "tasks", is("job_id")),
            (Kind::Comment, "comments", is("job_id").and(Expr::col("task_id").is_null())),
            (Kind::Export, "exports", is("job_id")),
        ],
        Kind::Task => vec![
            (Kind::Task, "tasks", is("parent_id")),
            (Kind::Run, "runs", is("task_id")),
            (Kind::Annotation, "annotations", is("task_id")),
            (Kind::Comment, "comments", is("task_id")),
        ],
        Kind::File => {
            vec![(Kind::Task, "tasks", is("file_id")), (Kind::Annotation, "annotations", is("file_id"))]
        }
        Kind::Source => vec![(Kind::Content, "contents", is("source_id"))],
        Kind::ClientApp => vec![(Kind::ApiKey, "api_keys", is("client_app_id"))],
        Kind::Label => vec![(Kind::Annotation, "annotations", is("label_id"))],
        Kind::Role => {
            let includes = dialect::contains(backend, Expr::col("includes"), id.to_string());
            vec![
                (Kind::Grant, "grants", is("role_id")),
                (Kind::Grant, "invitations", is("role_id")),
                (Kind::Role, "roles", includes),
            ]
        }
        _ => Vec::new(),
    }
}

//! What works together: runs, nodes and shared projects; and stored bytes.

use bailiwick_domain::entities::{Node, Project, Run, RunStatus};
use bailiwick_domain::ports::{RunsOf, StoreError};
use bailiwick_domain::{Object, Sealed};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use uuid::Uuid;

use crate::cells::Cells;
use crate::table::{self, SELF, Table};
use crate::{read, run};

/// By id.
pub async fn runs(conn: &impl ConnectionTrait, of: RunsOf) -> Result<Vec<Sealed<Run>>, StoreError> {
    let (column, id) = column(of);
    all_with(conn, column, id, None).await
}

/// By id.
pub async fn open_runs(conn: &impl ConnectionTrait, of: RunsOf) -> Result<Vec<Sealed<Run>>, StoreError> {
    let (column, id) = column(of);
    let open = RunStatus::ALL.iter().filter(|status| status.is_open()).map(|status| status.word());
    all_with(conn, column, id, Some(Expr::col((SELF, "status")).is_in(open))).await
}

/// By id.
pub async fn nodes_in(
    conn: &impl ConnectionTrait,
    collaboration: Uuid,
) -> Result<Vec<Sealed<Node>>, StoreError> {
    all_with(conn, "collaboration_id", collaboration, None).await
}

/// By id.
pub async fn shared_in(
    conn: &impl ConnectionTrait,
    collaboration: Uuid,
) -> Result<Vec<Sealed<Project>>, StoreError> {
    all_with(conn, "collaboration_id", collaboration, None).await
}

pub async fn blob_part(
    conn: &impl ConnectionTrait,
    blob: Uuid,
    part: i64,
) -> Result<Option<Vec<u8>>, StoreError> {
    let select = Query::select()
        .column("bytes")
        .from("blobs")
        .and_where(Expr::col("blob").eq(blob))
        .and_where(Expr::col("part").eq(part))
        .take();
    run::one(conn, &select).await?.map(|row| Cells::new(&row).next()).transpose()
}

const fn column(of: RunsOf) -> (&'static str, Uuid) {
    match of {
        RunsOf::Project(id) => ("project_id", id),
        RunsOf::Task(id) => ("task_id", id),
        RunsOf::Node(id) => ("node_id", id),
    }
}

async fn all_with<T: Table>(
    conn: &impl ConnectionTrait,
    column: &'static str,
    id: Uuid,
    more: Option<Expr>,
) -> Result<Vec<Sealed<T>>, StoreError> {
    let mut select = table::select::<T>(conn.get_database_backend());
    select.and_where(Expr::col((SELF, column)).eq(id)).and_where_option(more);
    select.order_by((SELF, "id"), Order::Asc);
    let found: Vec<Object<T>> = read::read_all(conn, &select).await?;
    Ok(found.into_iter().map(Sealed::new).collect())
}

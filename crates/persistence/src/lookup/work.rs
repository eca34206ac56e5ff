//! Work: what links to what, the tasks that are to be made, taken and counted, and what was done to an object.

use std::collections::BTreeSet;

use bailiwick_domain::audit::Outcome;
use bailiwick_domain::entities::{AuditEvent, Export, ExportStatus, File, Job, JobStatus, Task, TaskStatus};
use bailiwick_domain::ports::{Purpose, StoreError, Tally};
use bailiwick_domain::{Anchor, Kind, Sealed};
use sea_orm::sea_query::{
    Asterisk, Condition, Expr, ExprTrait, Func, LockBehavior, LockType, Order, Query, SelectStatement,
};
use sea_orm::{ConnectionTrait, DbBackend};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::cells::{Cells, micros};
use crate::table::{self, SELF, Table};
use crate::{dialect, page, read, run};

/// By id.
pub async fn linked(conn: &impl ConnectionTrait, holder: Uuid, kind: Kind) -> Result<Vec<Uuid>, StoreError> {
    let select = ends(("holder_id", holder), "target_id", ("target_kind", kind));
    ids(conn, &select).await
}

/// By id.
pub async fn holders(conn: &impl ConnectionTrait, target: Uuid, kind: Kind) -> Result<Vec<Uuid>, StoreError> {
    let select = ends(("target_id", target), "holder_id", ("holder_kind", kind));
    ids(conn, &select).await
}

/// The other ends of the links at one end.
fn ends(at: (&'static str, Uuid), take: &'static str, is: (&'static str, Kind)) -> SelectStatement {
    Query::select()
        .column(take)
        .from("links")
        .and_where(Expr::col(at.0).eq(at.1))
        .and_where(Expr::col(is.0).eq(is.1.word()))
        .order_by(take, Order::Asc)
        .take()
}

pub async fn files_of_job(
    conn: &impl ConnectionTrait,
    job: Uuid,
    after: Option<Uuid>,
    limit: usize,
) -> Result<Vec<Sealed<File>>, StoreError> {
    let mut next = BTreeSet::new();
    // A page of each dataset, along the index of its links: of all datasets at once, a database reads all that is left.
    for dataset in linked(conn, job, Kind::Dataset).await? {
        let select = select_files(dataset, after, limit, conn.get_database_backend());
        next.extend(ids(conn, &select).await?);
        while next.len() > limit {
            next.pop_last();
        }
    }
    let mut select = table::select::<File>(conn.get_database_backend());
    select.and_where(Expr::col((SELF, "id")).is_in(next)).order_by((SELF, "id"), Order::Asc);
    sealed(conn, &select).await
}

/// The first files of a dataset, or the first beyond one of them.
pub fn select_files(dataset: Uuid, after: Option<Uuid>, limit: usize, backend: DbBackend) -> SelectStatement {
    let mut select = ends(("holder_id", dataset), "target_id", ("target_kind", Kind::File));
    select.and_where_option(after.map(|after| Expr::col("target_id").gt(after)));
    let first = dialect::first_rows(backend, select, limit as u64, None, page::FOUND, false);
    Query::select().column("target_id").from(first).take()
}

pub async fn count_files_of_job(conn: &impl ConnectionTrait, job: Uuid) -> Result<u64, StoreError> {
    let mut select = in_datasets(job);
    select.expr(Func::count_distinct(Expr::col("target_id")));
    let row = run::one(conn, &select).await?;
    row.map_or(Ok(0), |row| Cells::new(&row).count())
}

/// The links to the files of the datasets of a job.
fn in_datasets(job: Uuid) -> SelectStatement {
    let datasets = ends(("holder_id", job), "target_id", ("target_kind", Kind::Dataset));
    Query::select()
        .from("links")
        .and_where(Expr::col("holder_id").in_subquery(datasets))
        .and_where(Expr::col("target_kind").eq(Kind::File.word()))
        .take()
}

pub async fn files_with_task(
    conn: &impl ConnectionTrait,
    job: Uuid,
    files: &[Uuid],
) -> Result<Vec<Uuid>, StoreError> {
    let files: Vec<String> = files.iter().map(ToString::to_string).collect();
    let backend = conn.get_database_backend();
    ids(conn, &dialect::held(backend, Task::TABLE, ("job_id", job), "file_id", &files, true)).await
}

pub async fn names_taken(
    conn: &impl ConnectionTrait,
    job: Uuid,
    names: &[String],
) -> Result<Vec<String>, StoreError> {
    let backend = conn.get_database_backend();
    let select = dialect::held(backend, Task::TABLE, ("job_id", job), "name", names, false);
    run::all(conn, &select).await?.iter().map(|row| Cells::new(row).text()).collect()
}

pub async fn next_task(
    conn: &impl ConnectionTrait,
    job: Uuid,
    worker: Uuid,
    purpose: Purpose,
    now: OffsetDateTime,
) -> Result<Option<Sealed<Task>>, StoreError> {
    let backend = conn.get_database_backend();
    let ways = select_next(job, worker, purpose, now);
    for way in &ways {
        let mut select = way.clone();
        if dialect::locks_rows(backend) {
            select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        }
        if let Some(id) = ids(conn, &select).await?.first() {
            return Ok(read::find::<Task>(conn, *id).await?.map(Sealed::new));
        }
    }
    // What others hold just now was passed over. They take one of it at most, and MariaDB holds all that it went through.
    if dialect::locks_rows(backend) {
        for way in &ways {
            if !ids(conn, way).await?.is_empty() {
                return Err(StoreError::Retry);
            }
        }
    }
    Ok(None)
}

/// The task that comes next, one way after the other.
pub fn select_next(job: Uuid, worker: Uuid, purpose: Purpose, now: OffsetDateTime) -> Vec<SelectStatement> {
    let is = |status: TaskStatus| Expr::col("status").eq(status.word());
    let one_of = |statuses: [TaskStatus; 2]| Expr::col("status").is_in(statuses.map(TaskStatus::word));
    let mine = || Expr::col("assignee_id").eq(worker);
    let over = || Expr::col("lease_expires_at").lte(micros(now));
    let nobody_s = |column: &'static str| Expr::col(column).is_null();
    let lapsed = || Condition::any().add(nobody_s("lease_expires_at")).add(over());
    // What comes first of each way, before ids.
    let first = |is: Condition| Expr::case(is, 0).finally(1).into();
    let ways: Vec<(Condition, Option<Expr>)> = match purpose {
        Purpose::Work => vec![
            (
                Condition::all()
                    .add(mine())
                    .add(one_of([TaskStatus::ChangesRequested, TaskStatus::Available])),
                Some(first(Condition::all().add(is(TaskStatus::ChangesRequested)))),
            ),
            // What somebody has begun. That it has one of two statuses lets an index find it.
            (
                Condition::all().add(one_of([TaskStatus::InProgress, TaskStatus::ChangesRequested])).add(
                    Condition::any().add(Condition::all().add(is(TaskStatus::InProgress)).add(lapsed())).add(
                        Condition::all().add(is(TaskStatus::ChangesRequested)).add(nobody_s("assignee_id")),
                    ),
                ),
                Some(first(Condition::all().add(mine()))),
            ),
            // In the order of the index: Postgres does not see that what is absent is everywhere the same.
            (
                Condition::all().add(is(TaskStatus::Available)).add(nobody_s("assignee_id")),
                Some(Expr::col("assignee_id")),
            ),
        ],
        Purpose::Review => {
            let another_s = || Expr::col("author_id").ne(worker);
            let free = Condition::any().add(nobody_s("reviewer_id")).add(over());
            vec![(Condition::all().add(is(TaskStatus::InReview)).add(another_s()).add(free), None)]
        }
    };
    let select = |(way, first): (Condition, Option<Expr>)| {
        let mut select = Query::select();
        select.column("id").from(Task::TABLE).and_where(Expr::col("job_id").eq(job));
        select.and_where(nobody_s("image")).cond_where(way);
        if let Some(first) = first {
            select.order_by_expr(first, Order::Asc);
        }
        select.order_by("id", Order::Asc).limit(1).take()
    };
    ways.into_iter().map(select).collect()
}

pub async fn tally(conn: &impl ConnectionTrait, job: Uuid) -> Result<Vec<Tally>, StoreError> {
    let select = Query::select()
        .columns(["status", "assignee_id"])
        .expr(Func::count(Expr::col(Asterisk)))
        .from(Task::TABLE)
        .and_where(Expr::col("job_id").eq(job))
        .group_by_columns(["status", "assignee_id"])
        .take();
    let mut tallies = Vec::new();
    for row in run::all(conn, &select).await? {
        let mut cells = Cells::new(&row);
        tallies.push(Tally {
            status: cells.word(TaskStatus::from_word)?,
            assignee_id: cells.next()?,
            tasks: cells.count()?,
        });
    }
    tallies.sort_unstable();
    Ok(tallies)
}

pub async fn launched_job(conn: &impl ConnectionTrait) -> Result<Option<Sealed<Job>>, StoreError> {
    Ok(sealed(conn, &select_launched(conn.get_database_backend())).await?.pop())
}

pub fn select_launched(backend: DbBackend) -> SelectStatement {
    let mut select = table::select::<Job>(backend);
    select.and_where(Expr::col((SELF, "status")).eq(JobStatus::Launched.word()));
    select.order_by((SELF, "updated_at"), Order::Asc).limit(1).take()
}

pub async fn due_export(
    conn: &impl ConnectionTrait,
    now: OffsetDateTime,
) -> Result<Option<Sealed<Export>>, StoreError> {
    let is = |status: ExportStatus| Expr::col((SELF, "status")).eq(status.word());
    let over = is(ExportStatus::Ready).and(Expr::col((SELF, "expires_at")).lte(micros(now)));
    for due in [is(ExportStatus::Pending), over] {
        let mut select = table::select::<Export>(conn.get_database_backend());
        select.and_where(due).order_by((SELF, "id"), Order::Asc).limit(1);
        if let Some(found) = sealed(conn, &select).await?.pop() {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

pub async fn work_of(
    conn: &impl ConnectionTrait,
    user: Uuid,
    anchor: Anchor,
) -> Result<Vec<Sealed<Task>>, StoreError> {
    let mut select = table::select::<Task>(conn.get_database_backend());
    if let Some(id) = anchor.id {
        let column = table::lineage_column::<Task>(anchor.level).unwrap_or("id");
        select.and_where(Expr::col((SELF, column)).eq(id));
    }
    let theirs = Condition::any()
        .add(Expr::col((SELF, "assignee_id")).eq(user))
        .add(Expr::col((SELF, "reviewer_id")).eq(user));
    select.cond_where(theirs).order_by((SELF, "id"), Order::Asc);
    sealed(conn, &select).await
}

pub async fn history(
    conn: &impl ConnectionTrait,
    object: Uuid,
    after: Option<Uuid>,
    limit: usize,
) -> Result<Vec<Sealed<AuditEvent>>, StoreError> {
    let mut select = table::select::<AuditEvent>(conn.get_database_backend());
    select.and_where(Expr::col((SELF, "object_id")).eq(object));
    select.and_where(Expr::col((SELF, "outcome")).eq(Outcome::Allowed.word()));
    if let Some(after) = after {
        select.and_where(Expr::col((SELF, "id")).gt(after));
    }
    select.order_by((SELF, "id"), Order::Asc).limit(limit as u64);
    sealed(conn, &select).await
}

/// By time.
pub async fn strays(
    conn: &impl ConnectionTrait,
    now: OffsetDateTime,
    limit: usize,
) -> Result<Vec<Uuid>, StoreError> {
    let select = Query::select()
        .column("stored")
        .from("strays")
        .and_where(Expr::col("from_at").lte(micros(now)))
        .order_by("from_at", Order::Asc)
        .limit(limit as u64)
        .take();
    ids(conn, &select).await
}

async fn ids(conn: &impl ConnectionTrait, select: &SelectStatement) -> Result<Vec<Uuid>, StoreError> {
    run::all(conn, select).await?.iter().map(|row| Cells::new(row).id()).collect()
}

async fn sealed<T: Table>(
    conn: &impl ConnectionTrait,
    select: &SelectStatement,
) -> Result<Vec<Sealed<T>>, StoreError> {
    Ok(read::read_all(conn, select).await?.into_iter().map(Sealed::new).collect())
}

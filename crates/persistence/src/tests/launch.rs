//! What a batch of a launch costs in a job that has many tasks already, by the databases' own account.

use bailiwick_domain::Kind;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::SelectStatement;

use super::costs::{frame, id, insert, task};
use crate::SeaStore;
use crate::dialect;
use crate::lookup::select_files;

/// How many files the dataset holds; of every other one the job has a task.
const FILES: u128 = 10_000;
/// How many a batch takes.
const BATCH: u128 = 100;
/// More rows than this a batch may not read, wherever it is.
const MOST: u64 = 400;

async fn cost_a_batch(
    store: SeaStore,
    analyze: &str,
    read: impl AsyncFn(&SeaStore, &SelectStatement) -> u64,
) {
    frame(&store).await;
    let (job, dataset) = (id(Kind::Job, 7), id(Kind::Dataset, 7));
    let of_job = |n: u128| {
        let cells = task(n).into_iter().map(|cell| match cell {
            ("organization_id", _) => ("organization_id", id(Kind::Organization, 7).into()),
            ("project_id", _) => ("project_id", id(Kind::Project, 7).into()),
            ("job_id", _) => ("job_id", job.into()),
            ("file_id", _) => ("file_id", id(Kind::File, n).into()),
            cell => cell,
        });
        cells.collect()
    };
    insert(&store, "tasks", (0..FILES).step_by(2).map(of_job)).await;
    let link = |holder: uuid::Uuid, kind: Kind, n| {
        vec![
            ("holder_id", holder.into()),
            ("target_id", id(Kind::File, n).into()),
            ("holder_kind", kind.word().into()),
            ("target_kind", "file".into()),
        ]
    };
    insert(&store, "links", (0..FILES).map(|n| link(dataset, Kind::Dataset, n))).await;
    // What holds files on average holds few.
    insert(&store, "links", (0..FILES).map(|n| link(id(Kind::Task, n), Kind::Task, n))).await;
    store.writer().execute_unprepared(analyze).await.unwrap();
    let backend = store.conn().get_database_backend();
    for first in [0, FILES / 2, FILES - BATCH] {
        let after = first.checked_sub(1).map(|last| id(Kind::File, last));
        let batch = first..first + BATCH;
        let files: Vec<String> = batch.clone().map(|n| id(Kind::File, n).to_string()).collect();
        let names: Vec<String> = batch.map(|n| format!("t {n}")).collect();
        let of_job = ("job_id", job);
        for (what, select, count) in [
            ("files", select_files(dataset, after, BATCH as usize, backend), BATCH),
            ("tasks", dialect::held(backend, "tasks", of_job, "file_id", &files, true), BATCH / 2),
            ("names", dialect::held(backend, "tasks", of_job, "name", &names, false), BATCH / 2),
        ] {
            let found = crate::run::all(store.conn(), &select).await.unwrap();
            assert_eq!(found.len() as u128, count, "{what} from {first}");
            let rows = read(&store, &select).await;
            assert!(rows <= MOST, "{what} from {first}: {rows} rows read");
        }
    }
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_batch_costs_a_batch_on_postgres() {
    let (store, _loan) = super::servers::fresh(bailiwick_testkit::servers::Server::Postgres).await;
    cost_a_batch(store, "ANALYZE", super::costs::read_on_postgres).await;
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn a_batch_costs_a_batch_on_mysql() {
    let (store, _loan) = super::servers::fresh(bailiwick_testkit::servers::Server::MySql).await;
    cost_a_batch(store, "ANALYZE TABLE tasks, links", super::costs::read_on_mysql).await;
}

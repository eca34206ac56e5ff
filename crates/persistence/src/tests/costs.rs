//! What a page of tasks costs the usual callers on each database, by its own account of what it read.

use bailiwick_domain::access::Entitlement;
use bailiwick_domain::entities::Task;
#[cfg(any(feature = "postgres", feature = "mysql"))]
use bailiwick_domain::entities::{Annotation, File};
use bailiwick_domain::page::{FieldValue, Position, Query};
#[cfg(any(feature = "postgres", feature = "mysql"))]
use bailiwick_domain::ports::Purpose;
use bailiwick_domain::{Anchor, Caller, Kind, Level, Operation, PrincipalId, Reach, Term};
use sea_orm::Value;
#[cfg(feature = "mysql")]
use sea_orm::sea_query::MysqlQueryBuilder;
use sea_orm::sea_query::SelectStatement;
#[cfg(any(feature = "postgres", feature = "mysql"))]
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use crate::SeaStore;
use crate::cache::By;
#[cfg(any(feature = "postgres", feature = "mysql"))]
use crate::lookup::select_next;
use crate::reach;
use crate::read::select_page;
use crate::run;
use crate::table::{Cell, insert_all};

/// How many projects there are, each with a job, by turns of ten organizations.
const PROJECTS: u128 = 100;
const PAGE: usize = 20;
/// More rows than this no page may cost, whatever there is: a page for each of twenty projects, and what is joined.
const MOST: u64 = 1_000;

pub(super) fn id(kind: Kind, n: u128) -> Uuid {
    Uuid::from_u128((n << 64) | ((kind as u128) << 32) | n)
}

fn row(kind: Kind, n: u128, more: Vec<Cell>) -> Vec<Cell> {
    let maker = id(Kind::User, n % 50);
    let head: [Cell; 6] = [
        ("id", id(kind, n).into()),
        ("created_at", (n as i64).into()),
        ("updated_at", (n as i64).into()),
        ("version", 1_i64.into()),
        ("maker_kind", "user".into()),
        ("maker_id", maker.into()),
    ];
    head.into_iter().chain(more).collect()
}

pub(super) async fn insert(store: &SeaStore, table: &'static str, rows: impl Iterator<Item = Vec<Cell>>) {
    let rows: Vec<Vec<Cell>> = rows.collect();
    for some in rows.chunks(500) {
        run::write(store.writer(), &insert_all(table, some.to_vec()).unwrap()).await.unwrap();
    }
}

/// Organizations, projects and jobs.
pub(super) async fn frame(store: &SeaStore) {
    let named = |what: &str, n: u128| ("name", Value::from(format!("{what} {n}")));
    let of = |kind, n| Value::from(id(kind, n));
    let status = || ("status", Value::from("active"));
    let organizations = (0..10).map(|n| row(Kind::Organization, n, vec![named("o", n), status()]));
    insert(store, "organizations", organizations).await;
    let description = || ("description", Value::from(""));
    let project = |n| {
        let visibility = ("visibility", Value::from("private"));
        let organization = ("organization_id", of(Kind::Organization, n % 10));
        row(Kind::Project, n, vec![organization, named("p", n), description(), visibility])
    };
    insert(store, "projects", (0..PROJECTS).map(project)).await;
    let job = |n| {
        let above =
            [("organization_id", of(Kind::Organization, n % 10)), ("project_id", of(Kind::Project, n))];
        row(Kind::Job, n, above.into_iter().chain([named("j", n), description(), status()]).collect())
    };
    insert(store, "jobs", (0..PROJECTS).map(job)).await;
}

/// Tasks, one for each project in turn; of ten one is assigned, and about a file.
pub(super) async fn tasks(store: &SeaStore, which: std::ops::Range<u128>) {
    insert(store, "tasks", which.map(task)).await;
}

pub(super) fn task(n: u128) -> Vec<Cell> {
    let job = n % PROJECTS;
    let assignee = n.is_multiple_of(10).then(|| id(Kind::User, n / 10 % 50));
    let more: Vec<Cell> = vec![
        ("organization_id", id(Kind::Organization, job % 10).into()),
        ("project_id", id(Kind::Project, job).into()),
        ("job_id", id(Kind::Job, job).into()),
        ("name", format!("t {n}").into()),
        ("description", "what there is to do".into()),
        ("status", "available".into()),
        ("assignee_id", assignee.into()),
        ("file_id", assignee.is_some().then(|| id(Kind::File, n)).into()),
    ];
    row(Kind::Task, n, more)
}

/// The usual callers, each with what public projects open besides: there are none.
fn callers(public: &Entitlement) -> Vec<(&'static str, Vec<Term<'_>>)> {
    let at = |level: Level, n| Term::Inside(Anchor::at(level, id(level.kind(), n)));
    let mut callers = vec![
        ("twenty projects", (0..20).map(|n| at(Level::Project, n * 5 + n % 5)).collect()),
        ("three projects", (7..10).map(|n| at(Level::Project, n)).collect()),
        ("one project", vec![at(Level::Project, 7)]),
        ("one job", vec![at(Level::Job, 7)]),
        ("one organization", vec![at(Level::Organization, 7)]),
        ("everything", vec![Term::Everything]),
        ("nothing", Vec::new()),
        ("own tasks", vec![Term::Own { within: Anchor::SERVER }]),
        ("own tasks and a project", vec![Term::Own { within: Anchor::SERVER }, at(Level::Project, 7)]),
    ];
    for (_, terms) in &mut callers {
        terms.push(Term::Entitled { entitlement: public, within: Anchor::SERVER });
    }
    callers
}

/// Checks every caller's first page and one far behind it. `read` tells how many rows a statement reads.
pub(super) async fn cost_a_page(
    store: &SeaStore,
    last: u128,
    read: impl AsyncFn(&SeaStore, &SelectStatement) -> u64,
) {
    let public = Entitlement::PUBLIC;
    let backend = store.conn().get_database_backend();
    let caller = Caller::new(PrincipalId::user(id(Kind::User, 7)), id(Kind::Organization, 7));
    for (what, terms) in callers(&public) {
        let (operation, kind) = (Operation::View, Kind::Task);
        let reach = Reach {
            caller: &caller,
            operation,
            kind,
            being: Vec::new(),
            granted: terms,
            bound: None,
            sides: Vec::new(),
        };
        let middle = id(Kind::Task, last / 2);
        for after in [None, Some(Position { value: FieldValue::Id(middle), id: middle })] {
            let query = Query { limit: PAGE, after, ..Query::default() };
            for by in [By::Joins, By::Cache] {
                let select = select_page::<Task>(&reach::part::<Task>(&reach), &query, backend, by).unwrap();
                let found = run::all(store.conn(), &select).await.unwrap();
                assert_eq!(found.len(), if what == "nothing" { 1 } else { PAGE + 1 }, "{what}");
                let rows = read(store, &select).await;
                let after = &query.after;
                assert!(rows <= MOST, "{what}, {by:?}, of {last} tasks, after {after:?}: {rows} rows read");
            }
        }
    }
}

/// Files and annotations, one of each for a task; every task holds another file, and every job one more.
#[cfg(any(feature = "postgres", feature = "mysql"))]
async fn work(store: &SeaStore, which: std::ops::Range<u128>) {
    let above = |n: u128| -> Vec<Cell> {
        let project = n % PROJECTS;
        vec![
            ("organization_id", id(Kind::Organization, project % 10).into()),
            ("project_id", id(Kind::Project, project).into()),
        ]
    };
    let file = |n: u128| {
        let more: [Cell; 5] = [
            ("name", format!("f {n}").into()),
            ("media_type", "image/png".into()),
            ("bytes", 1_i64.into()),
            ("sha256", "00".into()),
            ("stored", id(Kind::File, n).into()),
        ];
        row(Kind::File, n, above(n).into_iter().chain(more).collect())
    };
    insert(store, "files", which.clone().map(file)).await;
    let annotation = |n: u128| {
        let more: [Cell; 6] = [
            ("job_id", id(Kind::Job, n % PROJECTS).into()),
            ("task_id", id(Kind::Task, n).into()),
            ("file_id", id(Kind::File, n).into()),
            ("label_id", id(Kind::Label, 0).into()),
            ("geometry", "{}".into()),
            ("attributes", "{}".into()),
        ];
        row(Kind::Annotation, n, above(n).into_iter().chain(more).collect())
    };
    insert(store, "annotations", which.clone().map(annotation)).await;
    let link = |holder: (Kind, u128), file: u128| -> Vec<Cell> {
        vec![
            ("holder_id", id(holder.0, holder.1).into()),
            ("target_id", id(Kind::File, file).into()),
            ("holder_kind", holder.0.word().into()),
            ("target_kind", "file".into()),
        ]
    };
    insert(store, "links", (0..PROJECTS).map(|n| link((Kind::Job, n), n + 100))).await;
    insert(store, "links", which.map(|n| link((Kind::Task, n), (n + 1) % 20_000))).await;
    let worker = |n: u128| -> Vec<Cell> {
        vec![("job_id", id(Kind::Job, n % PROJECTS).into()), ("user_id", id(Kind::User, n / PROJECTS).into())]
    };
    insert(store, "job_workers", (0..20 * PROJECTS).map(worker)).await;
}

/// What somebody's tasks lend and what is in them, everywhere and in a project, and the task that comes next, among
/// twenty thousand tasks and files.
#[cfg(any(feature = "postgres", feature = "mysql"))]
async fn cost_what_somebody_has(
    store: SeaStore,
    analyze: &str,
    read: impl AsyncFn(&SeaStore, &SelectStatement) -> u64,
) {
    frame(&store).await;
    tasks(&store, 0..20_000).await;
    work(&store, 0..20_000).await;
    store.writer().execute_unprepared(analyze).await.unwrap();
    let backend = store.conn().get_database_backend();
    let user = id(Kind::User, 7);
    let caller = Caller::new(PrincipalId::user(user), id(Kind::Organization, 99));
    let cost = async |what: &str, select: &SelectStatement| {
        let rows = read(&store, select).await;
        assert!(rows <= MOST, "{what}: {rows} rows read");
    };
    // The user's tasks lie in this project.
    let within = Anchor::at(Level::Project, id(Kind::Project, 70));
    let job = id(Kind::Job, 70);
    let query = Query { limit: PAGE, ..Query::default() };
    for (what, term) in [
        ("own", Term::Own { within: Anchor::SERVER }),
        ("own in a project", Term::Own { within }),
        ("lent by a job", Term::Lent { job, task: None }),
    ] {
        let reach = |kind| Reach {
            caller: &caller,
            operation: Operation::View,
            kind,
            being: Vec::new(),
            granted: vec![term],
            bound: None,
            sides: Vec::new(),
        };
        for by in [By::Joins, By::Cache] {
            let files =
                select_page::<File>(&reach::part::<File>(&reach(Kind::File)), &query, backend, by).unwrap();
            assert_eq!(run::all(store.conn(), &files).await.unwrap().len(), PAGE + 1, "{what}");
            cost(&format!("files {what}, {by:?}"), &files).await;
            if let Term::Own { .. } = term {
                let said = select_page::<Annotation>(
                    &reach::part::<Annotation>(&reach(Kind::Annotation)),
                    &query,
                    backend,
                    by,
                )
                .unwrap();
                assert_eq!(run::all(store.conn(), &said).await.unwrap().len(), PAGE + 1, "{what}");
                cost(&format!("annotations {what}, {by:?}"), &said).await;
            }
        }
    }
    for purpose in [Purpose::Work, Purpose::Review] {
        for select in select_next(job, user, purpose, time::OffsetDateTime::UNIX_EPOCH) {
            cost(&format!("next to {purpose:?}"), &select).await;
        }
    }
}

/// The same with six thousand tasks and with twenty thousand.
#[cfg(any(feature = "postgres", feature = "mysql"))]
async fn cost_the_same(
    store: SeaStore,
    analyze: &str,
    read: impl AsyncFn(&SeaStore, &SelectStatement) -> u64,
) {
    frame(&store).await;
    tasks(&store, 0..6_000).await;
    store.writer().execute_unprepared(analyze).await.unwrap();
    cost_a_page(&store, 6_000, &read).await;
    tasks(&store, 6_000..20_000).await;
    store.writer().execute_unprepared(analyze).await.unwrap();
    cost_a_page(&store, 20_000, &read).await;
}

#[cfg(feature = "postgres")]
pub(super) async fn read_on_postgres(store: &SeaStore, select: &SelectStatement) -> u64 {
    /// The rows that scans read; those that a sort takes in are no more.
    fn scanned(node: &serde_json::Value, plan: &str) -> u64 {
        let number = |name: &str| node[name].as_f64().unwrap_or(0.0);
        let below = node["Plans"].as_array().into_iter().flatten().map(|node| scanned(node, plan)).sum();
        if node["Relation Name"].is_null() {
            return below;
        }
        let is_large = ["tasks", "files", "annotations"].iter().any(|large| node["Relation Name"] == *large);
        let is_whole = node["Node Type"] == "Seq Scan" && is_large;
        assert!(!is_whole, "the whole table is read:\n{plan}");
        let rows = number("Actual Rows") + number("Rows Removed by Filter");
        below + (rows * number("Actual Loops")).ceil() as u64
    }
    let Statement { sql, values, db_backend } = store.conn().get_database_backend().build(select);
    let explain = Statement { sql: format!("EXPLAIN (ANALYZE, FORMAT JSON) {sql}"), values, db_backend };
    let row = store.conn().query_one_raw(explain).await.unwrap().unwrap();
    let plan: serde_json::Value = row.try_get_by_index(0).unwrap();
    scanned(&plan[0]["Plan"], &format!("{plan:#}"))
}

#[cfg(feature = "mysql")]
pub(super) async fn read_on_mysql(store: &SeaStore, select: &SelectStatement) -> u64 {
    let db = store.conn();
    let backend = db.get_database_backend();
    let sql = select.to_string(MysqlQueryBuilder);
    let plan = db.query_all_raw(Statement::from_string(backend, format!("EXPLAIN {sql}"))).await.unwrap();
    for step in plan {
        let named = |name: &str| step.try_get::<Option<String>>("", name).unwrap();
        let (table, how) = (named("table"), named("type"));
        let is_large = ["o", "tasks", "files"].iter().any(|large| table.as_deref() == Some(large));
        assert!(!is_large || how.as_deref() != Some("ALL"), "the whole table is read: {sql}");
    }
    // What it read, the server counts for this one connection.
    db.execute_unprepared("FLUSH STATUS").await.unwrap();
    db.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
    let status = "SHOW SESSION STATUS LIKE 'Handler_read%'";
    let rows = db.query_all_raw(Statement::from_string(backend, status)).await.unwrap();
    let count = |row: &sea_orm::QueryResult| row.try_get_by_index::<String>(1).unwrap().parse::<u64>();
    rows.iter().map(|row| count(row).unwrap()).sum()
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_page_costs_a_page_on_postgres() {
    let (store, _loan) = super::servers::fresh(bailiwick_testkit::servers::Server::Postgres).await;
    cost_the_same(store, "ANALYZE", read_on_postgres).await;
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn a_page_costs_a_page_on_mysql() {
    let (store, _loan) = super::servers::fresh(bailiwick_testkit::servers::Server::MySql).await;
    cost_the_same(store, "ANALYZE TABLE tasks, jobs, projects", read_on_mysql).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn work_costs_what_somebody_has_on_postgres() {
    let (store, _loan) = super::servers::fresh(bailiwick_testkit::servers::Server::Postgres).await;
    cost_what_somebody_has(store, "ANALYZE", read_on_postgres).await;
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn work_costs_what_somebody_has_on_mysql() {
    let (store, _loan) = super::servers::fresh(bailiwick_testkit::servers::Server::MySql).await;
    let analyze = "ANALYZE TABLE tasks, jobs, projects, files, links, annotations, job_workers";
    cost_what_somebody_has(store, analyze, read_on_mysql).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_page_costs_a_page_on_sqlite() {
    let (store, _directory) = super::fresh().await;
    // SQLite does not count what it reads. That its plan neither reads the whole table nor sorts what is not ids, and
    // that this does not change with its size, is the most that it tells.
    let plans = std::cell::RefCell::new(Vec::new());
    frame(&store).await;
    for many in [6_000, 20_000] {
        tasks(&store, if many == 6_000 { 0..6_000 } else { 6_000..20_000 }).await;
        cost_a_page(&store, many, async |store, select| {
            let plan = super::plans::explain(store, select).await;
            let whole = |step: &&str| {
                step.starts_with("SCAN o") && !step.contains("COVERING INDEX sqlite_autoindex_tasks_1")
            };
            assert_eq!(plan.lines().find(whole), None, "the whole table is read:\n{plan}");
            plans.borrow_mut().push(plan);
            0
        })
        .await;
    }
    let plans = plans.into_inner();
    let (small, large) = plans.split_at(plans.len() / 2);
    assert_eq!(small, large);
}

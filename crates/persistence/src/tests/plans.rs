//! Lists use indexes: SQLite says by which.

use bailiwick_domain::access::Entitlement;
use bailiwick_domain::entities::{
    Annotation, AuditEvent, Comment, Dataset, File, Label, Node, Proposal, Run, Source, Task,
};
use bailiwick_domain::page::{FieldValue, Filter, Position, Query, Sort};
use bailiwick_domain::ports::{CredentialKey, Purpose};
use bailiwick_domain::{Anchor, Caller, Kind, Level, Operation, PrincipalId, Reach, Term};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use uuid::Uuid;

use super::fresh;
use crate::SeaStore;
use crate::cache::By;
use crate::imports::select_due;
use crate::lookup::{select_container, select_known, select_launched, select_next};
use crate::reach;
use crate::read::select_page;
use crate::table::Table;

const ID: Uuid = Uuid::from_u128(1);

/// How SQLite would run the list of what these terms reach.
async fn plan<T: Table>(store: &SeaStore, terms: Vec<Term<'_>>, query: &Query) -> String {
    plan_for::<T>(store, &Caller::new(PrincipalId::user(ID), ID), terms, query).await
}

/// The same for a caller.
async fn plan_for<T: Table>(
    store: &SeaStore,
    caller: &Caller,
    terms: Vec<Term<'_>>,
    query: &Query,
) -> String {
    plan_of::<T>(store, &reach(caller, Operation::View, T::KIND, terms), query).await
}

fn reach<'c>(caller: &'c Caller, operation: Operation, kind: Kind, granted: Vec<Term<'c>>) -> Reach<'c> {
    Reach { caller, operation, kind, being: Vec::new(), granted, bound: None, sides: Vec::new() }
}

/// How SQLite would run the list of a reach.
async fn plan_of<T: Table>(store: &SeaStore, reach: &Reach<'_>, query: &Query) -> String {
    let mut plans = Vec::new();
    for by in [By::Joins, By::Cache] {
        let select = select_page::<T>(&reach::part::<T>(reach), query, DbBackend::Sqlite, by).unwrap();
        let plan = explain(store, &select).await;
        assert!(!plan.contains("SCAN o\n") && !plan.ends_with("SCAN o"), "the whole table is read:\n{plan}");
        plans.push(plan);
    }
    plans.swap_remove(0)
}

/// How SQLite would run a statement, a step a line.
pub async fn explain(store: &SeaStore, select: &SelectStatement) -> String {
    let Statement { sql, values, .. } = DbBackend::Sqlite.build(select);
    let explain =
        Statement { sql: format!("EXPLAIN QUERY PLAN {sql}"), values, db_backend: DbBackend::Sqlite };
    let rows = store.conn().query_all_raw(explain).await.unwrap();
    let steps: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
    steps.join("\n")
}

fn inside(level: Level) -> Term<'static> {
    Term::Inside(Anchor::at(level, ID))
}

#[tokio::test]
async fn tasks_inside_an_anchor_are_read_in_order() {
    let (store, _directory) = fresh().await;
    for (level, index) in [
        (Level::Organization, "ix_tasks_organization_id_id"),
        (Level::Project, "ix_tasks_project_id_id"),
        (Level::Job, "ix_tasks_job_id_id"),
    ] {
        let after = Some(Position { value: FieldValue::Id(ID), id: ID });
        for after in [None, after] {
            let query = Query { after, ..Query::default() };
            let plan = plan::<Task>(&store, vec![inside(level)], &query).await;
            assert!(plan.contains(index), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "sorted after reading:\n{plan}");
        }
    }
}

#[tokio::test]
async fn tasks_of_several_reasons_use_an_index_for_each() {
    let (store, _directory) = fresh().await;
    let several = vec![inside(Level::Project), inside(Level::Job), Term::Own { within: Anchor::SERVER }];
    let plan = plan::<Task>(&store, several, &Query::default()).await;
    for index in [
        "ix_tasks_project_id_id",
        "ix_tasks_job_id_id",
        "ix_tasks_assignee_id_id",
        "ix_tasks_maker_id_organization_id_id",
    ] {
        assert!(plan.contains(index), "no {index} in\n{plan}");
    }
}

#[tokio::test]
async fn tasks_of_public_projects_use_the_projects_index() {
    let (store, _directory) = fresh().await;
    let public = Entitlement::PUBLIC;
    let within = Anchor::at(Level::Organization, ID);
    let entitled = vec![Term::Entitled { entitlement: &public, within }];
    let plan = plan::<Task>(&store, entitled, &Query::default()).await;
    assert!(plan.contains("ix_tasks_"), "{plan}");
}

#[tokio::test]
async fn filters_use_an_index() {
    let (store, _directory) = fresh().await;
    let is = |field| Query { filters: vec![Filter::Is(field, FieldValue::Id(ID))], ..Query::default() };
    for (field, index) in [
        ("assignee_id", "ix_tasks_assignee_id_id"),
        ("parent_id", "ix_tasks_parent_id_id"),
        ("job_id", "ix_tasks_job_id_id"),
    ] {
        let plan = plan::<Task>(&store, vec![Term::Everything], &is(field)).await;
        assert!(plan.contains(index), "{plan}");
    }
    for (field, index) in
        [("object_id", "ix_audit_events_object_id_id"), ("principal_id", "ix_audit_events_principal_id_id")]
    {
        let plan = plan::<AuditEvent>(&store, vec![Term::Everything], &is(field)).await;
        assert!(plan.contains(index), "{plan}");
    }
}

#[tokio::test]
async fn tasks_of_a_job_are_read_by_name() {
    let (store, _directory) = fresh().await;
    let sort = Sort { field: "name", descending: true };
    let after = Some(Position { value: FieldValue::text("m"), id: ID });
    let query = Query { sort, after, ..Query::default() };
    let plan = plan::<Task>(&store, vec![inside(Level::Job)], &query).await;
    assert!(plan.contains("uq_tasks_job_id_name (job_id=? AND name<?)"), "{plan}");
}

#[tokio::test]
async fn a_credential_is_looked_up_without_reading_a_table() {
    let (store, _directory) = fresh().await;
    for key in [
        CredentialKey::Session(ID),
        CredentialKey::ApiKey(ID),
        CredentialKey::User(ID),
        CredentialKey::Login { organization: "north", username: "ada" },
    ] {
        let plan = explain(&store, &select_known(key, DbBackend::Sqlite)).await;
        assert!(plan.contains("ix_grants_principal_id_id"), "{key:?}:\n{plan}");
        // The row of what is in force is the only one of its table.
        assert!(!plan.replace("SCAN in_force", "").contains("SCAN"), "{key:?}:\n{plan}");
    }
    for select in [
        select_known(CredentialKey::Node(ID), DbBackend::Sqlite),
        select_known(CredentialKey::Machine(ID), DbBackend::Sqlite),
        select_container(ID, DbBackend::Sqlite),
    ] {
        let plan = explain(&store, &select).await;
        assert!(!plan.replace("SCAN in_force", "").contains("SCAN"), "{plan}");
    }
}

#[tokio::test]
async fn runs_use_the_index_of_each_way_to_them() {
    let (store, _directory) = fresh().await;
    for (level, index) in [
        (Level::Organization, "ix_runs_organization_id_id"),
        (Level::Project, "ix_runs_project_id_id"),
        (Level::Job, "ix_runs_job_id_id"),
        (Level::Task, "ix_runs_task_id_id"),
    ] {
        let plan = plan::<Run>(&store, vec![inside(level)], &Query::default()).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
    }
    let at_home = plan::<Run>(&store, vec![Term::Home(ID)], &Query::default()).await;
    for index in ["ix_runs_organization_id_id", "ix_runs_executor_id_id"] {
        assert!(at_home.contains(index), "no {index} in\n{at_home}");
    }
    let node = Caller::new(PrincipalId::node(ID), ID);
    let own = vec![Term::Own { within: Anchor::SERVER }];
    let own = plan_for::<Run>(&store, &node, own, &Query::default()).await;
    assert!(own.contains("ix_runs_node_id_id"), "{own}");
    for (field, index) in [("node_id", "ix_runs_node_id_id"), ("executor_id", "ix_runs_executor_id_id")] {
        let query = Query { filters: vec![Filter::Is(field, FieldValue::Id(ID))], ..Query::default() };
        let plan = plan::<Run>(&store, vec![Term::Everything], &query).await;
        assert!(plan.contains(index), "{plan}");
    }
}

#[tokio::test]
async fn nodes_and_proposals_use_the_index_of_each_side() {
    let (store, _directory) = fresh().await;
    let mut caller = Caller::new(PrincipalId::user(ID), ID);
    caller.collaborations.push(ID);
    let both = vec![Term::Home(ID), Term::Collaborating];
    let plan = plan_for::<Node>(&store, &caller, both, &Query::default()).await;
    for index in ["ix_nodes_organization_id_id", "ix_nodes_collaboration_id_id"] {
        assert!(plan.contains(index), "no {index} in\n{plan}");
    }
    let mut either = reach(&caller, Operation::View, Kind::Proposal, Vec::new());
    let own = vec![Term::Own { within: Anchor::SERVER }];
    let homes = vec![Term::Home(ID), inside(Level::Organization)];
    either.sides = vec![
        reach(&caller, Operation::Edit, Kind::Collaboration, own),
        reach(&caller, Operation::Edit, Kind::Organization, homes),
    ];
    let plan = plan_of::<Proposal>(&store, &either, &Query::default()).await;
    for index in ["ix_proposals_organization_id_id", "ix_proposals_collaboration_id_id"] {
        assert!(plan.contains(index), "no {index} in\n{plan}");
    }
}

/// No table of work is read as a whole, whatever else is.
fn is_sought(plan: &str) {
    for whole in ["SCAN t", "SCAN l", "SCAN w", "SCAN tasks", "SCAN links", "SCAN files", "SCAN job_workers"]
    {
        let is_whole = |step: &&str| {
            let step = step.trim();
            step == whole || step.starts_with(&format!("{whole} USING"))
        };
        assert_eq!(plan.lines().find(is_whole), None, "{plan}");
    }
}

#[tokio::test]
async fn what_is_lent_is_found_by_the_tasks_that_lend_it() {
    let (store, _directory) = fresh().await;
    let within = Anchor::at(Level::Project, ID);
    for own in [Anchor::SERVER, within].map(|within| Term::Own { within }) {
        let plan = plan::<File>(&store, vec![own], &Query::default()).await;
        is_sought(&plan);
        for index in ["ix_tasks_assignee_id_id", "ix_files_maker_id_organization_id_id"] {
            assert!(plan.contains(index), "no {index} in\n{plan}");
        }
        let plan = self::plan::<Label>(&store, vec![own], &Query::default()).await;
        is_sought(&plan);
        for index in ["ix_tasks_assignee_id_id", "ix_labels_maker_id_organization_id_id"] {
            assert!(plan.contains(index), "no {index} in\n{plan}");
        }
    }
    for task in [None, Some(ID)] {
        let lent = Term::Lent { job: ID, task };
        is_sought(&plan::<File>(&store, vec![lent], &Query::default()).await);
        is_sought(&plan::<Label>(&store, vec![lent, inside(Level::Job)], &Query::default()).await);
    }
}

#[tokio::test]
async fn what_is_said_in_a_task_is_found_by_its_assignee() {
    let (store, _directory) = fresh().await;
    let own = || vec![Term::Own { within: Anchor::SERVER }];
    let plan = plan::<Annotation>(&store, own(), &Query::default()).await;
    is_sought(&plan);
    for index in
        ["ix_tasks_assignee_id_id", "ix_annotations_task_id_id", "ix_annotations_maker_id_organization_id_id"]
    {
        assert!(plan.contains(index), "no {index} in\n{plan}");
    }
    let plan = self::plan::<Comment>(&store, own(), &Query::default()).await;
    is_sought(&plan);
    for index in
        ["ix_tasks_assignee_id_id", "ix_comments_task_id_id", "ix_comments_maker_id_organization_id_id"]
    {
        assert!(plan.contains(index), "no {index} in\n{plan}");
    }
    for (level, index) in [
        (Level::Project, "ix_annotations_project_id_id"),
        (Level::Job, "ix_annotations_job_id_id"),
        (Level::Task, "ix_annotations_task_id_id"),
    ] {
        let plan = self::plan::<Annotation>(&store, vec![inside(level)], &Query::default()).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}

#[tokio::test]
async fn what_something_holds_is_found_by_its_links() {
    let (store, _directory) = fresh().await;
    async fn sought<T: Table>(store: &SeaStore, field: &'static str) {
        let query = Query { filters: vec![Filter::HeldBy(field, ID)], count: true, ..Query::default() };
        for terms in [vec![Term::Everything], vec![inside(Level::Project)]] {
            let plan = plan::<T>(store, terms, &query).await;
            is_sought(&plan);
            assert!(plan.contains("SEARCH links USING"), "{plan}");
        }
    }
    for field in ["dataset_id", "job_id", "task_id"] {
        sought::<File>(&store, field).await;
    }
    sought::<Label>(&store, "job_id").await;
    sought::<Dataset>(&store, "job_id").await;
}

#[tokio::test]
async fn the_next_task_is_found_by_its_job() {
    let (store, _directory) = fresh().await;
    for purpose in [Purpose::Work, Purpose::Review] {
        let now = time::OffsetDateTime::UNIX_EPOCH;
        for select in select_next(ID, ID, purpose, now) {
            let plan = explain(&store, &select).await;
            is_sought(&plan);
            assert!(
                plan.contains("(job_id=? AND status=?)") || plan.contains("(job_id=? AND assignee_id=?"),
                "{plan}"
            );
        }
    }
}

#[tokio::test]
async fn the_launched_job_is_found_by_its_status() {
    let (store, _directory) = fresh().await;
    let plan = explain(&store, &select_launched(DbBackend::Sqlite)).await;
    is_sought(&plan);
    assert!(plan.contains("(status=?)"), "{plan}");
}

#[tokio::test]
async fn who_sees_many_projects_looks_at_the_first_rows_before() {
    let (store, _directory) = fresh().await;
    let open = Entitlement::new("open-access");
    let mut terms: Vec<Term<'_>> =
        (1..50).map(|n| Term::Inside(Anchor::at(Level::Project, Uuid::from_u128(n)))).collect();
    terms.push(Term::Entitled { entitlement: &open, within: Anchor::SERVER });
    let plan = plan::<Source>(&store, terms, &Query::default()).await;
    assert!(
        plan.contains("MATERIALIZE walk\nSEARCH o USING INDEX sqlite_autoindex_sources_1 (id<?)"),
        "{plan}"
    );
    assert!(!plan.contains("MULTI-INDEX OR"), "{plan}");
}

#[tokio::test]
async fn the_import_under_way_is_found_by_its_status() {
    let (store, _directory) = fresh().await;
    let plan = explain(&store, &select_due()).await;
    assert!(plan.contains("ix_imports_status_updated_at (status=?)"), "{plan}");
}

//! What must be true of the database whatever was killed: no object without its records, no record without its
//! object.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::DbBackend;
use uuid::Uuid;

use super::faults::Look;
use super::writer::Writer;

/// Keeps a copy of every outbox event, made in the transaction that writes it: the server takes the events
/// themselves away as soon as they are published.
pub async fn keep_outbox(look: &Look) {
    look.run("CREATE TABLE outbox_kept AS SELECT id, topic, object_id FROM outbox WHERE 1 = 0").await;
    look.run("CREATE INDEX outbox_kept_object ON outbox_kept (object_id)").await;
    let copy = "INSERT INTO outbox_kept VALUES (NEW.id, NEW.topic, NEW.object_id)";
    match look.backend() {
        DbBackend::Postgres => {
            let body = format!("BEGIN {copy}; RETURN NULL; END");
            look.run(&format!("CREATE FUNCTION keep() RETURNS TRIGGER LANGUAGE plpgsql AS $$ {body} $$"))
                .await;
            look.run("CREATE TRIGGER keep AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION keep()").await;
        }
        DbBackend::MySql => {
            look.run(&format!("CREATE TRIGGER keep AFTER INSERT ON outbox FOR EACH ROW {copy}")).await;
        }
        _ => {
            look.run(&format!("CREATE TRIGGER keep AFTER INSERT ON outbox BEGIN {copy}; END")).await;
        }
    }
}

/// Each finds what must not be: an id, and two numbers that differ or nothing.
const NEVER: &[(&str, &str)] = &[
    (
        "an object whose version is not the number of audit events that made and changed it",
        "SELECT COUNT(*) FROM {objects} o WHERE o.version <> \
         (SELECT COUNT(*) FROM audit_events a WHERE a.object_id = o.id AND a.outcome = 'allowed')",
    ),
    (
        "an object whose version is not the number of its outbox events",
        "SELECT COUNT(*) FROM {objects} o WHERE o.version <> \
         (SELECT COUNT(*) FROM outbox_kept k WHERE k.object_id = o.id)",
    ),
    (
        "an object that an audit event says is gone",
        "SELECT COUNT(*) FROM {objects} o JOIN audit_events a ON a.object_id = o.id \
         WHERE a.outcome = 'allowed' AND a.after IS NULL",
    ),
    (
        "an audit event of something that is not there, and that no audit event says is gone",
        "SELECT COUNT(*) FROM audit_events a WHERE a.about = '{kind}' AND a.outcome = 'allowed' \
         AND NOT EXISTS (SELECT 1 FROM {objects} o WHERE o.id = a.object_id) \
         AND NOT EXISTS (SELECT 1 FROM audit_events d WHERE d.object_id = a.object_id AND d.outcome = 'allowed' \
         AND d.after IS NULL)",
    ),
    (
        // A grant that goes along with its job has an audit event, and no outbox event of its own.
        "an audit event of a change without its outbox event",
        "SELECT COUNT(*) FROM audit_events a WHERE a.about = '{kind}' AND a.outcome = 'allowed' \
         AND NOT (a.about = 'grant' AND a.deed = 'delete_job') \
         AND NOT EXISTS (SELECT 1 FROM outbox_kept k WHERE k.object_id = a.object_id AND k.topic = CASE \
         WHEN a.before IS NULL THEN '{kind}.created' WHEN a.after IS NULL THEN '{kind}.deleted' \
         ELSE '{kind}.changed' END)",
    ),
    (
        "an outbox event without an audit event",
        "SELECT COUNT(*) FROM outbox_kept k WHERE k.topic LIKE '{kind}.%' AND NOT EXISTS \
         (SELECT 1 FROM audit_events a WHERE a.object_id = k.object_id AND a.outcome = 'allowed')",
    ),
];

const KINDS: &[(&str, &str)] = &[("task", "tasks"), ("grant", "grants"), ("job", "jobs")];

const NEVER_AT_ALL: &[(&str, &str)] = &[
    (
        "a task without its job",
        "SELECT COUNT(*) FROM tasks t WHERE NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id = t.job_id)",
    ),
    (
        "a grant on a job that is not there",
        "SELECT COUNT(*) FROM grants g WHERE g.level = 'job' AND NOT EXISTS \
         (SELECT 1 FROM jobs j WHERE j.id = g.anchor_id)",
    ),
    (
        "a kept answer about something that was never made",
        "SELECT COUNT(*) FROM idempotency_keys i WHERE NOT EXISTS \
         (SELECT 1 FROM audit_events a WHERE a.object_id = i.object_id AND a.before IS NULL)",
    ),
    ("an audit event twice", "SELECT COUNT(*) - COUNT(DISTINCT id) FROM audit_events"),
];

/// Fails if the database holds half of anything.
pub async fn check(look: &Look, when: &str) {
    for (kind, objects) in KINDS {
        for (what, query) in NEVER {
            let found = look.count(&query.replace("{objects}", objects).replace("{kind}", kind)).await;
            assert_eq!(found, 0, "{when}: {what} ({objects})");
        }
    }
    for (what, query) in NEVER_AT_ALL {
        assert_eq!(look.count(query).await, 0, "{when}: {what}");
    }
}

/// The ids in a table.
pub async fn ids(look: &Look, table: &str) -> BTreeSet<Uuid> {
    let rows = look.rows(&format!("SELECT id FROM {table}")).await;
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// Version and description of every task.
pub async fn tasks(look: &Look) -> BTreeMap<Uuid, (i64, String)> {
    let rows = look.rows("SELECT id, version, description FROM tasks").await;
    let cells = |row: &sea_orm::QueryResult| {
        let (id, version) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
        (id, (version, row.try_get_by_index(2).unwrap()))
    };
    rows.iter().map(cells).collect()
}

/// What was made under an idempotency key. Keys of different writers differ here.
pub async fn made_under(look: &Look, key: &str) -> Option<Uuid> {
    let column = if look.backend() == DbBackend::MySql { "`key`" } else { "\"key\"" };
    let rows = look.rows(&format!("SELECT object_id FROM idempotency_keys WHERE {column} = '{key}'")).await;
    assert!(rows.len() <= 1, "{key}: {} answers are kept", rows.len());
    rows.first().map(|row| row.try_get_by_index(0).unwrap())
}

/// Every task, grant and job is there that a writer knows to be there, and no other: nothing acknowledged is lost, and
/// nothing that went has come back.
pub async fn is_what_writers_know(look: &Look, writers: &[Writer], round: usize) {
    let mut tasks = BTreeMap::new();
    let (mut grants, mut trees, mut gone) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::<Uuid>::new());
    for writer in writers {
        tasks.extend(writer.tasks.clone());
        grants.extend(&writer.grants);
        gone.extend(&writer.gone);
        for tree in &writer.trees {
            tasks.extend(tree.tasks.iter().map(|task| (*task, (1, String::new()))));
            grants.extend(&tree.grants);
            trees.insert(tree.job);
        }
    }
    assert_eq!(self::tasks(look).await, tasks, "round {round}: tasks");
    let on_jobs = look.rows("SELECT id FROM grants WHERE level = 'job'").await;
    let on_jobs: BTreeSet<Uuid> = on_jobs.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    assert_eq!(on_jobs, grants, "round {round}: grants");
    let jobs = look.rows("SELECT id FROM jobs WHERE name NOT LIKE 'home of %'").await;
    let jobs: BTreeSet<Uuid> = jobs.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    assert_eq!(jobs, trees, "round {round}: jobs");
    let back = on_jobs.union(&jobs).filter(|id| gone.contains(id)).count();
    assert_eq!(back, 0, "round {round}: what was taken away has come back");
}

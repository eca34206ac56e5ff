//! The schema goes up, down, and up again, and never under a database of a newer version.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::collections::BTreeMap;

use bailiwick_domain::ports::{Lookup, Store};
use bailiwick_persistence::{MigrateError, Options, SeaStore, Status};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use tempfile::TempDir;

/// A connection of its own, to look at what no port shows.
async fn raw(directory: &TempDir) -> DatabaseConnection {
    let url = format!("sqlite://{}", directory.path().join("data.db").display());
    Database::connect(url).await.unwrap()
}

/// Every table and index with what made it, the migrations' own apart.
async fn schema(raw: &DatabaseConnection) -> BTreeMap<String, String> {
    let all = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'seaql%'";
    let rows = raw.query_all_raw(Statement::from_string(raw.get_database_backend(), all)).await.unwrap();
    rows.iter().map(|row| (row.try_get("", "name").unwrap(), row.try_get("", "sql").unwrap())).collect()
}

#[tokio::test]
async fn up_down_and_up_again() {
    let (store, directory) = common::empty().await;
    let raw = raw(&directory).await;
    let before = store.status().await.unwrap();
    assert!(before.applied.is_empty() && !before.is_ready());
    assert!(schema(&raw).await.is_empty(), "asking for the status changes nothing");

    store.migrate().await.unwrap();
    let status = store.status().await.unwrap();
    assert_eq!(status, Status { applied: before.pending.clone(), ..Status::default() });
    assert!(status.is_ready());
    let made = schema(&raw).await;
    assert!(made.contains_key("tasks") && made.contains_key("ix_tasks_job_id_id"));

    store.migrate().await.unwrap();
    assert_eq!(schema(&raw).await, made, "there is nothing left to do");

    store.migrate_down(u32::try_from(before.pending.len()).unwrap()).await.unwrap();
    assert!(schema(&raw).await.is_empty());
    assert_eq!(store.status().await.unwrap(), before);

    store.migrate().await.unwrap();
    assert_eq!(schema(&raw).await, made);
}

#[tokio::test]
async fn each_migration_goes_down_alone_and_up_again() {
    let (store, directory) = common::fresh().await;
    let raw = raw(&directory).await;
    let (made, all) = (schema(&raw).await, store.status().await.unwrap().applied);
    for down in 1..=all.len() {
        store.migrate_down(u32::try_from(down).unwrap()).await.unwrap();
        assert_eq!(store.status().await.unwrap().applied, all[..all.len() - down]);
        store.migrate().await.unwrap();
        assert_eq!(schema(&raw).await, made, "{down} down and up");
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let (store, directory) = common::fresh().await;
    let raw = raw(&directory).await;
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_flying_cars', 0)";
    raw.execute_unprepared(newer).await.unwrap();
    let status = store.status().await.unwrap();
    assert_eq!(status.unknown, ["m9999_flying_cars"]);
    assert!(!status.is_ready());
    for refused in [store.migrate().await, store.migrate_down(1).await] {
        let error = refused.unwrap_err();
        assert!(matches!(&error, MigrateError::Newer(unknown) if unknown == &status.unknown));
        assert!(error.to_string().contains("newer version of the server (m9999_flying_cars)"), "{error}");
    }
}

#[tokio::test]
async fn what_is_stored_is_there_after_a_restart() {
    let (store, directory) = common::fresh().await;
    let unit = store.begin().await.unwrap();
    unit.set_setting("name", Some(&"value".into())).await.unwrap();
    unit.commit().await.unwrap();
    drop(store);
    let url = format!("sqlite://{}", directory.path().join("data.db").display());
    let store = SeaStore::connect(&url, &Options::default()).await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(store.setting("name").await.unwrap(), Some("value".into()));
}

//! What callers learn of a database in trouble.

mod common;

use std::time::Duration;

use bailiwick_domain::Anchor;
use bailiwick_domain::entities::Role;
use bailiwick_domain::ports::{Lookup, Read, Store, StoreError};
use bailiwick_persistence::{Options, SeaStore};
use sea_orm::{ConnectionTrait, Database};
use tempfile::TempDir;
use time::OffsetDateTime;
use uuid::Uuid;

fn url(directory: &TempDir) -> String {
    format!("sqlite://{}", directory.path().join("data.db").display())
}

#[tokio::test]
async fn a_database_that_is_not_there_is_not_available() {
    let url = "sqlite:///no/such/directory/data.db";
    let refused = SeaStore::connect(url, &Options::default()).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn a_database_in_memory_is_refused() {
    for url in ["sqlite::memory:", "sqlite://file?mode=memory"] {
        let refused = SeaStore::connect(url, &Options::default()).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(why)) if why.to_string().contains("a file")));
    }
}

#[tokio::test]
async fn a_database_without_its_schema_answers_but_holds_nothing() {
    let (store, _directory) = common::empty().await;
    store.ping().await.unwrap();
    assert!(matches!(store.is_empty().await, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn what_can_t_be_understood_is_corrupt() {
    let (store, directory) = common::fresh().await;
    let unit = store.begin().await.unwrap();
    unit.put_built_in(Uuid::from_u128(1), "viewer", "", true, OffsetDateTime::UNIX_EPOCH).await.unwrap();
    unit.commit().await.unwrap();
    let raw = Database::connect(url(&directory)).await.unwrap();
    for nonsense in ["live = 'nonsense'", "live = '{}', rules = '[\"task:fly:own\"]'", "live = x'ff'"] {
        raw.execute_unprepared(&format!("UPDATE roles SET {nonsense}")).await.unwrap();
        let read = Read::<Role>::inside(&store, Anchor::SERVER).await;
        assert!(matches!(read, Err(StoreError::Corrupt(_))), "{nonsense}: {read:?}");
    }
}

#[tokio::test]
async fn a_unit_that_waits_too_long_for_another_process_finds_storage_busy() {
    let (store, directory) = common::fresh().await;
    let options = Options { patience: Duration::from_millis(50), ..Options::default() };
    let other = SeaStore::connect(&url(&directory), &options).await.unwrap();
    let open = store.begin().await.unwrap();
    assert!(matches!(other.begin().await, Err(StoreError::Busy(_))));
    open.rollback().await.unwrap();
    other.begin().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn a_unit_that_waits_too_long_for_its_turn_finds_storage_busy() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { patience: Duration::from_millis(50), ..Options::default() };
    let store = SeaStore::connect(&url(&directory), &options).await.unwrap();
    store.migrate().await.unwrap();
    let open = store.begin().await.unwrap();
    assert!(matches!(store.begin().await, Err(StoreError::Busy(_))));
    // Reads go on meanwhile.
    assert!(store.is_empty().await.unwrap());
    drop(open);
    store.begin().await.unwrap().rollback().await.unwrap();
}

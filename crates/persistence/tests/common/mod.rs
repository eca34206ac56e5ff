//! Throw-away databases.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use bailiwick_persistence::{Options, SeaStore};
use tempfile::TempDir;

/// A database without a schema, and the directory that it lives in.
pub async fn empty() -> (SeaStore, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", directory.path().join("data.db").display());
    (SeaStore::connect(&url, &Options::default()).await.unwrap(), directory)
}

/// A database with the schema and nothing in it.
pub async fn fresh() -> (SeaStore, TempDir) {
    let (store, directory) = empty().await;
    store.migrate().await.unwrap();
    (store, directory)
}

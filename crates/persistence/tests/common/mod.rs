//! Throw-away SQLite databases.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::Path;
use std::sync::OnceLock;

use bailiwick_persistence::{Options, SeaStore};
use tempfile::TempDir;

async fn open(directory: &Path) -> SeaStore {
    let url = format!("sqlite://{}", directory.join("data.db").display());
    SeaStore::connect(&url, &Options::default()).await.unwrap()
}

/// A database without a schema, and the directory that it lives in.
pub async fn empty() -> (SeaStore, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    (open(directory.path()).await, directory)
}

/// A database with the schema and nothing in it: a copy of one that was migrated once.
pub async fn fresh() -> (SeaStore, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("data.db"), template().await).unwrap();
    (open(directory.path()).await, directory)
}

/// What the file of a migrated, empty database holds.
async fn template() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(made) = BYTES.get() {
        return made;
    }
    let (store, directory) = empty().await;
    store.migrate().await.unwrap();
    store.close().await.unwrap();
    BYTES.get_or_init(|| std::fs::read(directory.path().join("data.db")).unwrap())
}

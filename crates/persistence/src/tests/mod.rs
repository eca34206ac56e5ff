//! What only the inside of the crate can show.

mod plans;
mod reaches;
mod statements;

use bailiwick_testkit::fixture::{Sample, World};
use tempfile::TempDir;

use crate::{Options, SeaStore};

/// An empty database and the directory that it lives in.
async fn fresh() -> (SeaStore, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", directory.path().join("data.db").display());
    let store = SeaStore::connect(&url, &Options::default()).await.unwrap();
    store.migrate().await.unwrap();
    (store, directory)
}

/// A database with something of everything.
async fn filled() -> (SeaStore, World, Sample) {
    let (store, directory) = fresh().await;
    let world = World::new(store.clone(), directory);
    let sample = Sample::on(&world).await;
    (store, world, sample)
}

//! What only the inside of the crate can show.

mod costs;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod launch;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod made;
#[cfg(feature = "sqlite")]
mod plans;
#[cfg(feature = "sqlite")]
mod reaches;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod servers;
#[cfg(feature = "sqlite")]
mod statements;

#[cfg(feature = "sqlite")]
use bailiwick_testkit::fixture::{Sample, World};
#[cfg(feature = "sqlite")]
use tempfile::TempDir;

#[cfg(feature = "sqlite")]
use crate::{Options, SeaStore};

#[cfg(feature = "sqlite")]
/// An empty database and the directory that it lives in.
pub async fn fresh() -> (SeaStore, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", directory.path().join("data.db").display());
    let store = SeaStore::connect(&url, &Options::default()).await.unwrap();
    store.migrate().await.unwrap();
    (store, directory)
}

#[cfg(feature = "sqlite")]
/// A database with something of everything.
pub async fn filled() -> (SeaStore, World, Sample) {
    let (store, directory) = fresh().await;
    let world = World::new(store.clone(), directory);
    let sample = Sample::on(&world).await;
    (store, world, sample)
}

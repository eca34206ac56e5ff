//! Bringing the schema up to date.

use bailiwick_domain::ports::StoreError;
use bailiwick_migrations::{Migrator, MigratorTrait};

use crate::error::store;
use crate::store::SeaStore;

/// Why the schema was not brought up to date. It was not changed by the migration that failed.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A newer version of the server has changed the schema. Only that one, or a newer one, may use it.
    #[error(
        "the database was migrated by a newer version of the server ({}); run that version, or one after it",
        .0.join(", ")
    )]
    Newer(Vec<String>),
    /// Storage.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How far the schema is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// Migrations that were applied, in order.
    pub applied: Vec<String>,
    /// Migrations that are yet to be applied, in order.
    pub pending: Vec<String>,
    /// Migrations that were applied by a newer version of the server.
    pub unknown: Vec<String>,
}

impl Status {
    /// Whether this version of the server may use the database as it is.
    pub fn is_ready(&self) -> bool {
        self.pending.is_empty() && self.unknown.is_empty()
    }
}

impl SeaStore {
    /// How far the schema is. Changes nothing.
    ///
    /// # Errors
    /// Storage.
    pub async fn status(&self) -> Result<Status, StoreError> {
        let known = bailiwick_migrations::names();
        let done = bailiwick_migrations::applied(&self.place.readers).await.map_err(store)?;
        let (applied, pending) = known.iter().cloned().partition(|name| done.contains(name));
        let unknown = done.into_iter().filter(|name| !known.contains(name)).collect();
        Ok(Status { applied, pending, unknown })
    }

    /// Applies the migrations that are pending, each in a transaction of its own where the database can do that.
    ///
    /// # Errors
    /// A newer version of the server has changed the schema; storage.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        let status = self.status().await?;
        if !status.unknown.is_empty() {
            return Err(MigrateError::Newer(status.unknown));
        }
        Ok(Migrator::up(&self.place.writer, None).await.map_err(store)?)
    }

    /// Takes back the last `steps` migrations, with all that is stored in what they made.
    ///
    /// # Errors
    /// As [`Self::migrate`].
    pub async fn migrate_down(&self, steps: u32) -> Result<(), MigrateError> {
        let status = self.status().await?;
        if !status.unknown.is_empty() {
            return Err(MigrateError::Newer(status.unknown));
        }
        Ok(Migrator::down(&self.place.writer, Some(steps)).await.map_err(store)?)
    }
}

//! Bringing the schema up to date.

use bailiwick_domain::ports::StoreError;
use bailiwick_migrations::{Migrator, MigratorTrait};

use sea_orm::{DatabaseTransaction, DbErr, TransactionTrait};

use crate::dialect;
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
        Ok(status(bailiwick_migrations::applied(self.place.readers.here()).await.map_err(store)?))
    }

    /// Applies the migrations that are pending: all or nothing, on MySQL each for itself. Servers that start at once
    /// take turns. A statement may take as long as [`crate::Options::statement`] says.
    ///
    /// # Errors
    /// A newer version of the server has changed the schema; storage.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        // Nobody needs to wait for a turn to do nothing.
        if self.status().await?.is_ready() {
            return Ok(());
        }
        self.move_to(async |turn| Migrator::up(turn, None).await).await
    }

    /// Applies the next migrations that are pending, at most this many.
    ///
    /// # Errors
    /// As [`Self::migrate`].
    pub async fn migrate_up(&self, steps: u32) -> Result<(), MigrateError> {
        self.move_to(async |turn| Migrator::up(turn, Some(steps)).await).await
    }

    /// Takes back the last `steps` migrations, with all that is stored in what they made.
    ///
    /// # Errors
    /// As [`Self::migrate`].
    pub async fn migrate_down(&self, steps: u32) -> Result<(), MigrateError> {
        self.move_to(async |turn| Migrator::down(turn, Some(steps)).await).await
    }

    async fn move_to(
        &self,
        change: impl AsyncFnOnce(&DatabaseTransaction) -> Result<(), DbErr>,
    ) -> Result<(), MigrateError> {
        let writer = self.place.writer.here();
        let turn =
            writer.begin_with_options(dialect::turn(writer.get_database_backend())).await.map_err(store)?;
        dialect::take_turn(&turn).await.map_err(store)?;
        let moved = moved(&turn, change).await;
        dialect::give_turn(&turn).await.map_err(store)?;
        moved?;
        Ok(turn.commit().await.map_err(store)?)
    }
}

async fn moved(
    turn: &DatabaseTransaction,
    change: impl AsyncFnOnce(&DatabaseTransaction) -> Result<(), DbErr>,
) -> Result<(), MigrateError> {
    // Another server may have been here meanwhile.
    let status = status(bailiwick_migrations::applied(turn).await.map_err(store)?);
    if !status.unknown.is_empty() {
        return Err(MigrateError::Newer(status.unknown));
    }
    Ok(change(turn).await.map_err(store)?)
}

fn status(done: Vec<String>) -> Status {
    let known = bailiwick_migrations::names();
    let (applied, pending) = known.iter().cloned().partition(|name| done.contains(name));
    let unknown = done.into_iter().filter(|name| !known.contains(name)).collect();
    Status { applied, pending, unknown }
}

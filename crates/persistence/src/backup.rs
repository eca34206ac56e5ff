//! A copy of a database that is in use.

use std::path::Path;

use bailiwick_domain::ports::StoreError;
use sea_orm::ConnectionTrait;

use crate::dialect;
use crate::error::store;
use crate::store::SeaStore;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database has a tool of its own for it.
    #[error(
        "the server makes copies of SQLite alone; other databases have tools of their own (docs/backup.md)"
    )]
    OwnTool,
    /// A path that is no text.
    #[error("the path of the copy is no text")]
    Path,
    /// Storage; the file is there already, or can't be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SeaStore {
    /// Writes all that is stored at one moment into a new file, while others read and write.
    ///
    /// # Errors
    /// It is no SQLite; the file is there already, or can't be written.
    pub async fn backup(&self, file: &Path) -> Result<(), BackupError> {
        let writer = self.place.writer.here();
        let file = file.to_str().ok_or(BackupError::Path)?;
        let copy = dialect::copy(writer.get_database_backend(), file).ok_or(BackupError::OwnTool)?;
        writer.execute_unprepared(&copy).await.map_err(store)?;
        Ok(())
    }
}

//! A copy of a database that is in use.

use std::path::{Path, PathBuf};

use bailiwick_domain::ports::StoreError;
use sea_orm::ConnectionTrait;

use crate::error::store;
use crate::store::SeaStore;
use crate::{dialect, private};

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
    /// A copy is not written over what is there.
    #[error("{} is there already; name a file that is not", .0.display())]
    Exists(PathBuf),
    /// The file can't be made.
    #[error("the file of the copy can't be made: {0}")]
    File(#[from] std::io::Error),
    /// Storage; the file can't be written.
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
        let name = file.to_str().ok_or(BackupError::Path)?;
        let copy = dialect::copy(writer.get_database_backend(), name).ok_or(BackupError::OwnTool)?;
        let made = private::make(file)?;
        if !made && file.metadata()?.len() > 0 {
            return Err(BackupError::Exists(file.to_owned()));
        }
        if let Err(error) = writer.execute_unprepared(&copy).await {
            if made {
                std::fs::remove_file(file)?;
            }
            return Err(store(error).into());
        }
        Ok(())
    }
}

#[cfg(all(test, unix, feature = "sqlite"))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::BackupError;
    use crate::tests::fresh;

    #[tokio::test]
    async fn a_database_and_its_copy_are_for_nobody_else_to_read() {
        let (store, directory) = fresh().await;
        store.backup(&directory.path().join("copy.db")).await.unwrap();
        let files = std::fs::read_dir(directory.path()).unwrap().map(Result::unwrap);
        let rights: Vec<_> =
            files.map(|file| (file.path(), file.metadata().unwrap().permissions().mode() & 0o777)).collect();
        assert!(rights.len() >= 3, "{rights:?}");
        assert!(rights.iter().all(|(_, mode)| mode & 0o077 == 0), "{rights:?}");
        // A copy is not written over another, nor where it can't be.
        let again = store.backup(&directory.path().join("copy.db")).await;
        assert!(matches!(again, Err(BackupError::Exists(_))), "{again:?}");
        let nowhere = store.backup(&directory.path().join("missing/copy.db")).await;
        assert!(matches!(nowhere, Err(BackupError::File(_))), "{nowhere:?}");
    }
}
